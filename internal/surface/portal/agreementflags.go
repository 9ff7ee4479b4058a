package portal

import (
	"context"
	"net/http"
	"slices"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal/text"
)

// Flags sets and lifts suspensions and ends agreements; *requests.Requests is one. An agreement that the principal may
// not view is resource.unknown.
type Flags interface {
	Agreed(p people.Principal, id mconnect.AgreementID) (agreement.Agreement, people.Object, error)
	Suspend(ctx context.Context, p people.Principal, id mconnect.AgreementID, s agreement.Suspension) (
		agreement.Agreement, error)
	Lift(ctx context.Context, p people.Principal, id mconnect.AgreementID, side agreement.Side, reason string) (
		agreement.Agreement, error)
	Terminate(ctx context.Context, p people.Principal, id mconnect.AgreementID, reason string) (agreement.Agreement,
		error)
}

// flagRoutes registers the forms on the page of an agreement, where there are any.
func (s *Surface) flagRoutes() {
	if s.cfg.Flags == nil {
		return
	}
	s.page("POST /agreements/{id}/suspend", s.personal(s.suspend))
	s.page("POST /agreements/{id}/lift", s.personal(s.lift))
	s.page("POST /agreements/{id}/end", s.personal(s.endAgreement))
}

// agreementDesk is what the people of an agreement see and can do on its page. What was entered stays in it.
type agreementDesk struct {
	agreement.Agreement
	flags             []flagShown
	sides             []agreement.Side // for which the person suspends
	suspendWhy, ended string           // why the person cannot suspend, or end it; "" where it can
	change            bool             // the person may begin a request of the consumer
	side, cause       string
	facts, until      string
	reason            string
	wrong             []wrong
}

// flagShown is a suspension with why the person cannot lift it; "" where it can.
type flagShown struct {
	agreement.Suspension
	why string
}

// deskOf is the desk of the person who has logged in; nil for others.
func (s *Surface) deskOf(v *view, id mconnect.AgreementID) *agreementDesk {
	if s.cfg.Flags == nil || v.who == nil {
		return nil
	}
	a, parties, err := s.cfg.Flags.Agreed(*v.who, id)
	if err != nil {
		return nil
	}
	d := &agreementDesk{Agreement: a, change: a.Event == "" && a.Status != agreement.Terminated && s.cfg.Requests != nil &&
		v.who.May(people.RequestEdit, people.Object{Owner: parties.Owner}, v.now) == nil}
	for _, one := range a.Suspensions {
		_, err := a.Lift(*v.who, parties, one.Side, v.now)
		d.flags = append(d.flags, flagShown{one, v.unable(err)})
	}
	for _, side := range agreement.SidesOf(*v.who, people.AgreementSuspend, parties) {
		held := func(f agreement.Suspension) bool { return f.Side == side && f.Holds(v.now) }
		if !slices.ContainsFunc(a.Suspensions, held) {
			d.sides = append(d.sides, side)
		}
	}
	if len(d.sides) == 0 {
		d.suspendWhy = v.unable(v.who.May(people.AgreementSuspend, parties, v.now))
	}
	_, err = a.Terminate(*v.who, parties, "only to learn who may", v.now)
	d.ended = v.unable(err)
	return d
}

// unable is why somebody cannot do something, and who can; "" where the person can, after a confirmation at most.
func (v *view) unable(err error) string {
	if err == nil || codeOf(err) == fault.RightStepUp {
		return ""
	}
	f := fault.From(err)
	return f.Sentence(v.lang) + " " + f.Remedy(v.lang)
}

func (s *Surface) suspend(w http.ResponseWriter, r *http.Request, v *view) error {
	in := agreementDesk{side: r.PostForm.Get("side"), cause: r.PostForm.Get("cause"),
		facts: plainText(r.PostForm.Get("facts")), until: r.PostForm.Get("until")}
	var until time.Time
	if in.until != "" {
		end, err := civil.ParseEnd(in.until)
		if err != nil {
			end = v.now // refused as over
		}
		until = end.UTC()
	}
	return s.flagging(w, r, v, in, "facts", func(id mconnect.AgreementID) error {
		_, err := s.cfg.Flags.Suspend(r.Context(), *v.who, id, agreement.Suspension{Side: agreement.Side(in.side),
			Cause: agreement.Cause(in.cause), Facts: in.facts, Until: until})
		return err
	})
}

func (s *Surface) lift(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.flagging(w, r, v, agreementDesk{}, "flags", func(id mconnect.AgreementID) error {
		_, err := s.cfg.Flags.Lift(r.Context(), *v.who, id, agreement.Side(r.PostForm.Get("side")), "")
		return err
	})
}

func (s *Surface) endAgreement(w http.ResponseWriter, r *http.Request, v *view) error {
	in := agreementDesk{reason: plainText(r.PostForm.Get("reason"))}
	return s.flagging(w, r, v, in, "reason", func(id mconnect.AgreementID) error {
		_, err := s.cfg.Flags.Terminate(r.Context(), *v.who, id, in.reason)
		return err
	})
}

// flagging does what a form asks and leads back to the page, or shows there what is wrong: at a field, or at one where
// the fault names none.
func (s *Surface) flagging(w http.ResponseWriter, r *http.Request, v *view, in agreementDesk, field string,
	do func(mconnect.AgreementID) error) error {
	id, err := mconnect.ParseAgreementID(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.PathUnknown)
	}
	if err = do(id); err == nil {
		http.Redirect(w, r, "/agreements/"+string(id)+"#flags", http.StatusSeeOther)
		return nil
	}
	f := fault.From(err)
	if f.Code == fault.ResourceUnknown {
		return fault.New(fault.PathUnknown)
	}
	status, here := answerable(f)
	d := s.deskOf(v, id)
	a, ok := s.cfg.Agreements.Get(id)
	if !here || !ok || d == nil {
		return err
	}
	d.side, d.cause, d.facts, d.until, d.reason = in.side, in.cause, in.facts, in.until, in.reason
	d.wrong = v.wrongs(f, field)
	return s.render(w, r, v, status, agreementPage(v, s.contract(a, map[string]mconnect.Text{}), d))
}

// changeKinds are the requests that change an agreement, as the buttons on its page name them.
var changeKinds = []struct {
	kind  access.Kind
	label mconnect.Text
}{{access.Amendment, text.ChangeAmend}, {access.Renewal, text.ChangeRenew}, {access.Narrowing, text.ChangeNarrow}}
