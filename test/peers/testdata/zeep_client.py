# zeep: headers as a dictionary of the parts that the WSDL declares
import sys, requests
from zeep import Client
from zeep.exceptions import Fault
from zeep.transports import Transport

wsdl, ca, cert, key = sys.argv[1:]
session = requests.Session()
session.trust_env = False
session.verify, session.cert = ca, (cert, key)
client = Client(wsdl, transport=Transport(session=session))
context = {'CallingUser': '2999900000181', 'CallingEntity': '1999900000081', 'CallBasis': 'ACT-NOTARIAL', 'CallReason': 'dosar notarial 218/2026'}
answer = client.service.GetRealEstates(IDNP='2999000006393', _soapheaders=context)
print('answered:', 'CadastralNumber' in str(answer))
try:
    client.service.GetRealEstates(IDNP='2999000006393', _soapheaders=dict(context, CallReason='x'))
except Fault as f:
    print('fault:', f.message)
