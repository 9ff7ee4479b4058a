package entitlement_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/registry"
	"mconnect/internal/entitlement"
	"mconnect/test/must"
)

var now = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

const (
	births = mconnect.EventType("ASP.RSC.Birth.Registered")
	notice = mconnect.EventType("ASP.RSC.Office.Closed")
)

// fixture is a small country: a register that produces, a town hall that consumes.
type fixture struct {
	*entitlement.Rights
	t          testing.TB
	registry   *registry.Registry
	events     *event.Directory
	agreements *agreement.Book
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err, fault.From(err).Fields)
	}
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	w := &fixture{t: t, registry: registry.New(nil), events: event.NewDirectory(), agreements: agreement.NewBook()}
	var err error
	w.Rights, err = entitlement.New(entitlement.Config{
		Registry: w.registry, Events: w.events, Agreements: w.agreements, Clock: func() time.Time { return now },
	})
	check(t, err)
	for id, idno := range map[mconnect.ParticipantID]mconnect.IDNO{"asp": "1999900000014", "hall": "1999900000069"} {
		check(
			t,
			w.registry.PutParticipant(
				registry.Participant{
					ID:     id,
					IDNO:   idno,
					Name:   mconnect.Text{RO: "EXEMPLU"},
					Sector: registry.Public,
					Level:  registry.Central,
				},
			),
		)
	}
	w.system("asp.rsc", registry.Producer)
	w.system("hall.desk", registry.Consumer)
	check(t, w.events.PutType(typeOf(births, true)))
	check(t, w.events.PutType(typeOf(notice, false)))
	w.agree(birthDeal(), noticeDeal())
	w.Announce()
	return w
}

func (w *fixture) system(id mconnect.SystemID, roles ...registry.Role) {
	w.t.Helper()
	check(w.t, w.registry.PutSystem(registry.System{ID: id, Name: mconnect.Text{RO: "Sistem"}, Roles: roles}))
}

func (w *fixture) agree(deals ...agreement.Agreement) {
	w.t.Helper()
	for _, d := range deals {
		c, err := agreement.Compile(d)
		check(w.t, err)
		w.agreements.Put(c)
	}
}

func typeOf(name mconnect.EventType, personal bool) event.Type {
	return event.Type{
		Name: name, Version: mconnect.Version{Major: 1}, Owner: "asp", Title: mconnect.Text{RO: "T"}, Description: mconnect.Text{RO: "D"},
		Status: event.Published, Personal: personal,
		Schema: json.RawMessage(
			`{"type":"object","properties":{"IDNP":{"type":"string"},"Reason":{"type":"string"},"Entity":{"type":"string"},"Region":{"type":"string"}}}`,
		),
		Example:   json.RawMessage(`{"IDNP":"2000000000001","Reason":"act 1"}`),
		Producers: []event.Producer{{System: "asp.rsc", Sources: []string{"urn:asp:rsc", "urn:asp:rsc:*"}}},
	}
}

func dealOf(id mconnect.AgreementID, typ mconnect.EventType, fields ...string) agreement.Agreement {
	return agreement.Agreement{ID: id, Consumer: "hall.desk", Event: typ, Purposes: []agreement.Purpose{{
		Code: "ajutor", Title: mconnect.Text{RO: "T"}, LegalBasis: agreement.LegalBasis{Act: "L", Article: "1"}, Fields: fields,
	}}}
}

func birthDeal() agreement.Agreement {
	d := dealOf("hall.births", births, "IDNP", "Region")
	d.Account = &agreement.Account{
		AccountValues: agreement.AccountValues{Basis: "Legea nr. 0/0000", Reason: "$.Reason", Subject: "$.IDNP"},
		Sources: []agreement.SourceAccount{
			{Source: "urn:asp:rsc:*", AccountValues: agreement.AccountValues{Entity: "$.Entity", Reason: "la oficiu"}},
		},
	}
	return d
}

func noticeDeal() agreement.Agreement { return dealOf("hall.notices", notice, "*") }

func happened(data string) *event.Event {
	return &event.Event{Source: "urn:asp:rsc", ID: "1", Type: births, ContentType: "application/json", Data: []byte(data)}
}

