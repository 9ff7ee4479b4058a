# Loads the WSDL as zeep's users do and says what it finds: operations by binding, the parts of one, and one message.
import json, sys, warnings

import zeep
from lxml import etree

warnings.simplefilter("error")  # from here on: what the WSDL causes
client = zeep.Client(sys.argv[1])
found = {}
for service in client.wsdl.services.values():
    for port in service.ports.values():
        found[port.name] = sorted(port.binding._operations)
binding = client.wsdl.services["MConnect"].ports["MConnectSoap11"].binding
operation = binding._operations["RegisterDriver"]
element = operation.input.body.type.elements
message = client.create_message(
    client.service, "FindVehicles", IDNP="2999000006393", Page=2,
    _soapheaders={"CallingUser": "2999000006393", "CallingEntity": "1999000000006", "CallBasis": "Legea", "CallReason": "Dosar"})
body = message.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")[0]
print(json.dumps({
    "operations": found,
    "driver": [name for name, _ in element[0][1].type.elements],
    "asked": {etree.QName(c).localname: c.text for c in body},
}))
