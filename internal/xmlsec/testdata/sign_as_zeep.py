"""Signs and verifies as zeep does: sign_as_zeep.py sign|verify KEY CERT FORM HASH, the envelope on standard input.
FORM: data (SecurityTokenReference/X509Data) or binary (BinarySecurityToken); HASH: sha1 or sha256."""
import sys

import xmlsec
from lxml import etree
from zeep.wsse.signature import BinarySignature, Signature

what, key, cert, form, digest = sys.argv[1:]
method, digest_method = {
    "sha1": (xmlsec.Transform.RSA_SHA1, xmlsec.Transform.SHA1),
    "sha256": (xmlsec.Transform.RSA_SHA256, xmlsec.Transform.SHA256),
}[digest]
kind = BinarySignature if form == "binary" else Signature
signature = kind(key, cert, signature_method=method, digest_method=digest_method)
envelope = etree.fromstring(sys.stdin.buffer.read())
if what == "sign":
    signed, _ = signature.apply(envelope, {})
    sys.stdout.buffer.write(etree.tostring(signed, encoding="utf-8", xml_declaration=True))
else:
    signature.verify(envelope)
    print("OK")
