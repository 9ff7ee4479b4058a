package agreement_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/test/must"
)

const birthDeal = `
id: hall.births
consumer: hall.desk
event: ASP.RSC.Birth.Registered
version: 1.1.0
validity: { from: 2026-01-01T00:00:00Z, to: 2027-01-01T00:00:00Z }
purposes:
  - code: ajutor-social
    title: { ro: "Indemnizație" }
    legal_basis: { act: "Legea nr. 0/0000 (exemplu)", article: "art. 1" }
    fields: [ChildIDNP, Parents.IDNP]
    validity: { to: 2026-06-01T00:00:00Z }
  - code: evidenta
    title: { ro: "Evidența locuitorilor" }
    legal_basis: { act: "Legea nr. 0/0000 (exemplu)", article: "art. 2" }
    fields: ["*"]
account:
  basis: "Legea nr. 0/0000"
  reason: $.EventReason
  subject: $.ChildIDNP
  sources:
    - { source: "urn:asp:rsc:cahul", reason: "Cahul" }
    - { source: "urn:asp:*", entity: "1999900000014", reason: "ASP" }
`

func dealOf(t testing.TB, text string) agreement.Agreement {
	t.Helper()
	var a agreement.Agreement
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	must.OK(t, d.Decode(&a))
	return a
}

func dealt(t testing.TB, change func(*agreement.Agreement)) *agreement.Compiled {
	t.Helper()
	a := dealOf(t, birthDeal)
	if change != nil {
		change(&a)
	}
	c, err := agreement.Compile(a)
	if err != nil {
		t.Fatal(fault.From(err).Fields)
	}
	return c
}

var (
	desk = agreement.Consumer{System: "hall.desk", Owner: "1999900000069", SystemActive: true, ParticipantActive: true, MayConsume: true}
	born = agreement.EventStanding{Type: "ASP.RSC.Birth.Registered", Version: mconnect.Version{Major: 1, Minor: 2}, Personal: true, Live: true}
	may  = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
)

// TestEntitle_Verdicts lists for each refusal the check that failed; all before it passed, none behind it was reached.
func TestEntitle_Verdicts(t *testing.T) {
	type facts struct {
		consumer agreement.Consumer
		event    agreement.EventStanding
		deals    []*agreement.Compiled
		at       time.Time
	}
	for name, c := range map[string]struct {
		change func(*facts)
		failed string
		code   fault.Code
	}{
		"allowed":            {func(*facts) {}, "", ""},
		"a suspended system": {func(f *facts) { f.consumer.SystemActive = false }, "system.active", fault.SystemSuspended},
		"a suspended owner":  {func(f *facts) { f.consumer.ParticipantActive = false }, "participant.active", fault.ParticipantSuspended},
		"no consumer":        {func(f *facts) { f.consumer.MayConsume = false }, "system.role", fault.SystemNotConsumer},
		"a draft":            {func(f *facts) { f.event.Live = false }, "event.published", fault.EventTypeUnknown},
		"a retired type":     {func(f *facts) { f.event.Live, f.event.Retired = false, true }, "event.published", fault.EventTypeRetired},
		"no agreement":       {func(f *facts) { f.deals = nil }, "agreement.exists", fault.EventNoEntitlement},
		"somebody else's":    {func(f *facts) { f.consumer.System = "hall.other" }, "agreement.exists", fault.EventNoEntitlement},
		"for another type":   {func(f *facts) { f.event.Type = "ASP.RSC.Death.Registered" }, "agreement.exists", fault.EventNoEntitlement},
		"suspended": {func(f *facts) {
			f.deals = []*agreement.Compiled{dealt(t, func(a *agreement.Agreement) { a.Status = agreement.Suspended })}
		}, "agreement.status", fault.AgreementSuspended},
		"terminated": {func(f *facts) {
			f.deals = []*agreement.Compiled{dealt(t, func(a *agreement.Agreement) { a.Status = agreement.Terminated })}
		}, "agreement.status", fault.AgreementTerminated},
		"too early":        {func(f *facts) { f.at = may.AddDate(-1, 0, 0) }, "agreement.period", fault.AgreementNotYet},
		"too late":         {func(f *facts) { f.at = may.AddDate(1, 0, 0) }, "agreement.period", fault.AgreementExpired},
		"an older version": {func(f *facts) { f.event.Version.Minor = 0 }, "agreement.version", fault.AgreementVersion},
		"another MAJOR":    {func(f *facts) { f.event.Version = mconnect.Version{Major: 2} }, "agreement.version", fault.AgreementVersion},
		"no version agreed": {func(f *facts) {
			f.event.Version = mconnect.Version{Major: 7}
			f.deals = []*agreement.Compiled{dealt(t, func(a *agreement.Agreement) { a.Version = mconnect.Version{} })}
		}, "", ""},
		"no purpose now": {func(f *facts) {
			f.deals = []*agreement.Compiled{dealt(t, func(a *agreement.Agreement) { a.Purposes = a.Purposes[:1] })}
			f.at = may.AddDate(0, 2, 0)
		}, "purpose.period", fault.PurposeExpired},
		"no account": {func(f *facts) {
			f.deals = []*agreement.Compiled{dealt(t, func(a *agreement.Agreement) { a.Account = nil })}
		}, "account.complete", fault.AgreementAccount},
		"no account needed": {func(f *facts) {
			f.event.Personal = false
			f.deals = []*agreement.Compiled{dealt(t, func(a *agreement.Agreement) { a.Account = nil })}
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts{desk, born, []*agreement.Compiled{nil, dealt(t, nil)}, may}
			c.change(&f)
			e := agreement.Entitle(f.deals, f.consumer, f.event, f.at)
			checkVerdict(t, e, c.failed, c.code)
		})
	}
}

