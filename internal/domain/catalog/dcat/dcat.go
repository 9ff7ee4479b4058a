package dcat

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
)

// MediaType of the documents (JSON-LD 1.1, clause C).
const MediaType = "application/ld+json"

// Config is what is described.
type Config struct {
	Base     string // URL of the platform for systems, without path: "https://mconnect.example"
	Owners   []Owner
	Register []Register
	Services []*catalog.Ready // drafts and retired versions are left out
	Public   []PublicService  // nil: DCAT-AP alone
	Modified time.Time        // of the newest change; zero: not said
}

// Owner is an authority or company that keeps registers or provides public services.
type Owner struct {
	ID     mconnect.ParticipantID
	IDNO   mconnect.IDNO
	Name   mconnect.Text
	Public bool // an authority
}

// Register is the data behind one provider system.
type Register struct {
	System      mconnect.SystemID
	Title       mconnect.Text
	Description mconnect.Text // default: Title
	Contact     Contact
	Periodicity Periodicity // default UNKNOWN
	Basis       []Act       // by which it is kept
}

// Contact is an office to turn to.
type Contact struct {
	Name  string
	Email string
}

// Act is a law or other act.
type Act struct {
	Title string // "Legea nr. 100/2001"
	Part  string // "art. 12 alin. (1)"; may be empty
}

// Periodicity is a code of the EU authority table Frequency.
type Periodicity string

// Some of them.
const (
	Continuous Periodicity = "CONT"
	Daily      Periodicity = "DAILY"
	Weekly     Periodicity = "WEEKLY"
	Monthly    Periodicity = "MONTHLY"
	Annual     Periodicity = "ANNUAL"
	Irregular  Periodicity = "IRREG"
	Unknown    Periodicity = "UNKNOWN"
)

// PublicService is what an authority does for people with the data, one purpose of its agreements.
type PublicService struct {
	ID        string // "<participant>/<purpose>"
	Title     mconnect.Text
	Authority mconnect.ParticipantID
	Basis     []Act
	Uses      []mconnect.ServiceName
}

const authority = "http://publications.europa.eu/resource/authority/"

// themes leads from words in categories to the EU authority table Data theme.
var themes = []struct{ word, theme string }{
	{"agric", "AGRI"}, {"educa", "EDUC"}, {"invat", "EDUC"}, {"mediu", "ENVI"}, {"energ", "ENER"}, {"sanat", "HEAL"},
	{"health", "HEAL"},
	{"justit", "JUST"}, {"jurid", "JUST"}, {"populat", "SOCI"}, {"persoan", "SOCI"}, {"social", "SOCI"},
	{"transport", "TRAN"}, {"vehic", "TRAN"},
	{"cadast", "REGI"}, {"imobil", "REGI"}, {"fisc", "ECON"}, {"econom", "ECON"}, {"firm", "ECON"}, {"compan", "ECON"},
	{"intreprind", "ECON"},
	{"stiint", "TECH"}, {"tehn", "TECH"}, {"international", "INTR"},
}

// Document returns the JSON-LD. The fault is resource.invalid for a base that is no https or http address.
func Document(cfg Config) ([]byte, error) {
	u, err := url.Parse(cfg.Base)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" ||
		u.Fragment != "" || u.User != nil {
		var found fault.Findings
		found.Add("/base", fault.InputFormat, "want", "https://host[:port]")
		return nil, found.Err(fault.ResourceInvalid, "kind", "DCAT", "id", "base")
	}
	cfg.Base = strings.TrimSuffix(cfg.Base, "/")
	g := graph{cfg: cfg, acts: map[string]bool{}}
	g.write()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(struct {
		Context json.RawMessage `json:"@context"`
		Graph   []node          `json:"@graph"`
	}{json.RawMessage(context), g.nodes})
	return out.Bytes(), err
}

// graph is a document being written.
type graph struct {
	cfg   Config
	nodes []node
	acts  map[string]bool
}

func (g *graph) iri(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = url.PathEscape(p)
	}
	return g.cfg.Base + "/catalog/" + strings.Join(escaped, "/")
}

func (g *graph) owner(id mconnect.ParticipantID) string { return g.iri("owners", string(id)) }

func (g *graph) register(id mconnect.SystemID) string { return g.iri("registers", string(id)) }

func (g *graph) service(s *catalog.Ready) string {
	return g.iri("services", string(s.Name), s.Version.String())
}

