// Package xsd writes the XML Schema 1.0 of services' messages, as package xmljson reads and writes them.
//
// Each service gives two global elements in one target namespace: its request under the service's own name,
// its answer under the name of its type. Services may share an answer type; two that give one name to
// different types cannot stand in one schema. Types are anonymous but for IDNP, IDNO and IDNV, so names
// never collide. Descriptions become documentation in every language that the catalogue has.
//
// In an answer every field may be absent, whatever the catalogue says: an agreement grants some of them only.
// A schema never refuses what the platform accepts: patterns are translated from RE2 exactly or left out, and
// check digits are for the platform. The same services give the same bytes, in whatever order they come.
package xsd
