// Package fault tests what the whole product does when things go wrong underneath it: the server is killed,
// the disk is full, the store turns read-only, the database goes away, somebody edits the stored journal.
//
// The tests run the real program in processes of its own, on SQLite and on PostgreSQL, and carry the build
// tag "whole": `make test` runs them. They need root to mount a small file system.
package fault
