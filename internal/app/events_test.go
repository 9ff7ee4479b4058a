package app_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/manifest"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/internal/surface/admin"
	"mconnect/test/must"
	"mconnect/test/waits"
)

const (
	births = mconnect.EventType("REG.Main.Birth.Registered")
	born   = `{"IDNP":"2999000006393","Reason":"act 7","Region":%q,"Secret":"stays here"}`
)

// eventManifests declare a producer and a consumer of births of one region.
func (w *testPlatform) eventManifests(status string) manifest.Set {
	w.t.Helper()
	pem := func(name string) string {
		pair := w.issue(authority.Request{Use: authority.ForSystem, Name: name}, w.path(name+".pem"), w.path(name+"-key.pem"))
		return strings.ReplaceAll(strings.TrimSpace(string(pki.EncodeCertificates(pair.Leaf))), "\n", "\n  ")
	}
	text := fmt.Sprintf(`
{ kind: Participant, id: hall, idno: "1999900000014", name: { ro: Primăria }, sector: public, level: local }
---
{ kind: Participant, id: registry, idno: "1999900000025", name: { ro: Registrul }, sector: public, level: central }
---
{ kind: System, id: hall.events, name: { ro: Preluare }, roles: [consumer] }
---
{ kind: System, id: registry.main, name: { ro: Registru }, roles: [producer] }
---
kind: Certificate
system: hall.events
pem: |
  %s
---
kind: Certificate
system: registry.main
pem: |
  %s
---
kind: EventType
name: REG.Main.Birth.Registered
version: 1.0.0
owner: registry
title: { ro: Naștere }
description: { ro: Un copil a fost înregistrat. }
status: published
personal: true
schema:
  type: object
  required: [IDNP, Reason]
  properties: { IDNP: { type: string, pattern: "^2[0-9]{12}$" }, Reason: { type: string }, Region: { type: string }, Secret: { type: string } }
example: { IDNP: "2000000000001", Reason: act 1 }
producers: [ { system: registry.main, sources: ["urn:registry:*"] } ]
---
kind: Agreement
id: hall.births
consumer: hall.events
event: REG.Main.Birth.Registered
version: 1.0.0
status: %s
purposes:
  - { code: ajutor, title: { ro: Ajutor }, legal_basis: { act: Legea exemplu, article: art. 1 }, fields: [IDNP, Region] }
account: { basis: Legea exemplu, reason: $.Reason, subject: $.IDNP }
---
kind: Subscription
id: hall.cahul
system: hall.events
group: cahul
filters: [ { cel: "data.Region == 'Cahul'" } ]
`, pem("hall.events"), pem("registry.main"), status)
	return must.Get(manifest.Parse("events.yaml", []byte(text), nil))(w.t)
}

// as asks the events listener as one system.
func (r *running) as(system, method, url, contentType, body string) (status int, header http.Header, text string) {
	r.w.t.Helper()
	pair := must.Get(tls.LoadX509KeyPair(r.w.path(system+".pem"), r.w.path(system+"-key.pem")))(r.w.t)
	web := r.w.client(&pair)
	defer web.CloseIdleConnections()
	if strings.HasPrefix(url, "/") {
		url = "https://" + r.Addrs().Events + url
	}
	req := must.Get(http.NewRequest(method, url, strings.NewReader(body)))(r.w.t)
	req.Header.Set("Content-Type", contentType)
	res := must.Get(web.Do(req))(r.w.t)
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode, res.Header, string(must.Get(io.ReadAll(res.Body))(r.w.t))
}

func (r *running) produce(source, id, data string) (int, string) {
	e := fmt.Sprintf(`{"specversion":"1.0","type":%q,"source":%q,"id":%q,"datacontenttype":"application/json","data":%s}`, births, source, id, data)
	status, _, body := r.as("registry.main", http.MethodPost, "/ce/produce/event", "application/cloudevents+json", e)
	return status, body
}

// instance opens long polling for a group and returns its address.
func (r *running) instance(group string) string {
	r.w.t.Helper()
	status, header, body := r.as("hall.events", http.MethodPost, "/ce/consumers?group="+group, "", "")
	if status != http.StatusCreated {
		r.w.t.Fatalf("no instance: %d %s\n%s", status, body, r.w.log)
	}
	return header.Get("Location")
}

