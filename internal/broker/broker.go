// Package broker is the law of events, neutral to protocol: who may produce, who gets what, and what is recorded. It
// accepts and makes durable, follows the event log for every group of every consumer, and keeps what each has
// confirmed.
//
// Flow: Produce checks rights and schema, drops repeats, appends to the log "events" (all or nothing, durable
// before it returns). One follower a node reads the log once and hands each event to the groups it concerns;
// a group that lags reads the log by itself. An Instance is one reader of a group.
package broker

import (
	"context"
	"time"

	"mconnect"
	"mconnect/internal/domain/event"
)

// Caller is the identified system behind a call: what registry.Identity and the connection say of it.
type Caller struct {
	System      mconnect.SystemID
	Participant mconnect.ParticipantID
	Certificate mconnect.Fingerprint
	Address     string // of the peer, for the journal
}

// Rights says who may produce and consume what, at this moment. It is an image in memory and does no I/O.
type Rights interface {
	// Produce refuses (fault event.*, system.*, participant.*) when system may not produce typ under source.
	Produce(system mconnect.SystemID, typ mconnect.EventType, source string, at time.Time) error
	// Check refuses data that is against the schema of typ: fault event.invalid with Fields (JSON pointers).
	Check(e *event.Event) error
	// Entitled lists what system may consume now, by type; nil with a fault when the system is unknown, suspended or no
	// consumer.
	Entitled(system mconnect.SystemID, at time.Time) (map[mconnect.EventType]*Grant, error)
	// Subscription returns the declared filter of a system's group; nil when none is declared: everything passes.
	Subscription(system mconnect.SystemID, group string) Filter
	// Retention of a type.
	Retention(typ mconnect.EventType) time.Duration
	// Changed is closed at the next change of anything above.
	Changed() <-chan struct{}
}

// Filter chooses events of a subscription.
type Filter interface {
	Matches(e *event.Event) bool
}

// Grant is one consumer's right to one type.
type Grant struct {
	Type      mconnect.EventType
	Agreement mconnect.AgreementID
	Purpose   mconnect.PurposeCode
	Whole     bool // nothing of the data has to be cut
	Cut       func(data []byte) ([]byte, error)
	// Attributes returns the event without the attributes that are not granted, itself when all are; nil: all are.
	Attributes func(e *event.Event) *event.Event
	// Account returns what the journal must hold for one consumption: nil when the type carries no personal data.
	Account func(e *event.Event) (*Accounting, error)
	// Covers reports whether the consumer had the right when an event was accepted: what is older is not delivered.
	// Nil: it always had.
	Covers func(accepted time.Time) bool
}

// covers reports whether the right, if there is one, extends to what was accepted then.
func (g *Grant) covers(accepted time.Time) bool {
	return g != nil && (g.Covers == nil || g.Covers(accepted))
}

// Accounting is the legal context of one consumption of personal data, by constants or JSON paths of the declaration.
type Accounting struct {
	Entity  mconnect.IDNO // legal entity of the consumer
	Basis   string
	Reason  string
	Subject string // clear identifier of the data subject
}

// Options of one reader.
type Options struct {
	Group  string    // "" is "~default"
	Events bool      // ordinary events
	Test   bool      // test events of this consumer
	Dead   bool      // its dead events
	From   time.Time // replay from a time within retention; only for a group that never read before
}

// Delivery is one event on its way to one consumer.
type Delivery struct {
	Offset int64        // counts up from 1 in each Instance
	JSON   []byte       // the whole CloudEvent in JSON form, cut, without "offset"; shared: read only
	Event  *event.Event // what JSON says
	Test   bool
	Dead   bool
}

// Broker is what surfaces need of an Engine.
type Broker interface {
	// Produce accepts all events or none; the fault names the index and the reason of the first bad one.
	Produce(ctx context.Context, from Caller, events []event.Event) error
	// Try accepts one test event that only the caller's own readers get.
	Try(ctx context.Context, from Caller, e event.Event) error
	// Receipt reports what became of an event that the caller produced; fault event.unknown.
	Receipt(ctx context.Context, from Caller, source, id string) (Receipt, error)
	// Open starts a reader. Close it.
	Open(ctx context.Context, to Caller, o Options) (Reader, error)
}

// Reader is one Instance as surfaces see it. One goroutine reads, any may confirm.
type Reader interface {
	// Next waits for events until ctx ends, then returns none and no error; at most max events and about bytes.
	// It fails (fault) when the right to consume ended, the reader was closed or the node stops.
	Next(ctx context.Context, max, bytes int) ([]Delivery, error)
	// Confirm counts all up to offset as received; 0: all that Next returned so far. Fault event.offset for one never
	// delivered.
	Confirm(offset int64) error
	// Bury puts an event of this consumer (as delivered, or as the consumer changed it) into its dead-event store and
	// confirms it.
	Bury(ctx context.Context, e event.Event) error
	// Close gives the reader's share to the others of its group. What was not confirmed is delivered again.
	Close()
}
