package manifest

import (
	"fmt"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// withPlan is a plan as a table: what is not unchanged, and what stays.
func withPlan(plan Plan) string {
	var lines []string
	for _, c := range plan {
		if c.Action != Unchanged || c.Stays != nil {
			line := c.Action + " " + c.Kind + " " + c.ID
			if c.Stays != nil {
				line += ": " + c.Stays.String()
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// TestPrune_RemovesWhatIsNotNamed: users go before what they use, with the reason in the journal; a second time there
// is nothing to do.
func TestPrune_RemovesWhatIsNotNamed(t *testing.T) { engines.Each(t, pruneRemovesWhatIsNotNamed) }

func pruneRemovesWhatIsNotNamed(t *testing.T) {
	o := newOffice(t)
	more := "kind: Participant\nid: school\nidno: \"" + idno(7) + "\"\nname: { ro: Școală }\nsector: public\nlevel: local\n" +
		"---\nkind: System\nid: school.app\nname: { ro: Aplicație }\nroles: [consumer]\n" +
		"---\nkind: Category\ncode: old-list\ntitle: { ro: Veche }\n"
	o.apply(t, whole()+"---\n"+more)
	order := Order{Actor: "tester", Reason: "decizia 12", Prune: true, DryRun: true}
	plan, err := o.Execute(t.Context(), order, load(t, whole()))
	want := "delete Category old-list\ndelete System school.app\ndelete Participant school"
	if err != nil || withPlan(plan) != want {
		t.Fatalf("plan\n%s\nwant\n%s\n%v", withPlan(plan), want, err)
	}
	if _, ok := o.Rooms.Registry.Participant("school"); !ok {
		t.Fatal("a dry run removed something")
	}
	order.DryRun = false
	before := o.records(t)
	must.Get(o.Execute(t.Context(), order, load(t, whole())))(t)
	if _, ok := o.Rooms.Registry.Participant("school"); ok {
		t.Fatal("the participant is still there")
	}
	if n := o.records(t) - before; n != 3 {
		t.Errorf("%d change records", n)
	}
	for _, r := range o.changes(t) {
		if r.Change.Action == Delete && r.Change.Reason != "decizia 12" {
			t.Errorf("%s %s was removed for %q", r.Change.Resource, r.Change.ID, r.Change.Reason)
		}
	}
	if plan, err = o.Execute(t.Context(), order, load(t, whole())); err != nil || withPlan(plan) != "" {
		t.Errorf("a second time: %s, %v", withPlan(plan), err)
	}
}

// TestPrune_KeepsEvidence: a terminated agreement stays, and so does all that it refers to.
func TestPrune_KeepsEvidence(t *testing.T) {
	o := newOffice(t)
	o.apply(t, strings.Replace(whole(), "id: hall-person", "id: hall-person\nstatus: terminated", 1))
	plan, err := o.Execute(t.Context(), Order{Actor: "tester", Prune: true}, load(t, participantYAML("other", 9)))
	must.OK(t, err)
	got := withPlan(plan)
	for _, want := range []string{
		"create Participant other", "unchanged Agreement hall-person: stays: it is terminated",
		"unchanged System hall.desk: stays: Agreement hall-person refers to it",
		"unchanged Participant hall: stays: System hall.desk refers to it",
		"unchanged Service GetPerson/1.0.0: stays: it is published; deprecate and retire it",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "delete Participant hall") {
		t.Error(got)
	}
}

// TestPrune_RefusesWhatTheSetRefersTo: a set that leaves out what it needs removes nothing.
func TestPrune_RefusesWhatTheSetRefersTo(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	records := o.records(t)
	only := load(t, deal) // the agreement refers to a system and a service that the set does not name
	_, err := o.Execute(t.Context(), Order{Actor: "tester", Prune: true}, only)
	f := fault.From(err)
	if f == nil || f.Code != fault.ResourceInvalid {
		t.Fatalf("error %v", err)
	}
	if !strings.Contains(describe(err), fmt.Sprintf("--prune %s map[by:%s hall-person id:hall.desk kind:System]", fault.ResourceInUse, Agreement)) {
		t.Error(describe(err))
	}
	if o.records(t) != records {
		t.Error("something was changed")
	}
}

// changes are the change records of the office's journal.
func (o *office) changes(t *testing.T) (all []journal.Entry) {
	t.Helper()
	batches := must.Get(o.log.Read(t.Context(), 0, 10_000))(t)
	for _, b := range batches {
		for _, raw := range b.Entries {
			if e, err := journal.Decode(raw.Data); err == nil && e.Change != nil {
				all = append(all, e)
			}
		}
	}
	return all
}
