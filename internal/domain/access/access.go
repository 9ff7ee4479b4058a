// Package access is the law of the access request: how a participant asks for data of a service, who acts on the
// request in which state, what is decided field by field, and which documents come of it.
//
// It owns the states, the one dispatcher (Request.Act), the verdict with its refusal codes, the messages with the
// points that they make, the difference between submitted versions, and the tasks that follow from a state. Package
// form owns the questions, package clock the legal periods. It does not store, sign or send anything: package requests
// does.
//
// Flow: a stored Request and a Step of a people.Principal → Request.Act decides by the state, by Principal.May and by
// what the step states → the next Request with an event of the timeline, or a fault.
package access

import (
	"time"

	"mconnect"
	"mconnect/internal/domain/access/clock"
	"mconnect/internal/domain/people"
)

// Kind is what a request asks for.
type Kind string

// The kinds. All but New name an agreement that is in force.
const (
	New        Kind = "new"
	Amendment  Kind = "amendment"  // other purposes or fields; the agreement stays as it is until the new one begins
	Renewal    Kind = "renewal"    // the same for a new period
	Narrowing  Kind = "narrowing"  // fewer fields or purposes; holds as soon as it is signed
	Withdrawal Kind = "withdrawal" // ends the agreement as soon as it is signed
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{New, Amendment, Renewal, Narrowing, Withdrawal} }

// Decided reports whether the kind needs the decisions of the provider and of the platform.
func (k Kind) Decided() bool { return k == New || k == Amendment || k == Renewal }

// State is where a request stands.
type State string

// The states.
const (
	Draft             State = "draft"
	AwaitingDPO       State = "awaiting_dpo"       // of the consumer's data protection officer
	AwaitingSignature State = "awaiting_signature" // the version is frozen
	Submitted         State = "submitted"          // the operator goes through the check list
	ChangesRequested  State = "changes_requested"
	ProviderDecision  State = "provider_decision"
	Approved          State = "approved" // by the provider; the Connection Decision is due
	Decided           State = "decided"  // the agreement is granted; tests can be run
	Testing           State = "testing"  // tests were run and are not all green yet
	Ready             State = "ready"    // all tests are green; the start is due
	InForce           State = "in_force"
	Refused           State = "refused"
	Withdrawn         State = "withdrawn"
	Lapsed            State = "lapsed"
)

// States lists the states in the order in which a request goes through them.
func States() []State {
	return []State{Draft, AwaitingDPO, AwaitingSignature, Submitted, ChangesRequested, ProviderDecision, Approved,
		Decided, Testing, Ready, InForce, Refused, Withdrawn, Lapsed}
}

// Final reports whether nothing follows the state.
func (s State) Final() bool { return s == InForce || s == Refused || s == Withdrawn || s == Lapsed }

// FormRef names one version of a form.
type FormRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Request is a living access request. The agreement that comes of it is a copy of its own.
type Request struct {
	Number   string                 `json:"number"` // D-2026-0001
	Kind     Kind                   `json:"kind"`
	State    State                  `json:"state"`
	Revision int64                  `json:"revision"` // grows with every change; a page states the one that it shows
	Consumer mconnect.ParticipantID `json:"consumer"`
	Provider mconnect.ParticipantID `json:"provider,omitempty"` // known once the service is chosen
	Service  mconnect.ServiceName   `json:"service,omitempty"`
	Version  mconnect.Version       `json:"version,omitzero"` // of the service; its tests are pinned to it
	// of the agreement: that is to change, or that was made
	Agreement mconnect.AgreementID `json:"agreement,omitempty"`
	Form      FormRef              `json:"form"`
	Template  string               `json:"template,omitempty"` // by which it was begun
	Answers   map[string]any       `json:"answers"`            // of the draft, by field
	Created   time.Time            `json:"created"`
	CreatedBy people.PersonID      `json:"created_by"`
	Changed   time.Time            `json:"changed"`
	Since     time.Time            `json:"since"` // in this state

	Versions    []Version     `json:"versions,omitempty"` // frozen, oldest first
	Protection  *Protection   `json:"protection,omitempty"`
	Checks      []Check       `json:"checks,omitempty"` // the operator's list, as it was ticked
	Verdict     *Verdict      `json:"verdict,omitempty"`
	Refusal     *Refusal      `json:"refusal,omitempty"`
	Clock       clock.Clock   `json:"clock,omitzero"`
	Messages    []Message     `json:"messages,omitempty"`
	Attachments []Attachment  `json:"attachments,omitempty"`
	Documents   []DocumentRef `json:"documents,omitempty"`
	Test        *TestReport   `json:"test,omitempty"`
	Timeline    []Event       `json:"timeline"`
	Deeds       []people.Deed `json:"deeds,omitempty"` // who did what: for the separation of duties
	// who of each side has the request: "consumer", "provider", "operator"
	Assigned map[string]people.PersonID `json:"assigned,omitempty"`
}

// Version is one submitted version: frozen, with its digest and its signature.
type Version struct {
	Number    int             `json:"number"` // from 1
	Digest    string          `json:"digest"` // SHA-256 of the content in canonical JSON, hexadecimal
	Content   []byte          `json:"-"`      // Content in canonical JSON; kept by its digest
	Frozen    time.Time       `json:"frozen"` // when the editor asked for the signature
	By        people.PersonID `json:"by"`     // that editor
	Signed    time.Time       `json:"signed,omitzero"`
	Signatory people.PersonID `json:"signatory,omitempty"`
	Signature string          `json:"signature,omitempty"` // JWS
	Form      FormRef         `json:"form"`
}

