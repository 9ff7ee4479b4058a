package dcat

import (
	"cmp"
	"slices"
	"strings"

	"mconnect"
)

// Classes of the terms that are referred to. DCAT-AP's shapes ask for them, and a reader without network could not
// know them otherwise.
var classOf = map[string]string{
	"country": "dct:Location", "language": "dct:LinguisticSystem", "access-right": "dct:RightsStatement",
	"frequency":  "dct:Frequency",
	"data-theme": "skos:Concept", "distribution-status": "skos:Concept",
}

// labels are the names of themes and statuses.
var labels = map[string]mconnect.Text{
	"AGRI": {RO: "Agricultură, pescuit, silvicultură și alimente",
		EN: "Agriculture, fisheries, forestry and food"},
	"ECON":       {RO: "Economie și finanțe", EN: "Economy and finance"},
	"EDUC":       {RO: "Educație, cultură și sport", EN: "Education, culture and sport"},
	"ENER":       {RO: "Energie", EN: "Energy"},
	"ENVI":       {RO: "Mediu", EN: "Environment"},
	"GOVE":       {RO: "Guvern și sectorul public", EN: "Government and public sector"},
	"HEAL":       {RO: "Sănătate", EN: "Health"},
	"INTR":       {RO: "Chestiuni internaționale", EN: "International issues"},
	"JUST":       {RO: "Justiție, sistem juridic și siguranță publică", EN: "Justice, legal system and public safety"},
	"REGI":       {RO: "Regiuni și orașe", EN: "Regions and cities"},
	"SOCI":       {RO: "Populație și societate", EN: "Population and society"},
	"TECH":       {RO: "Știință și tehnologie", EN: "Science and technology"},
	"TRAN":       {RO: "Transport", EN: "Transport"},
	"DEPRECATED": {RO: "depășit", EN: "deprecated"},
}

const (
	licence   = "https://creativecommons.org/licenses/by/4.0/"
	publisher = "http://purl.org/adms/publishertype/NationalAuthority"
)

// terms writes a node for every term of an authority table that the document refers to, and for the addresses of
// services: DCAT-AP's shapes for ranges ask for their class.
func (g *graph) terms() {
	used, addresses := map[string]bool{}, map[string]bool{}
	for _, n := range g.nodes {
		for _, r := range []*ref{n.EndpointURL, n.EndpointDescription} {
			if r != nil {
				addresses[r.ID] = true
			}
		}
		for _, r := range []*ref{n.Spatial, n.AccessRights, n.Periodicity, n.ThemeTable, n.License, n.Status, n.Kind} {
			if r != nil {
				used[r.ID] = true
			}
		}
		for _, r := range slices.Concat(n.Language, n.Theme) {
			used[r.ID] = true
		}
	}
	var terms []node
	for iri := range used {
		terms = append(terms, term(iri))
	}
	for iri := range addresses {
		terms = append(terms, node{ID: iri, Type: "rdfs:Resource"})
	}
	slices.SortFunc(terms, func(a, b node) int { return cmp.Compare(a.ID, b.ID) })
	g.nodes = append(g.nodes, terms...)
}

func term(iri string) node {
	table, code, inTable := strings.Cut(strings.TrimPrefix(iri, authority), "/")
	switch {
	case iri == licence:
		return node{ID: iri, Type: "dct:LicenseDocument"}
	case iri == publisher:
		return node{ID: iri, Type: "skos:Concept",
			Label: literals(mconnect.Text{RO: "Autoritate națională", EN: "National authority"})}
	case !inTable: // the table itself
		return node{ID: iri, Type: "skos:ConceptScheme",
			Title: literals(mconnect.Text{RO: "Teme de date ale UE", EN: "EU data themes"})}
	}
	return node{ID: iri, Type: classOf[table], Label: literals(labels[code])}
}
