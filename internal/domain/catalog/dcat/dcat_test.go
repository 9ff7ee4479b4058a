package dcat_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/dcat"
	"mconnect/test/must"
)

type graph map[string]map[string]any

func described(t *testing.T, cfg dcat.Config) (graph, string) {
	t.Helper()
	text := must.Get(dcat.Document(cfg))(t)
	var doc struct {
		Context map[string]string `json:"@context"`
		Graph   []map[string]any  `json:"@graph"`
	}
	must.OK(t, json.Unmarshal(text, &doc))
	g := graph{}
	for _, n := range doc.Graph {
		id := n["@id"].(string)
		if g[id] != nil {
			t.Errorf("%s stands twice", id)
		}
		g[id] = n
		for name := range n {
			if prefix, _, ok := strings.Cut(name, ":"); ok && doc.Context[prefix] == "" {
				t.Errorf("%s: the prefix of %s is not declared", id, name)
			}
		}
	}
	return g, string(text)
}

const base = "https://mconnect.example:8443"

// links are the ids that a property leads to.
func links(n map[string]any, property string) (ids []string) {
	switch v := n[property].(type) {
	case map[string]any:
		ids = append(ids, v["@id"].(string))
	case []any:
		for _, item := range v {
			ids = append(ids, item.(map[string]any)["@id"].(string))
		}
	}
	return ids
}

func TestDocument_ServicesRegistersAndOwners(t *testing.T) {
	g, _ := described(t, sampleConfig(t))
	all := g[base+"/catalog"]
	if got := links(all, "dcat:service"); !slices.Equal(got, []string{base + "/catalog/services/GetPerson/2.0.0", base + "/catalog/services/GetPerson/1.0.0", base + "/catalog/services/GetVehicle/1.0.0"}) {
		t.Errorf("services %v", got)
	}
	if got := links(all, "dcat:dataset"); !slices.Equal(got, []string{base + "/catalog/registers/asp.auto", base + "/catalog/registers/asp.rsp"}) {
		t.Errorf("datasets %v", got)
	}
	s := g[base+"/catalog/services/GetPerson/1.0.0"]
	for property, want := range map[string]string{
		"dcat:endpointURL": base + "/api/v1/GetPerson/1.0.0", "dcat:servesDataset": base + "/catalog/registers/asp.rsp", "dct:publisher": base + "/catalog/owners/asp",
		"dct:isReplacedBy": base + "/catalog/services/GetPerson/2.0.0", "dcat:theme": "http://publications.europa.eu/resource/authority/data-theme/SOCI",
		"dcatap:applicableLegislation": base + "/catalog/acts/Legea%20nr.%20100%2F2001%2C%20art.%2012", "dcat:contactPoint": base + "/catalog/registers/asp.rsp/contact",
	} {
		if got := links(s, property); len(got) != 1 || got[0] != want {
			t.Errorf("%s %v; want %s", property, got, want)
		}
	}
	r := g[base+"/catalog/registers/asp.rsp"]
	if got := links(r, "dct:accrualPeriodicity"); got[0] != "http://publications.europa.eu/resource/authority/frequency/CONT" {
		t.Errorf("periodicity %v", got)
	}
	if got := links(g[base+"/catalog/registers/asp.auto"], "dct:accrualPeriodicity"); !strings.HasSuffix(got[0], "/UNKNOWN") {
		t.Errorf("periodicity %v", got)
	}
	if g[base+"/catalog/registers/asp.auto/contact"]["vcard:fn"] != "Agenția Exemplu ță" {
		t.Errorf("contact %v", g[base+"/catalog/registers/asp.auto/contact"])
	}
	if g[base+"/catalog/owners/nobody"] != nil || g[base+"/catalog/services/GetDraft/1.0.0"] != nil || g[base+"/catalog/registers/asp.empty"] != nil {
		t.Error("who has nothing published is described")
	}
}

