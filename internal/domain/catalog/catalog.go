// Package catalog is the semantic catalogue: which services exist, in which versions, with which typed
// request and answer, who owns them and in what state of life they are.
//
// Types of requests and answers are those of package schema. The package does no I/O and knows no caller. Sub-packages
// describe services in other forms, one package per form.
package catalog

import (
	"time"

	"mconnect"
	"mconnect/internal/domain/schema"
)

// Status is a service version's place in its life: draft → published → deprecated → retired.
type Status string

// The life cycle.
const (
	Draft      Status = "draft"
	Published  Status = "published"
	Deprecated Status = "deprecated"
	Retired    Status = "retired"
)

// Service is one version of one service.
type Service struct {
	Name        mconnect.ServiceName `json:"name" yaml:"name"`
	Version     mconnect.Version     `json:"version" yaml:"version"`
	Title       mconnect.Text        `json:"title" yaml:"title"`
	Description mconnect.Text        `json:"description,omitzero" yaml:"description,omitempty"`
	Categories  []string             `json:"categories,omitempty" yaml:"categories,omitempty"`
	Provider    mconnect.SystemID    `json:"provider" yaml:"provider"`
	Status      Status               `json:"status" yaml:"status"`
	Deprecation time.Time            `json:"deprecation,omitzero" yaml:"deprecation,omitempty"` // when deprecated
	// when it will be retired, ≥ 6 months later
	Sunset time.Time `json:"sunset,omitzero" yaml:"sunset,omitempty" day:"end"`
	// "Name/Version", or NoSuccessor
	Successor string      `json:"successor,omitempty" yaml:"successor,omitempty"`
	Request   schema.Type `json:"request" yaml:"request"`
	Response  schema.Type `json:"response,omitzero" yaml:"response,omitempty"` // zero when Opaque is set
	Opaque    *Opaque     `json:"opaque,omitempty" yaml:"opaque,omitempty"`
	// request field holding the data subject's IDNP or IDNO, e.g. "IDNP" or "Owner.IDNP"
	Subject string `json:"subject,omitempty" yaml:"subject,omitempty"`
	// a draft answers in the sandbox, as if it were published
	Sandbox bool `json:"sandbox,omitempty" yaml:"sandbox,omitempty"`
	// safe to repeat; only then may a delivery be retried
	ReadOnly bool     `json:"read_only" yaml:"read_only"`
	Endpoint Endpoint `json:"endpoint" yaml:"endpoint"`
	Limits   Limits   `json:"limits,omitzero" yaml:"limits,omitempty"`
	// a provider's own words about a failure reach the consumer; else only the code, for free text passes by the cut
	ProviderSays bool `json:"provider_says,omitempty" yaml:"provider_says,omitempty"`
	// 0: only hashes are kept
	KeepBodies Duration `json:"keep_bodies,omitempty" yaml:"keep_bodies,omitempty"`

	// who answers for the data; default: the provider's participant
	Owner   mconnect.ParticipantID `json:"owner,omitempty" yaml:"owner,omitempty"`
	Contact ContactPoint           `json:"contact,omitzero" yaml:"contact,omitempty"`
	Quality Quality                `json:"quality,omitzero" yaml:"quality,omitempty"`
	// codes of PersonalData
	PersonalData []string `json:"personal_data,omitempty" yaml:"personal_data,omitempty"`
	// of the register behind the service
	LegalBasis []Act `json:"legal_basis,omitempty" yaml:"legal_basis,omitempty"`
	// checked against the types
	Examples []Example `json:"examples,omitempty" yaml:"examples,omitempty"`
	// of this version, newest first
	Changelog []Remark `json:"changelog,omitempty" yaml:"changelog,omitempty"`
}

// Operations returns what descriptions for programs say of services.
func Operations(services []Service) []schema.Operation {
	all := make([]schema.Operation, len(services))
	for i, s := range services {
		all[i] = schema.Operation{Name: string(s.Name), Title: s.Title, Description: s.Description, Request: s.Request}
		if s.Opaque == nil {
			all[i].Response = s.Response
		}
	}
	return all
}

// Duration is a time.Duration written as "1.5s", "720h".
type Duration time.Duration

