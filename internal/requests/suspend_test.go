package requests_test

import (
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/internal/manifest"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// declared is an agreement of a manifest, in force.
const declared = `
kind: Agreement
id: hall-person
consumer: hall.desk
service: GetPerson
version: 1.0.0
purposes: [ { code: ajutor, title: { ro: Ajutor }, legal_basis: { act: Legea exemplu, article: art. 1 }, accepts: [Legea exemplu], fields: [LastName] } ]
`

func stopped(side agreement.Side) agreement.Suspension {
	return agreement.Suspension{Side: side, Cause: agreement.CauseTechnical, Facts: "sistemul nu răspunde la control"}
}

// standing is whether an agreement gives a right now, as the images say.
func standing(t *testing.T, rooms manifest.Images, id mconnect.AgreementID, at time.Time) bool {
	t.Helper()
	a, ok := rooms.Agreements.Get(id)
	if !ok {
		t.Fatal("no agreement ", id)
	}
	return a.InForce(at)
}

func codeOf(err error) fault.Code {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

// TestSuspend_HoldsForBothOrigins: an agreement of a request and one of a manifest are in force only while no side has
// its flag on them; each side lifts its own; the journal names the person; a manifest neither lifts nor invents a flag.
func TestSuspend_HoldsForBothOrigins(t *testing.T) { engines.Each(t, holdsForBothOrigins) }

func holdsForBothOrigins(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	ctx := t.Context()
	requested := o.inForce(c).Agreement
	o.apply(declared)
	head := o.person("p-manager", "hall", people.Manager)
	second := o.person("p-second", "", people.Approver)
	for _, id := range []mconnect.AgreementID{requested, "hall-person"} {
		if !standing(t, o.rooms, id, o.now()) {
			t.Fatalf("%s is not in force before", id)
		}
		for _, p := range []people.Principal{head, c.decider, c.approver} {
			must.Get(o.Suspend(ctx, p, id, stopped("")))(t)
			if standing(t, o.rooms, id, o.now()) {
				t.Errorf("%s: suspended by %s and in force", id, p.Person)
			}
		}
		_, err := o.Suspend(ctx, head, id, stopped(""))
		if codeOf(err) != fault.SuspensionExists {
			t.Errorf("%s twice: %v", id, err)
		}
		_, err = o.Lift(ctx, head, id, agreement.BySideOperator, "gata")
		if codeOf(err) != fault.SuspensionForeign {
			t.Errorf("%s: the consumer lifts the flag of the authority: %v", id, err)
		}
		_, err = o.Lift(ctx, c.approver, id, "", "gata")
		if codeOf(err) != fault.RightConflict {
			t.Errorf("%s: who set it lifts it: %v", id, err)
		}
		for i, p := range []people.Principal{second, head, c.decider} {
			must.Get(o.Lift(ctx, p, id, "", "cauza a dispărut"))(t)
			if now := standing(t, o.rooms, id, o.now()); now != (i == 2) {
				t.Errorf("%s: %d flags lifted, in force: %t", id, i+1, now)
			}
		}
	}
}

// TestSuspend_AManifestKeepsFlags: the same manifest again, one with another quota, a resume, and a removal with a new
// declaration all leave the flag; a manifest that states one is refused.
func TestSuspend_AManifestKeepsFlags(t *testing.T) { engines.Each(t, aManifestKeepsFlags) }

func aManifestKeepsFlags(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	o.apply(declared)
	must.Get(o.Suspend(t.Context(), c.decider, "hall-person", stopped("")))(t)
	execute := func(order manifest.Order, text string) (manifest.Plan, error) {
		order.Actor = "tester"
		return o.keeper.Execute(t.Context(), order, must.Get(manifest.Parse("country.yaml", []byte(text), nil))(t))
	}
	for name, one := range map[string]struct {
		order manifest.Order
		text  string
	}{
		"the same again": {manifest.Order{}, declared},
		"another quota":  {manifest.Order{}, strings.Replace(declared, "version:", "quota: { per_day: 7 }\nversion:", 1)},
		"a resume":       {manifest.Order{Resume: []string{"hall-person"}}, declared},
	} {
		if _, err := execute(one.order, one.text); err != nil || standing(t, o.rooms, "hall-person", o.now()) {
			t.Errorf("%s: %v, in force: %t", name, err, standing(t, o.rooms, "hall-person", o.now()))
		}
	}
	must.OK(t, o.keeper.Remove(t.Context(), manifest.Order{Actor: "tester"}, manifest.Agreement, "hall-person", manifest.BaseAny))
	o.apply(declared)
	if standing(t, o.rooms, "hall-person", o.now()) {
		t.Error("declared again after its removal it is in force")
	}
	invented := strings.Replace(declared, "hall-person", "hall-other", 1) +
		"suspensions: [ { side: law, cause: legal, facts: o cauză inventată, by: somebody, since: 2026-01-01T00:00:00Z } ]\n"
	if _, err := execute(manifest.Order{}, invented); codeOf(err) != fault.ResourceInvalid {
		t.Errorf("a manifest sets a flag: %v", err)
	}
	must.Get(o.Lift(t.Context(), c.decider, "hall-person", "", "cauza a dispărut"))(t)
	if !standing(t, o.rooms, "hall-person", o.now()) {
		t.Error("lifted and not in force")
	}
}

// TestSuspend_OnASecondNode: another process sees the flag without a restart, and two nodes that suspend at once keep
// both flags.
func TestSuspend_OnASecondNode(t *testing.T) { engines.Each(t, onASecondNode) }

func onASecondNode(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	o.apply(declared)
	other := o.second()
	must.Get(o.Suspend(t.Context(), c.decider, "hall-person", stopped("")))(t)
	must.Get(other.Suspend(t.Context(), c.approver, "hall-person", stopped("")))(t) // its images are older
	for name, node := range map[string]*office{"the first": o, "the second": other} {
		must.OK(t, node.keeper.Load(t.Context()))
		a, _ := node.rooms.Agreements.Get("hall-person")
		if len(a.Suspensions) != 2 || a.InForce(o.now()) {
			t.Errorf("%s: %+v", name, a.Suspensions)
		}
	}
	timed := stopped("")
	timed.Until = o.now().Add(time.Hour)
	o.apply(strings.Replace(declared, "hall-person", "hall-other", 1))
	must.Get(o.Suspend(t.Context(), c.decider, "hall-other", timed))(t)
	must.OK(t, other.keeper.Load(t.Context()))
	if standing(t, other.rooms, "hall-other", o.now()) || !standing(t, other.rooms, "hall-other", o.now().Add(time.Hour)) {
		t.Error("a flag with an end does not count until then only")
	}
}

// TestTerminate_NeedsTwoPersons, and what a person may not see is no agreement.
func TestTerminate_NeedsTwoPersons(t *testing.T) { engines.Each(t, terminateNeedsTwo) }

func terminateNeedsTwo(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	o.apply(declared)
	outsider := o.person("p-other", "other", people.Signatory, people.Manager)
	for _, id := range []mconnect.AgreementID{"hall-person", "hall-none"} {
		if _, err := o.Suspend(t.Context(), outsider, id, stopped("")); codeOf(err) != fault.ResourceUnknown {
			t.Errorf("an outsider suspends %s: %v", id, err)
		}
	}
	const why = "instituția a fost reorganizată"
	a := must.Get(o.Terminate(t.Context(), c.approver, "hall-person", why))(t)
	if a.Ending == nil || a.Status == agreement.Terminated || !standing(t, o.rooms, "hall-person", o.now()) {
		t.Fatalf("one person ends it: %+v", a)
	}
	if _, err := o.Terminate(t.Context(), c.approver, "hall-person", why); codeOf(err) != fault.RightConflict {
		t.Errorf("the same person again: %v", err)
	}
	a = must.Get(o.Terminate(t.Context(), c.signatory, "hall-person", ""))(t)
	if a.Status != agreement.Terminated || standing(t, o.rooms, "hall-person", o.now()) {
		t.Errorf("after the second: %q", a.Status)
	}
	if _, err := o.Suspend(t.Context(), c.decider, "hall-person", stopped("")); codeOf(err) != fault.AgreementTerminated {
		t.Errorf("suspended after its end: %v", err)
	}
}