func checkVerdict(t *testing.T, e agreement.Entitlement, failed string, code fault.Code) {
	t.Helper()
	if e.Allowed != (failed == "") || (e.By != nil) != e.Allowed || (e.Fault == nil) != e.Allowed {
		t.Fatalf("allowed %t by %v, fault %v", e.Allowed, e.By, e.Fault)
	}
	if !e.Allowed && e.Fault.Code != code {
		t.Errorf("refused with %s, want %s", e.Fault.Code, code)
	}
	names, before := agreement.EventCheckNames(), true
	if len(e.Checks) != len(names) {
		t.Fatalf("%d checks of %d", len(e.Checks), len(names))
	}
	for i, check := range e.Checks {
		want := fault.Passed
		switch {
		case check.Name == failed:
			before, want = false, fault.Failed
		case !before, check.Name == "account.complete" && e.Allowed && check.Result == fault.NotReached:
			want = fault.NotReached
		}
		if check.Name != names[i] || check.Result != want {
			t.Errorf("%s is %s, want %s", check.Name, check.Result, want)
		}
		for _, lang := range []mconnect.Lang{"ro", "en", "ru"} {
			if fault.CheckTitle(check.Name, lang) == check.Name || (check.Result == fault.Failed && check.Sentence(lang) == "") {
				t.Errorf("%s says nothing in %s", check.Name, lang)
			}
		}
	}
}

// TestEntitle_FirstPurposeInForceCounts, and with it what is granted.
func TestEntitle_FirstPurposeInForceCounts(t *testing.T) {
	deals := []*agreement.Compiled{dealt(t, nil)}
	e := agreement.Entitle(deals, desk, born, may)
	if e.Purpose.Code != "ajutor-social" || !slices.Equal(e.Grant, []string{"ChildIDNP", "Parents.IDNP"}) || e.Agreement != "hall.births" {
		t.Errorf("%+v", e.Verdict)
	}
	if want := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC); !e.Until.Equal(want) {
		t.Errorf("holds until %s, want %s", e.Until, want)
	}
	e = agreement.Entitle(deals, desk, born, e.Until)
	if e.Purpose.Code != "evidenta" || !slices.Equal(e.Grant, []string{"*"}) || e.Until.Year() != 2027 {
		t.Errorf("%+v until %s", e.Verdict, e.Until)
	}
	if e = agreement.Entitle(deals, desk, born, e.Until); e.Allowed || !e.Until.IsZero() {
		t.Errorf("after the end: %+v until %s", e.Verdict, e.Until)
	}
}

