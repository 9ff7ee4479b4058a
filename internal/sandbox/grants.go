package sandbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
)

// maxBases is how many different legal bases are remembered for one system and service; the oldest goes first.
const maxBases = 20

// Real is the country as it is: what the sandbox follows.
type Real struct {
	Registry   *registry.Registry
	Catalog    *catalog.Catalog
	Agreements *agreement.Book
	Revision   func() int64 // of the country; it grows with every change
}

// Carrier carries a call; *exchange.Exchange is one.
type Carrier interface {
	Do(ctx context.Context, c *exchange.Call) (*exchange.Answer, error)
}

// Grants keep the sandbox's own catalogue and book of agreements up to date. In the catalogue stand the services as
// they are published, and drafts whose provider lets them answer here, as if they were. In the book stand the real
// agreements; where a system has none for a service (of this MAJOR), one that grants everything is made for each basis
// that it states. It is safe for concurrent use.
type Grants struct {
	Catalog    *catalog.Catalog
	Agreements *agreement.Book
	People     *People // whom the examples of the services tell of

	real Real
	now  func() time.Time

	changes  atomic.Int64 // counts what a list or WSDL would show
	mu       sync.Mutex
	revision int64
	library  *schema.Library                  // as taken over
	made     map[place][]mconnect.AgreementID // oldest first
	offered  map[mconnect.SystemID]bool       // systems to whom everything is offered
}

// place is where an agreement is missing.
type place struct {
	system  mconnect.SystemID
	service mconnect.ServiceName
	major   int
}

// NewGrants makes an empty sandbox of a country; Follow fills it.
func NewGrants(real Real, now func() time.Time) *Grants {
	return &Grants{
		Catalog: catalog.New(), Agreements: agreement.NewBook(), People: &People{}, real: real, now: now, revision: -1,
		made:    map[place][]mconnect.AgreementID{},
		offered: map[mconnect.SystemID]bool{},
	}
}

// Follow takes over what has changed in the country. It costs nothing when nothing has.
func (g *Grants) Follow() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	revision := g.real.Revision()
	if revision == g.revision {
		return nil
	}
	if err := g.services(); err != nil {
		return err
	}
	g.agreements()
	g.People.Learn(g.Catalog.All())
	g.revision = revision
	g.changes.Add(1)
	return nil
}

func (g *Grants) services() error {
	stands := map[string]bool{}
	if shared := g.real.Catalog.Library(); shared != g.library {
		for _, part := range parts(shared) {
			g.Catalog.Share(part)
		}
		g.library = shared
	}
	for _, r := range g.real.Catalog.All() {
		s := r.Declared
		if s.Status == catalog.Draft {
			if !s.Sandbox {
				continue
			}
			s.Status = catalog.Published
		}
		if err := g.Catalog.Put(s); err != nil {
			return err
		}
		stands[s.ID()] = true
	}
	for _, r := range g.Catalog.All() {
		if !stands[r.ID()] {
			g.Catalog.Remove(r.Name, r.Version)
		}
	}
	return nil
}

// parts are what services share: categories, code lists and types.
func parts(l *schema.Library) (all []schema.Shared) {
	for _, c := range l.Categories() {
		all = append(all, c)
	}
	for _, c := range l.Classifiers() {
		all = append(all, c.Classifier)
	}
	for _, d := range l.Types() {
		all = append(all, *d)
	}
	return all
}

// agreements takes over the real ones and forgets those made here: a real one may stand in their place now.
func (g *Grants) agreements() {
	stands := map[mconnect.AgreementID]bool{}
	for _, a := range g.real.Agreements.All() {
		g.Agreements.Put(tried(a))
		stands[a.ID] = true
	}
	for _, a := range g.Agreements.All() {
		if !stands[a.ID] {
			g.Agreements.Remove(a.ID)
		}
	}
	clear(g.made)
	clear(g.offered)
}

// tried is an agreement as it stands here: one that is granted and waits for its tests is in force.
func tried(a *agreement.Compiled) *agreement.Compiled {
	if a.Status != agreement.Granted {
		return a
	}
	stated := a.Stated()
	stated.Status, stated.Validity = agreement.InForce, mconnect.Period{}
	stated.Purposes = slices.Clone(stated.Purposes)
	for i := range stated.Purposes {
		stated.Purposes[i].Validity = mconnect.Period{}
	}
	made, err := agreement.Compile(stated)
	if err != nil {
		return a
	}
	return made
}

// Offer makes an agreement for every service that a system has none for, so that lists and WSDLs show what it may call
// here: everything.
func (g *Grants) Offer(system mconnect.SystemID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.offered[system] {
		return
	}
	g.offered[system] = true
	for _, ready := range g.Catalog.All() {
		g.put(system, ready, string(purpose))
	}
	g.changes.Add(1)
}

