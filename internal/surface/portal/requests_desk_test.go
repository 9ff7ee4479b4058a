package portal_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal"
)

func said(s string) mconnect.Text { return mconnect.Text{RO: s, EN: s, RU: s} }

// questions is a form with every type of field.
var questions = &form.Form{ID: "access", Version: 1, Title: said("Cerere"), Blocks: []form.Block{
	{ID: "A", Title: said("Părți"), Fields: []form.Field{
		{ID: "kind", Type: form.Text, Label: said("Felul"), Computed: true},
		{ID: "systems", Type: form.Many, Label: said("Sisteme"), Required: true, Of: "system"},
		{ID: "contacts", Type: form.Table, Label: said("Contacte"), Required: true, Columns: []form.Field{
			{ID: "role", Type: form.One, Label: said("Rol"), Required: true, Options: []form.Option{
				{Value: "dpo", Label: said("protecție")}, {Value: "technical", Label: said("tehnic")}}},
			{ID: "email", Type: form.Text, Label: said("E-mail"), Required: true, Validate: form.Rules{Format: "email"}},
		}},
	}},
	{ID: "B", Title: said("Date"), Fields: []form.Field{
		{ID: "service", Type: form.Ref, Label: said("Serviciu"), Required: true, Of: "service"},
		{ID: "fields", Type: form.Many, Label: said("Câmpuri"), Required: true, Of: "field"},
		{ID: "volume", Type: form.Int, Label: said("Volum"), Validate: form.Rules{Max: 1000}},
		{ID: "bulk", Type: form.Bool, Label: said("Încărcare inițială")},
		{ID: "bulk_why", Type: form.Rich, Label: said("De ce inițial"), ShowIf: []form.Condition{{ID: "bulk", Op: form.Is, Value: true}}},
	}},
	{ID: "C", Title: said("Scopuri"), Fields: []form.Field{
		{ID: "purposes", Type: form.Table, Label: said("Scopuri"), Required: true, Columns: []form.Field{
			{ID: "code", Type: form.Text, Label: said("Cod"), Required: true},
			{ID: "title", Type: form.Text, Label: said("Denumire"), Required: true, Languages: true},
			{ID: "acts", Type: form.Table, Label: said("Acte"), Columns: []form.Field{
				{ID: "act", Type: form.Ref, Label: said("Act"), Of: "act"}}},
			{ID: "purpose_fields", Type: form.Many, Label: said("Câmpurile scopului"), Of: "field",
				Validate: form.Rules{Within: "fields"}},
			{ID: "from", Type: form.Date, Label: said("De la")},
		}},
		{ID: "true", Type: form.Bool, Label: said("Declar"), Required: true, Validate: form.Rules{True: true}},
	}},
}}

// desk carries requests in memory: the real law without store and journal.
type desk struct {
	at     time.Time
	stored map[string]access.Request
	frozen map[string][]byte
}

func newDesk() *desk {
	return &desk{at: time.Date(2026, 11, 27, 12, 32, 0, 0, time.UTC), stored: map[string]access.Request{},
		frozen: map[string][]byte{}}
}

func (d *desk) now() time.Time { return d.at }

func (d *desk) List(_ context.Context, p people.Principal, q portal.RequestQuery) (all []access.Request, err error) {
	for _, r := range d.stored {
		if r.View(p, d.at) == nil && (len(q.States) == 0 || slices.Contains(q.States, r.State)) &&
			(q.Before.IsZero() || r.Changed.Before(q.Before)) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b access.Request) int { return b.Changed.Compare(a.Changed) })
	return all[:min(len(all), q.Limit)], nil
}

func (d *desk) Open(_ context.Context, p people.Principal, number string) (access.Request, error) {
	r, ok := d.stored[number]
	if !ok || r.View(p, d.at) != nil {
		return access.Request{}, fault.New(fault.RequestUnknown)
	}
	r.Messages = r.Readable(p)
	return r, nil
}

