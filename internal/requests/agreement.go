package requests

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/civil"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/manifest"
)

// agreementOf names the agreement that comes of a new request: D-2026-0001 makes a-2026-0001.
func agreementOf(number string) mconnect.AgreementID {
	return mconnect.AgreementID("a" + strings.ToLower(strings.TrimPrefix(number, "D")))
}

// agreementIDs names the agreements of a request: one for each system, the first under the plain name.
func agreementIDs(r *access.Request) (all []string) {
	for i := range max(len(texts(r.Answers["systems"])), 1) {
		id := string(r.Agreement)
		if i > 0 {
			id += fmt.Sprintf(".%d", i+1)
		}
		all = append(all, id)
	}
	return all
}

// agreements are what a request that has come to a new state makes of the declared state; none where nothing changes.
func (x *Requests) agreements(ctx context.Context, r *access.Request, from access.State) (manifest.Set, error) {
	if r.State == from {
		return nil, nil
	}
	var status agreement.Status
	switch {
	case r.State == access.Decided && r.Kind == access.New:
		status = agreement.Granted
	case r.State == access.InForce && r.Kind == access.Withdrawal:
		return x.ended(r)
	case r.State == access.InForce:
		status = agreement.InForce
	default:
		return nil, nil
	}
	all, err := x.proposed(ctx, r)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if r.Kind.Decided() { // a narrowing starts nothing: what waits for its tests goes on waiting
			all[i].Status = status
		}
	}
	return manifests(all)
}

// proposed are the agreements of a request as they are granted, one for each system: without a status, but for a
// narrowing, which keeps that of its agreement.
func (x *Requests) proposed(ctx context.Context, r *access.Request) ([]agreement.Agreement, error) {
	content, err := x.latest(ctx, r)
	if err != nil {
		return nil, err
	}
	if !r.Kind.Decided() {
		cut, beyond := x.narrowed(r, content.Answers)
		if len(beyond) > 0 { // the agreement has become less since the request was frozen
			return nil, fault.Findings(beyond).Err(fault.RequestInvalid)
		}
		return cut, nil
	}
	if r.Verdict == nil {
		return nil, fault.New(fault.RequestState, "step", string(access.Test), "state", string(r.State))
	}
	var all []agreement.Agreement
	systems := texts(content.Answers["systems"])
	for i, id := range agreementIDs(r) {
		if i >= len(systems) {
			break
		}
		a := x.stated(r, content, r.Verdict)
		a.ID, a.Consumer = mconnect.AgreementID(id), mconnect.SystemID(systems[i])
		all = append(all, a)
	}
	return all, nil
}

// narrowed is the agreement of a request that nobody decides on, cut to its answers, and the answers that ask for more
// than the agreement grants now. Of another kind of request there is none.
func (x *Requests) narrowed(r *access.Request, answers map[string]any) ([]agreement.Agreement, []fault.FieldError) {
	if r.Kind != access.Narrowing {
		return nil, nil
	}
	now, ok := x.cfg.Rooms.Agreements.Get(r.Agreement)
	if !ok {
		return nil, []fault.FieldError{{Path: "/service", Code: fault.FormBeyondAgreement,
			Params: map[string]string{"value": string(r.Agreement)}}}
	}
	asked := access.GrantAll(access.AskedBy(answers))
	to := x.stated(r, access.Content{Answers: answers}, &asked)
	to.Consumer = now.Consumer
	if systems := texts(answers["systems"]); len(systems) > 0 {
		to.Consumer = mconnect.SystemID(systems[0])
	}
	cut, beyond := now.Stated().Narrowed(to)
	cut.Origin = r.Number
	return []agreement.Agreement{cut}, beyondAnswers(beyond)
}

// beyond lists the answers of a narrowing that ask for more than is granted.
func (x *Requests) beyond(r *access.Request, answers map[string]any) []fault.FieldError {
	_, all := x.narrowed(r, answers)
	return all
}

// beyondAnswers are places of an agreement as those of the answers.
func beyondAnswers(all []agreement.Beyond) (f []fault.FieldError) {
	fields := map[string]string{"code": "code", "fields": "purpose_fields", "until": "until"}
	for _, b := range all {
		path := map[string]string{"quota": "/volume_day", "service": "/service"}[b.What]
		if b.Purpose >= 0 {
			path = fmt.Sprintf("/purposes/%d/%s", b.Purpose, fields[b.What])
		}
		f = append(f, fault.FieldError{Path: path, Code: fault.FormBeyondAgreement, Params: map[string]string{"value": b.Asked}})
	}
	return f
}