// TestDocument_LinksAreDefined: what the document says of itself is in it.
func TestDocument_LinksAreDefined(t *testing.T) {
	g, _ := described(t, sampleConfig(t))
	for id, n := range g {
		for property := range n {
			if property == "dcat:endpointURL" || property == "dcat:endpointDescription" || strings.HasPrefix(property, "@") {
				continue
			}
			for _, to := range everyLink(n[property]) {
				if strings.HasPrefix(to, base) && g[to] == nil {
					t.Errorf("%s %s leads to %s, which is not there", id, property, to)
				}
			}
		}
	}
}

func everyLink(v any) []string {
	if m, ok := v.(map[string]any); ok && m["@id"] != nil {
		return []string{m["@id"].(string)}
	}
	var ids []string
	if list, ok := v.([]any); ok {
		for _, item := range list {
			ids = append(ids, everyLink(item)...)
		}
	}
	return ids
}

func TestDocument_ProvidersStayInternal(t *testing.T) {
	_, text := described(t, sampleConfig(t))
	for _, secret := range []string{"10.11.12.13", "secret-path", "GetDraft", "GetOld"} {
		if strings.Contains(text, secret) {
			t.Errorf("tells %s", secret)
		}
	}
}

func TestDocument_PublicServicesOnlyWhenGiven(t *testing.T) {
	cfg := sampleConfig(t)
	g, _ := described(t, cfg)
	p := g[base+"/catalog/public/primaria%2Fajutor-social"]
	if p["@type"] != "cpsv:PublicService" || links(p, "cv:hasCompetentAuthority")[0] != base+"/catalog/owners/primaria" ||
		links(p, "cpsv:hasInput")[0] != base+"/catalog/evidence/GetPerson" || len(links(p, "cv:hasLegalResource")) != 1 {
		t.Errorf("%v", p)
	}
	e := g[base+"/catalog/evidence/GetPerson"]
	if e["@type"] != "cv:Evidence" || len(links(e, "dct:relation")) != 2 {
		t.Errorf("%v", e)
	}
	cfg.Public = nil
	_, text := described(t, cfg)
	if strings.Contains(text, "cpsv:PublicService") || strings.Contains(text, "Primăria") {
		t.Error("public services are told without being handed in")
	}
}

func TestDocument_IsDeterministic(t *testing.T) {
	a := sampleConfig(t)
	b := sampleConfig(t)
	slices.Reverse(b.Services)
	slices.Reverse(b.Owners)
	slices.Reverse(b.Register)
	one := must.Get(dcat.Document(a))(t)
	two, err := dcat.Document(b)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("differ: %v", err)
	}
}

func TestDocument_LanguagesOfTheText(t *testing.T) {
	cfg := sampleConfig(t)
	cfg.Services[0].Title = mconnect.Text{RO: `Unul & <doi> "trei"`}
	g, text := described(t, cfg)
	title := g[base+"/catalog/services/GetVehicle/1.0.0"]["dct:title"].([]any)
	if len(title) != 1 || title[0].(map[string]any)["@language"] != "ro" || !strings.Contains(text, `Unul & <doi> \"trei\"`) {
		t.Errorf("%v", title)
	}
}

func TestDocument_Themes(t *testing.T) {
	cfg := sampleConfig(t)
	for category, theme := range map[string]string{"cadastru": "REGI", "transport-rutier": "TRAN", "altele": "GOVE", "agenti-economici": "ECON"} {
		cfg.Services = []*catalog.Ready{service(t, "GetVehicle", "1.0.0", "asp.auto", catalog.Published)}
		cfg.Services[0].Categories = []string{category}
		g, _ := described(t, cfg)
		if got := links(g[base+"/catalog/services/GetVehicle/1.0.0"], "dcat:theme"); len(got) != 1 || !strings.HasSuffix(got[0], "/"+theme) {
			t.Errorf("%s: %v", category, got)
		}
	}
}

func TestDocument_BaseIsAnAddress(t *testing.T) {
	for _, bad := range []string{"", "mconnect.example", "ftp://x", "https://u:p@x", "https://x?y", "https://"} {
		_, err := dcat.Document(dcat.Config{Base: bad})
		if fault.From(err).Code != fault.ResourceInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
