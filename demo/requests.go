package demo

import (
	"context"
	"fmt"
	"time"

	"mconnect"
	"mconnect/internal/app"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/people"
	"mconnect/internal/requests"
)

// need is why the town hall asks for data of a service, for one of its requests.
type need struct {
	purpose mconnect.PurposeCode
	title   mconnect.Text
	service string // Name/1.0.0
	fields  []string
	why     string
	state   access.State // to which the request comes
}

// needs are the requests of the sample country: one in each state that can be reached without waiting. All concern
// services of one provider, whose decider can log in.
func needs() []need {
	vehicle, person := "GetVehicle/1.0.0", "GetPerson/1.0.0"
	parking := mconnect.Text{RO: "Permis de parcare", EN: "Parking permit", RU: "Разрешение на парковку"}
	school := mconnect.Text{RO: "Înscriere la grădiniță", EN: "Kindergarten enrolment", RU: "Запись в детский сад"}
	heating := mconnect.Text{RO: "Ajutor pentru încălzire", EN: "Heating aid", RU: "Помощь на отопление"}
	list := func(all ...string) []string { return all }
	return []need{
		{"parcare-rezidenti", parking, vehicle, list("RegistrationNumber", "Owner"), "Proprietarul trebuie să locuiască în zonă.", access.InForce},
		{"gradinita", school, person, list("LastName", "FirstName", "BirthDate"), "Vârsta stabilește grupa copilului.", access.Ready},
		{"incalzire", heating, person, list("LastName", "Address"), "Domiciliul stabilește dreptul la ajutor.", access.Decided},
		{"parcare-piata", parking, vehicle, list("RegistrationNumber", "Make", "Owner"), "Marca stabilește locul de parcare.", access.Approved},
		{"gradinita-frati", school, person, list("LastName", "BirthDate", "Children"), "Frații au prioritate la înscriere.", access.ProviderDecision},
		{"incalzire-lemne", heating, person, list("LastName", "Address"), "Domiciliul stabilește cantitatea de lemne.", access.Submitted},
		{"parcare-scoala", parking, vehicle, list("RegistrationNumber", "Color", "Owner"), "Culoarea recunoaște vehiculul la intrare.", access.ChangesRequested},
		{"gradinita-parinti", school, person, list("LastName", "CivilStatus"), "Starea civilă arată cine semnează.", access.Refused},
		{"incalzire-gaz", heating, person, list("LastName", "Citizenship"), "Cetățenia nu schimbă dreptul la ajutor.", access.Withdrawn},
		{"parcare-primarie", parking, vehicle, list("RegistrationNumber", "Owner"), "Proprietarul primește permisul.", access.AwaitingSignature},
		{"gradinita-transfer", school, person, list("LastName", "Address"), "Domiciliul stabilește grădinița.", access.AwaitingDPO},
		{"incalzire-carbuni", heating, person, list("LastName", "FirstName"), "Numele stabilește solicitantul.", access.Draft},
	}
}

// answers are those of a complete request, by the blocks of the form.
func (n need) answers(now time.Time) map[string]map[string]any {
	text := func(t mconnect.Text) any { return map[string]any{"ro": t.RO, "en": t.EN, "ru": t.RU} }
	fields := []any{}
	for _, f := range n.fields {
		fields = append(fields, f)
	}
	return map[string]map[string]any{
		"A": {"systems": []any{string(townHall)}, "rsi_number": "RSI-EXEMPLU-17", "contacts": []any{map[string]any{"role": "dpo",
			"name": "Responsabil (exemplu)", "email": "dpo@primaria-exemplu.invalid"}}},
		"B": {"service": n.service, "fields": fields, "mode": "interactive", "volume_day": "lt1000", "peak_min": 60.0,
			"persons_year": "lt1000"},
		"C": {"purposes": []any{map[string]any{"code": string(n.purpose), "title": text(n.title),
			"public_text": text(mconnect.Text{RO: "Verificăm condițiile: " + n.title.RO + ".",
				EN: "We check the conditions: " + n.title.EN + ".", RU: "Мы проверяем условия: " + n.title.RU + "."}),
			"basis_kind": "e", "acts": []any{map[string]any{"act": "lege-133-2008", "path": "articol de completat (exemplu)"}},
			"task": "Legea cere verificarea condițiilor înainte de decizie (exemplu).", "purpose_fields": fields, "why": n.why,
			"who_calls": "official", "reason_form": "application_number", "reason_pattern": "EX-[0-9]{5}",
			"reason_example": "EX-00017", "from": now.Format(isoDay), "until": now.AddDate(2, 0, 0).Format(isoDay)}}},
		"D": {"children": false, "retention_months": 12.0, "download": false, "onward": false, "inform": "notice",
			"notice_url": "https://primaria-exemplu.invalid/date", "automated_decision": false, "verify_only": "no",
			"matching": false, "rec_activity": "Registrul activităților, poziția 4 (exemplu)", "disclosure": "open",
			"measures": []any{"roles", "logs"}},
		"G": {"declare_true": true, "declare_purpose": true, "declare_notice": true, "declare_rights": true,
			"declare_dpo": true},
	}
}

