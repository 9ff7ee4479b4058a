// Package store keeps everything durable in one SQL database: SQLite embedded, PostgreSQL when
// outgrown, with one SQL text and one small dialect file.
//
// It owns the append primitive (a batch to a log is one transaction that numbers entries without gaps,
// writes them and moves the head), the platform's resources with their revisions, and the derived
// search index. It judges nothing. Acknowledged means durable: WAL with synchronous FULL, or
// synchronous_commit on.
package store

// Entry is one entry for a log. Data is immutable and hashed by the log's Sealer; Aside is kept beside it,
// outside any hash, and can be overwritten later (a sealed key that is to be erased).
type Entry struct {
	Data  []byte
	Aside []byte
	Once  *Once // nil: any number of entries like it may stand; AppendWith takes no notice of it

	// State is for the Sealer and not stored: what its statements say of the resources from this entry on. "": as before.
	State string
}

// Position says where an appended entry stands: Index counts from 0 without gaps; Size is the log's size
// once its whole batch was committed.
type Position struct {
	Index int64
	Size  int64
}

// Batch is one committed batch of a log as it is stored.
type Batch struct {
	First   int64
	Entries []Entry
	Hashes  []byte // as the Sealer gave them: 32 bytes an entry, or nil
	Note    []byte // as the Sealer gave it: the signed checkpoint over size First+len(Entries), or nil
}

// Head is the newest state of a log.
type Head struct {
	Size     int64
	Frontier []byte // the Sealer's own state, e.g. a Merkle frontier
	Note     []byte // the Sealer's signed statement over Size
}

// Sealer computes what commits together with a batch. Seal is called inside the transaction, one call at a
// time per log on this node; it must be fast, do no I/O and not keep data. A log without one has no seal.
type Sealer interface {
	Seal(head Head, entries []Entry) (next Head, hashes []byte, err error)
}