func wantCode(t testing.TB, err error, want fault.Code) {
	t.Helper()
	var got fault.Code
	if err != nil {
		got = fault.From(err).Code
	}
	if got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestRights_Produce(t *testing.T) {
	w := newFixture(t)
	w.system("asp.other", registry.Producer)
	draft, retired := typeOf("ASP.RSC.Draft.Made", false), typeOf("ASP.RSC.Old.Gone", false)
	draft.Status, retired.Status = event.Draft, event.Retired
	check(t, w.events.PutType(draft))
	check(t, w.events.PutType(retired))
	for range 2 { // found out, then remembered
		for _, c := range []struct {
			system mconnect.SystemID
			typ    mconnect.EventType
			source string
			code   fault.Code
		}{
			{"asp.rsc", births, "urn:asp:rsc", ""},
			{"asp.rsc", births, "urn:asp:rsc:cahul", ""},
			{"asp.rsc", births, "urn:asp:rscx", fault.EventSourceForeign},
			{"asp.rsc", births, "", fault.EventSourceForeign},
			{"asp.rsc", "ASP.RSC.No.Such", "urn:asp:rsc", fault.EventTypeUnknown},
			{"asp.rsc", "", "urn:asp:rsc", fault.EventTypeUnknown},
			{"asp.rsc", draft.Name, "urn:asp:rsc", fault.EventTypeUnknown},
			{"asp.rsc", retired.Name, "urn:asp:rsc", fault.EventTypeRetired},
			{"asp.other", births, "urn:asp:rsc", fault.EventTypeForeign},
			{"hall.desk", births, "urn:asp:rsc", fault.SystemNotProducer},
			{"no.body", births, "urn:asp:rsc", fault.SystemUnknown},
		} {
			wantCode(t, w.Produce(c.system, c.typ, c.source, now), c.code)
		}
	}
	if can, err := w.Produces("asp.rsc"); err != nil || len(can) != 2 || len(can[births]) != 2 {
		t.Errorf("%v %v", can, err)
	}
	if can, err := w.Produces("hall.desk"); err != nil || len(can) != 0 {
		t.Errorf("%v %v", can, err)
	}
	_, err := w.Produces("no.body")
	wantCode(t, err, fault.SystemUnknown)
}

func TestRights_CheckAndRetention(t *testing.T) {
	w := newFixture(t)
	check(t, w.Check(happened(`{"IDNP":"1"}`)))
	wantCode(t, w.Check(happened(`{"IDNP":1}`)), fault.EventInvalid)
	unknown := happened(`{}`)
	unknown.Type = "A.B.C.D"
	wantCode(t, w.Check(unknown), fault.EventTypeUnknown)
	kept := typeOf(births, true)
	kept.Retention = event.Duration(5 * time.Hour)
	check(t, w.events.PutType(kept))
	if w.Retention(births) != 5*time.Hour || w.Retention(notice) != entitlement.DefaultRetention ||
		w.Retention("A.B.C.D") != entitlement.DefaultRetention {
		t.Error("retention is wrong")
	}
}

func TestRights_Entitled(t *testing.T) {
	w := newFixture(t)
	grants, err := w.Entitled("hall.desk", now)
	check(t, err)
	if got := slices.Sorted(maps.Keys(grants)); !slices.Equal(got, []mconnect.EventType{births, notice}) {
		t.Fatalf("%v", got)
	}
	b, n := grants[births], grants[notice]
	if b.Whole || !n.Whole || b.Agreement != "hall.births" || b.Purpose != "ajutor" || b.Type != births {
		t.Errorf("%+v %+v", b, n)
	}
	cut, err := b.Cut([]byte(`{"Reason":"x","IDNP":"2","Region":"C"}`))
	if err != nil || string(cut) != `{"IDNP":"2","Region":"C"}` {
		t.Errorf("%s %v", cut, err)
	}
	_, err = b.Cut([]byte("plain text"))
	wantCode(t, err, fault.EventOpaque)
	if a, err := n.Account(happened(`{}`)); a != nil || err != nil {
		t.Errorf("no personal data: %v %v", a, err)
	}
	w.system("asp.both", registry.Producer)
	for system, code := range map[mconnect.SystemID]fault.Code{"no.body": fault.SystemUnknown, "asp.both": fault.SystemNotConsumer} {
		grants, err := w.Entitled(system, now)
		wantCode(t, err, code)
		if grants != nil {
			t.Error("grants beside a refusal")
		}
	}
}

func TestRights_Account(t *testing.T) {
	w := newFixture(t)
	grants, err := w.Entitled("hall.desk", now)
	check(t, err)
	account := grants[births].Account
	a, err := account(happened(`{"IDNP":"2000000000001","Reason":"act 7"}`))
	check(t, err)
	if a.Entity != "1999900000069" || a.Basis != "Legea nr. 0/0000" || a.Reason != "act 7" ||
		a.Subject != "2000000000001" {
		t.Errorf("%+v", a)
	}
	office := happened(`{"IDNP":"2000000000001","Entity":"1999900000014"}`)
	office.Source = "urn:asp:rsc:cahul"
	a, err = account(office)
	check(t, err)
	if a.Entity != "1999900000014" || a.Reason != "la oficiu" {
		t.Errorf("%+v", a)
	}
	for _, bad := range []struct{ source, data string }{
		{"urn:asp:rsc", `{"Reason":"x"}`}, {"urn:asp:rsc", `{"IDNP":"1"}`}, {"urn:asp:rsc", `{"IDNP":"","Reason":"x"}`}, {"urn:asp:rsc", `[]`}, {"urn:asp:rsc", `{`},
		{"urn:asp:rsc:x", `{"IDNP":"1","Entity":"12"}`}, {"urn:asp:rsc", `{"Reason":"` + strings.Repeat("x", 1100) + `","IDNP":"1"}`},
	} {
		e := happened(bad.data)
		e.Source = bad.source
		_, err := account(e)
		wantCode(t, err, fault.EventAccount)
	}
	text := happened(`{"IDNP":"2000000000001","Reason":"act 7"}`)
	text.ContentType = "text/plain"
	_, err = account(text)
	wantCode(t, err, fault.EventAccount)
}

// TestRights_ChangeActsAtOnce: what was remembered is forgotten, and who waits is told.
func TestRights_ChangeActsAtOnce(t *testing.T) {
	w := newFixture(t)
	for name, c := range map[string]struct {
		change, undo func()
		consume      fault.Code
		entitled     int
		produce      fault.Code
	}{
		"the consumer is suspended": {
			func() {
				check(t, w.registry.PutSystem(registry.System{ID: "hall.desk", Name: mconnect.Text{RO: "S"}, Roles: []registry.Role{registry.Consumer}, Status: registry.Suspended}))
			},
			func() { w.system("hall.desk", registry.Consumer) }, fault.SystemSuspended, 0, "",
		},
		"the agreement is suspended": {
			func() { d := birthDeal(); d.Status = agreement.Suspended; w.agree(d) },
			func() { w.agree(birthDeal()) }, "", 1, "",
		},
		"the type is retired": {
			func() { typ := typeOf(births, true); typ.Status = event.Retired; check(t, w.events.PutType(typ)) },
			func() { check(t, w.events.PutType(typeOf(births, true))) }, "", 1, fault.EventTypeRetired,
		},
		"the type is gone": {
			func() { w.events.RemoveType(births) },
			func() { check(t, w.events.PutType(typeOf(births, true))) }, "", 1, fault.EventTypeUnknown,
		},
		"the producer loses its role": {
			func() { w.system("asp.rsc", registry.Provider) },
			func() { w.system("asp.rsc", registry.Producer) }, "", 2, fault.SystemNotProducer,
		},
		"the agreement is gone": {
			func() { w.agreements.Remove("hall.births") },
			func() { w.agree(birthDeal()) }, "", 1, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			grants, err := w.Entitled("hall.desk", now)
			if err != nil || len(grants) != 2 || w.Produce("asp.rsc", births, "urn:asp:rsc", now) != nil {
				t.Fatal("the fixture is not whole before")
			}
			told := w.Changed()
			c.change()
			w.Announce()
			select {
			case <-told:
			default:
				t.Error("nobody was told")
			}
			grants, err = w.Entitled("hall.desk", now)
			wantCode(t, err, c.consume)
			if len(grants) != c.entitled {
				t.Errorf("%d types", len(grants))
			}
			wantCode(t, w.Produce("asp.rsc", births, "urn:asp:rsc", now), c.produce)
			c.undo()
			w.Announce()
		})
	}
}