func (d *desk) Begin(_ context.Context, p people.Principal, draft portal.RequestDraft) (access.Request, error) {
	r := access.Request{Number: fmt.Sprintf("D-2026-%04d", len(d.stored)+1), Kind: draft.Kind, State: access.Draft, Revision: 1,
		Consumer: p.Context.Participant, Answers: map[string]any{}, Created: d.at, Changed: d.at, Since: d.at,
		CreatedBy: p.Person, Form: access.FormRef{ID: "access", Version: 1},
		Timeline: []access.Event{{At: d.at, Step: access.Create, Actor: p.Actor(), To: access.Draft}}}
	if err := p.May(people.RequestEdit, r.Object(), d.at); err != nil {
		return r, err
	}
	if draft.Service != "" {
		r.Answers["service"], r.Provider, r.Service, r.Version = draft.Service, "asp", "GetPerson", mconnect.Version{Major: 1}
	}
	d.stored[r.Number] = r
	return r, nil
}

func (d *desk) Step(ctx context.Context, p people.Principal, number string, s access.Step) (access.Request, error) {
	r, err := d.Open(ctx, p, number)
	if err != nil {
		return r, err
	}
	r = d.stored[number]
	result := questions.Evaluate(r.Answers, d.Facts(&r))
	s.Known = access.Known{Provider: "asp", Service: "GetPerson", Of: mconnect.Version{Major: 1}, Errors: result.Errors,
		Personal: true, Protection: "protected", Started: true, Asked: []access.Asked{{Code: "ajutor", Title: said("Ajutor"),
			Fields: []string{"LastName", "Address"}}}}
	if b := questions.Block(s.Block); b != nil {
		for i := range b.Fields {
			s.Known.Block = append(s.Known.Block, b.Fields[i].ID)
		}
	}
	content, err := json.Marshal(result.Clean)
	if err != nil {
		return r, err
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	s.Known.Frozen = &access.Version{Digest: digest, Content: content}
	if s.Verb == access.Approve {
		s.Agreement = "a-001"
	}
	next, err := r.Act(p, s, d.at)
	if err == nil {
		d.stored[number] = next
		if v := next.Latest(); v != nil {
			d.frozen[number] = v.Content
		}
	}
	return next, err
}

func (d *desk) Tasks(ctx context.Context, p people.Principal) (all []access.Task, err error) {
	listed, err := d.List(ctx, p, portal.RequestQuery{Limit: 1000})
	for _, r := range listed {
		if t := r.Task(p, d.at); t != nil {
			all = append(all, *t)
		}
	}
	return all, err
}

func (d *desk) Form(*access.Request) (*form.Form, error) { return questions, nil }

func (d *desk) Facts(r *access.Request) form.Facts {
	f := form.Facts{At: d.at, Values: map[string]any{"kind": "public"}, Known: map[string][]string{"system": {"hall.desk"},
		"service": {"GetPerson/1.0.0"}}}
	if r.Service != "" {
		f.Known["field"] = []string{"LastName", "Address", "Address.Street"}
	}
	return f
}

func (d *desk) Attach(ctx context.Context, p people.Principal, number string, revision int64, f portal.RequestFile) (
	access.Request, error) {
	if string(f.Data[:min(len(f.Data), 4)]) != "%PDF" {
		return access.Request{}, fault.New(fault.AttachmentRefused, "what", "no PDF, JPEG or PNG")
	}
	sum := sha256.Sum256(f.Data)
	digest := hex.EncodeToString(sum[:])
	d.frozen[digest] = f.Data
	return d.Step(ctx, p, number, access.Step{Verb: access.Attach, Revision: revision, Attachment: &access.Attachment{
		Digest: digest, Name: f.Name, Media: "application/pdf", Size: int64(len(f.Data))}})
}

func (d *desk) Attachment(ctx context.Context, p people.Principal, number, digest string) (access.Attachment, []byte, error) {
	r, err := d.Open(ctx, p, number)
	for _, a := range r.Attachments {
		if a.Digest == digest {
			return a, d.frozen[digest], nil
		}
	}
	if err == nil {
		err = fault.New(fault.DocumentUnknown)
	}
	return access.Attachment{}, nil, err
}

func (d *desk) Sign(ctx context.Context, p people.Principal, number string, revision int64, jws string) (access.Request,
	error) {
	r, err := d.Open(ctx, p, number)
	if err != nil {
		return r, err
	}
	if jws != "good" {
		return r, fault.New(fault.RequestSignature)
	}
	return d.Step(ctx, p, number, access.Step{Verb: access.Sign, Revision: revision,
		Signature: &access.Signature{By: p.Person, Digest: r.Latest().Digest, JWS: jws}})
}

func (d *desk) Frozen(ctx context.Context, p people.Principal, number string, _ int) ([]byte, error) {
	_, err := d.Open(ctx, p, number)
	return d.frozen[number], err
}

func (d *desk) Diff(context.Context, people.Principal, string, int, int) ([]access.Change, error) {
	return []access.Change{{Path: "/volume", Before: 500.0, After: 200.0}}, nil
}

func (d *desk) Test(ctx context.Context, p people.Principal, number string, revision int64) (access.Request, error) {
	return d.Step(ctx, p, number, access.Step{Verb: access.Test, Revision: revision, Report: &access.TestReport{At: d.at,
		Service: "GetPerson/1.0.0", Green: true, Certificate: true, Cases: []access.TestCase{{Name: "lawful call", Passed: true}}}})
}

// cast are the persons of the tests, by the token of their session.
var cast = map[string]people.Principal{
	"editor":     member("p-editor", "hall", people.Editor),
	"dpo":        member("p-dpo", "hall", people.DPO),
	"head":       member("p-head", "hall", people.Signatory),
	"integrator": member("p-integrator", "hall", people.Integrator),
	"decider":    member("p-decider", "asp", people.Decider),
	"checker":    member("p-checker", "", people.Checker),
	"approver":   member("p-approver", "", people.Approver),
	"auditor":    member("p-auditor", "", people.Auditor),
	"foreign":    member("p-foreign", "other", people.Editor, people.Signatory, people.Decider, people.DPO, people.Manager),
	"clerk":      member("p-clerk", "hall", people.Clerk),
	"alone":      {Person: "p-alone", Name: "Ana Exemplu", Roles: []people.Role{people.Citizen}},
}

func member(id people.PersonID, at mconnect.ParticipantID, roles ...people.Role) people.Principal {
	return people.Principal{Person: id, Name: "Elena Exemplu", Roles: append(roles, people.Citizen),
		Context: people.Context{Participant: at, Staff: at == ""}, StepUp: newDesk().at}
}

// sessions are those of the cast: the token names the person.
type sessions struct{ portal.Accounts }

func (sessions) Who(_ context.Context, token string, _ account.Client) (*people.Principal, error) {
	if p, ok := cast[token]; ok {
		return &p, nil
	}
	return nil, nil
}

// requestPages are the pages of requests over a desk.
func requestPages(t *testing.T) (*desk, *portal.Surface) {
	t.Helper()
	d := newDesk()
	s, err := portal.New(deskConfig(t, d))
	if err != nil {
		t.Fatal(err)
	}
	return d, s
}

func deskConfig(t *testing.T, d *desk) portal.Config {
	t.Helper()
	names := map[mconnect.ParticipantID]string{"hall": "Primăria comunei Model", "asp": "ASP EXEMPLU"}
	return portal.Config{Guide: &catalogue{}, Demo: true, Agreements: book(t, 3), Accounts: sessions{},
		Participant: func(id mconnect.ParticipantID) mconnect.Text { return said(names[id]) },
		Requests:    &portal.RequestParts{Requests: d, RequestForms: d, RequestFiles: d}, Clock: d.now,
		Revision: func() int64 { return 1 }}
}

func (sessions) Contexts(context.Context, *people.Principal) ([]account.Choice, error) {
	return nil, nil
}
