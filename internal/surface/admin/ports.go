package admin

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/domain/schema"
)

// The kinds of resource, as manifests name them.
const (
	KindParticipant = "Participant"
	KindSystem      = "System"
	KindCertificate = "Certificate"
	KindCategory    = "Category"
	KindClassifier  = schema.KindClassifier
	KindDataType    = schema.KindDataType
	KindService     = "Service"
	KindAgreement   = "Agreement"

	KindLegalAct = "LegalAct"

	KindEventType    = "EventType"
	KindSubscription = "Subscription"
)

// Resource is one stored resource: its document has the form that manifests use.
type Resource struct {
	Kind      string          `json:"kind" doc:"Participant, System, Certificate, Category, Classifier, DataType, LegalAct, Service, EventType, Agreement or Subscription"`
	ID        string          `json:"id"`
	Revision  int64           `json:"revision" doc:"of the last change; also the ETag"`
	ChangedBy string          `json:"changed_by"`
	ChangedAt time.Time       `json:"changed_at"`
	Reason    string          `json:"reason,omitempty" doc:"given with the last change"`
	Deleted   bool            `json:"deleted,omitempty"`
	Document  json.RawMessage `json:"document,omitempty"`
}

// Resources reads the stored state. Resource raises fault resource.unknown for what is absent or deleted.
// List returns at most limit resources of a kind with a revision above after, in order of revision, and
// reports whether more follow. History returns every revision of one resource, newest first.
type Resources interface {
	Resource(ctx context.Context, kind, id string) (Resource, error)
	List(ctx context.Context, kind string, after int64, limit int) (page []Resource, more bool, err error)
	History(ctx context.Context, kind, id string) ([]Resource, error)
}

// The special values of base in Editor.
const (
	BaseAny    int64 = -1 // overwrite what is there
	BaseAbsent int64 = 0  // must not exist yet
)

// Act is who changes the stored state, and why.
type Act struct {
	Actor  string
	Reason string   // kept in the change record; may be empty
	Resume []string // resources whose suspension or pause the change ends: "id" or "Kind/id"
	Prune  bool     // a set removes what it does not name
	// agreements made by access requests that a set changes all the same
	Replace []string
}

// Editor changes the stored state. A change is valid as a whole or not made; it commits together with its journal
// record, which holds the act. What is revoked, terminated, deprecated or retired stays so; what is suspended or paused
// stays so unless the act says otherwise: Put refuses a document that contradicts that, Apply keeps it and says so.
// base is the revision that the resource must have, or BaseAny or BaseAbsent; fault resource.conflict when it does not,
// resource.invalid or resource.inUse when the country would not stand with it.
type Editor interface {
	Put(ctx context.Context, by Act, kind string, document []byte, base int64) (Resource, error)
	Delete(ctx context.Context, by Act, kind, id string, base int64) error
	Apply(ctx context.Context, by Act, manifests []byte, dryRun bool) ([]Planned, error)
}

// Planned is one line of a plan: what applying a set changes.
type Planned struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Action string `json:"action" doc:"create, update, delete or unchanged"`
	Diff   string `json:"diff,omitempty" doc:"for people"`

	Kept *Kept `json:"kept,omitempty" doc:"a restraint of the stored resource that the set does not lift"`

	Stays *Stays `json:"stays,omitempty" doc:"why a resource that a pruning set does not name is not removed"`

	Impact  *catalog.Impact `json:"impact,omitempty" doc:"of a new version of a service: what changes, and for whom"`
	Moves   *Moves          `json:"moves,omitempty" doc:"of a service version: what calls that state no version get"`
	Touches []string        `json:"touches,omitempty" doc:"services whose types the change of a shared type or classifier changes"`

	Rests []legalact.Rest `json:"rests,omitempty" doc:"of a legal act: purposes of agreements whose basis the change touches"`

	Unfit []fault.FieldError `json:"unfit,omitempty" doc:"uses for which a certificate was not issued: TLS, signatures"`
}

// Kept is a restraint that stays although a set does not state it.
type Kept struct {
	State  string    `json:"state" enum:"suspended,paused,revoked,terminated,deprecated,retired"`
	Since  time.Time `json:"since"`
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	Final  bool      `json:"final" doc:"nothing lifts it; other restraints end by a resume"`
}