// Content is what a frozen version states: what the signatory signs and the reviewers read.
type Content struct {
	Number      string                 `json:"number"`
	Version     int                    `json:"version"`
	Kind        Kind                   `json:"kind"`
	Form        FormRef                `json:"form"`
	Consumer    mconnect.ParticipantID `json:"consumer"`
	Provider    mconnect.ParticipantID `json:"provider"`
	Service     mconnect.ServiceName   `json:"service"`
	Of          string                 `json:"service_version"`
	Agreement   mconnect.AgreementID   `json:"agreement,omitempty"`
	Answers     map[string]any         `json:"answers"`
	Computed    map[string]any         `json:"computed"` // what the catalogue says: categories, criteria, review date
	Attachments []Attachment           `json:"attachments,omitempty"`
}

// Protection is what the consumer's data protection officer said of block D.
type Protection struct {
	Approved bool            `json:"approved"`
	By       people.PersonID `json:"by"`
	At       time.Time       `json:"at"`
	Remarks  string          `json:"remarks,omitempty"`
	Of       string          `json:"of"` // digest of block D as it was judged
}

// Event is one line of the timeline.
type Event struct {
	At     time.Time `json:"at"`
	Step   Verb      `json:"step"`
	Actor  string    `json:"actor"` // as the journal names it: no personal data
	From   State     `json:"from,omitempty"`
	To     State     `json:"to"`
	Reason string    `json:"reason,omitempty"`
	// of the document that the step made
	Document string `json:"document,omitempty"`
}

// Point is one thing that a message asks for, at a field: "/purposes/0/why".
type Point struct {
	Path     string    `json:"path"`
	Text     string    `json:"text"`
	Resolved time.Time `json:"resolved,omitzero"`
}

// Side is one of the three sides of a request.
type Side string

// The sides.
const (
	ConsumerSide Side = "consumer"
	ProviderSide Side = "provider"
	OperatorSide Side = "operator"
)

// Message is one message of a request. An internal note is seen by its own side only.
type Message struct {
	ID     string          `json:"id"`
	At     time.Time       `json:"at"`
	Side   Side            `json:"side"`
	Person people.PersonID `json:"person"`
	Text   string          `json:"text"`
	Points []Point         `json:"points,omitempty"`
	Note   bool            `json:"note,omitempty"`
	Step   Verb            `json:"step,omitempty"` // that it came with: return, refuse …
}

// Attachment is a file that was attached; its content is kept by the digest.
type Attachment struct {
	Digest string          `json:"digest"` // SHA-256, hexadecimal
	Name   string          `json:"name"`
	Media  string          `json:"media"` // by content: application/pdf, image/jpeg or image/png
	Size   int64           `json:"size"`
	Field  string          `json:"field,omitempty"` // path of the field that it answers
	At     time.Time       `json:"at"`
	By     people.PersonID `json:"by"`
}

// DocumentKind is what a document is.
type DocumentKind string

// The documents.
const (
	RequestDocument    DocumentKind = "request"
	ProviderDocument   DocumentKind = "provider_decision"
	ConnectionDocument DocumentKind = "connection_decision"
	RefusalDocument    DocumentKind = "refusal"
	TestDocument       DocumentKind = "test_report"
	AgreementDocument  DocumentKind = "agreement"
)

// DocumentRef names a document of a request.
type DocumentRef struct {
	Number string       `json:"number"` // P-2026-0001
	Kind   DocumentKind `json:"kind"`
	Code   string       `json:"code"` // by which anybody verifies it: at least 80 bits
	Digest string       `json:"digest"`
	At     time.Time    `json:"at"`
}

// Document is a document as it is verified: its content in canonical JSON, and the platform's signature over it.
type Document struct {
	DocumentRef
	Request   string `json:"request"`
	Content   []byte `json:"-"`
	Signature string `json:"signature"` // JWS by the platform's key; its payload is Content
}

// TestReport is how the contract tests ended.
type TestReport struct {
	At          time.Time  `json:"at"`
	Service     string     `json:"service"` // Name/1.0.0, the pinned version
	Cases       []TestCase `json:"cases"`
	Green       bool       `json:"green"`
	Certificate bool       `json:"certificate"` // the consumer's system has a valid one
}

// TestCase is one contract test.
type TestCase struct {
	Name    string `json:"name"`
	Purpose string `json:"purpose,omitempty"`
	Passed  bool   `json:"passed"`
	Detail  string `json:"detail,omitempty"` // what was expected and came, without data
}

// Task is one thing that a person can do now.
type Task struct {
	Request string         `json:"request"`
	Kind    Kind           `json:"kind"`
	State   State          `json:"state"`
	Step    Verb           `json:"step"` // what to do
	Side    Side           `json:"side"`
	Roles   []people.Role  `json:"roles"` // who can do it
	Mine    bool           `json:"mine"`  // the person who asks can
	Since   time.Time      `json:"since"`
	Clock   *clock.Reading `json:"clock,omitempty"` // nil where no period runs

	Consumer mconnect.ParticipantID `json:"consumer"`
	Provider mconnect.ParticipantID `json:"provider,omitempty"`
	Service  mconnect.ServiceName   `json:"service,omitempty"`
}
