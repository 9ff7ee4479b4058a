package sandbox_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/internal/sandbox"
	"mconnect/test/must"
)

func checkDigit(body string) string {
	digit, _ := mconnect.CheckDigit(body)
	return string(digit)
}

// land is a country with one registered consumer, and an exchange that only notes what it was handed.
type land struct {
	t        *testing.T
	real     sandbox.Real
	revision int64
	chain    []*x509.Certificate
	grants   *sandbox.Grants

	mu   sync.Mutex
	done []*exchange.Call
}

func newLand(t *testing.T) *land {
	t.Helper()
	dir := t.TempDir()
	ca := must.Get(authority.Create(dir, authority.Config{}))(t)
	issued := must.Get(ca.Issue(authority.Request{Use: authority.ForSystem, Name: "hall.app"}))(t)
	trust := must.Get(pki.NewTrust(pki.TrustConfig{Anchors: []string{dir + "/ca.pem"}}))(t)
	l := &land{t: t, chain: []*x509.Certificate{issued.Certificate}, revision: 1}
	l.real = sandbox.Real{Registry: registry.New(trust), Catalog: catalog.New(), Agreements: agreement.NewBook(), Revision: func() int64 { return l.revision }}
	for _, err := range []error{
		l.real.Registry.PutParticipant(registry.Participant{ID: "hall", IDNO: "1999900000014", Name: mconnect.Text{RO: "Primărie"}, Sector: registry.Public, Level: registry.Local}),
		l.real.Registry.PutSystem(registry.System{ID: "hall.app", Name: mconnect.Text{RO: "Asistență"}, Roles: []registry.Role{registry.Consumer}}),
		l.real.Registry.PutCertificate(registry.Certificate{System: "hall.app", PEM: string(pki.EncodeCertificates(issued.Certificate))}),
		l.real.Catalog.Put(prepared(t, about("GetPerson", text("LastName"))).Service),
	} {
		must.OK(t, err)
	}
	l.grants = sandbox.NewGrants(l.real, time.Now)
	return l
}

// Do implements sandbox.Carrier.
func (l *land) Do(_ context.Context, c *exchange.Call) (*exchange.Answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = append(l.done, c)
	return &exchange.Answer{}, nil
}

// call lets the consumer state a basis, and returns the agreements that stand afterwards.
func (l *land) call(basis string) []*agreement.Compiled { return l.callOf(basis, mconnect.Version{}) }

func (l *land) callOf(basis string, version mconnect.Version) []*agreement.Compiled {
	l.t.Helper()
	c := &exchange.Call{Chain: l.chain, Service: "GetPerson", Version: version, Context: mconnect.LegalContext{Basis: basis, Reason: "x"}}
	must.Get(l.grants.Over(l).Do(l.t.Context(), c))(l.t)
	return l.grants.Agreements.For("hall.app", "GetPerson")
}

func TestGrants_AgreementForEachBasis(t *testing.T) {
	l := newLand(t)
	one := l.call("Legea nr. 1")
	if len(one) != 1 || one[0].Purposes[0].Fields[0] != "*" || one[0].Purposes[0].Accepts[0] != "Legea nr. 1" || !strings.HasPrefix(string(one[0].ID), "sandbox.") {
		t.Fatalf("%+v", one)
	}
	if again := l.call("  LEGEA nr.  1 "); len(again) != 1 {
		t.Errorf("the same basis, written otherwise, gives %d agreements", len(again))
	}
	if two := l.call("Legea nr. 2"); len(two) != 2 {
		t.Errorf("%d agreements for two bases", len(two))
	}
	if none := l.call(""); len(none) != 3 {
		t.Errorf("%d agreements after a call without a basis", len(none))
	}
	for n := range 100 {
		l.call(fmt.Sprint("Legea ", n))
	}
	if many := l.call("Legea 99"); len(many) != 20 {
		t.Errorf("%d agreements are remembered", len(many))
	}
	if len(l.done) != 105 {
		t.Errorf("%d calls reached the exchange", len(l.done))
	}
}

