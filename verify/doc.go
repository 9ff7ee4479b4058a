// Package verify checks a journal of MConnect, or one piece of evidence from it, with nothing but the
// journal's public key: no network, no store, no trust in the operator of the platform, and no code from
// outside the standard library. An auditor can read it in an hour, top to bottom in this order:
//
//	note.go       a signed checkpoint: who signed which state of the journal, and when
//	tree.go       the Merkle tree of RFC 6962: how one hash covers all records
//	canonical.go  the one byte form (RFC 8785) that a record may have
//	journal.go    the check of a whole journal, batch by batch
//	evidence.go   the check of one record that somebody was given
//	export.go     reading a journal from an export file
//	tiles.go      reading a journal from a C2SP tlog-tiles server or folder
//
// It owns the rules of validity and refuses to own what a record means. What it cannot see: that a whole
// journal was put back to an older state, unless the auditor kept a checkpoint (Options.Known) that is
// newer; and whether the sealed identifiers of the records can still be opened.
package verify
