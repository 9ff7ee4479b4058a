// Package rest is the REST surface for systems: POST /api/v1/{service}[/{version}], the caller's own
// evidence and the list of what it may call.
//
// It reads a bounded message, passes a Call to exchange and writes the Answer or an RFC 9457 problem
// document that explains a refusal check by check. It judges nothing and knows no store.
package rest
