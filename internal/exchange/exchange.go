// Package exchange is the call path, once, neutral to protocol: the ten steps from a read message to an
// answer, with two commit points in the journal. No record, no exchange.
//
// It is the meeting place of registry, catalog, agreement and journal. Surfaces hand it a Call and turn
// its Answer or fault into their protocol; it knows no HTTP, no XML and no SQL.
package exchange

import (
	"context"
	"crypto/x509"
	"io"
	"net/netip"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
)

// Call is one exchange on its way; the surface fills in the first part, each step fills in its own.
type Call struct {
	// Read: by the surface.
	Protocol string // "rest", "soap"
	// as presented by the caller, leaf first; possession already proven, in TLS or by a signature
	Chain   []*x509.Certificate
	Address netip.Addr
	Trace   string // W3C trace id, 32 lower-case hex digits; made when empty
	Lang    mconnect.Lang
	Service mconnect.ServiceName
	Version mconnect.Version // zero: the one that Offered chooses
	Fields  []string         // narrower than the grant, if the caller wishes
	Context mconnect.LegalContext
	Input   []byte // JSON object, bounded by the surface at MaxRequest

	// Read: by surfaces whose messages prove or hold something themselves.
	Signed bool // Chain is that of the signature, not of TLS
	// why the proof in the message identifies nobody; reported in place of what an empty Chain would be
	Unproven  *fault.Error
	Tolerated []fault.Check // what was let pass in identifying the caller, flagged; stands in the call's records
	Received  []byte        // the message as it came, when Input was made of it: this is what is hashed and kept
	Once      *journal.Once // of the signature that proves the call, which may count once; nil: any number of times
	Encode    Encode        // makes the caller's form of the answer; nil: JSON

	// why the surface could not read the message: Do identifies the caller, records the refusal and returns it
	Unread *fault.Error

	// Set by Do, readable by the surface afterwards, also on a fault.
	ID      mconnect.CallID
	Known   bool // the caller was identified: only then is it told where the record stands
	Verdict agreement.Verdict
	Receipt journal.Receipt // of the last record written for the call
}

// Encode appends answer, the JSON of svc's answer type cut to what was granted, to dst in the caller's form. It runs
// before the outcome is recorded; its faults are recorded as the outcome.
type Encode func(dst []byte, svc *catalog.Ready, answer []byte) ([]byte, error)

// Answer is what the caller gets. Exactly one of Body and Stream is used: when Stream is not nil the
// surface copies it to the caller with WriteTo and must treat an error from it as a broken connection,
// never as a complete answer: the outcome is recorded before the last bytes are released. The surface calls
// Release when done.
type Answer struct {
	MediaType string
	Body      []byte
	Stream    io.WriterTo
	Length    int64          // of Stream; -1 when not known
	Service   *catalog.Ready // for deprecation headers

	cut    *buffer // holds Body until Release
	permit permit
}

// Deliverer carries a call to the provider. Errors are *fault.Error on the leg provider (or platform, for
// a mapping). It never retries what is not ReadOnly. The context carries the deadline.
type Deliverer interface {
	Deliver(ctx context.Context, d Delivery) (Reply, error)
}

// Delivery is what a provider adapter needs to know.
type Delivery struct {
	Service  *catalog.Ready
	Call     mconnect.CallID
	Trace    string
	Context  mconnect.LegalContext // this and the next two: for providers that want to know them
	Consumer mconnect.SystemID     // the calling system
	Purpose  mconnect.PurposeCode  // by which the agreement allows it
	Input    []byte                // canonical JSON of the request type
}

// Reply is the provider's answer after mapping to the catalogue's type, before validation and cutting.
// For opaque services Stream is set instead of Body and must be closed by the exchange.
type Reply struct {
	Body      []byte
	MediaType string
	Stream    io.ReadCloser
	Length    int64  // of Stream; -1 when not known
	Free      func() // nil, or takes Body's memory back when the exchange no longer needs it; called at most once
}

// Ledger makes a record durable. When it returns without error the record survives power loss.
type Ledger interface {
	Record(ctx context.Context, r journal.Record) (journal.Receipt, error)
}
