package admin

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/domain/people"
)

// Requests carries access requests; *requests.Requests is one. Rights are judged behind it.
type Requests interface {
	Begin(ctx context.Context, p people.Principal, d access.Beginning) (access.Request, error)
	Open(ctx context.Context, p people.Principal, number string) (access.Request, error)
	List(ctx context.Context, p people.Principal, q access.Query) ([]access.Request, error)
	Tasks(ctx context.Context, p people.Principal) ([]access.Task, error)
	Step(ctx context.Context, p people.Principal, number string, s access.Step) (access.Request, error)
	Sign(ctx context.Context, p people.Principal, number string, revision int64, jws string) (access.Request, error)
}

// RequestParts reads and adds what belongs to a request; *requests.Requests is one.
type RequestParts interface {
	Attach(ctx context.Context, p people.Principal, number string, revision int64, f access.File) (access.Request,
		error)
	Test(ctx context.Context, p people.Principal, number string, revision int64) (access.Request, error)
	Frozen(ctx context.Context, p people.Principal, number string, version int) ([]byte, error)
	Diff(ctx context.Context, p people.Principal, number string, before, after int) ([]access.Change, error)
	Document(ctx context.Context, name string) (access.Document, error)
	Evaluate(r *access.Request) (form.Result, error)
}

// Actors finds the person for whom a command at the machine acts: "PERSON@PARTICIPANT" or "PERSON@platform", with the
// roles that the person has there now. Fault right.missing where there are none.
type Actors interface {
	As(ctx context.Context, who string) (people.Principal, error)
}

// Access is what the management API needs for access requests.
type Access struct {
	Requests Requests
	Parts    RequestParts
	Flags    Flags
	Actors   Actors
	Form     func() *form.Form // of new requests
	// Print makes the PDF of a document.
	Print func(d access.Document, lang mconnect.Lang) ([]byte, error)
}

// AsHeader states for which person a command at the machine acts. It counts with the local token only.
const AsHeader = "MConnect-As"

// Acting is for whom an operation acts.
type Acting struct {
	As string `header:"MConnect-As" maxLength:"200" doc:"PERSON@PARTICIPANT or PERSON@platform, with the local token only; without it a program looks on"`
}

// Numbered names the request of an operation.
type Numbered struct {
	Acting
	Number string `path:"number" maxLength:"40" example:"D-2026-0001"`
}

// RequestView is a request as the management API shows it.
type RequestView struct {
	Request  access.Request     `json:"request"`
	Name     mconnect.Text      `json:"name" doc:"of the state, for people"`
	Task     *access.Task       `json:"task,omitempty" doc:"what is due, by whom, and the legal period"`
	Possible []access.Verb      `json:"possible,omitempty" doc:"steps that the acting person can take now"`
	Missing  []fault.FieldError `json:"missing,omitempty" doc:"what is wrong with the answers"`
	Warnings []fault.FieldError `json:"warnings,omitempty"`
	Blocks   []BlockView        `json:"blocks,omitempty"`
}

// BlockView is how far one block of the form is.
type BlockView struct {
	ID      string        `json:"id"`
	Title   mconnect.Text `json:"title"`
	Shown   bool          `json:"shown"`
	Missing int           `json:"missing"`
	Wrong   int           `json:"wrong"`
}

type requestOut struct{ Body RequestView }

type beginIn struct {
	Acting
	Body struct {
		Kind      string `json:"kind" enum:"new,amendment,renewal,narrowing,withdrawal"`
		Service   string `json:"service,omitempty" maxLength:"200" doc:"Name/1.0.0"`
		Agreement string `json:"agreement,omitempty" maxLength:"64" doc:"of other kinds than new"`
		Copy      string `json:"copy,omitempty" maxLength:"40" doc:"number of a request to begin with"`
	}
}