// latest is the content of the newest version.
func (x *Requests) latest(ctx context.Context, r *access.Request) (access.Content, error) {
	var c access.Content
	v := r.Latest()
	if v == nil {
		return c, fault.New(fault.DocumentUnknown)
	}
	text := v.Content
	if text == nil {
		stored, err := x.cfg.Store.AccessContent(ctx, r.Number, v.Digest)
		if err != nil {
			return c, err
		}
		text = stored.Data
	}
	err := json.Unmarshal(text, &c)
	return c, err
}

// stated is the agreement of a request's content, cut to the verdict.
func (x *Requests) stated(r *access.Request, c access.Content, v *access.Verdict) agreement.Agreement {
	a := agreement.Agreement{Service: r.Service, Version: r.Version, Origin: r.Number,
		Quota: quotaOf(c.Answers), Note: strings.Join(v.Conditions, "\n")}
	for _, row := range rows(c.Answers["purposes"]) {
		code, _ := row["code"].(string)
		granted := v.Granted(mconnect.PurposeCode(code))
		if len(granted) == 0 {
			continue
		}
		p := agreement.Purpose{Code: mconnect.PurposeCode(code), Title: text3(row["title"]), Fields: granted,
			Validity: period(row)}
		x.cited(&p, row)
		if row["who_calls"] == "system" {
			a.CallerRules = agreement.Tolerant
		}
		p.Reason = reasonOf(row)
		a.Purposes = append(a.Purposes, p)
		if a.Validity.From.IsZero() || p.Validity.From.Before(a.Validity.From) {
			a.Validity.From = p.Validity.From
		}
		if p.Validity.To.After(a.Validity.To) {
			a.Validity.To = p.Validity.To
		}
	}
	return a
}

// cited states the law behind a purpose: its acts, or the ground of Law 195/2024.
func (x *Requests) cited(p *agreement.Purpose, row map[string]any) {
	kind, _ := row["basis_kind"].(string)
	p.LegalBasis = agreement.LegalBasis{Act: "Legea nr. 195/2024", Article: "art. 6 alin. (1) lit. " + kind + ")"}
	p.Accepts = []string{strings.ToUpper(string(p.Code))}
	for i, act := range rows(row["acts"]) {
		id, _ := act["act"].(string)
		version, _ := act["version"].(string)
		path, _ := act["path"].(string)
		words, ref := id, legalact.Citation{}
		if known, ok := x.cfg.Rooms.Acts.Act(legalact.ID(id)); ok {
			words, ref = known.Citation, legalact.Citation{Act: known.ID, Version: version, Path: path}
		}
		if i == 0 {
			p.LegalBasis = agreement.LegalBasis{Act: words, Article: path, Ref: ref}
		}
		if words != "" && !slices.Contains(p.Accepts, words) {
			p.Accepts = append(p.Accepts, words)
		}
	}
}

// citationOf is the citation of a legal basis as an answer: by the identifier of the act where the register knows it.
func (x *Requests) citationOf(b agreement.LegalBasis) map[string]any {
	act, path := b.Act, cmp.Or(b.Ref.Path, b.Article)
	if b.Ref.Act != "" {
		act = string(b.Ref.Act)
	} else if known, ok := x.cfg.Rooms.Acts.ByCitation(b.Act); ok {
		act = string(known.ID)
	}
	cited := map[string]any{"act": act, "path": path}
	if b.Ref.Version != "" {
		cited["version"] = b.Ref.Version
	}
	return cited
}

func reasonOf(row map[string]any) agreement.Reason {
	text := func(name string) string { s, _ := row[name].(string); return s }
	switch text("reason_form") {
	case "case_number", "application_number":
		return agreement.Reason{Pattern: text("reason_pattern"), Example: text("reason_example"),
			Form: mconnect.Text{RO: "numărul dosarului sau al cererii, ex. " + text("reason_example"),
				EN: "number of the case or application, e.g. " + text("reason_example"),
				RU: "номер дела или заявления, напр. " + text("reason_example")}}
	case "free":
		return agreement.Reason{Pattern: `(?s).{15,}`, Form: mconnect.Text{RO: "motivul în cel puțin 15 caractere",
			EN: "the reason in at least 15 characters", RU: "причина не короче 15 знаков"}}
	}
	return agreement.Reason{}
}

