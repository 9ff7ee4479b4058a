package app_test

import (
	"testing"

	"mconnect/fault"
	"mconnect/internal/admin"
	"mconnect/internal/app"
	"mconnect/internal/journal"
)

// TestSearchIsNeverCut finds more rows than the index gives at once when more are wanted.
func TestSearchIsNeverCut(t *testing.T) { onEach(t, searchIsNeverCut) }

func searchIsNeverCut(t *testing.T, w *world) {
	i := must[*app.Installation](t)(app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))
	defer func() { _ = i.Close() }()
	many := make([]journal.Record, 1500)
	for n := range many {
		many[n] = journal.Record{Kind: journal.Reading, Actor: "tester", Reading: &journal.ReadingNote{Query: "x", Count: n}}
	}
	if err := i.Journal.RecordAll(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	if err := i.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]int{7: 7, 1000: 1000, 1001: 1001, 1400: 1400, 9000: 1500} {
		found := must[[]admin.Found](t)(i.Records().Search(t.Context(), admin.Query{Limit: limit}))
		if len(found) != want {
			t.Errorf("limit %d gave %d rows, want %d", limit, len(found), want)
		}
		for n := range found[1:] {
			if found[n+1].Index >= found[n].Index {
				t.Fatalf("row %d is not older than the one before", n+1)
			}
		}
	}
	for _, mistyped := range []string{"2999000006394", "299900000639", "x"} {
		if _, err := i.Records().Search(t.Context(), admin.Query{Subject: mistyped, Limit: 5}); fault.From(err).Code != fault.QueryInvalid {
			t.Errorf("%s: %v", mistyped, err)
		}
	}
}
