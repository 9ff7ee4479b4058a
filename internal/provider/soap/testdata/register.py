# A register that speaks signed SOAP, in code that the platform knows nothing of: http.server and lxml, libxmlsec1 for
# the caller's signature, zeep's own signing for the reply. It prints its port, then serves until its input ends.
#
#   register.py PLATFORM_CERT KEY CERT
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import xmlsec
from lxml import etree
from zeep.wsse.signature import BinarySignature

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
R = "urn:rst"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
platform, key, cert = sys.argv[1:4]


class Refused(Exception):
    pass


def verify(root):
    """The signature must be the platform's and cover Body and Timestamp."""
    signature = root.find(f".//{{{DS}}}Signature")
    if signature is None:
        raise Refused("no signature")
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(platform, xmlsec.KeyFormat.CERT_PEM)
    for node in root.iter():
        if isinstance(node.tag, str) and node.get(f"{{{WSU}}}Id"):
            context.register_id(node, "Id", WSU)
    try:
        context.verify(signature)
    except xmlsec.Error as e:
        raise Refused(f"signature: {e}") from e
    covered = {r.get("URI")[1:] for r in signature.iter(f"{{{DS}}}Reference")}
    for part in (root.find(f"{{{SOAP}}}Body"), root.find(f".//{{{WSU}}}Timestamp")):
        if part is None or part.get(f"{{{WSU}}}Id") not in covered:
            raise Refused("Body or Timestamp is not covered")


def answer(path, root):
    question = root.find(f"{{{SOAP}}}Body/{{{R}}}cautaVehicul")
    vin = question.findtext(f"{{{R}}}vin")
    caller = root.findtext(f"{{{SOAP}}}Header/{{https://mconnect.gov.md}}CallingUser")
    if path == "/nil":
        return f'<r:cautaVehiculResponse xmlns:r="{R}"><r:vehicul xmlns:xsi="{XSI}" xsi:nil="true"/></r:cautaVehiculResponse>', 200
    if path == "/missing":
        return f'<s:Fault xmlns:s="{SOAP}"><faultcode>s:Client</faultcode><faultstring>Nu este</faultstring><detail><x:notFound xmlns:x="urn:x"/></detail></s:Fault>', 500
    if path == "/fault":
        return f'<s:Fault xmlns:s="{SOAP}"><faultcode>s:Server</faultcode><faultstring>Baza este în mentenanță</faultstring></s:Fault>', 500
    return f"""<r:cautaVehiculResponse xmlns:r="{R}" xmlns:xsi="{XSI}">
      <!-- two owners: an element that repeats -->
      <r:vehicul><r:vin>{vin}</r:vin><r:placa><![CDATA[EXM <1>]]></r:placa><r:masa>+01234.50</r:masa><r:itp>2026-01-02+02:00</r:itp>
      <r:vazut>2026-07-01T10:00:00.5</r:vazut><r:proprietar><r:nume>{caller}</r:nume></r:proprietar><r:proprietar><r:nume/></r:proprietar>
      </r:vehicul></r:cautaVehiculResponse>""", 200


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
            verify(root)
            body, status = answer(self.path, root)
        except Refused as e:
            body, status = f'<s:Fault xmlns:s="{SOAP}"><faultcode>s:Client</faultcode><faultstring>{e}</faultstring></s:Fault>', 500
        envelope = etree.fromstring(f'<s:Envelope xmlns:s="{SOAP}"><s:Header/><s:Body>{body}</s:Body></s:Envelope>')
        signer = BinarySignature(key, cert, signature_method=xmlsec.Transform.RSA_SHA256, digest_method=xmlsec.Transform.SHA256)
        envelope, _ = signer.apply(envelope, {})
        if self.path == "/late":
            envelope.append(envelope[0])  # the Header goes behind the Body
        text = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        if self.path == "/tampered":
            text = text.replace(b"EXM", b"EXN")
        self.send_response(status)
        self.send_header("Content-Type", "text/xml;charset=UTF-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
server.shutdown()