type listRequestsIn struct {
	Acting
	State     []string `query:"state,explode" maxItems:"20"`
	Agreement string   `query:"agreement" maxLength:"64"`
	Limit     int      `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type listRequestsOut struct {
	Body struct {
		Items []access.Request `json:"items" doc:"latest change first"`
	}
}

type tasksOut struct {
	Body struct {
		Items []access.Task `json:"items" doc:"first what the acting person can do"`
	}
}

type blockIn struct {
	Numbered
	Block string `path:"block" maxLength:"10" example:"A"`
	Body  struct {
		Revision int64          `json:"revision,omitempty" doc:"of the request as it was read; 0: any"`
		Answers  map[string]any `json:"answers"`
	}
}

type stepIn struct {
	Numbered
	Body struct {
		Step     string          `json:"step" enum:"submit,protect,decline,recall,check,return,decide,approve,refuse,start,withdraw,message,note,assign,extend,form"`
		Revision int64           `json:"revision,omitempty"`
		Reason   string          `json:"reason,omitempty" maxLength:"4000"`
		Approved bool            `json:"approved,omitempty" doc:"of protect"`
		Checks   []access.Check  `json:"checks,omitempty" doc:"of check"`
		Points   []RequestPoint  `json:"points,omitempty" doc:"of return and message"`
		Verdict  *RequestVerdict `json:"verdict,omitempty" doc:"of decide"`
		Refusal  *RequestRefusal `json:"refusal,omitempty" doc:"of refuse"`
		Person   string          `json:"person,omitempty" maxLength:"60" doc:"of assign"`
	}
}

// RequestPoint is one thing that a message asks for.
type RequestPoint struct {
	Path string `json:"path" maxLength:"200"`
	Text string `json:"text" maxLength:"4000"`
}

// RequestVerdict is a provider's decision; without purposes it grants everything that was asked for.
type RequestVerdict struct {
	Purposes   []access.PurposeVerdict `json:"purposes,omitempty" doc:"absent: everything is granted"`
	Conditions []string                `json:"conditions,omitempty"`
}

// RequestRefusal is a refusal with its reasons.
type RequestRefusal struct {
	Code   string `json:"code" enum:"no_basis,basis_not_in_force,outside_mandate,excess_fields,wrong_service,special_regime,dpia_missing,standing,system_unregistered,technical,duplicate,other"`
	Facts  string `json:"facts" maxLength:"4000"`
	Law    string `json:"law" maxLength:"4000"`
	Remedy string `json:"remedy,omitempty" maxLength:"4000"`
}

type signIn struct {
	Numbered
	Body struct {
		Revision int64  `json:"revision,omitempty"`
		JWS      string `json:"jws" doc:"compact, with x5c; its payload is the frozen version or its SHA-256 in hexadecimal digits"`
	}
}

type testIn struct {
	Numbered
	Body struct {
		Revision int64 `json:"revision,omitempty"`
	}
}

type attachIn struct {
	Numbered
	Body struct {
		Revision int64  `json:"revision,omitempty"`
		Name     string `json:"name" maxLength:"300"`
		Field    string `json:"field,omitempty" maxLength:"200" doc:"path of the field that the file answers"`
		Data     []byte `json:"data" doc:"base64; a PDF, JPEG or PNG of at most 10 MB"`
	}
}

type versionIn struct {
	Numbered
	Version int `path:"version" minimum:"0" doc:"from 1; 0: the newest"`
}

type bytesOut struct {
	Type string `header:"Content-Type"`
	Body []byte
}

type diffIn struct {
	Numbered
	Before int `query:"before" minimum:"1"`
	After  int `query:"after" minimum:"0" doc:"0: the answers as they are now"`
}

type diffOut struct {
	Body struct {
		Changes []access.Change `json:"changes"`
	}
}

type documentIn struct {
	Name string `path:"name" maxLength:"60" doc:"number or verification code"`
}

type printIn struct {
	Name string        `path:"name" maxLength:"60" doc:"number or verification code"`
	Lang mconnect.Lang `query:"lang" enum:"ro,en,ru" default:"ro"`
}

// DocumentView is a document with its content.
type DocumentView struct {
	access.Document
	Content json.RawMessage `json:"content" doc:"canonical JSON"`
}

type documentOut struct{ Body DocumentView }

func requestOperation(method, path, id, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: "/v1/requests" + path, OperationID: id, Summary: summary,
		Tags: []string{"access requests"}, DefaultStatus: http.StatusOK}
}

// principal is who acts: the person whom a command at the machine names, or a program that looks on.
func (s *Surface) principal(ctx context.Context, a Acting) (people.Principal, error) {
	who := actor(ctx)
	if a.As == "" {
		return people.Principal{Program: who.Name, Roles: []people.Role{people.Auditor}}, nil
	}
	if !who.Local {
		return people.Principal{}, fault.New(fault.QueryInvalid, "what", AsHeader)
	}
	p, err := s.cfg.Access.Actors.As(ctx, a.As)
	p.StepUp = s.cfg.Clock() // who holds the machine's token has proven more than a code
	return p, err
}

// requests registers the operations behind `mconnect request`.
func (s *Surface) requests() {
	if s.cfg.Access == nil {
		return
	}
	all := s.cfg.Access.Requests
	handle(s, Operator, requestOperation(http.MethodPost, "", "begin-request", "Begin an access request"), s.beginRequest)
	handle(s, Reader, requestOperation(http.MethodGet, "", "list-requests", "List access requests"), s.listRequests)
	handle(s, Reader, requestOperation(http.MethodGet, "/tasks", "list-tasks", "List what is due"), s.listTasks)
	handle(s, Reader, requestOperation(http.MethodGet, "/form", "request-form", "The form with all branches"), s.requestForm)
	handle(s, Reader, requestOperation(http.MethodGet, "/{number}", "show-request", "Show an access request"),
		func(ctx context.Context, in *Numbered) (*requestOut, error) {
			return s.onRequest(ctx, in.Acting, func(p people.Principal) (access.Request, error) {
				return all.Open(ctx, p, in.Number)
			})
		})
	save := requestOperation(http.MethodPut, "/{number}/blocks/{block}", "save-block", "Save the answers of one block")
	handle(s, Operator, save, func(ctx context.Context, in *blockIn) (*requestOut, error) {
		return s.onRequest(ctx, in.Acting, func(p people.Principal) (access.Request, error) {
			return all.Step(ctx, p, in.Number, access.Step{Verb: access.Save, Block: in.Block, Answers: in.Body.Answers,
				Revision: in.Body.Revision})
		})
	})
	handle(s, Operator, requestOperation(http.MethodPost, "/{number}/steps", "step-request", "Take one step"),
		s.stepRequest)
	s.requestParts()
	s.agreementFlags()
}

// requestParts registers the operations on signatures, tests, files, versions and documents.
func (s *Surface) requestParts() {
	parts := s.cfg.Access.Parts
	handle(s, Operator, requestOperation(http.MethodPost, "/{number}/signature", "sign-request",
		"Hand in a signature made elsewhere"), func(ctx context.Context, in *signIn) (*requestOut, error) {
		return s.onRequest(ctx, in.Acting, func(p people.Principal) (access.Request, error) {
			return s.cfg.Access.Requests.Sign(ctx, p, in.Number, in.Body.Revision, in.Body.JWS)
		})
	})
	handle(s, Operator, requestOperation(http.MethodPost, "/{number}/tests", "test-request",
		"Run the contract tests in the sandbox"), func(ctx context.Context, in *testIn) (*requestOut, error) {
		return s.onRequest(ctx, in.Acting, func(p people.Principal) (access.Request, error) {
			return parts.Test(ctx, p, in.Number, in.Body.Revision)
		})
	})
	attach := requestOperation(http.MethodPost, "/{number}/attachments", "attach-file", "Attach a file")
	attach.MaxBodyBytes = maxAttached
	handle(s, Operator, attach, func(ctx context.Context, in *attachIn) (*requestOut, error) {
		return s.onRequest(ctx, in.Acting, func(p people.Principal) (access.Request, error) {
			return parts.Attach(ctx, p, in.Number, in.Body.Revision,
				access.File{Name: in.Body.Name, Field: in.Body.Field, Data: in.Body.Data})
		})
	})
	frozen := requestOperation(http.MethodGet, "/{number}/versions/{version}", "request-version",
		"A frozen version in canonical JSON, as it is signed")
	frozen.Responses = answersIn("application/json")
	handle(s, Reader, frozen, s.frozenVersion)
	handle(s, Reader, requestOperation(http.MethodGet, "/{number}/diff", "diff-request",
		"What differs between two versions"), s.diffRequest)
	handle(s, Reader, huma.Operation{Method: http.MethodGet, Path: "/v1/documents/{name}", OperationID: "show-document",
		Summary: "A document by its number or verification code", Tags: []string{"access requests"}}, s.showDocument)
	printed := huma.Operation{Method: http.MethodGet, Path: "/v1/documents/{name}/pdf", OperationID: "print-document",
		Summary: "A document as a tagged PDF", Tags: []string{"access requests"}}
	printed.Responses = answersIn("application/pdf")
	handle(s, Reader, printed, s.printDocument)
}

// maxAttached is the largest body with an attachment: 10 MB in base64.
const maxAttached = 15 << 20

// onRequest does what an operation does with a request, and shows the request as it is then.
func (s *Surface) onRequest(ctx context.Context, a Acting, do func(people.Principal) (access.Request, error)) (
	*requestOut, error) {
	p, err := s.principal(ctx, a)
	if err != nil {
		return nil, err
	}
	r, err := do(p)
	if err != nil {
		return nil, err
	}
	out := &requestOut{RequestView{Request: r, Name: r.State.Name(), Task: r.Task(p, s.cfg.Clock()),
		Possible: r.Possible(p, s.cfg.Clock())}}
	if r.State != access.Draft && r.State != access.ChangesRequested {
		return out, nil
	}
	found, err := s.cfg.Access.Parts.Evaluate(&r)
	if err != nil {
		return out, nil //nolint:nilerr // the request can be read, though its form is gone
	}
	out.Body.Missing, out.Body.Warnings = found.Errors, found.Warnings
	for _, b := range found.Blocks {
		out.Body.Blocks = append(out.Body.Blocks, BlockView{ID: b.ID, Title: b.Title, Shown: b.Shown,
			Missing: b.Missing, Wrong: b.Wrong})
	}
	return out, nil
}

func (s *Surface) requestForm(context.Context, *Acting) (*rawJSON, error) {
	text, err := json.Marshal(s.cfg.Access.Form())
	return &rawJSON{text}, err
}

// rawJSON is an answer that is JSON already.
type rawJSON struct{ Body json.RawMessage }

func (s *Surface) beginRequest(ctx context.Context, in *beginIn) (*requestOut, error) {
	return s.onRequest(ctx, in.Acting, func(p people.Principal) (access.Request, error) {
		return s.cfg.Access.Requests.Begin(ctx, p, access.Beginning{Kind: access.Kind(in.Body.Kind),
			Service: in.Body.Service, Agreement: mconnect.AgreementID(in.Body.Agreement), Copy: in.Body.Copy})
	})
}

func (s *Surface) listRequests(ctx context.Context, in *listRequestsIn) (*listRequestsOut, error) {
	p, err := s.principal(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	q := access.Query{Agreement: mconnect.AgreementID(in.Agreement), Limit: in.Limit}
	for _, state := range in.State {
		q.States = append(q.States, access.State(state))
	}
	found, err := s.cfg.Access.Requests.List(ctx, p, q)
	out := &listRequestsOut{}
	out.Body.Items = append([]access.Request{}, found...)
	return out, err
}

func (s *Surface) listTasks(ctx context.Context, in *Acting) (*tasksOut, error) {
	p, err := s.principal(ctx, *in)
	if err != nil {
		return nil, err
	}
	found, err := s.cfg.Access.Requests.Tasks(ctx, p)
	out := &tasksOut{}
	out.Body.Items = append([]access.Task{}, found...)
	return out, err
}

func (s *Surface) stepRequest(ctx context.Context, in *stepIn) (*requestOut, error) {
	b := in.Body
	step := access.Step{Verb: access.Verb(b.Step), Revision: b.Revision, Reason: b.Reason, Approved: b.Approved,
		Checks: b.Checks, Person: people.PersonID(b.Person)}
	for _, one := range b.Points {
		step.Points = append(step.Points, access.Point{Path: one.Path, Text: one.Text})
	}
	if b.Verdict != nil {
		step.Verdict = &access.Verdict{Purposes: b.Verdict.Purposes, Conditions: b.Verdict.Conditions}
	}
	if r := b.Refusal; r != nil {
		step.Refusal = &access.Refusal{Code: access.RefusalCode(r.Code), Facts: r.Facts, Law: r.Law, Remedy: r.Remedy}
	}
	return s.onRequest(ctx, in.Acting, func(p people.Principal) (access.Request, error) {
		return s.cfg.Access.Requests.Step(ctx, p, in.Number, step)
	})
}

func (s *Surface) frozenVersion(ctx context.Context, in *versionIn) (*bytesOut, error) {
	p, err := s.principal(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	text, err := s.cfg.Access.Parts.Frozen(ctx, p, in.Number, in.Version)
	return &bytesOut{"application/json", text}, err
}

func (s *Surface) diffRequest(ctx context.Context, in *diffIn) (*diffOut, error) {
	p, err := s.principal(ctx, in.Acting)
	if err != nil {
		return nil, err
	}
	found, err := s.cfg.Access.Parts.Diff(ctx, p, in.Number, in.Before, in.After)
	out := &diffOut{}
	out.Body.Changes = append([]access.Change{}, found...)
	return out, err
}

func (s *Surface) showDocument(ctx context.Context, in *documentIn) (*documentOut, error) {
	d, err := s.cfg.Access.Parts.Document(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &documentOut{DocumentView{d, d.Content}}, nil
}

func (s *Surface) printDocument(ctx context.Context, in *printIn) (*formOut, error) {
	d, err := s.cfg.Access.Parts.Document(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	file, err := s.cfg.Access.Print(d, in.Lang)
	return &formOut{"application/pdf", file}, err
}
