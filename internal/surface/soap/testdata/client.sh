#!/bin/sh
# A consumer of xmlsec1 and curl: client.sh URL CA KEY CERT PLATFORM_CERT FOLDER NAME FIELD VALUE. It signs Body and Timestamp by plain Id, RSA-SHA256, with
# the certificate in KeyInfo/X509Data and the legal context in HTTP headers, as the .NET signer of the field does.
set -eu
url=$1 ca=$2 key=$3 cert=$4 platform=$5 folder=$6 name=$7 field=$8 value=$9
soap=http://schemas.xmlsoap.org/soap/envelope/
base=http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss
reference() {
	printf '<Reference URI="#%s"><Transforms><Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>' "$1"
	printf '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue></DigestValue></Reference>'
}
{
	printf '<s:Envelope xmlns:s="%s"><s:Header><o:Security s:mustUnderstand="1" xmlns:o="%s-wssecurity-secext-1.0.xsd">' $soap $base
	printf '<u:Timestamp xmlns:u="%s-wssecurity-utility-1.0.xsd" Id="TS-1"><u:Created>%s</u:Created><u:Expires>%s</u:Expires></u:Timestamp>' \
		$base "$(date -u +%Y-%m-%dT%H:%M:%S.1234567Z)" "$(date -u -d '+15 min' +%Y-%m-%dT%H:%M:%S.1234567Z)"
	printf '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
	printf '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
	reference MS-1
	reference TS-1
	printf '</SignedInfo><SignatureValue></SignatureValue><KeyInfo><X509Data><X509Certificate></X509Certificate></X509Data></KeyInfo></Signature></o:Security></s:Header>'
	printf '<s:Body Id="MS-1"><%s xmlns="https://mconnect.gov.md"><%s>%s</%s></%s></s:Body></s:Envelope>' "$name" "$field" "$value" "$field" "$name"
} >"$folder/request.xml"
ids="--id-attr:Id $soap:Body --id-attr:Id $base-wssecurity-utility-1.0.xsd:Timestamp"
# shellcheck disable=SC2086
xmlsec1 --sign --privkey-pem "$key,$cert" $ids --output "$folder/signed.xml" "$folder/request.xml"
curl -sS --cacert "$ca" -H 'Content-Type: text/xml; charset=utf-8' -H 'SOAPAction: ""' -H 'CallingUser: 2999900000262' -H 'CallingEntity: 1999900000014' \
	-H 'CallBasis: Legea%20exemplu' -H 'CallReason: DOS-0001' --data-binary @"$folder/signed.xml" "$url" >"$folder/answer.xml"
# shellcheck disable=SC2086
xmlsec1 --verify --pubkey-cert-pem "$platform" $ids "$folder/answer.xml" >"$folder/verified" 2>&1 || {
	cat "$folder/verified" "$folder/answer.xml" >&2
	exit 1
}
cat "$folder/answer.xml"