// TestRights_ValidityEnds: at the moment, for who asks; and who waits is told within it.
func TestRights_ValidityEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture(t)
		begun := time.Now()
		d := birthDeal()
		d.Validity = mconnect.Period{From: begun.Add(time.Minute), To: begun.Add(50 * time.Hour)}
		w.agree(d)
		w.Announce()
		count := func() int {
			grants, err := w.Entitled("hall.desk", time.Now())
			check(t, err)
			return len(grants)
		}
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {time.Minute, 2}, {50*time.Hour - time.Minute, 1}} {
			deadline := time.NewTimer(step.wait)
			for step.wait > 0 {
				told := w.Changed()
				select {
				case <-told:
					count() // as a follower does; it arms the next moment
					continue
				case <-deadline.C:
				}
				break
			}
			synctest.Wait()
			if got := count(); got != step.want {
				t.Errorf("after %s: %d types, want %d", time.Since(begun), got, step.want)
			}
		}
		if w.Generation() < 4 {
			t.Errorf("generation %d: a begin and an end were not announced", w.Generation())
		}
		if grants, _ := w.Entitled("hall.desk", begun); len(grants) != 1 {
			t.Error("asked for an earlier moment, it remembers the later")
		}
		w.Announce() // stops the timer
	})
}

// TestRights_CoverWhatWasAcceptedSinceTheyBegan: by any agreement that is in force, within its validity and that of a
// purpose.
func TestRights_CoverWhatWasAcceptedSinceTheyBegan(t *testing.T) {
	w := newFixture(t)
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	former, gap, present, unsaid := birthDeal(), birthDeal(), birthDeal(), birthDeal()
	former.ID, former.Validity = "hall.births.former", mconnect.Period{From: day(-60), To: day(-40)}
	gap.ID, gap.Status, gap.Validity = "hall.births.gap", agreement.Suspended, mconnect.Period{From: day(-90)}
	present.Validity = mconnect.Period{From: day(-30)}
	present.Purposes = slices.Clone(present.Purposes)
	present.Purposes[0].Validity = mconnect.Period{From: day(-20)}
	covered := func(at time.Time) bool {
		t.Helper()
		w.Announce()
		grants, err := w.Entitled("hall.desk", now)
		check(t, err)
		return grants[births].Covers(at)
	}
	w.agree(former, gap, present)
	for n, want := range map[int]bool{-80: false, -61: false, -60: true, -41: true, -40: false, -25: false, -20: true, 0: true} {
		if got := covered(day(n)); got != want {
			t.Errorf("%d days: covered %v", n, got)
		}
	}
	c, err := agreement.Compile(unsaid)
	check(t, err)
	c.Since = day(-10)
	w.agreements.Put(c)
	if covered(day(-11)) || !covered(day(-10)) || !covered(day(-50)) {
		t.Error("an agreement that names no begin does not begin when it was recorded")
	}
}