// Limits bound one call of the service; zero values take the platform's defaults (Defaults).
type Limits struct {
	Request int64    `json:"request_bytes,omitempty" yaml:"request_bytes,omitempty"`
	Answer  int64    `json:"answer_bytes,omitempty" yaml:"answer_bytes,omitempty"`
	Timeout Duration `json:"timeout,omitempty" yaml:"timeout,omitempty"` // whole delivery to the provider
}

// Opaque says that the answer is passed through as bytes (a document, an archive), streamed, never cut.
// An agreement grants it as a whole.
type Opaque struct {
	MediaTypes []string `json:"media_types" yaml:"media_types"` // exact types accepted from the provider
	Personal   bool     `json:"personal,omitempty" yaml:"personal,omitempty"`
}

// Endpoint reports how the provider is reached. Exactly one of the pointers is set.
type Endpoint struct {
	REST *REST `json:"rest,omitempty" yaml:"rest,omitempty"`
	SOAP *SOAP `json:"soap,omitempty" yaml:"soap,omitempty"`
	SQL  *SQL  `json:"sql,omitempty" yaml:"sql,omitempty"`
	File *File `json:"file,omitempty" yaml:"file,omitempty"`
}

// REST is an HTTP provider. Mappings are jq programs, checked when applied.
type REST struct {
	// scheme://host[:port]/base/path, no query
	URL    string `json:"url" yaml:"url"`
	Method string `json:"method" yaml:"method"` // GET, POST, PUT
	// template appended to URL: "/persons/{IDNP}"; each value is one escaped segment
	Path    string            `json:"path,omitempty" yaml:"path,omitempty"`
	Query   map[string]string `json:"query,omitempty" yaml:"query,omitempty"`     // parameter → request field
	Headers map[string]string `json:"headers,omitempty" yaml:"headers,omitempty"` // constant
	// jq: request → provider's body; empty: as is
	Request string `json:"request,omitempty" yaml:"request,omitempty"`
	// jq: provider's body → answer; empty: as is
	Response string `json:"response,omitempty" yaml:"response,omitempty"`
	// statuses meaning "no such record"; default 404
	NotFound []int `json:"not_found,omitempty" yaml:"not_found,omitempty"`
	// tell the register who asks, for whom, on which basis and for what, in headers: ContextNames
	Context bool `json:"context,omitempty" yaml:"context,omitempty"`
	// of answers that state none: "windows-1251" …; default UTF-8
	Encoding    string      `json:"encoding,omitempty" yaml:"encoding,omitempty"`
	Credentials Credentials `json:"credentials,omitzero" yaml:"credentials,omitempty"`
	// expected in its certificate
	ServerName string `json:"server_name,omitempty" yaml:"server_name,omitempty"`
	// PEM of its trust anchors; empty: the platform's anchors
	CA string `json:"ca,omitempty" yaml:"ca,omitempty"`
}

// ContextNames are what a register can learn of a call: headers of a REST provider and header blocks of a SOAP
// provider with Context, parameters "@CallingUser" of SQL.
var ContextNames = []string{"CallingUser", "CallingEntity", "CallingSystem", "CallBasis", "CallReason", "CallPurpose",
	"CallId"}

// Credentials say how the platform presents itself to a REST provider. The secret itself is not part of
// a manifest: Secret names a file in the folder of the URL's host, in the configuration's secrets folder.
type Credentials struct {
	// "" or "none", "mtls" (the platform certificate), "basic", "bearer"
	Kind   string `json:"kind,omitempty" yaml:"kind,omitempty"`
	User   string `json:"user,omitempty" yaml:"user,omitempty"` // basic
	Secret string `json:"secret,omitempty" yaml:"secret,omitempty"`
}

// SQL is a register without an API: one read-only, parameterised query.
type SQL struct {
	// names an entry of the configuration's databases
	Database string `json:"database" yaml:"database"`
	// one SELECT (or WITH … SELECT) with $1, $2 …
	Query  string   `json:"query" yaml:"query"`
	Params []string `json:"params,omitempty" yaml:"params,omitempty"` // request fields, in order of $n
	// jq: array of row objects → answer; empty: the single row itself
	Response string `json:"response,omitempty" yaml:"response,omitempty"`
	MaxRows  int    `json:"max_rows,omitempty" yaml:"max_rows,omitempty"` // default 1000; more is an error
}
