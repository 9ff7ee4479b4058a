package access

import (
	"slices"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/people"
	"mconnect/internal/ident"
)

// save replaces the answers of one block. What was typed is kept, also where it is wrong.
func save(r *Request, _ people.Principal, s *Step, _ time.Time) (State, error) {
	var f fault.Findings
	for id := range s.Answers {
		if !slices.Contains(s.Known.Block, id) {
			f.Add("/"+id, fault.FormUnknownField)
		}
	}
	if err := f.Err(fault.RequestInvalid); err != nil {
		return r.State, err
	}
	if r.Answers == nil {
		r.Answers = map[string]any{}
	}
	for _, id := range s.Known.Block {
		delete(r.Answers, id)
	}
	for id, v := range s.Answers {
		r.Answers[id] = v
	}
	r.Provider, r.Service, r.Version = s.Known.Provider, s.Known.Service, s.Known.Of
	return r.State, nil
}

func attach(r *Request, p people.Principal, s *Step, at time.Time) (State, error) {
	if s.Attachment == nil || len(r.Attachments) >= maxFiles {
		return r.State, fault.New(fault.AttachmentRefused, "what", "more than 50 files")
	}
	a := *s.Attachment
	a.At, a.By = at, p.Person
	r.Attachments = slices.DeleteFunc(r.Attachments, func(one Attachment) bool { return one.Digest == a.Digest })
	r.Attachments = append(r.Attachments, a)
	return r.State, nil
}

func replaceForm(r *Request, _ people.Principal, s *Step, _ time.Time) (State, error) {
	r.Form = s.Known.Form
	return r.State, nil
}

// submit hands complete answers to the data protection officer, or freezes them for the signature.
func submit(r *Request, p people.Principal, s *Step, at time.Time) (State, error) {
	if len(s.Known.Errors) > 0 || s.Known.Frozen == nil {
		return r.State, fault.Findings(s.Known.Errors).Err(fault.RequestInvalid)
	}
	if s.Known.Personal && (r.Protection == nil || !r.Protection.Approved || r.Protection.Of != s.Known.Protection) {
		return AwaitingDPO, nil
	}
	r.freeze(s.Known.Frozen, p.Person, at)
	return AwaitingSignature, nil
}

// freeze adds the version that waits for the signature. One that was never signed is replaced.
func (r *Request) freeze(v *Version, by people.PersonID, at time.Time) {
	if last := r.Latest(); last != nil && last.Signed.IsZero() {
		r.Versions = r.Versions[:len(r.Versions)-1]
	}
	frozen := *v
	frozen.Number, frozen.Frozen, frozen.By, frozen.Form = len(r.Versions)+1, at, by, r.Form
	r.Versions = append(r.Versions, frozen)
}

// back is the state in which the answers are changed again: a request that was submitted once stays submitted.
func (r *Request) back() State {
	if r.signed() {
		return ChangesRequested
	}
	return Draft
}

func recall(r *Request, _ people.Principal, s *Step, _ time.Time) (State, error) {
	if s.Verb == Decline && strings.TrimSpace(s.Reason) == "" {
		return r.State, missing("/reason")
	}
	if last := r.Latest(); last != nil && last.Signed.IsZero() {
		r.Versions = r.Versions[:len(r.Versions)-1]
	}
	return r.back(), nil
}

func protect(r *Request, p people.Principal, s *Step, at time.Time) (State, error) {
	r.Protection = &Protection{Approved: s.Approved, By: p.Person, At: at, Remarks: s.Reason, Of: s.Known.Protection}
	if !s.Approved {
		if strings.TrimSpace(s.Reason) == "" {
			return r.State, missing("/reason")
		}
		return r.back(), nil
	}
	if len(s.Known.Errors) > 0 || s.Known.Frozen == nil {
		return r.State, fault.Findings(s.Known.Errors).Err(fault.RequestInvalid)
	}
	r.freeze(s.Known.Frozen, r.editor(), at)
	return AwaitingSignature, nil
}

// editor is who asked for the step that waits now.
func (r *Request) editor() people.PersonID {
	for _, d := range slices.Backward(r.Deeds) {
		if d.Action == people.RequestEdit {
			return d.Person
		}
	}
	return r.CreatedBy
}

func sign(r *Request, p people.Principal, s *Step, at time.Time) (State, error) {
	v := r.Latest()
	switch {
	case s.Signature == nil || v == nil:
		return r.State, fault.New(fault.RequestSignature)
	case s.Signature.Digest != v.Digest:
		return r.State, fault.New(fault.RequestDigest)
	case s.Signature.By != p.Person:
		return r.State, fault.New(fault.RequestSigner)
	}
	v.Signed, v.Signatory, v.Signature = at, p.Person, s.Signature.JWS
	if !r.Kind.Decided() {
		return InForce, nil
	}
	if r.Clock.Started.IsZero() {
		r.Clock.Started = at
	}
	r.Clock = r.Clock.Resume(at)
	r.resolve(at)
	return Submitted, nil
}

// resolve closes the points that the new version answers.
func (r *Request) resolve(at time.Time) {
	for i := range r.Messages {
		for j := range r.Messages[i].Points {
			if p := &r.Messages[i].Points[j]; p.Resolved.IsZero() {
				p.Resolved = at
			}
		}
	}
}

