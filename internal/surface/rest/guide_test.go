package rest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/surface/rest"
	"mconnect/test/must"
)

type found struct {
	System string       `json:"system"`
	Total  int          `json:"total"`
	Items  []rest.Found `json:"items"`
	Facets struct {
		Statuses []struct{ Value string }
	} `json:"facets"`
}

// TestGuide_EverySystemSeesWhatExists: also what it has no agreement for; drafts and retired versions are not shown.
func TestGuide_EverySystemSeesWhatExists(t *testing.T) {
	w := newTestPlatform(t, setting{})
	w.apply(t, service("GetDraft", "1.0.0", "https://127.0.0.1:1", "draft", typed))
	read := func(system, query string) (f found) {
		g := w.get(t, w.Client(t, system, true), "/api/v1/services?"+query)
		if g.status != 200 || g.header.Get("Content-Type") != "application/json" || g.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %s", query, g.status, g.body)
		}
		must.OK(t, json.Unmarshal([]byte(g.body), &f))
		return f
	}
	school, hall := read("school.app", "q="), read("hall.app", "q=")
	if school.System != "school.app" || school.Total != hall.Total || school.Total != 10 {
		t.Errorf("%s sees %d, %s sees %d", school.System, school.Total, hall.System, hall.Total)
	}
	if slices.ContainsFunc(school.Items, func(f rest.Found) bool { return len(f.Agreements) > 0 || f.Service == "GetDraft" }) {
		t.Errorf("%+v", school.Items)
	}
	one := read("hall.app", "q=person&limit=1&owner=registry&personal=true")
	if len(one.Items) != 1 || one.Items[0].Service != "GetPerson" || one.Items[0].Title != "Person" || one.Items[0].Version.String() != "2.0.0" ||
		len(one.Items[0].Agreements) != 2 || one.Total < 2 || len(one.Facets.Statuses) == 0 {
		t.Errorf("%+v", one)
	}
	if last := read("hall.app", "q=&offset=9"); len(last.Items) != 1 || last.Total != 10 {
		t.Errorf("%+v", last)
	}
	if none := read("hall.app", "category=fiscal"); none.Items == nil || none.Total != 0 {
		t.Errorf("%+v", none)
	}
}

