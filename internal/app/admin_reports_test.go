package app_test

import (
	"slices"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/journal"
	"mconnect/internal/surface/admin"
	"mconnect/test/must"
)

// TestReport_ReadsAsOne: intent and outcome of a call are one line; official and reason are found in the records.
func TestReport_ReadsAsOne(t *testing.T) {
	onEach(t, func(t *testing.T, w *testPlatform) {
		i := opened(t, w)
		ctx := t.Context()
		record := func(r journal.Record) int64 {
			return must.Get(i.Journal.Record(ctx, r))(t).Index
		}
		first := record(journal.Record{
			Kind: journal.Intent, Call: "c1", System: "hall.app", Consumer: "hall", Service: "GetPerson", Subject: "2999000006393", Purpose: "ajutor",
			LegalBasis: "Legea exemplu, art. 1", Grant: []string{"IDNP", "LastName"}, Context: mconnect.LegalContext{User: "2999900000262", Reason: "Dosar DOS-0001"},
		})
		ended := record(journal.Record{Kind: journal.Outcome, Call: "c1"})
		second := record(journal.Record{
			Kind: journal.Refusal, Call: "c2", System: "hall.app", Consumer: "hall", Service: "GetPerson", Subject: "2999000002029", Code: "purpose.reason",
			Context: mconnect.LegalContext{User: "2999900000279", Reason: "curios"},
		})
		must.OK(t, i.CatchUp(ctx))
		for name, c := range map[string]struct {
			q    admin.ReportQuery
			want []int64
		}{
			"everything":        {admin.ReportQuery{}, []int64{second, first}},
			"a person":          {admin.ReportQuery{Subject: "2999000006393"}, []int64{first}},
			"an official":       {admin.ReportQuery{Official: "2999900000279"}, []int64{second}},
			"a part of reason":  {admin.ReportQuery{Reason: "dos-0001"}, []int64{first}},
			"a verdict":         {admin.ReportQuery{Verdict: "refused"}, []int64{second}},
			"another period":    {admin.ReportQuery{To: time.Now().Add(-time.Hour)}, nil},
			"nobody's official": {admin.ReportQuery{Official: "2999900000262", Verdict: "refused"}, nil},
		} {
			c.q.Limit = 10
			page, next, err := i.Reports().Report(ctx, c.q, mconnect.Romanian)
			var got []int64
			for _, one := range page {
				got = append(got, one.Index)
			}
			if err != nil || next != 0 || !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, next %d, %v; want %v", name, got, next, err, c.want)
			}
		}
		page, next, err := i.Reports().Report(ctx, admin.ReportQuery{Limit: 1}, mconnect.Romanian)
		if err != nil || len(page) != 1 || page[0].Verdict != "refused" || page[0].Code != "purpose.reason" || page[0].Name == "" {
			t.Fatalf("%+v, %v", page, err)
		}
		page, _, err = i.Reports().Report(ctx, admin.ReportQuery{Limit: 1, Before: next}, mconnect.Romanian)
		if err != nil || len(page) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		if one := page[0]; one.Index != first || one.Outcome == nil || *one.Outcome != ended || one.Ended == nil || one.Verdict != "answered" ||
			one.LegalBasis == "" || len(one.Fields) != 2 || one.Official != "2999900000262" {
			t.Errorf("%+v", one)
		}
	})
}
