// Package mconnect is the vocabulary of the interoperability platform: the identifiers that every
// room, surface and client shares, each its own type with a strict Parse.
//
// It owns the words (who takes part, what is called, under which law, when) and no behaviour beyond
// reading and writing them. It knows no HTTP, no SQL and no JSON schema, and imports the standard
// library only. Identifiers of persons (IDNP) are strings, never numbers, and never part of a URI.
package mconnect