// period is that of a purpose: from the first day to the end of the last one.
func period(row map[string]any) (p mconnect.Period) {
	if from, err := civil.Parse(text(row, "from")); err == nil {
		p.From = from.UTC()
	}
	if until, err := civil.ParseEnd(text(row, "until")); err == nil {
		p.To = until.UTC()
	}
	return p
}

func text(row map[string]any, name string) string { s, _ := row[name].(string); return s }

// started reports whether the first day of any purpose has come.
func started(answers map[string]any, now time.Time) bool {
	for _, row := range rows(answers["purposes"]) {
		if from := period(row).From; !from.After(now) {
			return true
		}
	}
	return false
}

// volumes are the bands of calls a day.
var volumes = map[string]int64{"lt100": 100, "lt1000": 1000, "lt10000": 10_000, "lt100000": 100_000,
	"ge100000": 1_000_000}

func quotaOf(answers map[string]any) agreement.Quota {
	q := agreement.Quota{PerDay: volumes[text(answers, "volume_day")]}
	if n, ok := answers["peak_min"].(float64); ok && n > 0 {
		q.PerSecond = max(n/60, 1)
	}
	return q
}

// ended are the agreements that a withdrawal ends.
func (x *Requests) ended(r *access.Request) (manifest.Set, error) {
	var all []agreement.Agreement
	for _, id := range agreementIDs(r) {
		if a, ok := x.cfg.Rooms.Agreements.Get(mconnect.AgreementID(id)); ok {
			stated := a.Stated()
			stated.Status = agreement.Terminated
			all = append(all, stated)
		}
	}
	return manifests(all)
}

// manifests are the agreements in the form in which the declared state is changed.
func manifests(all []agreement.Agreement) (manifest.Set, error) {
	var b bytes.Buffer
	for _, a := range all {
		doc, err := json.Marshal(a)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "---\n{\"kind\": %q, %s\n", manifest.Agreement, doc[1:])
	}
	if b.Len() == 0 {
		return nil, nil
	}
	return manifest.Parse("request", b.Bytes(), nil)
}

// prefillAgreement begins a change of an agreement with what it states, and refuses a second one at a time.
func (x *Requests) prefillAgreement(ctx context.Context, r *access.Request, id mconnect.AgreementID) error {
	a, ok := x.cfg.Rooms.Agreements.Get(id)
	if !ok || a.Consumer.Participant() != r.Consumer || a.Service == "" {
		return fault.New(fault.ResourceUnknown, "kind", manifest.Agreement, "id", string(id))
	}
	if a.Status == agreement.Terminated {
		return fault.New(fault.AgreementTerminated, "agreement", string(id))
	}
	rows, err := x.cfg.Store.AccessRequests(ctx, appendlog.AccessQuery{Agreement: string(id), Limit: 1000})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !access.State(row.State).Final() {
			return fault.New(fault.RequestOpen, "request", row.Number, "agreement", string(id))
		}
		if was, err := requestOf(row); err == nil && row.Number == a.Origin && len(r.Answers) == 0 {
			r.Answers = was.Answers
		}
	}
	r.Agreement, r.Service, r.Version = id, a.Service, a.Version
	if len(r.Answers) == 0 {
		r.Answers = x.answersOf(a.Stated())
	}
	r.Answers["systems"] = []any{string(a.Consumer)} // of several systems of a request, that of the agreement
	return nil
}

// answersOf are the answers that an agreement gives, as far as it states them.
func (x *Requests) answersOf(a agreement.Agreement) map[string]any {
	var purposes []any
	var fields []any
	for _, p := range a.Purposes {
		var own []any
		for _, f := range p.Fields {
			own = append(own, f)
			if !slices.Contains(fields, any(f)) {
				fields = append(fields, f)
			}
		}
		row := map[string]any{"code": string(p.Code), "purpose_fields": own,
			"title": map[string]any{"ro": p.Title.RO, "en": p.Title.EN, "ru": p.Title.RU},
			"acts":  []any{x.citationOf(p.LegalBasis)}}
		if !p.Validity.From.IsZero() {
			row["from"] = civil.DayOf(p.Validity.From)
		}
		if !p.Validity.To.IsZero() {
			row["until"] = civil.LastDay(p.Validity.To)
		}
		purposes = append(purposes, row)
	}
	return map[string]any{"service": string(a.Service) + "/" + a.Version.String(), "systems": []any{string(a.Consumer)},
		"fields": fields, "purposes": purposes}
}
