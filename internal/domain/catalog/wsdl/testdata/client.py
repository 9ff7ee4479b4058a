# A consumer as zeep's documentation tells one to write it: headers as a dict.
import json
import sys
import warnings

import zeep
from zeep.helpers import serialize_object

warnings.simplefilter("error", category=RuntimeWarning)
binding, address = sys.argv[1], sys.argv[2]
client = zeep.Client(address)
service = client.bind("MConnect", binding)
context = {
    "CallingUser": "2999000006393",
    "CallingEntity": "1999000000006",
    "CallBasis": "Legea nr. 1",
    "CallReason": "Dosar nr. 7 ț",
}
person = service.GetPerson(IDNP="2999000006393", _soapheaders=context)
estates = service.GetRealEstates(IDNP="2999000006393", Kinds={"Kind": ["teren", "casă"]}, _soapheaders=context)
print(json.dumps({"person": serialize_object(person), "estates": serialize_object(estates)}, default=str))
