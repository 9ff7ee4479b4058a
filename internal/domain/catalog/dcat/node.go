package dcat

import "mconnect"

// context gives the prefixes of the vocabularies; every other name in a document is written with one.
const context = `{
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#"
  }`

// node is one resource of the graph; absent properties are not written.
type node struct {
	ID                  string    `json:"@id"`
	Type                any       `json:"@type"` // one name, or several
	Identifier          string    `json:"dct:identifier,omitempty"`
	Title               []literal `json:"dct:title,omitempty"`
	Description         []literal `json:"dct:description,omitempty"`
	Name                []literal `json:"foaf:name,omitempty"`
	Label               []literal `json:"skos:prefLabel,omitempty"`
	Kind                *ref      `json:"dct:type,omitempty"`
	Version             string    `json:"dcat:version,omitempty"`
	Status              *ref      `json:"adms:status,omitempty"`
	ReplacedBy          *ref      `json:"dct:isReplacedBy,omitempty"`
	Publisher           *ref      `json:"dct:publisher,omitempty"`
	Contact             *ref      `json:"dcat:contactPoint,omitempty"`
	FullName            string    `json:"vcard:fn,omitempty"`
	Email               *ref      `json:"vcard:hasEmail,omitempty"`
	Homepage            *ref      `json:"foaf:homepage,omitempty"`
	License             *ref      `json:"dct:license,omitempty"`
	Language            []ref     `json:"dct:language,omitempty"`
	Modified            *typed    `json:"dct:modified,omitempty"`
	Spatial             *ref      `json:"dct:spatial,omitempty"`
	ThemeTable          *ref      `json:"dcat:themeTaxonomy,omitempty"`
	Theme               []ref     `json:"dcat:theme,omitempty"`
	Keyword             []literal `json:"dcat:keyword,omitempty"`
	AccessRights        *ref      `json:"dct:accessRights,omitempty"`
	Periodicity         *ref      `json:"dct:accrualPeriodicity,omitempty"`
	Legislation         []ref     `json:"dcatap:applicableLegislation,omitempty"`
	EndpointURL         *ref      `json:"dcat:endpointURL,omitempty"`
	EndpointDescription *ref      `json:"dcat:endpointDescription,omitempty"`
	ServesDataset       []ref     `json:"dcat:servesDataset,omitempty"`
	Authority           *ref      `json:"cv:hasCompetentAuthority,omitempty"`
	LegalResource       []ref     `json:"cv:hasLegalResource,omitempty"`
	Input               []ref     `json:"cpsv:hasInput,omitempty"`
	Relation            []ref     `json:"dct:relation,omitempty"`
	Dataset             []ref     `json:"dcat:dataset,omitempty"`
	Service             []ref     `json:"dcat:service,omitempty"`
}

// ref leads to another resource.
type ref struct {
	ID string `json:"@id"`
}

// literal is a text in a language.
type literal struct {
	Language string `json:"@language"`
	Value    string `json:"@value"`
}

// typed is a value with its type.
type typed struct {
	Type  string `json:"@type"`
	Value string `json:"@value"`
}

func link(iri string) *ref { return &ref{iri} }

// literals are the languages that a text has.
func literals(t mconnect.Text) (all []literal) {
	for _, l := range []literal{{"ro", t.RO}, {"en", t.EN}, {"ru", t.RU}} {
		if l.Value != "" {
			all = append(all, l)
		}
	}
	return all
}
