// Package agreement decides whether a call is lawful: is there an agreement in force for this system and
// service, and does it cover the purpose, legal basis, fields, time, rate and network of this call?
//
// Decide is a pure function: what it needs to know is handed to it, and its verdict lists every check
// with its result, in order, so that a refusal explains itself. The package does no I/O.
package agreement

import (
	"net/netip"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/legalact"
)

// Status of an agreement. The zero value reads as InForce (within its validity).
type Status string

// The states of an agreement.
const (
	InForce    Status = "active"
	Granted    Status = "granted" // decided, and to be tested: only the sandbox treats it as one in force
	Suspended  Status = "suspended"
	Terminated Status = "terminated"
)

// Rules reports how strictly the stated caller is judged (docs: LEGAL-CONTEXT).
type Rules string

// Strict refuses an invalid CallingUser or CallingEntity; Tolerant lets it pass, flagged in journal and
// statistics. The zero value reads as Strict.
const (
	Strict   Rules = "strict"
	Tolerant Rules = "tolerant"
)

// Agreement lets one consumer system call one service, or receive events of one type, for stated purposes only.
type Agreement struct {
	ID       mconnect.AgreementID `json:"id" yaml:"id"`
	Consumer mconnect.SystemID    `json:"consumer" yaml:"consumer"`
	Service  mconnect.ServiceName `json:"service,omitempty" yaml:"service,omitempty"` // or
	Event    mconnect.EventType   `json:"event,omitempty" yaml:"event,omitempty"`     //
	// covers this MAJOR, from this MINOR up; of an event it may be left out
	Version     mconnect.Version `json:"version,omitzero" yaml:"version,omitempty"`
	Status      Status           `json:"status,omitempty" yaml:"status,omitempty"`
	Validity    mconnect.Period  `json:"validity,omitzero" yaml:"validity,omitempty"`
	CallerRules Rules            `json:"caller_rules,omitempty" yaml:"caller_rules,omitempty"`
	Quota       Quota            `json:"quota,omitzero" yaml:"quota,omitempty"`
	Purposes    []Purpose        `json:"purposes" yaml:"purposes"`                   // first match wins
	Account     *Account         `json:"account,omitempty" yaml:"account,omitempty"` // of events with personal data
	Note        string           `json:"note,omitempty" yaml:"note,omitempty"`
	// number of the access request that it was made by; empty: it was declared
	Origin string `json:"origin,omitempty" yaml:"origin,omitempty"`
	// the flags of the sides, and the first consent to end it: no manifest sets or lifts them
	Suspensions []Suspension `json:"suspensions,omitempty" yaml:"suspensions,omitempty"`
	Ending      *Ending      `json:"ending,omitempty" yaml:"ending,omitempty"`
}

// Quota bounds use; zero means unbounded. A day is a calendar day in Europe/Chisinau.
type Quota struct {
	PerDay    int64   `json:"per_day,omitempty" yaml:"per_day,omitempty"`
	PerSecond float64 `json:"per_second,omitempty" yaml:"per_second,omitempty"`
	Burst     int     `json:"burst,omitempty" yaml:"burst,omitempty"` // default: PerSecond rounded up
}

// Purpose is one lawful reason to ask, with the data it needs and no more.
type Purpose struct {
	Code       mconnect.PurposeCode `json:"code" yaml:"code"`
	Title      mconnect.Text        `json:"title" yaml:"title"`
	LegalBasis LegalBasis           `json:"legal_basis" yaml:"legal_basis"`
	// of calls: CallBasis values, equal but for case, spaces and diacritics
	Accepts []string `json:"accepts,omitempty" yaml:"accepts,omitempty"`
	// of calls: what CallReason must look like
	Reason Reason `json:"reason,omitzero" yaml:"reason,omitempty"`
	// granted paths "LastName", "Address.Street", "Owners.IDNP"; a parent grants its children; "*" grants all
	Fields   []string        `json:"fields" yaml:"fields"`
	Validity mconnect.Period `json:"validity,omitzero" yaml:"validity,omitempty"`
}

// LegalBasis cites the law that permits the purpose.
type LegalBasis struct {
	Act     string `json:"act" yaml:"act"`         // e.g. "Legea nr. 100/2001"
	Article string `json:"article" yaml:"article"` // e.g. "art. 12 alin. (1)"
	Text    string `json:"text,omitempty" yaml:"text,omitempty"`
	// the place in the register of legal acts; absent where the act is not registered
	Ref legalact.Citation `json:"ref,omitzero" yaml:"ref,omitempty"`
}

// Reason is the required form of CallReason. The zero value accepts any non-empty text.
type Reason struct {
	Pattern string `json:"pattern,omitempty" yaml:"pattern,omitempty"` // RE2, must match the whole value
	// the same for people: "număr dosar, ex. DOS-2026-00017"
	Form    mconnect.Text `json:"form,omitzero" yaml:"form,omitempty"`
	Example string        `json:"example,omitempty" yaml:"example,omitempty"`
}

// Request is everything Decide may know about a call.
type Request struct {
	Consumer Consumer
	Service  Service
	Context  mconnect.LegalContext
	Subject  string     // clear identifier of the data subject, if any
	Fields   []string   // asked for; empty: all that is granted
	From     netip.Addr // the caller's address
}

// Consumer is the standing of the calling system.
type Consumer struct {
	System            mconnect.SystemID
	Owner             mconnect.IDNO
	Represents        []mconnect.IDNO
	Networks          []netip.Prefix
	SystemActive      bool
	ParticipantActive bool
	MayConsume        bool // has the role
}

// Service is the standing of the called service version.
type Service struct {
	Name           mconnect.ServiceName
	Version        mconnect.Version
	Personal       bool // request or answer holds personal data: a legal context is mandatory
	ProviderActive bool
}

// Candidate is an agreement between the system and the service, with its use so far.
type Candidate struct {
	*Compiled
	Usage Usage
}

// Usage is what has been used of an agreement's quota before this call.
type Usage struct {
	Today        int64
	RateExceeded bool // no token left in the rate bucket
}

// Verdict is the outcome of Decide. Checks is always the full list, in order; those behind the first
// failure are NotReached.
type Verdict struct {
	Allowed   bool
	Agreement mconnect.AgreementID // chosen; may be set on a refusal too
	Purpose   *Purpose             // chosen; nil when refused before a purpose was found
	Grant     []string             // paths of the answer that may leave: asked ∩ granted
	Checks    []fault.Check
	Fault     *fault.Error // nil when Allowed; carries Checks
}
