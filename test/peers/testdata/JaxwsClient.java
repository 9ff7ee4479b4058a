// JAX-WS RI: stubs of wsimport for both versions of SOAP, headers as WSBindingProvider sends them; then the same signed by WSS4J, without
// a client certificate, and the answer's signature verified.
import com.sun.xml.ws.api.message.Header;
import com.sun.xml.ws.api.message.Headers;
import com.sun.xml.ws.developer.JAXWSProperties;
import com.sun.xml.ws.developer.WSBindingProvider;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.xml.namespace.QName;
import javax.xml.soap.SOAPMessage;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMResult;
import javax.xml.transform.dom.DOMSource;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.handler.Handler;
import javax.xml.ws.handler.MessageContext;
import javax.xml.ws.handler.soap.SOAPHandler;
import javax.xml.ws.handler.soap.SOAPMessageContext;
import javax.xml.ws.soap.SOAPFaultException;
import made.MConnect;
import made.MConnect_Service;
import made.RealEstates;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSEncryptionPart;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.components.crypto.Crypto;
import org.apache.ws.security.components.crypto.CryptoFactory;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.message.WSSecTimestamp;
import org.w3c.dom.Document;

public class JaxwsClient {
    private static final String SPACE = "https://mconnect.gov.md";

    private static void context(MConnect port, String reason) {
        List<Header> headers = new ArrayList<>();
        String[][] values = {{"CallingUser", "2999900000181"}, {"CallingEntity", "1999900000081"}, {"CallBasis", "ACT-NOTARIAL"}, {"CallReason", reason}};
        for (String[] value : values) {
            headers.add(Headers.create(new QName(SPACE, value[0]), value[1]));
        }
        ((WSBindingProvider) port).setOutboundHeaders(headers);
    }

    private static void ask(MConnect port) {
        context(port, "dosar notarial 218/2026");
        StringBuilder numbers = new StringBuilder();
        for (RealEstates.RealEstate estate : port.getRealEstates("2999000006393")) {
            numbers.append(' ').append(estate.getCadastralNumber());
        }
        System.out.println("answered:" + numbers);
        context(port, "x");
        try {
            port.getRealEstates("2999000006393");
        } catch (SOAPFaultException f) {
            System.out.println("fault: " + f.getFault().getFaultString());
        }
    }

    // Signing signs what goes out over Timestamp and Body, and verifies what comes in.
    private static final class Signing implements SOAPHandler<SOAPMessageContext> {
        private final Crypto own;
        private final Crypto theirs;
        private int verified;

        Signing(Crypto own, Crypto theirs) {
            this.own = own;
            this.theirs = theirs;
        }

        public Set<QName> getHeaders() {
            return Collections.singleton(new QName(WSConstants.WSSE_NS, "Security"));
        }

        public void close(MessageContext context) {
        }

        public boolean handleFault(SOAPMessageContext context) {
            return handleMessage(context);
        }

        public boolean handleMessage(SOAPMessageContext context) {
            try {
                SOAPMessage message = context.getMessage();
                if (Boolean.TRUE.equals(context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY))) {
                    Document envelope = plain(message);
                    sign(envelope);
                    message.getSOAPPart().setContent(new DOMSource(envelope));
                    return true;
                }
                List<WSSecurityEngineResult> results = new WSSecurityEngine().processSecurityHeader(plain(message), null, null, theirs);
                for (WSSecurityEngineResult result : results) {
                    Integer action = (Integer) result.get(WSSecurityEngineResult.TAG_ACTION);
                    if (action == WSConstants.SIGN) {
                        verified += ((List<?>) result.get(WSSecurityEngineResult.TAG_DATA_REF_URIS)).size();
                    }
                }
                return true;
            } catch (Exception e) {
                throw new RuntimeException(e);
            }
        }

        // plain is the message as a document without SAAJ's wrappers, which WSS4J 1.6 does not know.
        private static Document plain(SOAPMessage message) throws Exception {
            DOMResult result = new DOMResult();
            TransformerFactory.newInstance().newTransformer().transform(message.getSOAPPart().getContent(), result);
            return (Document) result.getNode();
        }

        private void sign(Document envelope) throws Exception {
            WSSecHeader security = new WSSecHeader();
            security.insertSecurityHeader(envelope);
            WSSecTimestamp stamp = new WSSecTimestamp();
            stamp.setTimeToLive(300);
            stamp.build(envelope, security);
            WSSecSignature signature = new WSSecSignature();
            signature.setUserInfo("system", "changeit");
            signature.setKeyIdentifierType(WSConstants.BST_DIRECT_REFERENCE);
            signature.setSignatureAlgorithm("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
            signature.setDigestAlgo("http://www.w3.org/2001/04/xmlenc#sha256");
            signature.prepare(envelope, own, security);
            List<WSEncryptionPart> parts = new ArrayList<>();
            String space = envelope.getDocumentElement().getNamespaceURI();
            parts.add(new WSEncryptionPart("Body", space, "Content"));
            parts.add(new WSEncryptionPart("Timestamp", WSConstants.WSU_NS, ""));
            signature.computeSignature(signature.addReferencesToSign(parts, security), false, null);
            signature.prependBSTElementToHeader(security);
        }
    }

    private static Crypto crypto(String prefix, String store, String type) throws Exception {
        Properties p = new Properties();
        p.setProperty("org.apache.ws.security.crypto.provider", "org.apache.ws.security.components.crypto.Merlin");
        p.setProperty("org.apache.ws.security.crypto.merlin." + prefix + ".file", store);
        p.setProperty("org.apache.ws.security.crypto.merlin." + prefix + ".password", "changeit");
        p.setProperty("org.apache.ws.security.crypto.merlin." + prefix + ".type", type);
        return CryptoFactory.getInstance(p);
    }

    public static void main(String[] args) throws Exception {
        String own = System.getProperty("javax.net.ssl.keyStore");
        String trusted = System.getProperty("javax.net.ssl.trustStore");
        MConnect_Service service = new MConnect_Service(new URL(args[0]));
        ask(service.getMConnectSoap11());
        ask(service.getMConnectSoap12());

        SSLContext bare = SSLContext.getInstance("TLS");
        bare.init(new javax.net.ssl.KeyManager[0], null, null); // the trust of the virtual machine, and no certificate
        MConnect port = service.getMConnectSoap11();
        ((BindingProvider) port).getRequestContext().put(JAXWSProperties.SSL_SOCKET_FACTORY, bare.getSocketFactory());
        Signing signing = new Signing(crypto("keystore", own, "pkcs12"), crypto("truststore", trusted, "pkcs12"));
        ((BindingProvider) port).getBinding().setHandlerChain(Collections.<Handler>singletonList(signing));
        ask(port);
        System.out.println("verified: " + signing.verified);
    }
}
