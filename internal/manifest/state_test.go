package manifest

import (
	"strings"
	"testing"

	"mconnect/internal/domain/journal"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

// compared is what a check of the whole store finds.
func (o *office) compared(t *testing.T) (report verify.Report, found []journal.Difference, wrong error) {
	t.Helper()
	through, err := o.db.Revision(t.Context())
	must.OK(t, err)
	state := journal.NewState()
	source, err := journal.NewSourceWithKeys(o.log, o.keys)
	must.OK(t, err)
	report, wrong = verify.Journal(t.Context(), source, o.journal.Key(), verify.Options{Each: state.See})
	if found, err = state.Compare(t.Context(), o.db, through); err != nil {
		t.Fatal(err)
	}
	return report, found, wrong
}

// TestState_ManipulationsAreLocated: a party that writes the database of resources leaves a difference to the journal.
func TestState_ManipulationsAreLocated(t *testing.T) { engines.Each(t, manipulationsAreLocated) }

func manipulationsAreLocated(t *testing.T) {
	const row = `INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
		SELECT 8, kind, 'planted', 1, 0, doc, changed_by, changed_at, reason, proof FROM resource WHERE revision = 6`
	for name, c := range map[string]struct {
		sql  []string
		want string // of the first difference; "" for none
	}{
		"nothing":                      {nil, ""},
		"planted":                      {[]string{row, `UPDATE revision SET value = 8`}, "revision 8: Agreement planted: no change record"},
		"widened in place":             {[]string{`UPDATE resource SET doc = (SELECT doc FROM resource WHERE revision = 1) WHERE revision = 6`}, "revision 6: Agreement hall-person: the document"},
		"another name":                 {[]string{`UPDATE resource SET changed_by = 'nobody' WHERE revision = 3`}, `revision 3: System register.main: changed by "nobody"`},
		"another reason":               {[]string{`UPDATE resource SET reason = 'x' WHERE revision = 3`}, "revision 3: System register.main: the reason"},
		"the newest state removed":     {[]string{`DELETE FROM resource WHERE revision = 7`, `UPDATE resource SET newest = 1 WHERE revision = 4`, `UPDATE revision SET value = 6`}, "revision 7: "},
		"an older state acts again":    {[]string{`UPDATE resource SET newest = 1 - newest WHERE kind = 'System' AND id = 'hall.desk'`}, "marked as the newest although revision 7"},
		"a state taken out":            {[]string{`UPDATE resource SET newest = 0 WHERE revision = 6`}, "revision 6: Agreement hall-person: the newest state is not marked"},
		"deleted without a record":     {[]string{`UPDATE resource SET deleted = 1 WHERE revision = 6`}, "revision 6: Agreement hall-person: recorded as create"},
		"given to another resource":    {[]string{`UPDATE resource SET id = 'other' WHERE revision = 6`}, "revision 6: Agreement other: the change record of this revision is of Agreement hall-person"},
		"the counter of the revisions": {[]string{`UPDATE revision SET value = 5`}, "the counter of revisions"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.apply(t, whole())
			o.apply(t, strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "status: suspended\nroles:", 1))
			states, err := o.db.History(t.Context(), System, "hall.desk")
			if err != nil || len(states) != 2 {
				t.Fatal(states, err)
			}
			o.sqlInto(t, c.sql...)
			_, found, wrong := o.compared(t)
			if wrong != nil {
				t.Fatalf("the journal itself: %v", wrong)
			}
			said := ""
			for _, d := range found {
				said += d.String() + "\n"
			}
			if c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("found %q, want %q", said, c.want)
			}
		})
	}
}

func TestSource_DestroyedKeysNeedAnErasure(t *testing.T) {
	engines.Each(t, destroyedKeysNeedAnErasure)
}

func destroyedKeysNeedAnErasure(t *testing.T) {
	o := newOffice(t)
	for _, subject := range []string{"2999000006393", "2999000000001"} {
		must.Get(o.journal.Record(t.Context(), journal.Record{Kind: journal.Intent, Subject: subject}))(t)
	}
	must.Get(o.journal.Erase(t.Context(), "auditor", "2999000006393", "asked"))(t)
	if _, _, wrong := o.compared(t); wrong != nil {
		t.Fatalf("after a lawful erasure: %v", wrong)
	}
	must.OK(t, o.log.ReplaceAsides(t.Context(), []int64{1}, []byte{0}))
	for _, keys := range []bool{true, false} {
		source := journal.NewSource(o.log)
		if keys {
			source, _ = journal.NewSourceWithKeys(o.log, o.keys)
		}
		_, err := verify.Journal(t.Context(), source, o.journal.Key(), verify.Options{})
		p, ok := err.(*verify.Problem)
		if !ok || p.What != verify.ErasureUnknown || p.Index != 1 {
			t.Errorf("keys %t: %v", keys, err)
		}
	}
}
