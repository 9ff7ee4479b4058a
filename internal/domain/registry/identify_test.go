package registry_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/registry"
	"mconnect/test/must"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// authority is a small issuing CA; as a Trust it verifies chains for real and counts how often.
type authority struct {
	cert     *x509.Certificate
	key      *ecdsa.PrivateKey
	serial   int64
	verified atomic.Int64
	broken   atomic.Pointer[error]
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{serial: 1}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Autoritate EXEMPLU"},
		NotBefore: now.AddDate(-5, 0, 0), NotAfter: now.AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key = sign(t, template, nil, nil)
	return a
}

func sign(t testing.TB, template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	if parent == nil {
		parent, signer = template, key
	}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer))(t)
	cert := must.Get(x509.ParseCertificate(der))(t)
	return cert, key
}

func (a *authority) issue(t testing.TB, from, to time.Time) *x509.Certificate {
	t.Helper()
	a.serial++
	cert, _ := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: fmt.Sprintf("sistem %d", a.serial)},
		NotBefore: from, NotAfter: to, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, a.cert, a.key)
	return cert
}

func (a *authority) Verify(chain []*x509.Certificate, at time.Time) error {
	a.verified.Add(1)
	if err := a.broken.Load(); err != nil {
		return *err
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}

func (a *authority) VerifySigner(chain []*x509.Certificate, at time.Time) error {
	return a.Verify(chain, at)
}

func text(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

var (
	townHall = registry.Participant{ID: "primaria", IDNO: "1999900000014", Name: mconnect.Text{RO: "Primăria EXEMPLU"}, Sector: registry.Public, Level: registry.Local}
	aid      = registry.System{ID: "primaria.asistenta", Name: mconnect.Text{RO: "Asistență"}, Roles: []registry.Role{registry.Consumer}}
)

// registered returns a registry with one system and its valid certificate.
func registered(t testing.TB) (*registry.Registry, *authority, *x509.Certificate) {
	t.Helper()
	ca := newAuthority(t)
	r := registry.New(ca)
	cert := ca.issue(t, now.AddDate(0, -1, 0), now.AddDate(0, 1, 0))
	for _, err := range []error{
		r.PutParticipant(townHall), r.PutSystem(aid), r.PutCertificate(registry.Certificate{System: aid.ID, PEM: text(cert)}),
	} {
		must.OK(t, err)
	}
	return r, ca, cert
}

func identify(t *testing.T, r *registry.Registry, cert *x509.Certificate, at time.Time, want fault.Code) *registry.Identity {
	t.Helper()
	standing, err := r.Identify([]*x509.Certificate{cert}, at)
	var got fault.Code
	if err != nil {
		got = fault.From(err).Code
	}
	if got != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
	return standing
}

func TestIdentify_Registered(t *testing.T) {
	r, _, cert := registered(t)
	s := identify(t, r, cert, now, "")
	if s.System.ID != aid.ID || s.Participant.IDNO != townHall.IDNO || s.Fingerprint != registry.FingerprintOf(cert) || !s.Active() {
		t.Errorf("got %+v", s)
	}
	if _, err := mconnect.ParseFingerprint(string(s.Fingerprint)); err != nil {
		t.Error(err)
	}
}

func TestIdentify_Refuses(t *testing.T) {
	r, ca, cert := registered(t)
	if _, err := r.Identify(nil, now); fault.From(err).Code != fault.CertificateMissing {
		t.Error(err)
	}
	identify(t, r, ca.issue(t, now, now.AddDate(0, 1, 0)), now, fault.CertificateUnknown)
	identify(t, r, newAuthority(t).issue(t, now, now.AddDate(0, 1, 0)), now, fault.CertificateUntrusted)
	identify(t, r, cert, now.AddDate(0, 2, 0), fault.CertificateExpired)
	identify(t, r, cert, now.AddDate(0, -2, 0), fault.CertificateNotYet)
	foreign := newAuthority(t).issue(t, now, now.AddDate(0, 1, 0))
	must.OK(t, r.PutCertificate(registry.Certificate{System: aid.ID, PEM: text(foreign)}))
	identify(t, r, foreign, now, fault.CertificateUntrusted) // registered by mistake, still without trust
	identify(t, registry.New(nil), cert, now, fault.CertificateUntrusted)
}

func TestIdentify_FaultOfTrustIsKept(t *testing.T) {
	r, ca, cert := registered(t)
	revoked := error(fault.New(fault.CertificateRevoked))
	ca.broken.Store(&revoked)
	identify(t, r, cert, now, fault.CertificateRevoked)
	expired := error(x509.CertificateInvalidError{Cert: ca.cert, Reason: x509.Expired}) // an intermediate
	ca.broken.Store(&expired)
	identify(t, r, cert, now, fault.CertificateExpired)
	other := errors.New("secret path")
	ca.broken.Store(&other)
	_, err := r.Identify([]*x509.Certificate{cert}, now)
	if !errors.Is(err, other) || fault.From(err).Code != fault.CertificateUntrusted {
		t.Error("the cause is kept for the log only: ", err)
	}
}

// What was verified before the authority revoked is verified again once the registry is ordered to.
func TestIdentify_RevocationActsWithTheNextCall(t *testing.T) {
	r, ca, cert := registered(t)
	identify(t, r, cert, now, "")
	revoked := error(fault.New(fault.CertificateRevoked))
	ca.broken.Store(&revoked)
	identify(t, r, cert, now, "") // remembered
	r.Reconsider()
	identify(t, r, cert, now, fault.CertificateRevoked)
	ca.broken.Store(nil)
	identify(t, r, cert, now, "")
}

// The chain is not verified for every call, yet nothing that the registry knows is ever stale.
func TestIdentify_SuspensionAndRevocationActAtOnce(t *testing.T) {
	r, ca, cert := registered(t)
	for range 100 {
		identify(t, r, cert, now, "")
	}
	if n := ca.verified.Load(); n != 1 {
		t.Errorf("the chain was verified %d times", n)
	}
	suspended := aid
	suspended.Status = registry.Suspended
	must.OK(t, r.PutSystem(suspended))
	if identify(t, r, cert, now, "").Active() {
		t.Error("a suspended system is active")
	}
	must.OK(t, r.PutSystem(aid))
	owner := townHall
	owner.Status = registry.Suspended
	must.OK(t, r.PutParticipant(owner))
	if s := identify(t, r, cert, now, ""); s.Active() || !s.System.Active() {
		t.Error("the owner's suspension is not seen")
	}
	must.OK(t, r.PutParticipant(townHall))
	must.OK(t, r.PutCertificate(registry.Certificate{System: aid.ID, PEM: text(cert), RevokedAt: now}))
	identify(t, r, cert, now, fault.CertificateRevoked)
	identify(t, r, cert, now.Add(-time.Second), "")
	must.OK(t, r.PutCertificate(registry.Certificate{System: aid.ID, PEM: text(cert)}))
	r.RemoveSystem(aid.ID)
	identify(t, r, cert, now, fault.CertificateUnknown)
	must.OK(t, r.PutSystem(aid))
	r.RemoveParticipant(townHall.ID)
	identify(t, r, cert, now, fault.CertificateUnknown)
	must.OK(t, r.PutParticipant(townHall))
	identify(t, r, cert, now, "")
	r.RemoveCertificate(registry.FingerprintOf(cert))
	r.RemoveCertificate("not a fingerprint")
	identify(t, r, cert, now, fault.CertificateUnknown)
}

func TestIdentify_RevocationByTheIssuerIsNoticed(t *testing.T) {
	r, ca, cert := registered(t)
	identify(t, r, cert, now, "")
	revoked := error(fault.New(fault.CertificateRevoked))
	ca.broken.Store(&revoked)
	identify(t, r, cert, now.Add(11*time.Second), fault.CertificateRevoked)
	identify(t, r, cert, now.Add(-time.Hour), fault.CertificateRevoked) // a clock set back revives nothing
}

func TestRegistry_Rotation(t *testing.T) {
	r, ca, old := registered(t)
	fresh := ca.issue(t, now, now.AddDate(1, 0, 0))
	must.OK(t, r.PutCertificate(registry.Certificate{System: aid.ID, PEM: text(fresh)}))
	for _, cert := range []*x509.Certificate{old, fresh} {
		if s := identify(t, r, cert, now, ""); s.System.ID != aid.ID {
			t.Error("both certificates are the system's")
		}
	}
	if n := len(r.Certificates()); n != 2 {
		t.Errorf("%d certificates", n)
	}
}

func TestRegistry_Lists(t *testing.T) {
	r, _, _ := registered(t)
	other := townHall
	other.ID, other.IDNO = "altul", "1999900000025"
	must.OK(t, r.PutParticipant(other))
	if p := r.Participants(); len(p) != 2 || p[0].ID != "altul" {
		t.Errorf("participants by id: %v", p)
	}
	if s := r.Systems(); len(s) != 1 || s[0].ID != aid.ID {
		t.Errorf("systems: %v", s)
	}
	if s, ok := r.System(aid.ID); !ok || s.Participant.ID != townHall.ID {
		t.Error("a system's standing is not found")
	}
	if _, ok := r.System("no.such"); ok {
		t.Error("an unknown system is found")
	}
	if _, ok := r.Participant("no"); ok {
		t.Error("an unknown participant is found")
	}
}

// TestRegistry_EveryChangeIsANewGeneration: what was derived from the registry is known to be stale.
func TestRegistry_EveryChangeIsANewGeneration(t *testing.T) {
	r, ca, cert := registered(t)
	seen := map[uint64]bool{r.Generation(): true}
	if leaves := r.Leaves(); len(leaves) != 1 || !leaves[0].Equal(cert) {
		t.Errorf("leaves %v", leaves)
	}
	for n, change := range []func(){
		func() { must.OK(t, r.PutParticipant(townHall)) }, func() { must.OK(t, r.PutSystem(aid)) },
		func() {
			must.OK(t, r.PutCertificate(registry.Certificate{System: aid.ID, PEM: text(ca.issue(t, now, now.AddDate(1, 0, 0)))}))
		},
		func() { r.RemoveCertificate(registry.FingerprintOf(cert)) }, func() { r.RemoveSystem(aid.ID) }, func() { r.RemoveParticipant(townHall.ID) },
	} {
		if change(); seen[r.Generation()] {
			t.Errorf("change %d goes unseen", n)
		}
		seen[r.Generation()] = true
	}
}

func TestRegistry_ConcurrentUse(t *testing.T) {
	r, _, cert := registered(t)
	suspended := aid
	suspended.Status = registry.Suspended
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 2000 {
				if _, err := r.Identify([]*x509.Certificate{cert}, now); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 500 {
		must.OK(t, r.PutSystem(suspended))
		must.OK(t, r.PutSystem(aid))
	}
	all.Wait()
}

func BenchmarkIdentify(b *testing.B) {
	r, _, cert := registered(b)
	chain := []*x509.Certificate{cert}
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := r.Identify(chain, now); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// Identification must not depend on who else is registered. The bound is one that a busy machine keeps and that a
// search through all systems, or a verification for every call, breaks.
func TestIdentify_CostIsFlat(t *testing.T) {
	r, _, cert := registered(t)
	for i := range 5000 {
		s := aid
		s.ID = mconnect.SystemID(fmt.Sprintf("primaria.s%d", i))
		must.OK(t, r.PutSystem(s))
	}
	chain, best := []*x509.Certificate{cert}, time.Hour
	for range 5 {
		start := time.Now()
		for range 5000 {
			must.Get(r.Identify(chain, now))(t)
		}
		best = min(best, time.Since(start)/5000)
	}
	if best > 50*time.Microsecond {
		t.Errorf("identifying takes %s", best)
	}
}
