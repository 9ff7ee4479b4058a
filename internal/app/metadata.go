package app

import (
	"cmp"
	"net"
	"slices"
	"sync"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/config"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/dcat"
	"mconnect/internal/domain/registry"
	"mconnect/internal/manifest"
)

// metadata keeps the catalogue's linked data, made again when the state has changed: anybody may request it.
type metadata struct {
	of    *Installation
	base  func() string // where systems reach the exchange
	mu    sync.Mutex
	known map[string]cachedDocument
}

type cachedDocument struct {
	revision int64
	text     []byte
}

func (m *metadata) document(form string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	revision := m.of.Country.Revision()
	if d, ok := m.known[form]; ok && d.revision == revision {
		return d.text, nil
	}
	text, err := m.of.Metadata(form, m.base())
	if err == nil {
		m.known[form] = cachedDocument{revision, text}
	}
	return text, err
}

// Metadata is the published catalogue as JSON-LD: form "dcat" after DCAT-AP 3, "cpsv" with the public services that
// agreements in force serve, after CPSV-AP 3. base is the platform's address for systems; "" takes the configured one.
func (i *Installation) Metadata(form, base string) ([]byte, error) {
	if form != "dcat" && form != "cpsv" {
		return nil, fault.New(fault.QueryInvalid, "what", "form: dcat or cpsv")
	}
	cfg := dcat.Config{Base: cmp.Or(base, publicAddress(i.Config.Exchange)), Services: i.Rooms.Catalog.All()}
	for _, p := range i.Rooms.Registry.Participants() {
		cfg.Owners = append(cfg.Owners, dcat.Owner{ID: p.ID, IDNO: p.IDNO, Name: p.Name,
			Public: p.Sector == registry.Public})
	}
	for _, s := range i.Rooms.Registry.Systems() {
		if s.Has(registry.Provider) {
			cfg.Register = append(cfg.Register, register(s, cfg.Services))
		}
	}
	if form == "cpsv" {
		cfg.Public = publicServices(i.Rooms)
	}
	return dcat.Document(cfg)
}

// register is what is known of the register behind a system: what it says of itself, and what its services say of it.
func register(s registry.System, services []*catalog.Ready) dcat.Register {
	r := dcat.Register{System: s.ID, Title: s.Name, Contact: contactOf(s.Contacts)}
	for _, svc := range services {
		if svc.Provider != s.ID || (svc.Status != catalog.Published && svc.Status != catalog.Deprecated) {
			continue
		}
		if r.Contact.Email == "" && svc.Contact.Email != "" {
			r.Contact = dcat.Contact{Name: svc.Contact.Name.RO, Email: svc.Contact.Email}
		}
		if r.Description == (mconnect.Text{}) {
			r.Description = svc.Quality.Source
		}
		r.Periodicity = cmp.Or(r.Periodicity, frequencies[svc.Quality.Frequency])
		for _, a := range svc.LegalBasis {
			if act := (dcat.Act{Title: a.Act, Part: a.Article}); !slices.Contains(r.Basis, act) {
				r.Basis = append(r.Basis, act)
			}
		}
	}
	return r
}

// frequencies leads from the catalogue's words to the EU authority table.
var frequencies = map[string]dcat.Periodicity{
	"continuous": dcat.Continuous, "hourly": "HOURLY", "daily": dcat.Daily, "weekly": dcat.Weekly,
	"monthly": dcat.Monthly, "quarterly": "QUARTERLY",
	"yearly": dcat.Annual, "irregular": dcat.Irregular,
}

// publicAddress is the address of the exchange listener as systems know it.
func publicAddress(e config.Exchange) string {
	if e.URL != "" {
		return e.URL
	}
	_, port, _ := net.SplitHostPort(e.Listen) // validated
	return "https://" + net.JoinHostPort(cmp.Or(e.Names[0], "localhost"), port)
}

// contactOf is the address for questions: the technical contact before any other.
func contactOf(contacts []registry.Contact) (found dcat.Contact) {
	for _, c := range contacts {
		if c.Email != "" && (found.Email == "" || c.Role == "technical") {
			found = dcat.Contact{Name: cmp.Or(c.Name, c.Role), Email: c.Email}
		}
	}
	return found
}

// publicServices are the purposes of authorities' agreements: each is what an authority does for people with the data.
func publicServices(images manifest.Images) (all []dcat.PublicService) {
	at := map[string]int{}
	for _, a := range images.Agreements.All() {
		authority := a.Consumer.Participant()
		owner, known := images.Registry.Participant(authority)
		if !known || owner.Sector != registry.Public || (a.Status != "" && a.Status != agreement.InForce) {
			continue
		}
		for _, p := range a.Purposes {
			id := string(authority) + "/" + string(p.Code)
			n, found := at[id]
			if !found {
				n = len(all)
				at[id] = n
				all = append(all, dcat.PublicService{
					ID: id, Title: p.Title, Authority: authority,
					Basis: []dcat.Act{{Title: p.LegalBasis.Act, Part: p.LegalBasis.Article}},
				})
			}
			all[n].Uses = append(all[n].Uses, mconnect.ServiceName(a.Service))
		}
	}
	return all
}