func review(r *Request, _ people.Principal, s *Step, _ time.Time) (State, error) {
	var f fault.Findings
	for _, id := range CheckList() {
		n := slices.IndexFunc(s.Checks, func(c Check) bool { return c.ID == id })
		switch {
		case n < 0 || !s.Checks[n].OK && s.Checks[n].Note == "":
			f.Add("/checks/"+id, fault.InputMissing)
		case len(s.Checks[n].Note) > maxText:
			f.Length("/checks/"+id, s.Checks[n].Note, 0, maxText)
		case !s.Checks[n].OK:
			f.Add("/checks/"+id, fault.FormBadValue)
		}
	}
	if err := f.Err(fault.RequestInvalid); err != nil {
		return r.State, err
	}
	r.Checks = slices.Clone(s.Checks)
	return ProviderDecision, nil
}

func sendBack(r *Request, p people.Principal, s *Step, at time.Time) (State, error) {
	if len(s.Points) == 0 {
		return r.State, missing("/points")
	}
	if err := r.message(p, s, at); err != nil {
		return r.State, err
	}
	r.Clock = r.Clock.Wait(at)
	r.Verdict = nil
	return ChangesRequested, nil
}

func decide(r *Request, p people.Principal, s *Step, at time.Time) (State, error) {
	if s.Verdict == nil {
		return r.State, missing("/verdict")
	}
	var f fault.Findings
	s.Verdict.validate(&f, s.Known.Asked)
	if err := f.Err(fault.RequestInvalid); err != nil {
		return r.State, err
	}
	v := *s.Verdict
	v.By, v.At = p.Person, at
	r.Verdict = &v
	return Approved, nil
}

func approve(r *Request, _ people.Principal, s *Step, at time.Time) (State, error) {
	if r.Verdict == nil {
		return r.State, missing("/verdict")
	}
	r.Agreement = s.Agreement
	r.Clock.Ended = at
	return Decided, nil
}

// appeal is where a refusal can be contested: the Administrative Code makes naming it mandatory.
const appeal = "Codul administrativ nr. 116/2018, art. 118, 163 și 209: cerere prealabilă în 30 de zile de la " +
	"comunicare, apoi acțiune în contenciosul administrativ în 30 de zile."

func refuse(r *Request, p people.Principal, s *Step, at time.Time) (State, error) {
	if s.Refusal == nil {
		return r.State, missing("/refusal")
	}
	var f fault.Findings
	s.Refusal.validate(&f)
	if err := f.Err(fault.RequestInvalid); err != nil {
		return r.State, err
	}
	refusal := *s.Refusal
	refusal.By, refusal.At, refusal.Side, refusal.Appeal = p.Person, at, r.SideOf(p), appeal
	r.Refusal = &refusal
	r.Clock.Ended = at
	return Refused, nil
}

func test(r *Request, _ people.Principal, s *Step, _ time.Time) (State, error) {
	if s.Report == nil {
		return r.State, missing("/report")
	}
	report := *s.Report
	r.Test = &report
	if report.Green && report.Certificate {
		return Ready, nil
	}
	return Testing, nil
}

func start(r *Request, _ people.Principal, s *Step, _ time.Time) (State, error) {
	if r.Test == nil || !r.Test.Green || !r.Test.Certificate || !s.Known.Started {
		return r.State, fault.New(fault.RequestTests)
	}
	return InForce, nil
}

func withdraw(r *Request, _ people.Principal, _ *Step, at time.Time) (State, error) {
	if r.Clock.Running() {
		r.Clock.Ended = at
	}
	return Withdrawn, nil
}

func say(r *Request, p people.Principal, s *Step, at time.Time) (State, error) {
	return r.State, r.message(p, s, at)
}

// message adds what a step says to the other side, or to its own.
func (r *Request) message(p people.Principal, s *Step, at time.Time) error {
	var f fault.Findings
	f.Length("/text", s.Reason, 1, maxText)
	f.AtMost("/points", len(s.Points), 100)
	for i, one := range s.Points {
		f.Length(path("/points", i)+"/path", one.Path, 1, 200)
		f.Length(path("/points", i)+"/text", one.Text, 1, maxText)
	}
	f.AtMost("/messages", len(r.Messages), maxMessages-1)
	if err := f.Err(fault.RequestInvalid); err != nil {
		return err
	}
	m := Message{ID: string(ident.CallID()), At: at, Side: r.SideOf(p), Person: p.Person, Text: s.Reason,
		Points: slices.Clone(s.Points), Note: s.Verb == Note}
	if s.Verb != Say && s.Verb != Note {
		m.Step = s.Verb
	}
	r.Messages = append(r.Messages, m)
	return nil
}

func assign(r *Request, p people.Principal, s *Step, _ time.Time) (State, error) {
	if r.Assigned == nil {
		r.Assigned = map[string]people.PersonID{}
	}
	r.Assigned[string(r.SideOf(p))] = s.Person
	return r.State, nil
}

func extend(r *Request, _ people.Principal, s *Step, at time.Time) (State, error) {
	var f fault.Findings
	f.Length("/reason", s.Reason, minReason, maxText)
	if err := f.Err(fault.RequestInvalid); err != nil {
		return r.State, err
	}
	var ok bool
	if r.Clock, ok = r.Clock.Extend(s.Reason, at); !ok {
		return r.State, fault.New(fault.RequestPeriod)
	}
	return r.State, nil
}

func lapse(r *Request, _ people.Principal, _ *Step, at time.Time) (State, error) {
	if l := r.Lapses(at); l == nil || at.Before(l.At) {
		return r.State, fault.New(fault.RequestState, "step", string(Lapse), "state", string(r.State))
	}
	if r.Clock.Running() {
		r.Clock.Ended = at
	}
	return Lapsed, nil
}

func missing(path string) error {
	var f fault.Findings
	f.Add(path, fault.InputMissing)
	return f.Err(fault.RequestInvalid)
}