func TestGuide_ServicesDescribeThemselves(t *testing.T) {
	w := newTestPlatform(t, setting{})
	w.apply(t, service("GetDraft", "1.0.0", "https://127.0.0.1:1", "draft", typed))
	school := w.Client(t, "school.app", true)
	g := w.get(t, school, "/api/v1/services/GetPerson")
	var d rest.Described
	must.OK(t, json.Unmarshal([]byte(g.body), &d))
	if d.Links["wsdl"] != "" {
		t.Errorf("a WSDL that would lack the service: %v", d.Links)
	}
	if g.status != 200 || d.Version.String() != "2.0.0" || len(d.Agreements) != 0 || d.Links["openapi.json"] != "/api/v1/services/GetPerson/2.0.0/openapi.json" ||
		len(d.Request.Fields) != 1 || strings.Contains(g.body, "endpoint") || strings.Contains(g.body, "https://127") {
		t.Errorf("%d %s", g.status, g.body)
	}
	g = w.get(t, w.Client(t, "hall.app", true), "/api/v1/services/GetPerson/1.0.0")
	d = rest.Described{}
	must.OK(t, json.Unmarshal([]byte(g.body), &d))
	if d.Links["wsdl"] != "/soap/hall.app?wsdl" {
		t.Errorf("the WSDL is not named: %v", d.Links)
	}
	if d.Status != "deprecated" || d.Successor != "GetPerson/2.0.0" || len(d.Agreements) != 2 {
		t.Errorf("%s", g.body)
	}
	for path, media := range map[string]string{
		d.Links["schema.json"]: "application/schema+json", d.Links["openapi.json"]: "application/json", d.Links["schema.xsd"]: "application/xml",
	} {
		g := w.get(t, school, path)
		if g.status != 200 || g.header.Get("Content-Type") != media || !strings.Contains(g.body, "IDNP") {
			t.Errorf("%s: %d %s %.200s", path, g.status, g.header.Get("Content-Type"), g.body)
		}
		if strings.HasSuffix(path, "openapi.json") && (!strings.Contains(g.body, w.url) || !strings.Contains(g.body, "school.app")) {
			t.Errorf("%s", g.body)
		}
	}
	for path, want := range map[string]fault.Code{
		"/api/v1/services/GetNothing": fault.ServiceUnknown, "/api/v1/services/GetPerson/7.0.0": fault.ServiceVersion,
		"/api/v1/services/GetDraft": fault.ServiceUnknown, "/api/v1/services/GetDraft/1.0.0/schema.json": fault.ServiceUnknown,
		"/api/v1/services/GetPerson/1.0.0/schema.doc": fault.PathUnknown, "/api/v1/services/GetExtract/1.0.0/schema.xsd": fault.PathUnknown,
		"/api/v1/services/GetPerson?x=1": fault.QueryInvalid, "/api/v1/services?z=1": fault.QueryInvalid, "/api/v1/services?q=a&q=b": fault.QueryInvalid,
		"/api/v1/services?limit=0": fault.QueryInvalid, "/api/v1/services?offset=x": fault.QueryInvalid, "/api/v1/services?personal=perhaps": fault.QueryInvalid,
		"/api/v1/services?q=%zz": fault.QueryInvalid, "/api/v1/services?q=" + strings.Repeat("a", 201): fault.QueryInvalid,
	} {
		if g := w.get(t, school, path); g.problem.Code != want {
			t.Errorf("%s: %s, want %s", path, g.problem.Code, want)
		}
	}
	stranger := w.get(t, w.Client(t, "", true), "/api/v1/services/GetPerson")
	if stranger.problem.Code != fault.CertificateMissing {
		t.Errorf("a stranger: %d %s", stranger.status, stranger.body)
	}
	posted := w.ask(t, school, "/api/v1/services/GetPerson", "{}", nil)
	if posted.status != http.StatusMethodNotAllowed {
		t.Errorf("posted: %d", posted.status)
	}
}

// TestGuide_CodeListsAreRead: whole, for a description writes out short ones only.
func TestGuide_CodeListsAreRead(t *testing.T) {
	w := newTestPlatform(t, setting{})
	w.apply(t, `
kind: Classifier
code: sex
version: 1.0.0
title: { ro: Sexul, en: Sex }
entries: [ { code: F, label: { ro: Feminin } }, { code: M, label: { ro: Masculin } } ]
---
kind: Classifier
code: sex
version: 1.1.0
title: { ro: Sexul, en: Sex }
entries: [ { code: F, label: { ro: Feminin } }, { code: M, label: { ro: Masculin } }, { code: X, label: { ro: Nedeterminat } } ]
`)
	c := w.Client(t, "school.app", true)
	var all struct{ Classifiers []rest.Listed }
	must.OK(t, json.Unmarshal([]byte(w.get(t, c, "/api/v1/classifiers").body), &all))
	if len(all.Classifiers) != 2 || all.Classifiers[0].Version.String() != "1.1.0" || all.Classifiers[0].Title != "Sex" || all.Classifiers[0].Codes != 3 {
		t.Errorf("%+v", all)
	}
	for path, codes := range map[string]int{"/api/v1/classifiers/sex": 3, "/api/v1/classifiers/sex/1.0.0": 2} {
		var one struct{ Entries []struct{ Code string } }
		must.OK(t, json.Unmarshal([]byte(w.get(t, c, path).body), &one))
		if len(one.Entries) != codes {
			t.Errorf("%s: %+v", path, one)
		}
	}
	for _, path := range []string{"/api/v1/classifiers/gender", "/api/v1/classifiers/sex/9.0.0", "/api/v1/classifiers/", "/api/v1/classifiers/sex/1.0.0/x"} {
		if g := w.get(t, c, path); g.problem.Code != fault.PathUnknown {
			t.Errorf("%s: %d %s", path, g.status, g.body)
		}
	}
	if g := w.get(t, w.Client(t, "", true), "/api/v1/classifiers"); g.problem.Code != fault.CertificateMissing {
		t.Errorf("a stranger: %s", g.body)
	}
}
