# suds: headers as elements, TLS by an opener of the standard library
import ssl, sys, urllib.request
from suds import WebFault
from suds.client import Client
from suds.sax.element import Element
from suds.transport.http import HttpTransport

wsdl, ca, cert, key = sys.argv[1:]
tls = ssl.create_default_context(cafile=ca)
tls.load_cert_chain(cert, key)

class Transport(HttpTransport):
    def u2handlers(self):
        return [urllib.request.HTTPSHandler(context=tls)]

client = Client(wsdl, transport=Transport(), cache=None)
space = ('m', 'https://mconnect.gov.md')
def context(reason):
    values = (('CallingUser', '2999900000181'), ('CallingEntity', '1999900000081'), ('CallBasis', 'ACT-NOTARIAL'), ('CallReason', reason))
    return [Element(name, ns=space).setText(value) for name, value in values]
client.set_options(soapheaders=context('dosar notarial 218/2026'))
answer = client.service.GetRealEstates(IDNP='2999000006393')
print('answered:', *(estate.CadastralNumber for estate in answer))
client.set_options(soapheaders=context('x'))
try:
    client.service.GetRealEstates(IDNP='2999000006393')
except WebFault as f:
    print('fault:', f.fault.faultstring)