// Changes grows whenever what a system may call here has changed, so that descriptions can be kept until then.
func (g *Grants) Changes() int64 { return g.changes.Load() }

// OfferTo offers everything to a system that is named, if there is such a one.
func (g *Grants) OfferTo(name string) {
	if id, err := mconnect.ParseSystemID(name); err == nil {
		if _, known := g.real.Registry.System(id); known {
			g.Offer(id)
		}
	}
}

// Identifier is the registry, which offers everything to whom it finds.
type Identifier struct {
	*registry.Registry
	grants *Grants
}

// Identifier returns the registry of the sandbox.
func (g *Grants) Identifier() Identifier { return Identifier{g.real.Registry, g} }

// Identify finds the system behind a certificate, as the registry does, and offers it everything.
func (i Identifier) Identify(chain []*x509.Certificate, at time.Time) (*registry.Identity, error) {
	who, err := i.Registry.Identify(chain, at)
	if err == nil {
		i.grants.Offer(who.System.ID)
	}
	return who, err
}

// IdentifySigner is Identify for the certificate of a signature.
func (i Identifier) IdentifySigner(chain []*x509.Certificate, at time.Time) (*registry.Identity, error) {
	who, err := i.Registry.IdentifySigner(chain, at)
	if err == nil {
		i.grants.Offer(who.System.ID)
	}
	return who, err
}

// Over is the exchange of the sandbox with everything granted that has to be before a call is judged.
func (g *Grants) Over(inner Carrier) Carrier { return granting{g, inner} }

type granting struct {
	*Grants
	inner Carrier
}

// Do implements Carrier. Who the caller is and whether the call is lawful is judged by the exchange behind, as always.
func (g granting) Do(ctx context.Context, c *exchange.Call) (*exchange.Answer, error) {
	if err := g.Follow(); err != nil {
		return nil, err
	}
	if c.Unread == nil {
		identify := g.real.Registry.Identify
		if c.Signed {
			identify = g.real.Registry.IdentifySigner
		}
		if who, err := identify(c.Chain, g.now()); err == nil {
			g.grant(who.System.ID, c)
		}
	}
	return g.inner.Do(ctx, c)
}

// grant makes the agreement that a call lacks. What cannot be one (a basis against the rules of agreements) is not
// made, and the exchange refuses the call with the reason.
func (g *Grants) grant(system mconnect.SystemID, c *exchange.Call) {
	if c.Version.IsZero() { // as in production: what was signed decides, if anything was
		if signed := g.real.Agreements.For(system, c.Service); len(signed) > 0 {
			return
		}
	}
	ready, err := g.Catalog.Resolve(c.Service, c.Version)
	if err != nil {
		return
	}
	basis := strings.TrimSpace(c.Context.Basis)
	basis = cmp.Or(basis, string(purpose))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.put(system, ready, basis)
}

// put makes an agreement for a basis unless there is a real one. The caller holds the lock.
func (g *Grants) put(system mconnect.SystemID, ready *catalog.Ready, basis string) {
	at := place{system, ready.Name, ready.Version.Major}
	for _, a := range g.real.Agreements.For(system, ready.Name) {
		if a.Version.Major == at.major {
			return
		}
	}
	id := idOf(at, agreement.Normal(basis))
	if _, known := g.Agreements.Get(id); known {
		return
	}
	made, err := agreement.Compile(agreement.Agreement{
		ID: id, Consumer: system, Service: ready.Name, Version: mconnect.Version{Major: ready.Version.Major},
		Note: "sandbox: stands for an agreement that is not signed yet",
		Purposes: []agreement.Purpose{{
			Code: purpose, Title: mconnect.Text{RO: "Încercare în mediul de testare", EN: "Trial in the sandbox",
				RU: "Проба в песочнице"},
			LegalBasis: agreement.LegalBasis{Act: basis, Article: "sandbox"}, Accepts: []string{basis},
			Fields: []string{agreement.Everything},
		}},
	})
	if err != nil {
		return
	}
	made.Trial = true
	g.Agreements.Put(made)
	g.made[at] = append(g.made[at], id)
	if old := g.made[at]; len(old) > maxBases {
		g.Agreements.Remove(old[0])
		g.made[at] = old[1:]
	}
}

// purpose is the code of the one purpose of agreements made here.
const purpose mconnect.PurposeCode = "sandbox"

func idOf(at place, basis string) mconnect.AgreementID {
	sum := sha256.Sum256([]byte(string(at.system) + "\x00" + string(at.service) + "\x00" + string(rune(at.major)) +
		"\x00" + basis))
	return mconnect.AgreementID("sandbox." + hex.EncodeToString(sum[:12]))
}