func TestEntitle_AnotherAgreementMayAllow(t *testing.T) {
	first := dealt(t, func(a *agreement.Agreement) { a.Status = agreement.Terminated })
	second := dealt(t, func(a *agreement.Agreement) { a.ID = "hall.births.2"; a.Validity = mconnect.Period{} })
	if e := agreement.Entitle([]*agreement.Compiled{first, second}, desk, born, may.AddDate(3, 0, 0)); !e.Allowed || e.Agreement != "hall.births.2" {
		t.Errorf("%+v", e.Verdict)
	}
	third := dealt(t, nil)
	if e := agreement.Entitle([]*agreement.Compiled{first, third}, desk, born, may.AddDate(3, 0, 0)); e.Allowed || e.Fault.Code != fault.AgreementExpired {
		t.Errorf("the one that came furthest explains: %v", e.Fault)
	}
}

// TestEntitle_UntilHolds: between now and Until the verdict does not change; at Until it may.
func TestEntitle_UntilHolds(t *testing.T) {
	day := rapid.IntRange(0, 40)
	period := rapid.Custom(func(t *rapid.T) mconnect.Period {
		var p mconnect.Period
		from, to := day.Draw(t, "from"), day.Draw(t, "to")
		if from > 0 {
			p.From = may.AddDate(0, 0, from)
		}
		if to > from {
			p.To = may.AddDate(0, 0, to)
		}
		return p
	})
	rapid.Check(t, func(rt *rapid.T) {
		var deals []*agreement.Compiled
		for i := range rapid.IntRange(0, 3).Draw(rt, "deals") {
			deals = append(deals, dealt(t, func(a *agreement.Agreement) {
				a.ID, a.Validity = mconnect.AgreementID(fmt.Sprintf("deal.%d", i)), period.Draw(rt, "validity")
				for j := range a.Purposes {
					a.Purposes[j].Validity = period.Draw(rt, "purpose")
				}
			}))
		}
		at := may.AddDate(0, 0, day.Draw(rt, "at"))
		now := agreement.Entitle(deals, desk, born, at)
		for d := range 45 {
			then := may.AddDate(0, 0, d)
			if then.Before(at) || (!now.Until.IsZero() && !then.Before(now.Until)) {
				continue
			}
			later := agreement.Entitle(deals, desk, born, then)
			if later.Allowed != now.Allowed || later.Agreement != now.Agreement || (now.Purpose != nil && later.Purpose.Code != now.Purpose.Code) {
				rt.Fatalf("on %s %v %s, on %s %v %s; until %s", at, now.Allowed, now.Agreement, then, later.Allowed, later.Agreement, now.Until)
			}
		}
	})
}

