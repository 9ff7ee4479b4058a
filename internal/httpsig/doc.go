// Package httpsig signs requests and verifies their signatures: HTTP Message Signatures (RFC 9421) with the digest of
// the body by RFC 9530.
//
// It reads what a signature states, builds the octets that it covers and checks them with a key. Which components must
// be covered, whose key it is and how old a signature may be is for the surface that receives the request. Components
// are taken without parameters; derived ones are those of requests, except @query-param.
package httpsig