// write puts catalogue, owners, registers, services and public services in this order, each by its id.
func (g *graph) write() {
	services := slices.Clone(g.cfg.Services)
	services = slices.DeleteFunc(services, func(s *catalog.Ready) bool {
		return s.Status != catalog.Published &&
			s.Status != catalog.Deprecated
	})
	slices.SortFunc(services, func(a, b *catalog.Ready) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), b.Version.Compare(a.Version))
	})
	serves := map[mconnect.SystemID][]*catalog.Ready{}
	for _, s := range services {
		serves[s.Provider] = append(serves[s.Provider], s)
	}
	registers := slices.DeleteFunc(slices.Clone(g.cfg.Register),
		func(r Register) bool { return len(serves[r.System]) == 0 })
	slices.SortFunc(registers, func(a, b Register) int { return cmp.Compare(a.System, b.System) })
	g.catalogue(registers, services)
	g.owners(registers, services)
	for _, r := range registers {
		g.dataset(r, serves[r.System])
	}
	for _, s := range services {
		g.dataService(s, registers)
	}
	public := slices.Clone(g.cfg.Public)
	slices.SortFunc(public, func(a, b PublicService) int { return cmp.Compare(a.ID, b.ID) })
	g.public(public, services)
	g.terms()
}

func (g *graph) catalogue(registers []Register, services []*catalog.Ready) {
	n := node{
		ID: g.cfg.Base + "/catalog", Type: "dcat:Catalog",
		Title: literals(mconnect.Text{RO: "Catalogul semantic MConnect", EN: "MConnect semantic catalogue",
			RU: "Семантический каталог MConnect"}),
		Description: literals(mconnect.Text{
			RO: "Registrele și serviciile de date accesibile prin platforma de interoperabilitate.",
			EN: "The registers and data services reachable through the interoperability platform.",
			RU: "Регистры и сервисы данных, доступные через платформу интероперабельности.",
		}),
		Publisher: link(g.iri("operator")), Homepage: link(g.cfg.Base + "/catalog.jsonld"),
		Spatial:    link(authority + "country/MDA"),
		Language:   []ref{{authority + "language/RON"}, {authority + "language/ENG"}, {authority + "language/RUS"}},
		ThemeTable: link(authority + "data-theme"), License: link(licence),
	}
	if !g.cfg.Modified.IsZero() {
		n.Modified = &typed{"xsd:dateTime", g.cfg.Modified.UTC().Format(time.RFC3339)}
	}
	for _, r := range registers {
		n.Dataset = append(n.Dataset, ref{g.register(r.System)})
	}
	for _, s := range services {
		n.Service = append(n.Service, ref{g.service(s)})
	}
	operator := literals(mconnect.Text{RO: "Operatorul platformei MConnect", EN: "Operator of the MConnect platform",
		RU: "Оператор платформы MConnect"})
	g.nodes = append(g.nodes, n, node{ID: n.Homepage.ID, Type: "foaf:Document"}, node{
		ID: g.iri("operator"), Type: "foaf:Agent", Identifier: g.iri("operator"), Name: operator, Title: operator,
	})
}

// owners writes those who keep a register or provide a public service, and nobody else.
func (g *graph) owners(registers []Register, services []*catalog.Ready) {
	keeps, serves := map[mconnect.ParticipantID]bool{}, map[mconnect.ParticipantID]bool{}
	for _, r := range registers {
		keeps[r.System.Participant()] = true
	}
	for _, s := range services {
		keeps[s.OwnerID()] = true
	}
	for _, p := range g.cfg.Public {
		serves[p.Authority] = true
	}
	owners := slices.Clone(g.cfg.Owners)
	slices.SortFunc(owners, func(a, b Owner) int { return cmp.Compare(a.ID, b.ID) })
	for _, o := range owners {
		if !keeps[o.ID] && !serves[o.ID] {
			continue
		}
		// DCAT-AP calls an agent by foaf:name, CPSV-AP by dct:title, and an organisation by skos:prefLabel.
		name := literals(o.Name)
		n := node{ID: g.owner(o.ID), Type: "foaf:Agent", Name: name, Title: name, Label: name,
			Identifier: string(o.IDNO)}
		if serves[o.ID] {
			n.Type = []string{"cv:PublicOrganisation", "foaf:Agent"}
			n.Spatial = link(authority + "country/MDA")
		}
		if o.Public {
			n.Kind = link(publisher)
		}
		g.nodes = append(g.nodes, n)
	}
}

func (g *graph) dataset(r Register, services []*catalog.Ready) {
	if r.Description == (mconnect.Text{}) {
		r.Description = r.Title
	}
	n := node{
		ID: g.register(r.System), Type: "dcat:Dataset", Title: literals(r.Title), Description: literals(r.Description),
		Identifier: string(r.System),
		Publisher:  link(g.owner(r.System.Participant())), Spatial: link(authority + "country/MDA"),
		AccessRights: link(authority + "access-right/RESTRICTED"),
		Periodicity:  link(authority + "frequency/" + string(cmp.Or(r.Periodicity, Unknown))),
		Legislation:  g.legislation(r.Basis),
	}
	var categories []string
	for _, s := range services {
		categories = append(categories, s.Categories...)
	}
	n.Theme, n.Keyword = themesOf(categories)
	n.Contact = g.contact(r, n.ID)
	g.nodes = append(g.nodes, n)
}