func TestRights_Subscription(t *testing.T) {
	w := newFixture(t)
	if w.Subscription("hall.desk", "") != nil {
		t.Error("a filter that nobody declared")
	}
	put := func(filter string) {
		check(
			t,
			w.events.PutSubscription(
				event.Subscription{ID: "hall.s1", System: "hall.desk", Filters: []event.Rule{{CEL: filter}}},
			),
		)
		w.Announce()
	}
	match := func(data string) bool { return w.Subscription("hall.desk", event.DefaultGroup).Matches(happened(data)) }
	put("data.Region == 'Cahul'")
	if !match(`{"Region":"Cahul"}`) || match(`{"Region":"Orhei"}`) || match(`{}`) {
		t.Error("the filter is wrong")
	}
	put("data.Reason == 'act 1'")
	if match(`{"Reason":"act 1"}`) {
		t.Error("a field that is not granted can be asked for")
	}
	check(
		t,
		w.events.PutSubscription(event.Subscription{ID: "hall.s1", System: "hall.desk", Types: []mconnect.EventType{notice}}),
	)
	if match(`{}`) {
		t.Error("a type that was not subscribed to")
	}
	check(t, w.events.PutSubscription(event.Subscription{ID: "hall.s1", System: "hall.desk"}))
	if w.Subscription("hall.desk", "") != nil {
		t.Error("everything passes, so nothing need be asked")
	}
}

