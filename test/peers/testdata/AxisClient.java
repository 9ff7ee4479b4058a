// Axis 1.4: stubs of WSDL2Java, headers by setHeader, TLS by the properties of the virtual machine
import java.net.URL;
import made.MConnect_PortType;
import made.MConnect_ServiceLocator;
import made.RealEstatesRealEstate;
import org.apache.axis.AxisFault;
import org.apache.axis.client.Stub;
import org.apache.axis.types.Token;

public class AxisClient {
    private static final String SPACE = "https://mconnect.gov.md";

    private static void context(MConnect_PortType port, String reason) {
        Stub stub = (Stub) port;
        stub.clearHeaders();
        stub.setHeader(SPACE, "CallingUser", "2999900000181");
        stub.setHeader(SPACE, "CallingEntity", "1999900000081");
        stub.setHeader(SPACE, "CallBasis", "ACT-NOTARIAL");
        stub.setHeader(SPACE, "CallReason", reason);
    }

    public static void main(String[] args) throws Exception {
        MConnect_PortType port = new MConnect_ServiceLocator().getMConnectSoap11(new URL(args[0].replace("?wsdl", "")));
        context(port, "dosar notarial 218/2026");
        StringBuilder numbers = new StringBuilder();
        for (RealEstatesRealEstate estate : port.getRealEstates(new Token("2999000006393"))) {
            numbers.append(' ').append(estate.getCadastralNumber());
        }
        System.out.println("answered:" + numbers);
        context(port, "x");
        try {
            port.getRealEstates(new Token("2999000006393"));
        } catch (AxisFault f) {
            System.out.println("fault: " + f.getFaultString());
        }
    }
}