func TestValidate_ForEvents(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*agreement.Agreement)
		want  []string
	}{
		"good":               {func(*agreement.Agreement) {}, nil},
		"both":               {func(a *agreement.Agreement) { a.Service = "GetPerson" }, []string{"/service input.unknownField"}},
		"neither":            {func(a *agreement.Agreement) { a.Event, a.Purposes, a.Account = "", nil, nil }, []string{"/service input.missing", "/purposes input.missing"}},
		"malformed":          {func(a *agreement.Agreement) { a.Event = "Birth" }, []string{"/event input.format"}},
		"rules of a call":    {func(a *agreement.Agreement) { a.CallerRules = agreement.Tolerant }, []string{"/caller_rules input.unknownField"}},
		"a quota":            {func(a *agreement.Agreement) { a.Quota.PerDay = 1 }, []string{"/quota input.unknownField"}},
		"accepts":            {func(a *agreement.Agreement) { a.Purposes[0].Accepts = []string{"x"} }, []string{"/purposes/0/accepts input.unknownField"}},
		"a reason":           {func(a *agreement.Agreement) { a.Purposes[1].Reason.Example = "x" }, []string{"/purposes/1/reason input.unknownField"}},
		"no fields":          {func(a *agreement.Agreement) { a.Purposes[0].Fields = nil }, []string{"/purposes/0/fields input.missing"}},
		"no basis":           {func(a *agreement.Agreement) { a.Account.Basis = "" }, []string{"/account/sources/0/basis input.missing", "/account/sources/1/basis input.missing"}},
		"general alone":      {func(a *agreement.Agreement) { a.Account.Sources = nil }, nil},
		"nothing in general": {func(a *agreement.Agreement) { a.Account = &agreement.Account{} }, []string{"/account/basis input.missing", "/account/reason input.missing", "/account/subject input.missing"}},
		"an empty source":    {func(a *agreement.Agreement) { a.Account.Sources[0].Source = "" }, []string{"/account/sources/0/source input.missing"}},
		"no IDNO":            {func(a *agreement.Agreement) { a.Account.Entity = "123" }, []string{"/account/entity input.format"}},
		"an entity's path":   {func(a *agreement.Agreement) { a.Account.Entity = "$.Entity" }, nil},
		"a long value":       {func(a *agreement.Agreement) { a.Account.Reason = strings.Repeat("x", 501) }, []string{"/account/reason input.length"}},
		"many sources":       {func(a *agreement.Agreement) { a.Account.Sources = slices.Repeat(a.Account.Sources[:1], 101) }, []string{"/account/sources input.length"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := dealOf(t, birthDeal)
			c.spoil(&a)
			var got []string
			for _, f := range a.Validate() {
				got = append(got, f.Path+" "+string(f.Code))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	call := dealOf(t, birthDeal)
	call.Event, call.Service = "", "GetPerson"
	call.Purposes[0].Accepts, call.Purposes[1].Accepts = []string{"x"}, []string{"y"}
	if got := call.Validate(); len(got) != 1 || got[0].Path != "/account" {
		t.Errorf("calls are not accounted for by paths: %v", got)
	}
}

func TestEntitle_AccountFor(t *testing.T) {
	a := dealOf(t, birthDeal).Account
	for source, want := range map[string]agreement.AccountValues{
		"urn:asp:rsc:cahul": {Basis: "Legea nr. 0/0000", Reason: "Cahul", Subject: "$.ChildIDNP"},
		"urn:asp:rsc:orhei": {Entity: "1999900000014", Basis: "Legea nr. 0/0000", Reason: "ASP", Subject: "$.ChildIDNP"},
		"urn:other":         {Basis: "Legea nr. 0/0000", Reason: "$.EventReason", Subject: "$.ChildIDNP"},
	} {
		if got := a.For(source); got != want {
			t.Errorf("%s: %+v", source, got)
		}
	}
}

// TestBook_KeepsEventsSeparate: an agreement for events never serves a call, and moves when it is replaced.
func TestBook_KeepsEventsSeparate(t *testing.T) {
	b := agreement.NewBook()
	b.Put(dealt(t, nil))
	b.Put(dealt(t, func(a *agreement.Agreement) { a.ID = "hall.births.2" }))
	if got := b.ForEvent("hall.desk", born.Type); len(got) != 2 || got[0].ID != "hall.births" {
		t.Errorf("%v", got)
	}
	if len(b.For("hall.desk", "")) != 0 || b.Len() != 2 || len(b.Events("hall.desk")) != 1 || len(b.Events("nobody.here")) != 0 {
		t.Error("the book is wrong")
	}
	req := agreement.Request{Consumer: desk, Service: agreement.Service{ProviderActive: true, Version: mconnect.Version{Major: 1, Minor: 1}}}
	if v := agreement.Decide([]agreement.Candidate{{Compiled: dealt(t, nil)}}, req, may); v.Allowed || v.Fault.Code != fault.AgreementNone {
		t.Errorf("a call by an agreement for events: %+v", v)
	}
	b.Put(dealt(t, func(a *agreement.Agreement) { a.ID, a.Event = "hall.births.2", "ASP.RSC.Death.Registered" }))
	if len(b.ForEvent("hall.desk", born.Type)) != 1 || len(b.ForEvent("hall.desk", "ASP.RSC.Death.Registered")) != 1 {
		t.Error("the replaced agreement stays where it was")
	}
	b.Remove("hall.births")
	b.Remove("hall.births.2")
	if len(b.Events("hall.desk")) != 0 || b.Len() != 0 || len(b.All()) != 0 {
		t.Error("something is left")
	}
}