// Stays reports why a resource stays although the set prunes and does not name it.
type Stays struct {
	State   string `json:"state,omitempty" enum:"revoked,terminated,published,deprecated,retired" doc:"its rows are kept"`
	By      string `json:"by,omitempty" doc:"what refers to it and stays too"`
	Request string `json:"request,omitempty" doc:"the access request that made the agreement; replace removes it"`
}

// Moves reports which calls without a version a change moves to another version, and which agreements do not cover it.
type Moves struct {
	Moved     []Move `json:"moved,omitempty"`
	Uncovered []Move `json:"uncovered,omitempty" doc:"they stay where they are"`
}

// Move is what the calls of one agreement that state no version get before and after.
type Move struct {
	System    mconnect.SystemID    `json:"system"`
	Agreement mconnect.AgreementID `json:"agreement"`
	From      string               `json:"from,omitempty" example:"1.0.0"`
	To        string               `json:"to,omitempty"`
}

// Query selects records; empty fields select everything. Subject is the clear identifier and is compared
// by its pseudonym; CallReason is a part of the stated reason, compared without case.
type Query struct {
	From, To    time.Time
	Participant string
	System      string
	Service     string
	Provider    string
	Agreement   string
	Purpose     string
	Verdict     string
	Call        string
	Subject     string
	Official    string // CallingUser
	CallReason  string
	Whole       bool  // with the records themselves
	Before      int64 // cursor: only records with an index below; 0: from the newest
	Limit       int
}

// Found is one line of a search result: one call, change or reading.
type Found struct {
	Index     int64     `json:"index" doc:"of the first record about it; for a call: intent or refusal"`
	Outcome   *int64    `json:"outcome,omitempty" doc:"index of the outcome record of a call"`
	At        time.Time `json:"at"`
	Kind      string    `json:"kind" doc:"call, change, reading, erasure or started"`
	Call      string    `json:"call,omitempty"`
	Consumer  string    `json:"consumer,omitempty"`
	System    string    `json:"system,omitempty"`
	Service   string    `json:"service,omitempty"`
	Provider  string    `json:"provider,omitempty"`
	Agreement string    `json:"agreement,omitempty"`
	Purpose   string    `json:"purpose,omitempty"`
	Verdict   string    `json:"verdict,omitempty"`
	Code      string    `json:"code,omitempty"`

	Record        json.RawMessage `json:"record,omitempty" doc:"the record itself, where records are asked for"`
	OutcomeRecord json.RawMessage `json:"outcome_record,omitempty" doc:"that of the outcome, likewise"`
}

// Records reads the journal. Record raises fault record.unknown for an index beyond the journal; its subject is the
// clear identifier, "" when there is none or it was erased. Evidence is the self-contained bundle that `mconnect
// journal verify` and package verify check. Search returns at most q.Limit rows; next is the cursor of the rest, 0 when
// there is none. A page may be shorter than the limit and yet have a next.
//
// Size is the number of records. Read calls fn for the records [from, to) in their order; with to below 0 it goes on
// with new ones until ctx ends. Export writes the whole journal as verify.OpenExport reads it.
type Records interface {
	Search(ctx context.Context, q Query) (page []Found, next int64, err error)
	Record(ctx context.Context, index int64) (canonical []byte, subject string, err error)
	Evidence(ctx context.Context, index int64) ([]byte, error)
	Size(ctx context.Context) (int64, error)
	Read(ctx context.Context, from, to int64, fn func(index int64, canonical []byte) error) error
	Export(ctx context.Context, w io.Writer) error
}

// Tiles reads the journal as a C2SP tlog-tiles log. width is 256 for a full tile. Fault record.unknown for
// what the log has not yet.
type Tiles interface {
	Checkpoint(ctx context.Context) ([]byte, error)
	Tile(ctx context.Context, level int, index int64, width int) ([]byte, error)
	Entries(ctx context.Context, index int64, width int) ([]byte, error)
}

// Ledger makes a record durable before it returns.
type Ledger interface {
	Record(ctx context.Context, r journal.Record) (journal.Receipt, error)
}

// Administrator is somebody, or some program, that may use the management API. At least one of TokenSHA256
// and Fingerprint is set.
type Administrator struct {
	Name        string               // as the journal names it, e.g. "ops.duty"
	Roles       []Role               //
	Local       bool                 // its token lies in the installation's folder; see ActorHeader
	TokenSHA256 string               // SHA-256 of the bearer token, 64 hexadecimal digits
	Fingerprint mconnect.Fingerprint // of the client certificate
}