// TestEvents_RightsToEvents goes the whole way: what is declared decides who may say what, who hears of how much, and
// what the journal holds of it.
func TestEvents_RightsToEvents(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Events.Poll = 2 * time.Second
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.eventManifests("active"), false))(t)
	all, cahul := r.instance("all"), r.instance("cahul")
	for _, c := range []struct {
		source, id, data string
		status           int
		says             string
	}{
		{"urn:registry:orhei", "1", fmt.Sprintf(born, "Orhei"), http.StatusAccepted, ""},
		{"urn:registry:cahul", "2", fmt.Sprintf(born, "Cahul"), http.StatusAccepted, ""},
		{"urn:other", "3", fmt.Sprintf(born, "Cahul"), http.StatusUnauthorized, "urn:other"},
		{"urn:registry:cahul", "4", `{"IDNP":"2999000006393"}`, http.StatusUnprocessableEntity, ""},
	} {
		status, body := r.produce(c.source, c.id, c.data)
		if status != c.status || !strings.Contains(body, c.says) || strings.Contains(body, "2999000006393") {
			t.Errorf("%s %s: %d %s", c.source, c.id, status, body)
		}
	}
	r.hears(t, all, "Orhei", "Cahul")
	r.hears(t, cahul, "Cahul")
	var found []admin.Found
	for deadline := time.Now().Add(waits.Limit); len(found) < 3 && time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		// the index follows
		found = foundOf(t)(r.Records().Search(t.Context(), admin.Query{Subject: "2999000006393", Limit: 10}))
	}
	if len(found) != 3 {
		t.Errorf("%d consumptions are journalled under the subject, want 3: %+v", len(found), found)
	}
	for _, one := range found {
		if one.Agreement != "hall.births" || one.Purpose != "ajutor" || one.System != "hall.events" {
			t.Errorf("%+v", one)
		}
	}
	status, _, body := r.as("hall.events", http.MethodGet, "/asyncapi", "", "")
	if status != http.StatusOK || !strings.Contains(body, `"receive"`) || !strings.Contains(body, r.Addrs().Events) || strings.Contains(body, "Secret") {
		t.Errorf("/asyncapi: %d %s", status, body)
	}
	must.Get(r.Country.Apply(t.Context(), "tester", w.eventManifests("suspended"), false))(t)
	if status, body := r.produce("urn:registry:cahul", "5", fmt.Sprintf(born, "Cahul")); status != http.StatusAccepted {
		t.Errorf("%d %s", status, body)
	}
	if status, _, body := r.as("hall.events", http.MethodGet, all+"/events?confirm=true", "", ""); status == http.StatusOK {
		t.Errorf("suspended, and still delivered: %s", body)
	}
}

// hears reads what an instance gets: events of these regions, cut.
func (r *running) hears(t *testing.T, instance string, regions ...string) {
	t.Helper()
	var got []string
	for deadline := time.Now().Add(waits.Limit); len(got) < len(regions) && time.Now().Before(deadline); {
		status, _, body := r.as("hall.events", http.MethodGet, instance+"/events?confirm=true", "", "")
		if status == http.StatusNoContent {
			continue
		}
		var events []struct {
			ID   string
			Data map[string]string
		}
		if err := json.Unmarshal([]byte(body), &events); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s %v\n%s", status, body, err, r.w.log)
		}
		for _, e := range events {
			if len(e.Data) != 2 || e.Data["IDNP"] != "2999000006393" {
				t.Errorf("not cut to what is granted: %v", e.Data)
			}
			got = append(got, e.Data["Region"])
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(regions) {
		t.Errorf("%s hears of %v, want %v", instance, got, regions)
	}
}

// TestEvents_MonitoringShowsWhatWaits: how much, for how long, and events that are larger than they should be.
func TestEvents_MonitoringShowsWhatWaits(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Events.Poll = time.Second
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.eventManifests("active"), false))(t)
	all := r.instance("all")
	large := strings.Repeat("x", 70<<10)
	for id, secret := range map[string]string{"1": "small", "2": large} {
		if status, body := r.produce("urn:registry:orhei", id, fmt.Sprintf(`{"IDNP":"2999000006393","Reason":"act 7","Region":"Orhei","Secret":%q}`, secret)); status != http.StatusAccepted {
			t.Fatalf("%d %s", status, body)
		}
	}
	shown := r.metrics()
	for _, line := range []string{"mconnect_events_produced_total 2", "mconnect_events_large_total 1", "mconnect_events_waiting 2", "mconnect_events_instances 1", "mconnect_events_readers 1"} {
		if !strings.Contains(shown, "\n"+line+"\n") {
			t.Errorf("%s is not shown", line)
		}
	}
	if strings.Contains(shown, "\nmconnect_events_oldest_seconds 0\n") || !strings.Contains(shown, "\nmconnect_events_oldest_seconds ") {
		t.Error("the age of the oldest is not shown")
	}
	r.hears(t, all, "Orhei", "Orhei")
}
