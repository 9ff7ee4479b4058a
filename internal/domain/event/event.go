// Package event is the law of the asynchronous half: which event types there are, who may produce them
// under which source, what a consumer is entitled to of each, and when an event is valid.
//
// It owns the declared state (event types, subscriptions), reading and writing of CloudEvents 1.0 in JSON
// and HTTP form, schema checks, filters, cutting a payload to the granted fields, and how each
// consumption of personal data is accounted for. It does no I/O. Carrying events is relay's work.
package event

import (
	"time"

	"mconnect"
)

// Event is one CloudEvents 1.0 event as accepted. Source and ID together are unique for ever.
type Event struct {
	Source       string             // URI-reference, 1 to 1024 bytes
	ID           string             // 1 to 256 bytes
	Type         mconnect.EventType //
	Subject      string             // optional, at most 1024 bytes
	Time         time.Time          // when absent: when it was accepted
	PartitionKey string             // optional, at most 256 bytes; events that share it keep their order
	ContentType  string             // of Data, never empty once accepted
	DataSchema   string             // optional
	Extensions   []Extension        // further attributes, kept and delivered; at most MaxExtensions
	Data         []byte             // the payload: JSON text when ContentType is JSON, else bytes
}

// Extension is an attribute that the specification does not name, e.g. "traceparent".
type Extension struct {
	Name  string // a-z and 0-9, at most MaxName bytes
	Value string // its text; of an integer or boolean the JSON literal
	Bare  bool   // an integer or boolean: written without quotes
}