func TestRights_Why(t *testing.T) {
	w := newFixture(t)
	d := birthDeal()
	d.Status = agreement.Suspended
	w.agree(d)
	w.Announce()
	rights, err := w.Consumes("hall.desk", now)
	check(t, err)
	if len(rights) != 2 || rights[0].Verdict.Allowed || rights[0].Verdict.Fault.Code != fault.AgreementSuspended ||
		!rights[1].Verdict.Allowed {
		t.Fatalf("%+v", rights)
	}
	if rights[0].Agreement == nil || rights[0].Agreement.ID != "hall.births" || rights[0].Type.Name != births {
		t.Errorf("%+v", rights[0])
	}
	why, err := w.Why("hall.desk", births, now)
	check(t, err)
	if len(why.Verdict.Checks) != len(agreement.EventCheckNames()) {
		t.Error("not every check is listed")
	}
	_, err = w.Why("hall.desk", "A.B.C.D", now)
	wantCode(t, err, fault.EventTypeUnknown)
	_, err = w.Why("no.body", births, now)
	wantCode(t, err, fault.SystemUnknown)
	_, err = w.Consumes("no.body", now)
	wantCode(t, err, fault.SystemUnknown)
}

func TestNew_RefusesMissingParts(t *testing.T) {
	if _, err := entitlement.New(entitlement.Config{}); err == nil || errors.As(err, new(*fault.Error)) {
		t.Errorf("%v", err)
	}
}

func TestRights_ConcurrentUse(t *testing.T) {
	w := newFixture(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 2000 {
				grants, err := w.Entitled("hall.desk", now)
				if err != nil || len(grants) == 0 {
					t.Error(err)
					return
				}
				_ = w.Produce("asp.rsc", births, "urn:asp:rsc", now)
			}
		})
	}
	for i := range 300 {
		d := noticeDeal()
		if i%2 == 0 {
			d.Status = agreement.Suspended
		}
		w.agree(d)
		w.Announce()
	}
	all.Wait()
}

// crowd is a country of a thousand types and n agreements of a hundred systems.
func crowd(t testing.TB, n int) *fixture {
	w := newFixture(t)
	base := typeOf(births, true)
	for i := range 1000 {
		base.Name = mconnect.EventType(fmt.Sprintf("ASP.RSC.T%d.Made", i))
		check(t, w.events.PutType(base))
	}
	for i := range 100 {
		w.system(mconnect.SystemID(fmt.Sprintf("hall.s%d", i)), registry.Consumer)
	}
	d := birthDeal()
	for i := range n {
		d.ID = mconnect.AgreementID(fmt.Sprintf("deal.%d", i))
		d.Consumer = mconnect.SystemID(fmt.Sprintf("hall.s%d", i%100))
		d.Event = mconnect.EventType(fmt.Sprintf("ASP.RSC.T%d.Made", i/100%1000))
		w.agree(d)
	}
	w.Announce()
	return w
}

// TestRights_CostOfLookUpsIsFlat: what was found out before costs next to nothing however large the country. The bound
// is one that a busy machine keeps and that any search breaks.
func TestRights_CostOfLookUpsIsFlat(t *testing.T) {
	w := crowd(t, 20_000)
	best := time.Hour
	for range 5 {
		begun := time.Now()
		for range 5000 {
			grants, err := w.Entitled("hall.s7", now)
			if err != nil || len(grants) != 200 {
				t.Fatal(len(grants), err)
			}
			must.OK(t, w.Produce("asp.rsc", "ASP.RSC.T500.Made", "urn:asp:rsc", now))
		}
		best = min(best, time.Since(begun)/5000)
	}
	if best > 20*time.Microsecond {
		t.Errorf("a look-up takes %s", best)
	}
}

func BenchmarkEntitled(b *testing.B) {
	w := crowd(b, 100_000)
	b.Run("remembered", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			must.Get(w.Entitled("hall.s7", now))(b)
		}
	})
	b.Run("produce", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			must.OK(b, w.Produce("asp.rsc", "ASP.RSC.T500.Made", "urn:asp:rsc", now))
		}
	})
	b.Run("first-after-a-change", func(b *testing.B) {
		for b.Loop() {
			w.Announce()
			if grants, err := w.Entitled("hall.s7", now); err != nil || len(grants) != 1000 {
				b.Fatal(err)
			}
		}
	})
}