func TestGrants_NoAgreementForAnUnknownSystem(t *testing.T) {
	l := newLand(t)
	l.chain = nil
	if got := l.call("Legea"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if len(l.done) != 1 {
		t.Error("the exchange was not asked to refuse")
	}
}

func real(t *testing.T, status agreement.Status, version string) *agreement.Compiled {
	t.Helper()
	v := must.Get(mconnect.ParseVersion(version))(t)
	c := must.Get(agreement.Compile(agreement.Agreement{ID: "hall.person", Consumer: "hall.app", Service: "GetPerson", Version: v, Status: status, Purposes: []agreement.Purpose{{
		Code: "ajutor", Title: mconnect.Text{RO: "Ajutor"}, LegalBasis: agreement.LegalBasis{Act: "Legea", Article: "art. 1"}, Accepts: []string{"Legea"}, Fields: []string{"LastName"},
	}}}))(t)
	return c
}

func TestGrants_RealAgreementIsKept(t *testing.T) {
	for _, status := range []agreement.Status{agreement.InForce, agreement.Suspended, agreement.Terminated} {
		l := newLand(t)
		l.call("Legea nr. 1")
		l.real.Agreements.Put(real(t, status, "1.0.0"))
		l.revision++
		if got := l.call("Legea nr. 1"); len(got) != 1 || got[0].ID != "hall.person" {
			t.Errorf("%s: %+v", status, got)
		}
		l.real.Agreements.Remove("hall.person")
		l.revision++
		if got := l.call("Legea nr. 1"); len(got) != 1 || got[0].ID == "hall.person" {
			t.Errorf("after its removal: %+v", got)
		}
	}
}

func TestGrants_RealAgreementCountsForItsMajorOnly(t *testing.T) {
	l := newLand(t)
	next := prepared(t, about("GetPerson", text("LastName"))).Service
	next.Version = mconnect.Version{Major: 2}
	must.OK(t, l.real.Catalog.Put(next))
	l.real.Agreements.Put(real(t, agreement.InForce, "1.0.0"))
	if got := l.call("Legea"); len(got) != 1 {
		// without a version the call means the one that was signed, as in production
		t.Errorf("%+v", got)
	}
	got := l.callOf("Legea", next.Version)
	if len(got) != 2 || got[1].Version.Major != 2 || !got[1].Trial || got[0].Trial {
		t.Errorf("%+v", got)
	}
}

func TestGrants_FollowTheCatalogue(t *testing.T) {
	l := newLand(t)
	draft := prepared(t, about("GetDraft", text("LastName"))).Service
	draft.Status = catalog.Draft
	must.OK(t, l.real.Catalog.Put(draft))
	follow := func() {
		t.Helper()
		l.revision++
		must.OK(t, l.grants.Follow())
	}
	follow()
	if _, err := l.grants.Catalog.Resolve("GetDraft", mconnect.Version{}); err == nil {
		t.Error("a draft answers whose provider did not let it")
	}
	draft.Sandbox = true
	must.OK(t, l.real.Catalog.Put(draft))
	follow()
	if r, err := l.grants.Catalog.Resolve("GetDraft", mconnect.Version{}); err != nil || r.Status != catalog.Published {
		t.Errorf("%v", err)
	}
	if r, ok := l.real.Catalog.Get("GetDraft", draft.Version); !ok || r.Status != catalog.Draft {
		t.Error("the real draft was changed")
	}
	l.real.Catalog.Remove("GetPerson", mconnect.Version{Major: 1})
	follow()
	if _, err := l.grants.Catalog.Resolve("GetPerson", mconnect.Version{}); err == nil {
		t.Error("a removed service answers")
	}
	if got := l.grants.Catalog.All(); len(got) != 1 {
		t.Errorf("%d services", len(got))
	}
}

func TestGrants_ManyCallsAtOnce(t *testing.T) {
	l := newLand(t)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 50 {
				c := &exchange.Call{Chain: l.chain, Service: "GetPerson", Context: mconnect.LegalContext{Basis: fmt.Sprint("Legea ", (n+i)%10), Reason: "x"}}
				if _, err := l.grants.Over(l).Do(context.Background(), c); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := l.grants.Agreements.For("hall.app", "GetPerson"); len(got) != 10 {
		t.Errorf("%d agreements for ten bases", len(got))
	}
}

func TestMeter_CountsApart(t *testing.T) {
	a := real(t, agreement.InForce, "1.0.0")
	stated := a.Stated()
	stated.Quota = agreement.Quota{PerDay: 3, PerSecond: 1, Burst: 2}
	limited := must.Get(agreement.Compile(stated))(t)
	var m sandbox.Meter
	at := time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)
	for range 100 {
		if !m.Take(a, at) || m.Usage(a, at) != (agreement.Usage{}) {
			t.Fatal("an agreement without a quota is counted")
		}
	}
	taken := []bool{m.Take(limited, at), m.Take(limited, at), m.Take(limited, at)}
	if !slices.Equal(taken, []bool{true, true, false}) {
		t.Error("a burst of two")
	}
	if u := m.Usage(limited, at); u.Today != 2 || !u.RateExceeded {
		t.Errorf("%+v", u)
	}
	at = at.Add(time.Second)
	if !m.Take(limited, at) {
		t.Error("a token a second")
	}
	at = at.Add(10 * time.Second)
	if m.Take(limited, at) || m.Usage(limited, at).Today != 3 {
		t.Error("more than the day's three")
	}
	if at = at.Add(90 * time.Minute); m.Take(limited, at) { // 21:30 UTC is 23:30 in Chișinău
		t.Error("the day ended too early")
	}
	if at = at.Add(time.Hour); !m.Take(limited, at) { // half past midnight there
		t.Error("a new day in Chișinău")
	}
}
