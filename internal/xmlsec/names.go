package xmlsec

// Namespaces of the protocols spoken here.
const (
	NamespaceSOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
	NamespaceSOAP12 = "http://www.w3.org/2003/05/soap-envelope"
	NamespaceXML    = "http://www.w3.org/XML/1998/namespace"

	roleNext11     = "http://schemas.xmlsoap.org/soap/actor/next"
	roleNext12     = "http://www.w3.org/2003/05/soap-envelope/role/next"
	roleUltimate12 = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"

	namespaceXMLNS  = "http://www.w3.org/2000/xmlns/"
	namespaceDS     = "http://www.w3.org/2000/09/xmldsig#"
	namespaceWSSE   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	namespaceWSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
	namespaceWSU    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	namespaceExcC14 = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// Algorithm identifiers of XML Signature and WS-Security.
const (
	AlgorithmRSASHA256   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	AlgorithmECDSASHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
	AlgorithmRSASHA1     = "http://www.w3.org/2000/09/xmldsig#rsa-sha1" // verified only, where a policy allows

	digestSHA256    = "http://www.w3.org/2001/04/xmlenc#sha256"
	digestSHA1      = "http://www.w3.org/2000/09/xmldsig#sha1"
	transformEnv    = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	encodingBase64  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
	tokenX509v3     = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
	tokenPKIPath    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509PKIPathv1"
	tokenSKI        = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509SubjectKeyIdentifier"
	tokenThumbprint = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"
)
