// Package eventlog keeps accepted events and delivers them to groups of consumers. It knows no law: who may have which
// event is decided by its caller, package broker.
//
// The log finds repeats by source and id. Each group divides its events into partitions, whose readers are sessions;
// a cursor for each partition says what is confirmed. Nodes that share the log lease partitions. What is past its
// retention is removed in whole segments.
//
// Log is what another engine would implement. Engine implements it over the tables of package appendlog; package
// eventlogtest holds every implementation to the same tests. docs/LOCKS.md states the order of the locks.
package eventlog

import (
	"context"
	"iter"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
)

// Log is an event log. Its parts are interfaces of their own, so that each can be read at one sight.
type Log interface {
	Writer
	Finder
	Reader
	Groups
	Cursors
	Maintainer
}

// Draft is an event to be written.
type Draft struct {
	Event    *event.Event
	Kind     Kind
	Print    uint64 // Finder.Fingerprint of source and id
	Accepted time.Time
	System   mconnect.SystemID // that produced the event; of a test, dead or direct event the only one that gets it
	Group    string            // of a direct event the only group that gets it
	Origin   string            // "certificate address" of a call, with its first event; of a direct event its producer
	Keyed    uint32            // hash of the partition key, when only the key's pseudonym is known; else 0
}

// Kind is who gets an event.
type Kind byte

// The kinds of event. Only ordinary ones are compared with what the log holds.
const (
	Ordinary Kind = iota
	Test          // for the sessions of one system that want test events
	Dead          // for the sessions of one system that want dead events
	Direct        // for one group of one system: replayed or queued again by an operator
)

// Writer appends events.
type Writer interface {
	// Encode makes an entry of an event. Only the log's own methods read it.
	Encode(d Draft) appendlog.Entry
	// Append makes the entries durable, all or none, in order. Repeats are marked and not delivered. Fault
	// record.unavailable.
	Append(ctx context.Context, entries ...appendlog.Entry) error
	// AppendWith does so in one transaction with what build writes.
	AppendWith(ctx context.Context, build func(tx appendlog.Tx) ([]appendlog.Entry, error)) error
	// Pseudonym is what consumers see of a partition key: the same for the same key for as long as the log lives.
	Pseudonym(key string) string
}

// Identity is what names an event: two producers may use one source and id and mean different events.
type Identity struct {
	Producer mconnect.SystemID // "": any
	Source   string
	ID       string
	Type     mconnect.EventType // "": any
}

// Finder finds events.
type Finder interface {
	// Fingerprint is a keyed hash of source and id, never 0.
	Fingerprint(source, id string) uint64
	// Find returns the index and the type of an ordinary event; false when the log does not hold it.
	Find(print uint64, id Identity) (index int64, typ mconnect.EventType, found bool, err error)
	// At returns the event at index; nil when the log does not hold one there.
	At(index int64) (*Item, error)
	// IndexAt returns the index of the first entry before size that was accepted at or after a time.
	IndexAt(ctx context.Context, from time.Time, size int64) (int64, error)
	// Remembered is how many events are remembered to find repeats, and how many bytes that takes.
	Remembered() (events, bytes int)
}

// Types is a set of event types.
type Types interface {
	Has(typ mconnect.EventType) bool
	Len() int
	All() iter.Seq[mconnect.EventType]
}

// Reader reads the log without a group.
type Reader interface {
	// Size is how many entries the log has.
	Size(ctx context.Context) (int64, error)
	// Read returns some durable batches from the one that holds entry from on; none when from is the size.
	Read(ctx context.Context, from int64) ([]appendlog.Batch, error)
	// Follow calls fn for each batch from entry from on, until ctx ends or fn fails.
	Follow(ctx context.Context, from int64, fn func(appendlog.Batch) error) error
	// Skip returns the first index from which on the log may hold events of the types, or events for the system alone.
	Skip(from int64, system mconnect.SystemID, types Types) int64
	// Segment summarises the segment that begins at an index; nil when none does.
	Segment(first int64) *Segment
	// Decode reads entry i of a batch.
	Decode(b appendlog.Batch, i int) (*Item, error)
}

// Name names a group of a consumer.
type Name struct {
	System mconnect.SystemID
	Group  string
}

