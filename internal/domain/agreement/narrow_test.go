package agreement_test

import (
	"slices"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/agreement"
)

// TestAgreement_NarrowedNeverGrantsMore: each part that can be cut, and each way to ask for more.
func TestAgreement_NarrowedNeverGrantsMore(t *testing.T) {
	day := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	base := func() agreement.Agreement {
		return agreement.Agreement{ID: "a-1", Consumer: "hall.desk", Service: "GetPerson", Version: mconnect.Version{Major: 1},
			CallerRules: agreement.Strict, Quota: agreement.Quota{PerDay: 1000, PerSecond: 5, Burst: 9},
			Validity: mconnect.Period{From: day(2026), To: day(2030)},
			Purposes: []agreement.Purpose{
				{Code: "aid", Fields: []string{"LastName", "Address"}, Accepts: []string{"Legea 1"},
					Reason: agreement.Reason{Pattern: "AS-[0-9]+"}, Validity: mconnect.Period{From: day(2026), To: day(2030)}},
				{Code: "heat", Fields: []string{"*"}, Accepts: []string{"Legea 2"}},
			}}
	}
	for name, c := range map[string]struct {
		change func(a *agreement.Agreement)
		beyond []agreement.Beyond
		holds  func(cut agreement.Agreement) bool
	}{
		"nothing": {change: func(*agreement.Agreement) {}, holds: func(cut agreement.Agreement) bool { return len(cut.Purposes) == 2 }},
		"a field less": {change: func(a *agreement.Agreement) { a.Purposes[0].Fields = []string{"LastName"} },
			holds: func(cut agreement.Agreement) bool { return slices.Equal(cut.Purposes[0].Fields, []string{"LastName"}) }},
		"a part of a field": {change: func(a *agreement.Agreement) { a.Purposes[0].Fields = []string{"Address.Street"} },
			holds: func(cut agreement.Agreement) bool { return cut.Purposes[0].Fields[0] == "Address.Street" }},
		"a field of all": {change: func(a *agreement.Agreement) { a.Purposes[1].Fields = []string{"FirstName"} },
			holds: func(cut agreement.Agreement) bool { return cut.Purposes[1].Fields[0] == "FirstName" }},
		"a purpose less": {change: func(a *agreement.Agreement) { a.Purposes = a.Purposes[1:] },
			holds: func(cut agreement.Agreement) bool { return len(cut.Purposes) == 1 && cut.Purposes[0].Code == "heat" }},
		"an earlier end": {change: func(a *agreement.Agreement) {
			a.Purposes = a.Purposes[:1]
			a.Purposes[0].Validity.To = day(2027)
		}, holds: func(cut agreement.Agreement) bool {
			return cut.Validity.To.Equal(day(2027)) && cut.Purposes[0].Validity.To.Equal(day(2027))
		}},
		"fewer calls": {change: func(a *agreement.Agreement) { a.Quota = agreement.Quota{PerDay: 100, PerSecond: 1} },
			holds: func(cut agreement.Agreement) bool { return cut.Quota == agreement.Quota{PerDay: 100, PerSecond: 1} }},
		"no quota said": {change: func(a *agreement.Agreement) { a.Quota = agreement.Quota{} },
			holds: func(cut agreement.Agreement) bool { return cut.Quota.PerDay == 1000 && cut.Quota.Burst == 9 }},
		"a faster rate is not taken over": {change: func(a *agreement.Agreement) { a.Quota.PerSecond = 100 },
			holds: func(cut agreement.Agreement) bool { return cut.Quota.PerSecond == 5 }},
		"looser rules are not taken over": {change: func(a *agreement.Agreement) {
			a.CallerRules, a.Purposes[0].Reason, a.Purposes[0].Accepts = agreement.Tolerant, agreement.Reason{}, []string{"Alta"}
		}, holds: func(cut agreement.Agreement) bool {
			return cut.CallerRules == agreement.Strict && cut.Purposes[0].Reason.Pattern == "AS-[0-9]+" && cut.Purposes[0].Accepts[0] == "Legea 1"
		}},
		"a field more": {change: func(a *agreement.Agreement) { a.Purposes[0].Fields = []string{"LastName", "FirstName"} },
			beyond: []agreement.Beyond{{Purpose: 0, What: "fields", Asked: "FirstName"}}},
		"all of a field's parent": {change: func(a *agreement.Agreement) { a.Purposes[0].Fields = []string{"*"} },
			beyond: []agreement.Beyond{{Purpose: 0, What: "fields", Asked: "*"}}},
		"a purpose more": {change: func(a *agreement.Agreement) { a.Purposes[1].Code = "tax" },
			beyond: []agreement.Beyond{{Purpose: 1, What: "code", Asked: "tax"}}},
		"a later end": {change: func(a *agreement.Agreement) { a.Purposes[0].Validity.To = day(2031) },
			beyond: []agreement.Beyond{{Purpose: 0, What: "until", Asked: "2031-01-01"}}},
		"more calls": {change: func(a *agreement.Agreement) { a.Quota.PerDay = 1001 }, beyond: []agreement.Beyond{{Purpose: -1, What: "quota"}}},
		"another service": {change: func(a *agreement.Agreement) { a.Service = "GetDebts" },
			beyond: []agreement.Beyond{{Purpose: -1, What: "service", Asked: "GetDebts/1.0.0"}}},
		"another system": {change: func(a *agreement.Agreement) { a.Consumer = "hall.other" },
			beyond: []agreement.Beyond{{Purpose: -1, What: "service", Asked: "GetPerson/1.0.0"}}},
	} {
		change := base()
		c.change(&change)
		cut, beyond := base().Narrowed(change)
		if !slices.Equal(beyond, c.beyond) {
			t.Errorf("%s: beyond %+v", name, beyond)
		}
		if c.holds != nil && !c.holds(cut) {
			t.Errorf("%s: %+v", name, cut)
		}
	}
}