// contact writes the office to turn to; a register without one names its owner.
func (g *graph) contact(r Register, of string) *ref {
	c := node{ID: of + "/contact", Type: "vcard:Kind", FullName: r.Contact.Name}
	for _, o := range g.cfg.Owners {
		if o.ID == r.System.Participant() && c.FullName == "" {
			c.FullName = o.Name.RO
		}
	}
	if r.Contact.Email != "" {
		c.Email = link("mailto:" + r.Contact.Email)
	}
	if c.FullName == "" {
		return nil
	}
	g.nodes = append(g.nodes, c)
	return link(c.ID)
}

func (g *graph) dataService(s *catalog.Ready, registers []Register) {
	n := node{
		ID: g.service(s), Type: "dcat:DataService", Title: literals(s.Title), Description: literals(s.Description),
		Identifier: s.ID(),
		Publisher:  link(g.owner(s.OwnerID())), Version: s.Version.String(),
		EndpointURL: link(g.cfg.Base + "/api/v1/" + s.ID()), EndpointDescription: link(g.cfg.Base + "/api/v1/services"),
		AccessRights: link(authority + "access-right/RESTRICTED"),
	}
	n.Theme, n.Keyword = themesOf(s.Categories)
	for _, r := range registers {
		if r.System == s.Provider {
			n.ServesDataset = []ref{{g.register(r.System)}}
			basis := r.Basis
			if len(s.LegalBasis) > 0 {
				basis = nil
				for _, a := range s.LegalBasis {
					basis = append(basis, Act{a.Act, a.Article})
				}
			}
			n.Legislation = g.legislation(basis)
			n.Contact = link(g.register(r.System) + "/contact")
		}
	}
	if s.Status == catalog.Deprecated {
		n.Status = link(authority + "distribution-status/DEPRECATED")
		if name, version, ok := strings.Cut(s.Successor, "/"); ok {
			n.ReplacedBy = link(g.iri("services", name, version))
		}
	}
	g.nodes = append(g.nodes, n)
}

// themesOf are the EU themes and the keywords of categories. What no word matches belongs to government.
func themesOf(categories []string) (found []ref, keywords []literal) {
	categories = slices.Compact(slices.Sorted(slices.Values(categories)))
	codes := map[string]bool{}
	for _, c := range categories {
		keywords = append(keywords, literal{"ro", c})
		for _, t := range themes {
			if strings.Contains(c, t.word) {
				codes[t.theme] = true
			}
		}
	}
	if len(codes) == 0 {
		codes["GOVE"] = true
	}
	for code := range codes {
		found = append(found, ref{authority + "data-theme/" + code})
	}
	slices.SortFunc(found, func(a, b ref) int { return cmp.Compare(a.ID, b.ID) })
	return found, keywords
}

// legislation writes acts, each once, and links to them.
func (g *graph) legislation(acts []Act) (links []ref) {
	for _, a := range acts {
		title := strings.TrimSpace(strings.Join([]string{a.Title, a.Part}, ", "))
		title = strings.Trim(title, ", ")
		if title == "" {
			continue
		}
		id := g.iri("acts", title)
		links = append(links, ref{id})
		if !g.acts[id] {
			g.acts[id] = true
			g.nodes = append(g.nodes, node{ID: id, Type: "eli:LegalResource", Title: []literal{{"ro", title}}})
		}
	}
	return links
}

// public writes public services and the evidence that they take from data services.
func (g *graph) public(all []PublicService, services []*catalog.Ready) {
	evidence := map[mconnect.ServiceName]bool{}
	for _, p := range all {
		says := p.Title
		if len(p.Basis) > 0 {
			act := " (" + strings.Trim(p.Basis[0].Title+", "+p.Basis[0].Part, ", ") + ")"
			for _, text := range []*string{&says.RO, &says.EN, &says.RU} {
				if *text != "" {
					*text += act
				}
			}
		}
		n := node{
			ID: g.iri("public", p.ID), Type: "cpsv:PublicService", Identifier: p.ID, Title: literals(p.Title),
			Description: literals(says),
			Authority:   link(g.owner(p.Authority)), Spatial: link(authority + "country/MDA"),
			Language: []ref{{authority + "language/RON"}, {authority + "language/RUS"}},
		}
		n.LegalResource = g.legislation(p.Basis)
		for _, s := range services {
			if slices.Contains(p.Uses, s.Name) && (len(n.Input) == 0 || n.Input[len(n.Input)-1].ID != g.iri("evidence",
				string(s.Name))) {
				n.Input = append(n.Input, ref{g.iri("evidence", string(s.Name))})
				evidence[s.Name] = true
			}
		}
		g.nodes = append(g.nodes, n)
	}
	for _, s := range services {
		if !evidence[s.Name] {
			continue
		}
		evidence[s.Name] = false // once, by the newest version
		e := node{ID: g.iri("evidence", string(s.Name)), Type: "cv:Evidence", Identifier: string(s.Name),
			Title: literals(s.Title), Description: literals(s.Description)}
		for _, version := range services {
			if version.Name == s.Name {
				e.Relation = append(e.Relation, ref{g.service(version)})
			}
		}
		g.nodes = append(g.nodes, e)
	}
}
