package agreement_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
)

func TestValidate_Agreement(t *testing.T) {
	long := strings.Repeat("ă", 5000)
	for name, c := range map[string]struct {
		spoil func(*agreement.Agreement)
		want  []string
	}{
		"good":           {func(*agreement.Agreement) {}, nil},
		"no id":          {func(a *agreement.Agreement) { a.ID = "" }, []string{"/id input.missing"}},
		"a malformed id": {func(a *agreement.Agreement) { a.ID = "A b" }, []string{"/id input.format"}},
		"no consumer":    {func(a *agreement.Agreement) { a.Consumer = "aa" }, []string{"/consumer input.format"}},
		"no service":     {func(a *agreement.Agreement) { a.Service = "get" }, []string{"/service input.format"}},
		"no version":     {func(a *agreement.Agreement) { a.Version = mconnect.Version{} }, []string{"/version input.missing"}},
		"unknown status": {func(a *agreement.Agreement) { a.Status = "valid" }, []string{"/status input.enum"}},
		"unknown rules":  {func(a *agreement.Agreement) { a.CallerRules = "lax" }, []string{"/caller_rules input.enum"}},
		"a long note":    {func(a *agreement.Agreement) { a.Note = long }, []string{"/note input.length"}},
		"ends before it begins": {func(a *agreement.Agreement) {
			a.Validity = mconnect.Period{From: time.Unix(10, 0), To: time.Unix(10, 0)}
		}, []string{"/validity/to input.range"}},
		"negative quota": {func(a *agreement.Agreement) { a.Quota = agreement.Quota{PerDay: -1, PerSecond: -1, Burst: -1} },
			[]string{"/quota/per_day input.range", "/quota/per_second input.range", "/quota/burst input.range"}},
		"no purpose":        {func(a *agreement.Agreement) { a.Purposes = nil }, []string{"/purposes input.missing"}},
		"too many purposes": {func(a *agreement.Agreement) { a.Purposes = slices.Repeat(a.Purposes, 51) }, nil},
		"the same code": {func(a *agreement.Agreement) { a.Purposes = slices.Repeat(a.Purposes, 2) },
			[]string{"/purposes/1/code resource.duplicate"}},
		"no title": {func(a *agreement.Agreement) { a.Purposes[0].Title = mconnect.Text{EN: "x"} },
			[]string{"/purposes/0/title/ro input.missing"}},
		"no act": {func(a *agreement.Agreement) { a.Purposes[0].LegalBasis = agreement.LegalBasis{} },
			[]string{"/purposes/0/legal_basis/act input.missing", "/purposes/0/legal_basis/article input.missing"}},
		"nothing accepted": {func(a *agreement.Agreement) { a.Purposes[0].Accepts = nil }, []string{"/purposes/0/accepts input.missing"}},
		"accepted twice": {func(a *agreement.Agreement) { a.Purposes[0].Accepts = []string{"Șosea 1", "ŞOSEA  1"} },
			[]string{"/purposes/0/accepts/1 resource.duplicate"}},
		"accepted, but too long to be said": {func(a *agreement.Agreement) { a.Purposes[0].Accepts = []string{strings.Repeat("x", 257)} },
			[]string{"/purposes/0/accepts/0 input.length"}},
		"a broken pattern": {func(a *agreement.Agreement) {
			a.Purposes[0].Reason = agreement.Reason{Pattern: "(", Form: mconnect.Text{RO: "formă"}}
		}, []string{"/purposes/0/reason/pattern input.format"}},
		"a pattern nobody explains": {func(a *agreement.Agreement) { a.Purposes[0].Reason = agreement.Reason{Pattern: "x"} },
			[]string{"/purposes/0/reason/form/ro input.missing"}},
		"an example against the pattern": {func(a *agreement.Agreement) {
			a.Purposes[0].Reason = agreement.Reason{Pattern: "[0-9]+", Form: mconnect.Text{RO: "formă"}, Example: "1x"}
		}, []string{"/purposes/0/reason/example input.pattern"}},
		"a long pattern": {func(a *agreement.Agreement) {
			a.Purposes[0].Reason = agreement.Reason{Pattern: long, Form: mconnect.Text{RO: "formă"}}
		}, []string{"/purposes/0/reason/pattern input.length"}},
		"nothing granted": {func(a *agreement.Agreement) { a.Purposes[0].Fields = nil }, []string{"/purposes/0/fields input.missing"}},
		"malformed paths": {func(a *agreement.Agreement) { a.Purposes[0].Fields = []string{"A..B", "", "A.*", "9", "A_1.b"} },
			[]string{"/purposes/0/fields/0 input.format", "/purposes/0/fields/1 input.format", "/purposes/0/fields/2 input.format", "/purposes/0/fields/3 input.format"}},
		"granted twice": {func(a *agreement.Agreement) { a.Purposes[0].Fields = []string{"A", "A"} },
			[]string{"/purposes/0/fields/1 resource.duplicate"}},
	} {
		a := sample("a1", "aa.bb", "GetX")
		c.spoil(&a)
		var got []string
		for _, f := range a.Validate() {
			got = append(got, f.Path+" "+string(f.Code))
		}
		if name == "too many purposes" {
			if !slices.Contains(got, "/purposes input.length") {
				t.Errorf("%s: %v", name, got)
			}
			continue
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		_, err := agreement.Compile(a)
		var e *fault.Error
		if (err != nil) != (len(c.want) > 0) || (err != nil && (!errors.As(err, &e) || e.Code != fault.ResourceInvalid)) {
			t.Errorf("%s: Compile says %v", name, err)
		}
	}
}

func TestCovers_Paths(t *testing.T) {
	for _, c := range []struct {
		granted, path string
		want          bool
	}{
		{"*", "A", true}, {"A", "A", true}, {"A", "A.B", true}, {"A", "A.B.C", true},
		{"A.B", "A", false}, {"A", "AB", false}, {"A.B", "A.BC", false}, {"A", "*", false},
	} {
		if got := agreement.Covers(c.granted, c.path); got != c.want {
			t.Errorf("%s covers %s: %v", c.granted, c.path, got)
		}
	}
}

// Decide must stand candidates that were never validated: it refuses, and does not panic.
func TestDecide_RefusesWhatWasNeverCompiled(t *testing.T) {
	req := agreement.Request{
		Consumer: agreement.Consumer{System: "aa.bb", SystemActive: true, ParticipantActive: true, MayConsume: true},
		Service:  agreement.Service{Name: "GetX", Version: mconnect.Version{Major: 1}, ProviderActive: true},
	}
	a := sample("a1", "aa.bb", "GetX")
	for name, c := range map[string]agreement.Candidate{
		"nothing": {}, "not compiled": {Compiled: &agreement.Compiled{ID: a.ID, Consumer: a.Consumer}},
	} {
		if v := agreement.Decide([]agreement.Candidate{c}, req, time.Unix(0, 0)); v.Allowed || v.Fault == nil {
			t.Errorf("%s: allowed", name)
		}
	}
}

func TestCheckNames_HaveTitles(t *testing.T) {
	for _, name := range agreement.CheckNames() {
		for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
			if fault.CheckTitle(name, lang) == name {
				t.Errorf("%s has no title in %s", name, lang)
			}
		}
	}
}
