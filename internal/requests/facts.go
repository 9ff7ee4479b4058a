package requests

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gowebpki/jcs"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/domain/people"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
)

// version of a form that this platform knows.
type version struct{ *form.Form }

func (v version) ref() access.FormRef { return access.FormRef{ID: v.ID, Version: v.Version} }

// current is the newest version of the form that is valid at a time.
func (x *Requests) current(at time.Time) version {
	for _, f := range slices.Backward(x.cfg.Forms) {
		if !at.Before(f.ValidFrom) {
			return version{f}
		}
	}
	return version{x.cfg.Forms[0]}
}

// Form returns the version of the form that a request is written in; fault form.versionExpired when it is not known.
func (x *Requests) Form(r *access.Request) (*form.Form, error) {
	for _, f := range x.cfg.Forms {
		if f.ID == r.Form.ID && f.Version == r.Form.Version {
			return f, nil
		}
	}
	return nil, fault.New(fault.FormVersionExpired)
}

// Current is the form of a new request.
func (x *Requests) Current() *form.Form { return x.current(x.cfg.Clock()).Form }

func active(p registry.Participant) bool { return p.Status == "" || p.Status == registry.Active }

// Evaluate judges the answers of a request as they are now.
func (x *Requests) Evaluate(r *access.Request) (form.Result, error) {
	f, err := x.Form(r)
	if err != nil {
		return form.Result{}, err
	}
	return f.Evaluate(r.Answers, x.Facts(r)), nil
}

// Facts are what the conditions and rules of the form need to know of a request.
func (x *Requests) Facts(r *access.Request) form.Facts {
	now := x.cfg.Clock().UTC()
	known := map[string][]string{"attachment": {}}
	for _, a := range r.Attachments {
		known["attachment"] = append(known["attachment"], a.Digest)
	}
	for _, s := range x.cfg.Rooms.Registry.Systems() {
		if s.ID.Participant() == r.Consumer && slices.Contains(s.Roles, registry.Consumer) {
			known["system"] = append(known["system"], string(s.ID))
		}
	}
	for _, s := range x.cfg.Rooms.Catalog.All() {
		if s.Status == catalog.Published || s.Status == catalog.Deprecated {
			known["service"] = append(known["service"], s.ID())
		}
	}
	service, chosen := x.service(r.Answers)
	if chosen {
		known["field"] = paths("", service.Response.Fields)
	}
	consumer, _ := x.cfg.Rooms.Registry.Participant(r.Consumer)
	facts := form.Facts{At: now, Known: known, Values: access.Compute(access.Catalogue{
		Public: consumer.Sector == registry.Public, Categories: categories(service), Kind: string(r.Kind),
		Personal: chosen && anyPersonal(service, r.Answers)}, r.Answers, now)}
	if acts := x.cfg.Rooms.Acts; acts != nil && len(acts.All()) > 0 {
		known["act"], facts.Labels = knownActs(acts.All(), now)
		facts.Cite = func(act, version, path string, on time.Time) error {
			return acts.Check(legalact.Citation{Act: legalact.ID(act), Version: version, Path: path}, on)
		}
	}
	return facts
}

// knownActs are the acts of the register that may be cited at a time, and what people call them.
func knownActs(all []*legalact.Act, at time.Time) (ids []string, labels map[string]map[string]mconnect.Text) {
	named := map[string]mconnect.Text{}
	for _, a := range all {
		if _, there := a.At(civil.DayOf(at)); !there {
			continue
		}
		ids = append(ids, string(a.ID))
		t := a.Title
		for _, said := range []*string{&t.RO, &t.EN, &t.RU} {
			if *said != "" {
				*said = a.Citation + ", " + *said
			}
		}
		named[string(a.ID)] = t
	}
	return ids, map[string]map[string]mconnect.Text{"act": named}
}

// service is the one that the answers name.
func (x *Requests) service(answers map[string]any) (*catalog.Ready, bool) {
	text, _ := answers["service"].(string)
	name, of, _ := strings.Cut(text, "/")
	v, err := mconnect.ParseVersion(of)
	if err != nil {
		return nil, false
	}
	return x.cfg.Rooms.Catalog.Get(mconnect.ServiceName(name), v)
}

// categories are those of personal data that the service states.
func categories(s *catalog.Ready) (all []access.Category) {
	if s == nil {
		return nil
	}
	for _, c := range catalog.PersonalCategories() {
		if slices.Contains(s.PersonalData, c.Code) {
			all = append(all, access.Category{Code: c.Code, Special: c.Special})
		}
	}
	return all
}

// anyPersonal reports whether a chosen field is personal, or the question itself is about a person.
func anyPersonal(s *catalog.Ready, answers map[string]any) bool {
	if s.Opaque != nil || s.Request.Personal() {
		return s.Personal
	}
	for _, path := range texts(answers["fields"]) {
		if f := s.Response.Lookup(path); f != nil && f.Personal {
			return true
		}
	}
	return false
}

// paths lists the fields of an answer, each object and list before what is in it.
func paths(prefix string, fields []schema.Field) (all []string) {
	for _, f := range fields {
		all = append(all, prefix+f.Name)
		inner := f.Fields
		if f.Items != nil {
			inner = f.Items.Fields
		}
		all = append(all, paths(prefix+f.Name+".", inner)...)
	}
	return all
}

