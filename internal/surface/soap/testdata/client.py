"""A consumer with zeep and its xmlsec signature: client.py WSDL CA KEY CERT PLATFORM_CERT.
It signs Body only, with zeep's defaults (RSA-SHA1), and adds its Timestamp in a second Header after Body, as one client of the field
does. Answers are verified by zeep itself with the platform's certificate."""
import datetime
import json
import logging
import sys
import warnings

import requests
import zeep
from lxml import etree
from zeep.helpers import serialize_object
from zeep.wsse.signature import Signature

warnings.simplefilter("error", category=RuntimeWarning)
logging.basicConfig(level=logging.WARNING)  # whatever zeep warns of reaches standard error, which has to be empty
wsdl, ca, key, cert, platform = sys.argv[1:]
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"


class Signing:
    """Signs with the system's key, verifies with the platform's certificate."""

    def __init__(self):
        self.own, self.theirs = Signature(key, cert), Signature(key, platform)
        self.verified = 0

    def apply(self, envelope, headers):
        envelope, headers = self.own.apply(envelope, headers)
        soap = etree.QName(envelope).namespace
        late = etree.SubElement(envelope, "{%s}Header" % soap)
        stamp = etree.SubElement(etree.SubElement(late, "{%s}Security" % WSSE), "{%s}Timestamp" % WSU)
        now = datetime.datetime.utcnow()
        for name, at in (("Created", now), ("Expires", now + datetime.timedelta(minutes=5))):
            etree.SubElement(stamp, "{%s}%s" % (WSU, name)).text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return envelope, headers

    def verify(self, envelope):
        self.theirs.verify(envelope)
        self.verified += 1
        return envelope


session = requests.Session()
session.verify, session.trust_env = ca, False
signing = Signing()
out = {}
for binding in ("MConnectSoap11", "MConnectSoap12"):
    client = zeep.Client(wsdl, transport=zeep.Transport(session=session), wsse=signing)
    service = client.bind("MConnect", binding)
    context = {"CallingUser": "2999900000262", "CallingEntity": "1999900000014", "CallBasis": "Legea exemplu", "CallReason": "DOS-0001"}
    for name, args in (("GetPerson", {"IDNP": "2999000006393"}), ("GetLegalEntity", {"IDNO": "1999900000025"}), ("GetRealEstates", {"IDNP": "2999000006393"})):
        out[name] = serialize_object(getattr(service, name)(**args, _soapheaders=context))
    context["CallReason"] = "curiozitate"
    try:
        service.GetPerson(IDNP="2999000006393", _soapheaders=context)
    except zeep.exceptions.Fault as fault:
        out["fault"] = fault.message
out["verified"] = signing.verified
print(json.dumps(out, default=str))
