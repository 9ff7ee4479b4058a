// Package journal keeps the evidence: one record for every intent, outcome and refusal of a call, every
// change of the platform's state and every reading of the journal itself, in one Merkle sequence.
//
// A record is canonical JSON (RFC 8785). Its hash is a leaf of an RFC 6962 tree; every batch commits
// together with a signed checkpoint (C2SP signed note). The data subject appears as a keyed pseudonym;
// the clear identifier is sealed and stored with it under a key of its own that can be erased without breaking
// a proof. The package knows no call path and no SQL.
package journal

import (
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// Kind is the kind of a record.
type Kind string

// The kinds of record.
const (
	Intent          Kind = "intent"          // a call was allowed and is about to be delivered (commit point 1)
	Outcome         Kind = "outcome"         // how it ended (commit point 2)
	Refusal         Kind = "refusal"         // a call was refused before delivery
	Change          Kind = "change"          // state of the platform was changed
	Reading         Kind = "reading"         // somebody read the journal
	Erasure         Kind = "erasure"         // sealed identifiers were made unreadable
	ErasureProposed Kind = "erasureProposed" // somebody proposed an erasure; another decides
	ErasureRejected Kind = "erasureRejected" // and declined it
	Started         Kind = "started"         // a node began to serve
	Restored        Kind = "restored"        // the store was filled from a backup
	// the resources were compared with the change records; from here on checkpoints state them
	Compared Kind = "compared"
	Account  Kind = "account" // a person logged in or out, or a person, role or credential was changed

	// events of one producer were accepted: how many, of which types, where in the event log
	Accepted    Kind = "accepted"
	Consumption Kind = "consumption" // an event with personal data is about to be handed to a consumer
	Dead        Kind = "dead"        // a consumer put an event among its dead events
	Expired     Kind = "expired"     // events passed retention before a consumer's group confirmed them
)

// Record is one entry, before sealing. Which fields a kind uses is said in docs/JOURNAL.md; absent
// ones are left out of the canonical form. Time is set by the journal when zero, UTC, microseconds.
type Record struct {
	Kind        Kind
	Time        time.Time
	Node        string // id of the writing process
	Call        mconnect.CallID
	Trace       string            // W3C trace id, 32 hex digits
	Protocol    string            // "rest"
	System      mconnect.SystemID // of the consumer
	Consumer    mconnect.ParticipantID
	Certificate mconnect.Fingerprint
	Address     string
	Service     mconnect.ServiceName
	Version     mconnect.Version
	Provider    mconnect.SystemID
	Agreement   mconnect.AgreementID
	Revision    int64 // of the store when the decision was taken
	Purpose     mconnect.PurposeCode
	LegalBasis  string // act and article behind the purpose
	Context     mconnect.LegalContext
	Subject     string // in clear; leaves the journal only as pseudonym and sealed
	Grant       []string
	Request     *Body
	Answer      *Body
	Code        fault.Code // of a refusal or failed outcome; "" on success
	Leg         fault.Leg
	Checks      []fault.Check
	Spent       map[string]int64 // microseconds per leg: "platform", "provider", "total"
	Change      *ChangeNote
	Event       *EventNote
	Reading     *ReadingNote
	Actor       string // who changed or read: an administrator's or process's name
	Note        string
	Once        *Once // not part of the record: it is made only if none with the same key was
}

// Once lets one record be made for a message that may count once: fault signature.replayed for any later one.
type Once = appendlog.Once

// Body is what the journal keeps of a message: its size in bytes and SHA-256, hexadecimal.
type Body struct {
	Size   int64
	SHA256 string
}

// ChangeNote reports what was changed. Document is the new canonical JSON, "" when removed or larger than
// MaxDocument; Digest is its SHA-256, hexadecimal.
type ChangeNote struct {
	Resource string // "Agreement"
	ID       string
	Action   string // "create", "update", "delete"
	Revision int64
	Digest   string
	Document string
	Reason   string // given by the actor
}

// EventNote reports which event, or which events of the event log, a record is about.
type EventNote struct {
	Source string // of one event, with its ID
	ID     string
	Types  []string // of one event its type; of several each type once, sorted
	Group  string   // of the consumer
	First  int64    // index in the event log, of the first when there are several
	Last   int64    // index of the last; 0 for one event
	Count  int      // how many; 0 for one event
	Digest string   // SHA-256 over source, 0, id, 0 of each in their order, hexadecimal

	// SHA-256 over the entries of the event log, each after its length (u32), in their order, hexadecimal
	Content string
}

// ReadingNote reports what was read: the query in words and how many records it returned.
type ReadingNote struct {
	Query string
	Count int
}

// Receipt reports where a record stands: its index, and the size of the tree whose signed checkpoint
// committed with it.
type Receipt struct {
	Index int64
	Size  int64
	Time  time.Time
}
