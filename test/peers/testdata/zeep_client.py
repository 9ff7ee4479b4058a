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
for binding in ('MConnectSoap11', 'MConnectSoap12'):
    service = client.bind('MConnect', binding)
    answer = service.GetRealEstates(IDNP='2999000006393', _soapheaders=context)
    print('answered:', *(estate.CadastralNumber for estate in answer))
    try:
        service.GetRealEstates(IDNP='2999000006393', _soapheaders=dict(context, CallReason='x'))
    except Fault as f:
        print('fault:', f.message)
