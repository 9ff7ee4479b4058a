// Package peers calls the platform with clients of other people, unmodified, as living systems use them: SOAP clients
// read the WSDL, present the system's certificate in TLS or sign, call a service and read a fault; REST calls are
// signed by another implementation of RFC 9421. SAML identity providers and service providers of others face ours. Its
// tests have the build tag whole.
package peers