// Wish is what a new session wants.
type Wish struct {
	Name
	Events  bool      // ordinary and direct events
	Test    bool      // test events of its system
	Dead    bool      // dead events of its system
	From    time.Time // where a group that never read before begins; zero: at the end of the log
	Types   Types     // of events that the group may get now
	Address string    // of the peer, for Unconfirmed

	// Waiting returns the dead events that wait from index on, at most limit: the session gets them first.
	Waiting func(ctx context.Context, from int64, limit int) ([]*Item, error)
}

// Groups opens sessions and changes what groups get.
type Groups interface {
	// Open opens a session. Close it. Faults event.from, event.readers, event.groups, draining.
	Open(ctx context.Context, w Wish) (Session, error)
	// Select changes the types that an open group gets.
	Select(name Name, types Types)
	// Fail ends all sessions of a group on this node with a fault.
	Fail(name Name, f *fault.Error)
	// Sessions is how many sessions are open on this node.
	Sessions() int
	// Unconfirmed reports how many sessions a group has on this node, and by address how many deliveries they have not
	// confirmed.
	Unconfirmed(name Name) (sessions int, by map[string]int)
	// InFlight reports whether a session on this node has the event and has not confirmed it.
	InFlight(name Name, part uint8, index int64) bool
}

// Taken is what a session has taken from its queue and not delivered yet.
type Taken struct {
	Items  []*Item
	epochs []uint32
	behind bool // nothing is queued, and the log may hold more
}

// Moved marks an event that its session may not deliver any more.
const Moved = -1

// Session is one reader of a group. One goroutine takes, any may confirm.
type Session interface {
	// Next waits for events until ctx ends, then returns none and no error. Each one taken must be passed to Deliver or
	// Return. It fails when the session ended.
	Next(ctx context.Context, most, bytes int) (Taken, error)
	// Return puts back what was taken.
	Return(t Taken)
	// Deliver counts what was taken. Of marks, one for each item, 0 says that the event was passed over. Any other is
	// replaced by the offset of the delivery, or by Moved when another session has the event's partition by now.
	Deliver(t Taken, marks []int64) error
	// Confirm counts all deliveries up to offset as received; 0: all. Faults event.offset, event.closed.
	Confirm(offset int64) error
	// Unconfirmed finds a delivery by fingerprint; dead events are left out.
	Unconfirmed(print uint64) (index int64, found bool)
	Ending
}

// Ending ends deliveries or a whole session.
type Ending interface {
	// Settle counts one delivery as received, as soon as all before it are.
	Settle(print uint64, index int64)
	// Share is how many of the group's partitions the session delivers from, and how many there are.
	Share() (mine, all int)
	// Close gives its partitions to the other sessions of the group. What was not confirmed is delivered again.
	Close()
}

// Positions are the cursors of one group by partition, and where it began.
type Positions [allParts + 1]int64

// Cursors reads and moves positions.
type Cursors interface {
	// Positions returns those of all groups.
	Positions(ctx context.Context) (map[Name]Positions, error)
	// Recorded is the index before which acceptance is journalled: the caller's own cursor.
	Recorded(ctx context.Context) (int64, error)
	// MoveRecorded moves it in a transaction; false when another node moved it meanwhile.
	MoveRecorded(tx appendlog.Tx, from, to int64) (bool, error)
}

// Policy decides what is removed.
type Policy interface {
	// Retention says for how long the events of a type are kept.
	Retention(typ mconnect.EventType) time.Duration
	// Remove is called before a segment is removed. It calls one of the two functions.
	Remove(ctx context.Context, s *Segment, drop Drop) (dropped bool, err error)
}

// Drop removes a segment; false when another node was first. In does so in a transaction.
type Drop struct {
	Now func(ctx context.Context) (bool, error)
	In  func(ctx context.Context, tx appendlog.Tx) (bool, error)
}

// Maintainer removes what is past retention and closes the log.
type Maintainer interface {
	// Sweep removes each segment whose events are all past retention at a time and journalled, and returns how many
	// events that were. An event is never removed early; it may stay longer, until its whole segment is due.
	Sweep(ctx context.Context, at time.Time, p Policy) (removed int64, err error)
	// Close ends all sessions, makes durable what they confirmed, and releases what this node leased.
	Close() error
}
