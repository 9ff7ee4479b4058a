package exchange_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"go.uber.org/goleak"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(engines.Suite{Tests: m}) }

// Synthetic numbers; the last digit is computed by the rule.
const (
	aPerson  = "2000000000004"
	anOther  = "2000000000015"
	townHall = "1000000000007"
	register = "1000000000018"
)

// platform is one small country in memory over a real journal in a real store.
type platform struct {
	*exchange.Exchange
	cfg      exchange.Config
	registry *registry.Registry
	catalog  *catalog.Catalog
	book     *agreement.Book
	journal  *journal.Journal
	log      *store.Log
	url      string // of the store
	sealing  func() // called before a batch is sealed and committed
	trusting func() // called before a certificate is trusted
	keys     journal.Keys
	deliver  func(context.Context, exchange.Delivery) (exchange.Reply, error)
	ledger   ledger
	kept     keeper
	seen     []exchange.Observation
	mu       sync.Mutex
	chain    []*x509.Certificate
	stranger []*x509.Certificate
}

// ledger is the real journal, which a test may break for a while.
type ledger struct {
	to     exchange.Ledger
	before func(journal.Record) error
}

func (l *ledger) Record(ctx context.Context, r journal.Record) (journal.Receipt, error) {
	if l.before != nil {
		if err := l.before(r); err != nil {
			return journal.Receipt{}, err
		}
	}
	return l.to.Record(ctx, r)
}

// keeper keeps bodies sealed in memory, as app does in the store.
type keeper struct {
	keys  journal.Keys
	fail  error
	held  map[string][]byte
	until time.Time
}

func (k *keeper) Keep(_ context.Context, call mconnect.CallID, part string, body []byte, expires time.Time) error {
	if k.fail != nil {
		return k.fail
	}
	sealed, err := k.keys.SealBody(call, part, body)
	if k.held == nil {
		k.held = map[string][]byte{}
	}
	k.held[string(call)+"/"+part], k.until = sealed, expires
	return err
}

// meter joins the journal's meter with agreements, as app does.
type meter struct{ *journal.Meter }

func limitOf(a *agreement.Compiled) journal.Limit {
	return journal.Limit{PerDay: a.Quota.PerDay, PerSecond: a.Quota.PerSecond, Burst: a.Quota.Burst}
}

func (m meter) Usage(a *agreement.Compiled, at time.Time) agreement.Usage {
	today, exceeded := m.Meter.Usage(a.ID, limitOf(a), at)
	return agreement.Usage{Today: today, RateExceeded: exceeded}
}

func (m meter) Take(a *agreement.Compiled, at time.Time) bool {
	return m.Meter.Take(a.ID, limitOf(a), at)
}

// origin of the journals.
const origin = "exchange.test/journal"

// sealer is the real one, which a test may stop.
type sealer struct {
	*journal.Sealer
	w *platform
}

func (s *sealer) Seal(head appendlog.Head, entries []appendlog.Entry) (appendlog.Head, []byte, error) {
	s.w.sealing()
	return s.Sealer.Seal(head, entries)
}

func newPlatform(t testing.TB, change ...func(*exchange.Config)) *platform {
	t.Helper()
	w := &platform{}
	w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) {
		return exchange.Reply{Body: []byte(`{"IDNP":"` + aPerson + `","LastName":"Exemplu","Address":{"City":"Bălți","Street":"Testelor 1"},"Secret":"x"}`)}, nil
	}
	ctx := t.Context()
	w.url, w.sealing, w.trusting = engines.URL(t), func() {}, func() {}
	db := must.Get(store.Open(ctx, store.Config{URL: w.url}))(t)
	t.Cleanup(func() { must.OK(t, db.Close()) })
	w.keys = must.Get(journal.NewKeys())(t)
	w.log = must.Get(db.OpenLog(ctx, "journal", &sealer{journal.NewSealer(w.keys, origin), w}))(t)
	w.journal = must.Get(journal.New(journal.Config{Log: w.log, Keys: w.keys, Origin: origin, Node: "test"}))(t)
	counts := must.Get(w.journal.Meter(ctx, db))(t)
	w.populate(t)
	w.ledger.to, w.kept.keys = w.journal, w.keys
	w.cfg = exchange.Config{
		Registry: w.registry, Catalog: w.catalog, Agreements: w.book, Ledger: &w.ledger, Deliverer: w, Meter: meter{counts}, Bodies: &w.kept,
		Observe: w.observe,
	}
	for _, c := range change {
		c(&w.cfg)
	}
	w.Exchange = must.Get(exchange.New(w.cfg))(t)
	t.Cleanup(func() { must.OK(t, w.Close(context.Background())) })
	return w
}

func (w *platform) Deliver(ctx context.Context, d exchange.Delivery) (exchange.Reply, error) {
	return w.deliver(ctx, d)
}

func (w *platform) observe(o exchange.Observation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, o)
}

