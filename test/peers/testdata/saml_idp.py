# An identity provider of pysaml2, asked by lines of JSON: it reads what our service provider sends and answers as MPass.
import base64
import json
import sys
import time

from saml2 import BINDING_HTTP_POST
from saml2.authn_context import PASSWORD
from saml2.config import IdPConfig
from saml2.saml import NAMEID_FORMAT_UNSPECIFIED, NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

given = json.loads(sys.argv[1])
config = IdPConfig().load({
    "entityid": given["entity"],
    "xmlsec_binary": given["xmlsec1"],
    "key_file": given["key"],
    "cert_file": given["cert"],
    "metadata": {"local": [given["metadata"]]},
    "service": {"idp": {
        "endpoints": {
            "single_sign_on_service": [(given["login"], BINDING_HTTP_POST)],
            "single_logout_service": [(given["logout"], BINDING_HTTP_POST)],
        },
        "want_authn_requests_signed": True,
        "sign_response": True,
        "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None,
                               "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"}},
    }},
})
server = Server(config=config)
how = {"sign_alg": SIG_RSA_SHA256, "digest_alg": DIGEST_SHA256}


def encoded(message):
    return base64.b64encode(str(message).encode()).decode()


def login(ask):
    request = server.parse_authn_request(ask["request"], BINDING_HTTP_POST)
    message = request.message
    response = server.create_authn_response(
        identity=ask["identity"], in_response_to=message.id, destination=message.assertion_consumer_service_url,
        sp_entity_id=message.issuer.text, name_id=NameID(format=NAMEID_FORMAT_UNSPECIFIED, text=ask["nameID"]),
        authn={"class_ref": PASSWORD, "authn_auth": given["entity"], "authn_instant": int(time.time())},
        sign_response=ask["signResponse"], sign_assertion=ask["signAssertion"], **how)
    return {"response": encoded(response), "force": message.force_authn == "true", "passive": message.is_passive == "true"}


def logout(ask):
    _, request = server.create_logout_request(
        ask["destination"], given["entity"], name_id=NameID(format=NAMEID_FORMAT_UNSPECIFIED, text=ask["nameID"]),
        session_indexes=[ask["index"]], sign=True, **how)
    return {"request": encoded(request)}


def read_logout(ask):
    request = server.parse_logout_request(ask["request"], BINDING_HTTP_POST)
    answer = server.create_logout_response(request.message, [BINDING_HTTP_POST], sign=True, **how)
    return {"nameID": request.message.name_id.text, "index": request.message.session_index[0].text,
            "response": encoded(answer)}


def read_answer(ask):
    response = server.parse_logout_request_response(ask["response"], BINDING_HTTP_POST)
    return {"issuer": response.response.issuer.text, "to": response.response.in_response_to,
            "status": response.response.status.status_code.value}


for line in sys.stdin:
    ask = json.loads(line)
    try:
        answer = globals()[ask["do"]](ask)
    except Exception as e:  # what the test reports
        answer = {"error": repr(e)}
    print(json.dumps(answer), flush=True)