// texts are the texts of a list, as JSON has it.
func texts(v any) (all []string) {
	list, _ := v.([]any)
	for _, one := range list {
		if s, ok := one.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// know fills in what a step needs to know beyond the request.
func (x *Requests) know(r *access.Request, s *access.Step, now time.Time) error {
	f, err := x.Form(r)
	if err != nil {
		return err
	}
	s.Known = access.Known{Asked: access.AskedBy(r.Answers), Form: x.current(now).ref(),
		Started: started(r.Answers, now)}
	switch s.Verb {
	case access.Save:
		b := f.Block(s.Block)
		if b == nil {
			return fault.New(fault.RequestInvalid, "block", s.Block)
		}
		for i := range b.Fields {
			s.Known.Block = append(s.Known.Block, b.Fields[i].ID)
		}
		after := maps.Clone(r.Answers)
		if after == nil {
			after = map[string]any{}
		}
		for _, id := range s.Known.Block {
			delete(after, id)
		}
		maps.Copy(after, s.Answers)
		if service, ok := x.service(after); ok {
			s.Known.Provider, s.Known.Service, s.Known.Of = service.OwnerID(), service.Name, service.Version
		}
	case access.Submit, access.Protect:
		return x.knowAnswers(r, s, f, now)
	case access.Approve:
		s.Agreement = cmp.Or(r.Agreement, agreementOf(r.Number))
	}
	return nil
}

// knowAnswers judges the answers and freezes them as they would be signed.
func (x *Requests) knowAnswers(r *access.Request, s *access.Step, f *form.Form, now time.Time) error {
	facts := x.Facts(r)
	result := f.Evaluate(r.Answers, facts)
	s.Known.Errors = result.Errors
	if submit, _ := f.Accepts(now); !submit {
		s.Known.Errors = append(s.Known.Errors, fault.FieldError{Path: "/form", Code: fault.FormVersionExpired})
	}
	s.Known.Errors = append(s.Known.Errors, x.beyond(r, result.Clean)...)
	s.Known.Errors = append(s.Known.Errors, x.covered(r, result.Clean, now)...)
	s.Known.Personal, _ = facts.Values["personal"].(bool)
	protected := map[string]any{"fields": r.Answers["fields"], "purposes": r.Answers["purposes"]}
	if b := f.Block("D"); b != nil {
		for i := range b.Fields {
			protected[b.Fields[i].ID] = r.Answers[b.Fields[i].ID]
		}
	}
	_, digest, err := canonical(protected)
	if err != nil {
		return err
	}
	s.Known.Protection = digest
	next := len(r.Versions) + 1
	if last := r.Latest(); last != nil && last.Signed.IsZero() {
		next--
	}
	text, digest, err := canonical(access.Content{Number: r.Number, Version: next, Kind: r.Kind, Form: r.Form,
		Consumer: r.Consumer, Provider: r.Provider, Service: r.Service, Of: r.Version.String(), Agreement: r.Agreement,
		Answers: result.Clean, Computed: facts.Values, Attachments: r.Attachments})
	s.Known.Frozen = &access.Version{Digest: digest, Content: text}
	s.Known.Asked = access.AskedBy(result.Clean)
	return err
}

// canonical is a value in canonical JSON (RFC 8785) with its SHA-256, hexadecimal.
func canonical(v any) (text []byte, digest string, err error) {
	if text, err = json.Marshal(v); err != nil {
		return nil, "", err
	}
	if text, err = jcs.Transform(text); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:]), nil
}

func rows(v any) (all []map[string]any) {
	list, _ := v.([]any)
	for _, one := range list {
		if row, ok := one.(map[string]any); ok {
			all = append(all, row)
		}
	}
	return all
}

// text3 is a text in three languages.
func text3(v any) mconnect.Text {
	m, _ := v.(map[string]any)
	in := func(lang string) string { s, _ := m[lang].(string); return strings.TrimSpace(s) }
	return mconnect.Text{RO: in("ro"), EN: in("en"), RU: in("ru")}
}

// prefill gives a draft what is known already.
func (x *Requests) prefill(ctx context.Context, p people.Principal, r *access.Request, d access.Beginning) error {
	var f fault.Findings
	f.OneOf("/kind", string(d.Kind), string(access.New), string(access.Amendment), string(access.Renewal),
		string(access.Narrowing), string(access.Withdrawal))
	if err := f.Err(fault.RequestInvalid); err != nil {
		return err
	}
	if d.Copy != "" {
		from, err := x.stored(ctx, p, d.Copy)
		if err != nil {
			return err
		}
		r.Answers = maps.Clone(from.Answers)
	}
	if d.Kind != access.New {
		if err := x.prefillAgreement(ctx, r, d.Agreement); err != nil {
			return err
		}
	}
	if d.Service != "" {
		r.Answers["service"] = d.Service
	}
	if s, ok := x.service(r.Answers); ok {
		r.Provider, r.Service, r.Version = s.OwnerID(), s.Name, s.Version
	} else if d.Service != "" {
		f.Add("/service", fault.FormContradictsCatalogue, "value", d.Service)
	}
	if known := x.Facts(r).Known["system"]; len(known) == 1 && r.Answers["systems"] == nil {
		r.Answers["systems"] = []any{known[0]}
	}
	if who, _ := x.cfg.Rooms.Registry.Participant(r.Consumer); r.Answers["contacts"] == nil {
		var contacts []any
		for _, c := range who.Contacts {
			if c.Email != "" {
				contacts = append(contacts, map[string]any{"role": c.Role, "name": c.Name, "email": c.Email})
			}
		}
		if len(contacts) > 0 {
			r.Answers["contacts"] = contacts
		}
	}
	return f.Err(fault.RequestInvalid)
}
