package appendlog

import "time"

// Resource is one state of one declared thing (a participant, a service, …): a JSON document under kind and id.
// Revision comes from one counter over all resources, so a higher one is always newer. A deleted resource keeps its
// last document.
type Resource struct {
	Kind, ID  string
	Revision  int64
	Doc       []byte
	Deleted   bool
	ChangedBy string
	ChangedAt time.Time // UTC, microseconds
	Reason    string    // given with the change
	Proof     []byte    // by whom the change was recorded; nil in a state that is older than proofs
}

// IndexRow is one line of the search index: a call (its intent and outcome, or its refusal), a change or a reading.
type IndexRow struct {
	Seq        int64 // index of the entry that the row was made for; of a call's first one
	OutcomeSeq int64 // index of the call's outcome, 0 while there is none
	At         time.Time
	Kind       string
	Call       string // "" when the row is no call
	Consumer   string
	System     string
	Service    string
	Provider   string
	Agreement  string
	Purpose    string
	Verdict    string
	Code       string
	Subject    []byte // pseudonym
	// Day is the calendar day, "2006-01-02", on which the row's call used up one of Agreement's calls.
	// Refused calls (Verdict "refused") use up none.
	Day string
}

// Erasure is a proposal to erase a person, with its decision.
type Erasure struct {
	ID        int64 // index of the proposal's record in the journal
	At, Until time.Time
	Actor     string // who proposed it
	Reason    string
	Pseudonym []byte // of the person
	Records   int    // number of records that it concerns; once approved, that it concerned
	State     string
	DecidedBy string
	DecidedAt time.Time // zero: not decided
	Note      string    // by the person who decided
}

// Cursor is how far one partition of a group of an event consumer has come: Next is the index in the event log of the
// first event that is not confirmed.
type Cursor struct {
	System, Group string
	Part          int
	Next          int64
}

// Group is a group of an event consumer. Next is the furthest of its cursors.
type Group struct {
	Group string
	Next  int64
}

// Segment summarises the entries First to First+Size-1 of the event log, which are whole batches. The event log encodes
// Summary; Hashes are those of the batches, one after the other.
type Segment struct {
	First, Size int64
	Summary     []byte
	Hashes      []byte
}

// ReaderCount reports how many readers of a group a node has.
type ReaderCount struct {
	System, Group, Node string
	Readers             int
}

// Partition is one partition of a group. A node leases it before it delivers from it.
type Partition struct {
	System, Group string
	Part          int
}

// States of a dead event.
const (
	DeadWaiting  = "waiting"
	DeadRequeued = "requeued"
	DeadDropped  = "dropped"
)

// DeadEvent is an event that a consumer could not use. Its ID is the index of its entry in the event log.
type DeadEvent struct {
	ID            int64
	System, Group string // of the consumer
	State         string
	Position      int64 // index in the event log of the event as it was accepted; -1: not known
	Type          string
	Source, Event string // source and id of the event
	Reason        string
	At            time.Time // UTC, microseconds
	Doc           []byte    // the event in JSON form, as delivered or as the consumer or an operator changed it
}

// DeadQuery chooses dead events; zero values choose all.
type DeadQuery struct {
	System, Type, State string
	Source, Event       string
	From                int64 // ids from here on
	Limit               int   // 0: 100
}

// WebhookState is what one node has stored about the webhook of a subscription.
type WebhookState struct {
	Subscription, Node string
	At                 time.Time // UTC, microseconds
	Doc                []byte
}
