// Package world is one small country for tests of the whole product and for benchmarks: an authority that
// issues certificates, a consumer, a provider and the real `mconnect serve` between them.
//
// It owns starting and ending processes and the manifests; it does not depend on what is inside the server.
// Everybody in it is synthetic: identifiers begin with 1999 and 2999, which were never assigned.
package world
