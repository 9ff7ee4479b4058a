// Package wsdl writes the WSDL 1.1 of one consumer system: every operation that it is entitled to, on one
// endpoint, document/literal, for SOAP 1.1 and 1.2.
//
// The four values of the legal context are soap:header parts of every operation, named exactly CallingUser,
// CallingEntity, CallBasis and CallReason. An operation is named as its service; its input element too. The
// output's Body child is the answer's type itself. The schema is that of package xsd; documentation
// comes from the catalogue in all its languages. The same services give the same bytes.
//
// Services with opaque answers are left out: their documents are fetched over REST. Who is entitled to
// what, and where the endpoint is, is for the caller to say.
package wsdl
