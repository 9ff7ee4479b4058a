package app_test

import (
	"bytes"
	"slices"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/domain/journal"
	"mconnect/internal/surface/admin"
	"mconnect/test/must"
	"mconnect/verify"
)

// foundOf is must for a page of a search.
func foundOf(t *testing.T) func(page []admin.Found, next int64, err error) []admin.Found {
	t.Helper()
	return func(page []admin.Found, _ int64, err error) []admin.Found {
		t.Helper()
		return must.Get(page, err)(t)
	}
}

// TestSearch_IsNeverCut finds more rows than the index gives at once when more are wanted.
func TestSearch_IsNeverCut(t *testing.T) { onEach(t, searchIsNeverCut) }

func searchIsNeverCut(t *testing.T, w *testPlatform) {
	i := must.Get(app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))(t)
	defer func() { _ = i.Close() }()
	many := make([]journal.Record, 1500)
	for n := range many {
		many[n] = journal.Record{Kind: journal.Reading, Actor: "tester", Reading: &journal.ReadingNote{Query: "x", Count: n}}
	}
	must.OK(t, i.Journal.RecordAll(t.Context(), many))
	must.OK(t, i.CatchUp(t.Context()))
	for limit, want := range map[int]int{7: 7, 1000: 1000, 1001: 1001, 1400: 1400, 9000: 1500} {
		found := foundOf(t)(i.Records().Search(t.Context(), admin.Query{Limit: limit}))
		if len(found) != want {
			t.Errorf("limit %d gave %d rows, want %d", limit, len(found), want)
		}
		for n := range found[1:] {
			if found[n+1].Index >= found[n].Index {
				t.Fatalf("row %d is not older than the one before", n+1)
			}
		}
	}
	for _, q := range []admin.Query{{System: "Bad_ID"}, {System: "hall"}, {Participant: "Bad ID"}} {
		q.Limit = 5
		if _, _, err := i.Records().Search(t.Context(), q); fault.From(err).Code != fault.QueryInvalid {
			t.Errorf("%+v: %v", q, err)
		}
		if _, _, err := i.Reports().Report(t.Context(), admin.ReportQuery{System: q.System, Limit: 5}, mconnect.English); q.System != "" && fault.From(err).Code != fault.QueryInvalid {
			t.Errorf("report of %q: %v", q.System, err)
		}
	}
	for _, mistyped := range []string{"2999000006394", "299900000639", "x"} {
		if _, _, err := i.Records().Search(t.Context(), admin.Query{Subject: mistyped, Limit: 5}); fault.From(err).Code != fault.QueryInvalid {
			t.Errorf("%s: %v", mistyped, err)
		}
	}
}

// TestSearch_ByOfficialAndReason finds what stands in the records only, delivers the records when asked, and says where
// to go on.
func TestSearch_ByOfficialAndReason(t *testing.T) {
	onEach(t, func(t *testing.T, w *testPlatform) {
		i := opened(t, w)
		ctx := t.Context()
		record := func(r journal.Record) int64 { return must.Get(i.Journal.Record(ctx, r))(t).Index }
		first := record(journal.Record{Kind: journal.Intent, Call: "c1", System: "hall.app", Consumer: "hall", Subject: "2999000006393",
			Context: mconnect.LegalContext{User: "2999900000262", Reason: "Dosar DOS-0001"}})
		ended := record(journal.Record{Kind: journal.Outcome, Call: "c1"})
		second := record(journal.Record{Kind: journal.Refusal, Call: "c2", System: "hall.app", Consumer: "hall", Code: "purpose.reason",
			Context: mconnect.LegalContext{User: "2999900000279", Reason: "curios"}})
		for name, c := range map[string]struct {
			q    admin.Query
			want []int64
		}{
			"an official":           {admin.Query{Official: "2999900000279"}, []int64{second}},
			"a part of the reason":  {admin.Query{CallReason: "dos-0001"}, []int64{first}},
			"both, of one call":     {admin.Query{Official: "2999900000262", CallReason: "DOSAR"}, []int64{first}},
			"both, of two calls":    {admin.Query{Official: "2999900000262", CallReason: "curios"}, nil},
			"official and person":   {admin.Query{Official: "2999900000262", Subject: "2999000006393"}, []int64{first}},
			"official of no person": {admin.Query{Official: "2999900000279", Subject: "2999000006393"}, nil},
		} {
			c.q.Limit = 10
			page, next, err := i.Records().Search(ctx, c.q)
			var got []int64
			for _, one := range page {
				got = append(got, one.Index)
			}
			if err != nil || next != 0 || !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, next %d, %v; want %v", name, got, next, err, c.want)
			}
		}
		page, next, err := i.Records().Search(ctx, admin.Query{Official: "2999900000262", Whole: true, Limit: 1})
		if err != nil || len(page) != 1 || next != first || page[0].Outcome == nil || *page[0].Outcome != ended {
			t.Fatalf("%+v, next %d, %v", page, next, err)
		}
		intent, outcome := must.Get(journal.Decode(page[0].Record))(t), must.Get(journal.Decode(page[0].OutcomeRecord))(t)
		if intent.Kind != journal.Intent || outcome.Kind != journal.Outcome || outcome.Call != "c1" {
			t.Errorf("%+v, %+v", intent, outcome)
		}
		if page, next, err := i.Records().Search(ctx, admin.Query{Official: "2999900000262", Limit: 1, Before: next}); err != nil || len(page) != 0 || next != 0 {
			t.Errorf("the page after: %+v, next %d, %v", page, next, err)
		}
		readBack(t, i, second+1)
	})
}

// readBack reads every period of a journal of size records, and its export.
func readBack(t *testing.T, i *app.Installation, size int64) {
	ctx := t.Context()
	if n := must.Get(i.Records().Size(ctx))(t); n != size {
		t.Errorf("size %d; want %d", n, size)
	}
	for from := int64(0); from <= size; from++ {
		for to := from; to <= size; to++ {
			next := from
			err := i.Records().Read(ctx, from, to, func(index int64, canonical []byte) error {
				if index != next {
					t.Errorf("[%d, %d): record %d in the place of %d", from, to, index, next)
				}
				next++
				_, err := journal.Decode(canonical)
				return err
			})
			if err != nil || next != to {
				t.Errorf("[%d, %d): read to %d, %v", from, to, next, err)
			}
		}
	}
	if err := i.Records().Read(ctx, size, size+1, func(int64, []byte) error { return nil }); fault.From(err).Code != fault.RecordUnknown {
		t.Errorf("behind the end: %v", err)
	}
	var file bytes.Buffer
	must.OK(t, i.Records().Export(ctx, &file))
	export := must.Get(verify.OpenExport(&file))(t)
	if report, err := verify.Journal(ctx, export, export.Key(), verify.Options{}); err != nil || report.Records != size {
		t.Errorf("the export: %+v %v", report, err)
	}
}
