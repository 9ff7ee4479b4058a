// Package soap is the SOAP surface for systems: SOAP 1.1 and 1.2 at /services/t/{tenant}/{proxy}, /soap/{system} and
// /soap, and the WSDL of each consumer system by GET.
//
// It reads a bounded message, finds out who sent it by its WS-Security signature or the TLS certificate, passes on
// what was signed and nothing else, and answers in the one signed shape that all clients read. It judges nothing: what
// it cannot read or believe is stated in the Call, so that the exchange records it; xmlsec verifies, xmljson
// translates, registry identifies, agreement decides. It knows no store.
//
// Flow: admission → TLS certificate → body → envelope → signature → share of the system → address → legal context →
// Body's child → exchange → answer or fault, signed once the caller is known.
package soap
