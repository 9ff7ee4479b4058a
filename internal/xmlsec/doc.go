// Package xmlsec reads XML strictly, canonicalises it, and makes and checks WS-Security signatures.
//
// It owns one bounded parser (UTF-8, no DTD, no entities beyond the five), exclusive and inclusive
// canonicalisation (1.0 and 1.1, with and without comments), the signature shapes that live clients speak, the
// safe shape in which the platform signs, and a memory of signatures seen. It knows no HTTP, no services and
// trusts nobody: the certificate comes from the caller's Lookup, never from the message alone.
//
// Flow of Verify: one Envelope, one Body, unique ids → one Signature read strictly → Lookup → the value over the
// canonical SignedInfo → digests of the parts, each found as the very node that stands in the Envelope →
// Timestamps → replay memory. What is passed on are the octets that were digested, and nothing else.
//
// A Document is one flat slice of nodes in document order whose strings share one copy of the message, so
// reading and canonicalising make no copies of the tree. Documents are immutable and safe for concurrent use.
//
// Sources: XML 1.0 (5th ed.), Namespaces 1.0 (3rd ed.), Canonical XML 1.0 and 1.1, Exclusive XML
// Canonicalization 1.0, XML Signature 1.1, WS-Security 1.1.1 with X.509 Token Profile, BSP 1.1.
package xmlsec