// desks are the persons who bring requests forward, each by the login and the participant for which it acts.
type desks struct {
	app  *app.App
	sign app.TestSigner
}

func (d desks) as(ctx context.Context, login string) (people.Principal, error) {
	at := ""
	for _, u := range users() {
		if u.Login == login {
			at = string(u.Participant)
		}
	}
	if at == "" {
		at = "platform"
	}
	p, err := d.app.PersonAs(ctx, login+"@"+at)
	p.StepUp = time.Now() // as after a login
	return p, err
}

// plant makes the requests of the sample country, unless there are any: each step is done by the person who may.
func (d desks) plant(ctx context.Context) error {
	auditor, err := d.as(ctx, "auditor")
	if err != nil {
		return err
	}
	there, err := d.app.Requests.List(ctx, auditor, requests.Query{Limit: 1})
	if err != nil || len(there) > 0 {
		return err
	}
	for _, n := range needs() {
		if _, err := d.bring(ctx, n); err != nil {
			return fmt.Errorf("the request for %s: %w", n.purpose, err)
		}
	}
	return nil
}

// bring takes a request from its first answer to the state of the need.
func (d desks) bring(ctx context.Context, n need) (access.Request, error) {
	editor, err := d.as(ctx, "redactor")
	if err != nil {
		return access.Request{}, err
	}
	r, err := d.app.Requests.Begin(ctx, editor, access.Beginning{Kind: access.New, Service: n.service})
	if err != nil {
		return r, err
	}
	answers := n.answers(time.Now())
	if n.state == access.Draft {
		delete(answers, "D")
		delete(answers, "G")
	}
	for _, block := range []string{"A", "B", "C", "D", "G"} {
		if answers[block] == nil {
			continue
		}
		r, err = d.app.Requests.Step(ctx, editor, r.Number, access.Step{Verb: access.Save, Block: block,
			Answers: answers[block], Revision: r.Revision})
		if err != nil {
			return r, err
		}
	}
	for _, s := range n.steps() {
		if r.State == n.state {
			return r, nil
		}
		if r, err = d.do(ctx, r, s); err != nil {
			return r, fmt.Errorf("%s: %w", s.Verb, err)
		}
	}
	if r.State != n.state {
		return r, fmt.Errorf("the request is %s, want %s", r.State, n.state)
	}
	return r, nil
}

// steps are those from a complete draft to an agreement in force, or to where the need ends another way.
func (n need) steps() []access.Step {
	var checks []access.Check
	for _, id := range access.CheckList() {
		checks = append(checks, access.Check{ID: id, OK: true})
	}
	verdict := access.GrantAll([]access.Asked{{Code: n.purpose, Title: n.title, Fields: n.fields}})
	way := []access.Step{{Verb: access.Submit}, {Verb: access.Protect, Approved: true}, {Verb: access.Sign}}
	switch n.state {
	case access.ChangesRequested:
		return append(way, access.Step{Verb: access.Return, Reason: "Vă rugăm să completați motivul (exemplu).",
			Points: []access.Point{{Path: "/purposes/0/why", Text: "De ce nu ajunge numărul de înmatriculare?"}}})
	case access.Withdrawn:
		return append(way, access.Step{Verb: access.Withdraw, Reason: "Datele nu mai sunt necesare (exemplu)."})
	case access.Refused:
		return append(way, access.Step{Verb: access.Review, Checks: checks},
			access.Step{Verb: access.Refuse, Refusal: &access.Refusal{Code: access.ExcessFields,
				Facts:  "Starea civilă nu este necesară pentru înscriere (exemplu).",
				Law:    "Legea nr. 142/2018, art. 7",
				Remedy: "Renunțați la câmpul CivilStatus și depuneți cererea din nou."}})
	}
	return append(way, access.Step{Verb: access.Review, Checks: checks},
		access.Step{Verb: access.Decide, Verdict: &verdict},
		access.Step{Verb: access.Approve}, access.Step{Verb: access.Test}, access.Step{Verb: access.Start})
}

// actors name who does a step, by login.
var actors = map[access.Verb]string{access.Submit: "redactor", access.Protect: "protectia-datelor",
	access.Sign: "semnatar", access.Return: "verificator", access.Withdraw: "semnatar", access.Review: "verificator",
	access.Refuse: "decident", access.Decide: "decident", access.Approve: "aprobator", access.Test: "integrator",
	access.Start: "integrator"}

func (d desks) do(ctx context.Context, r access.Request, s access.Step) (access.Request, error) {
	p, err := d.as(ctx, actors[s.Verb])
	if err != nil {
		return r, err
	}
	switch s.Verb {
	case access.Sign:
		content, err := d.app.Requests.Frozen(ctx, p, r.Number, 0)
		if err != nil {
			return r, err
		}
		jws, err := d.sign(ctx, p, content)
		if err != nil {
			return r, err
		}
		return d.app.Requests.Sign(ctx, p, r.Number, r.Revision, jws)
	case access.Test:
		return d.app.Requests.Test(ctx, p, r.Number, r.Revision)
	}
	s.Revision = r.Revision
	return d.app.Requests.Step(ctx, p, r.Number, s)
}
