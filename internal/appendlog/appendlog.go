// Package appendlog is the contract between the store and what is kept in it: an append-only log of entries, and
// the rows that commit in the same transaction. The journal, the events and the declared state use it; package
// store implements it. It holds types and interfaces only, so that no room above depends on SQL.
//
// Indices count entries from 0 without gaps. Sizes count entries. Limits count bytes.
package appendlog

import (
	"context"
	"errors"
	"time"
)

// ErrForked says that a log in the database does not continue what was acknowledged before: the log was rolled back,
// or another server that lacks its end took over.
var ErrForked = errors.New("the log does not continue what was acknowledged before")

// Entry is one entry for a log. Data is immutable and hashed by the log's Sealer. Aside is stored with the entry,
// outside any hash, and can be overwritten later: a sealed key that is to be erased.
type Entry struct {
	Data  []byte
	Aside []byte
	Once  *Once // nil: the entry may repeat; AppendWith ignores it

	// State is for the Sealer and not stored: what its statements say of the resources from this entry on. "":
	// unchanged.
	State string
}

// Once lets an entry be appended only if no other entry with the same key was, by any process and to any log. The key
// becomes durable with the entry and is remembered until a time.
type Once struct {
	Key   [32]byte
	Until time.Time
}

// Position is the place of an appended entry. Size is the log's size after the commit of its whole batch.
type Position struct {
	Index int64
	Size  int64
}

// Batch is one committed batch of a log as it is stored.
type Batch struct {
	First   int64 // index of the first entry
	Entries []Entry
	Hashes  []byte // as the Sealer returned them, the same number of bytes for each entry; or nil
	Note    []byte // as the Sealer returned it: the signed checkpoint over the size End; or nil
}

// End is the index after the last entry of the batch.
func (b Batch) End() int64 { return b.First + int64(len(b.Entries)) }

// From returns the batch without the entries before index. Its hashes must have one length for all entries.
func (b Batch) From(index int64) Batch {
	n := min(index-b.First, int64(len(b.Entries)))
	if n <= 0 {
		return b
	}
	if len(b.Hashes) > 0 {
		b.Hashes = b.Hashes[n*int64(len(b.Hashes))/int64(len(b.Entries)):]
	}
	b.First, b.Entries = b.First+n, b.Entries[n:]
	return b
}

// batchRead is how many entries EachBatch reads at a time.
const batchRead = 1000

// EachBatch calls fn with the entries from up to, but not including, to, and returns the index after the last of them:
// less than to where the log ends before. read is the Read or the ReadDurable of a log.
func EachBatch(ctx context.Context, read func(ctx context.Context, from int64, limit int) ([]Batch, error),
	from, to int64, fn func(Batch) error) (next int64, err error) {
	for from < to {
		batches, err := read(ctx, from, int(min(to-from, batchRead)))
		if err != nil || len(batches) == 0 {
			return from, err
		}
		for _, b := range batches {
			b = b.From(from)
			if over := b.End() - to; over > 0 {
				b = Batch{First: b.First, Entries: b.Entries[:max(int64(len(b.Entries))-over, 0)]}
			}
			if len(b.Entries) == 0 {
				continue
			}
			if err := fn(b); err != nil {
				return from, err
			}
			from = b.End()
		}
	}
	return from, nil
}

// Head is the newest state of a log.
type Head struct {
	Size     int64
	Frontier []byte // the Sealer's own state, e.g. a Merkle frontier
	Note     []byte // the Sealer's signed statement over Size
}

// Sealer computes what commits together with a batch. Seal is called inside the transaction, one call at a time per
// log on this node. It must be fast and must not keep entries. A log without a Sealer has no hashes and no notes.
type Sealer interface {
	Seal(head Head, entries []Entry) (next Head, hashes []byte, err error)
}

// Prover is a Sealer that can check whether one head continues another.
type Prover interface {
	Sealer
	// Continues returns nil when the entries under from are the first ones under to, and ErrForked when they are not.
	// hashes reads what was stored with the batch that holds an entry, and the index of the batch's first entry.
	Continues(from, to Head, hashes func(index int64) (first int64, stored []byte, err error)) error
}

// Tx is an open transaction of the store. Only the store can use it: callers pass it to the store's methods that write
// in a transaction.
type Tx interface{ OpenTransaction() }

// Reader reads a log.
type Reader interface {
	// Head reads the newest committed state.
	Head(ctx context.Context) (Head, error)
	// Durable returns a head over at least size entries that no fail-over can take back; with size 0 the newest one.
	// Fault record.unavailable.
	Durable(ctx context.Context, size int64) (Head, error)
	// Read returns whole batches in order, from the one that holds entry from to the one that holds entry
	// from+limit-1, or fewer after about 16 MiB. It returns at least one batch unless from is the log's size.
	Read(ctx context.Context, from int64, limit int) ([]Batch, error)
}

// Appender writes to a log.
type Appender interface {
	// Append makes the entries durable, all or none, in their order, and returns the position of the first. One call
	// may hold 64 MiB. Concurrent calls share commits. Faults: record.unavailable, after which it is not known whether
	// the entries are stored; signature.replayed for an entry whose Once was counted before.
	Append(ctx context.Context, entries ...Entry) (Position, error)
	// AppendWith appends the entries that build returns, in one transaction with what build writes through tx. An
	// error of build rolls both back and is returned unchanged. build must be quick and must not call the log.
	AppendWith(ctx context.Context, build func(tx Tx) ([]Entry, error)) (Position, error)
}

// Log is an append-only sequence that is read, followed and written.
type Log interface {
	Reader
	Appender
	// Follow calls fn for each batch from entry from on, those to come included, until ctx ends or fn fails.
	Follow(ctx context.Context, from int64, fn func(Batch) error) error
}

// Eraser overwrites what is stored with entries outside their hashes.
type Eraser interface {
	// ReplaceAsides overwrites the asides of the entries, all or none, and leaves no trace of the old ones in the
	// database. Fault record.unknown for an index that is not in the log.
	ReplaceAsides(ctx context.Context, indices []int64, aside []byte) error
}