func (w *platform) populate(t testing.TB) {
	t.Helper()
	w.registry = registry.New(registry.TrustFunc(func([]*x509.Certificate, time.Time) error { w.trusting(); return nil }))
	name := mconnect.Text{RO: "Exemplu"}
	must.OK(t, w.registry.PutParticipant(registry.Participant{ID: "town", IDNO: townHall, Name: name, Sector: registry.Public, Level: registry.Local}))
	must.OK(t, w.registry.PutParticipant(registry.Participant{ID: "reg", IDNO: register, Name: name, Sector: registry.Public, Level: registry.Central}))
	must.OK(t, w.registry.PutSystem(registry.System{ID: "town.desk", Name: name, Roles: []registry.Role{registry.Consumer}}))
	must.OK(t, w.registry.PutSystem(registry.System{ID: "reg.persons", Name: name, Roles: []registry.Role{registry.Provider}}))
	w.chain, w.stranger = selfSigned(t, "desk"), selfSigned(t, "stranger")
	must.OK(t, w.registry.PutCertificate(registry.Certificate{System: "town.desk",
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.chain[0].Raw}))}))
	w.catalog, w.book = catalog.New(), agreement.NewBook()
	must.OK(t, w.catalog.Put(personService()))
	w.agree(t, agreement.Agreement{ID: "town-person", Service: "GetPerson"})
}

func personService() catalog.Service {
	return catalog.Service{
		Name: "GetPerson", Version: mconnect.Version{Major: 1}, Title: mconnect.Text{RO: "Persoana"}, Provider: "reg.persons",
		Status: catalog.Published, Subject: "IDNP", ReadOnly: true,
		Request: schema.Type{Name: "PersonRequest", Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true, Personal: true}}},
		Response: schema.Type{Name: "Person", Fields: []schema.Field{
			{Name: "IDNP", Type: schema.IDNP, Mandatory: true, Personal: true},
			{Name: "LastName", Type: schema.String, Mandatory: true, Personal: true},
			{Name: "Address", Type: schema.Object, Fields: []schema.Field{
				{Name: "City", Type: schema.String}, {Name: "Street", Type: schema.String, Personal: true},
			}},
		}},
		Endpoint: catalog.Endpoint{REST: &catalog.REST{URL: "https://register.test", Method: "POST"}},
	}
}

// document is an opaque service.
func document() catalog.Service {
	s := personService()
	s.Name, s.Response, s.Opaque = "GetExtract", schema.Type{}, &catalog.Opaque{MediaTypes: []string{"application/pdf"}, Personal: true}
	return s
}

// agree puts an agreement with one purpose, "residence", that grants LastName and Address.City.
func (w *platform) agree(t testing.TB, a agreement.Agreement) {
	t.Helper()
	a.Consumer, a.Version = "town.desk", mconnect.Version{Major: 1}
	if a.Purposes == nil {
		a.Purposes = []agreement.Purpose{{
			Code: "residence", Title: mconnect.Text{RO: "Reședință"}, Accepts: []string{"Legea 100/2001"}, Fields: []string{"LastName", "Address.City"},
			LegalBasis: agreement.LegalBasis{Act: "Legea nr. 100/2001", Article: "art. 12"}, Reason: agreement.Reason{Pattern: `DOS-\d+`, Form: mconnect.Text{RO: "număr dosar"}, Example: "DOS-17"},
		}}
	}
	c := must.Get(agreement.Compile(a))(t)
	w.book.Put(c)
}

func selfSigned(t testing.TB, name string) []*x509.Certificate {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	cert := must.Get(x509.ParseCertificate(der))(t)
	return []*x509.Certificate{cert}
}

// call is a lawful one.
func (w *platform) call() *exchange.Call {
	return &exchange.Call{
		Protocol: "rest", Chain: w.chain, Address: netip.MustParseAddr("192.0.2.7"), Service: "GetPerson",
		Context: mconnect.LegalContext{User: anOther, Entity: townHall, Basis: "legea 100/2001", Reason: "DOS-17"},
		Input:   []byte(`{"IDNP":"` + aPerson + `"}`),
	}
}

// records reads the whole journal back, checks its seals as an auditor would, and returns what it holds.
func (w *platform) records(t testing.TB) []journal.Entry {
	t.Helper()
	ctx := context.Background()
	head := must.Get(w.log.Head(ctx))(t)
	var all []journal.Entry
	for i := range head.Size {
		e, _, err := w.journal.Entry(ctx, i)
		must.OK(t, err)
		all = append(all, e)
	}
	if head.Size > 0 {
		if _, err := verify.Journal(ctx, journal.NewSource(w.log), w.journal.Key(), verify.Options{}); err != nil {
			t.Fatalf("the journal does not verify: %v", err)
		}
	}
	return all
}

func kinds(entries []journal.Entry) (list []journal.Kind) {
	for _, e := range entries {
		list = append(list, e.Kind)
	}
	return list
}

func (w *platform) wantKinds(t testing.TB, want ...journal.Kind) []journal.Entry {
	t.Helper()
	all := w.records(t)
	if !slices.Equal(kinds(all), want) {
		t.Fatalf("the journal holds %v, want %v", kinds(all), want)
	}
	return all
}

func wantFault(t testing.TB, err error, code fault.Code, leg fault.Leg) *fault.Error {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code || f.Leg != leg {
		t.Fatalf("got %v, want %s on the leg %s", err, code, leg)
	}
	return f
}
