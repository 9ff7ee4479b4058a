package app_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/manifest"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
	"mconnect/internal/surface/admin"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// TestWebhooks_EventReachesAWebhook from the producer's request through the whole platform, for as long as the
// consumer's networks hold the target.
func TestWebhooks_EventReachesAWebhook(t *testing.T) {
	w := newTestPlatform(t)
	posted := make(chan *http.Request, 10)
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			rw.Header().Set("WebHook-Allowed-Origin", r.Header.Get("WebHook-Request-Origin"))
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		posted <- r
	}))
	defer target.Close()
	dir := t.TempDir()
	pair := w.issue(authority.Request{Use: authority.ForSystem, Name: "school.app"}, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	leaf := must.Get(x509.ParseCertificate(pair.Certificate[0]))(t)
	text := strings.ReplaceAll(strings.TrimSpace(string(pki.EncodeCertificates(leaf))), "\n", "\n  ")
	r := w.start()
	defer r.end()
	apply := func(text string) {
		t.Helper()
		set := must.Get(manifest.Parse("events.yaml", []byte(text), nil))(t)
		must.Get(r.Country.Apply(t.Context(), "tester", set, false))(t)
	}
	apply(pushedCountry(target.URL+"/hook", text))
	pushing := func() bool { return strings.Contains(r.metrics(), "mconnect_events_webhooks_pushing 1") }
	for end := time.Now().Add(waits.Limit); !pushing() && time.Now().Before(end); <-time.After(20 * time.Millisecond) {
	}
	producer := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.pool(), Certificates: []tls.Certificate{pair}}}}
	defer producer.CloseIdleConnections()
	res := must.Get(producer.Post("https://"+r.Addrs().Events+"/ce/produce/event", "application/cloudevents+json",
		strings.NewReader(`{"specversion":"1.0","id":"1","source":"urn:school","type":"School.App.Pupil.Enrolled","data":{"N":1}}`)))(t)
	_ = res.Body.Close()
	if res.StatusCode != 202 {
		t.Fatal(res.Status)
	}
	select {
	case got := <-posted:
		body, _ := io.ReadAll(got.Body)
		if !strings.Contains(string(body), `"data":{"N":1}`) || got.Header.Get("Signature") == "" || !strings.Contains(got.Header.Get("Signature-Input"), `keyid="`+string(pki.Fingerprint(r.Identity.Certificate().Leaf))) {
			t.Errorf("%s %v", body, got.Header)
		}
	case <-time.After(waits.Limit):
		t.Fatalf("nothing was pushed: %s", r.metrics())
	}
	apply(`{ kind: System, id: school.hook, name: { ro: Anunțuri }, roles: [consumer], networks: [127.0.0.0/8], status: suspended }`)
	for end := time.Now().Add(waits.Limit); pushing() && time.Now().Before(end); <-time.After(20 * time.Millisecond) {
	}
	if pushing() {
		t.Error("a suspended system is still pushed to")
	}
}

// pushedCountry is a school that produces events, and a system of it that is pushed to at url.
func pushedCountry(url, pem string) string {
	return `
{ kind: Participant, id: school, idno: "1999900000036", name: { ro: Școala Exemplu }, sector: public, level: local }
---
{ kind: System, id: school.app, name: { ro: Școala }, roles: [producer] }
---
{ kind: System, id: school.hook, name: { ro: Anunțuri }, roles: [consumer], networks: [127.0.0.0/8] }
---
kind: EventType
name: School.App.Pupil.Enrolled
version: 1.0.0
owner: school
title: { ro: Elev înscris, en: Pupil enrolled, ru: Ученик зачислен }
description: { ro: Un elev a fost înscris., en: A pupil was enrolled., ru: Ученик зачислен. }
status: published
schema: { type: object }
example: {}
producers: [{ system: school.app, sources: ["urn:school"] }]
---
{ kind: Agreement, id: hook-pupils, consumer: school.hook, event: School.App.Pupil.Enrolled, purposes: [{ code: scoala, title: { ro: Școală }, legal_basis: { act: Legea exemplu, article: art. 2 }, fields: ["*"] }] }
---
{ kind: Subscription, id: hook, system: school.hook, delivery: { mode: webhook, webhook: { url: "` + url + `" } } }
---
kind: Certificate
system: school.app
pem: |
  ` + pem + "\n"
}

// TestWebhookAdmin_ShowsAndTests: an operator sees in the lag that a target does not permit pushing, in words; tests
// it, which stands in the journal with the reason and delivers nothing; sees the attempts; and sees what is paused or
// suspended. A webhook whose token is missing is refused when it is declared.
func TestWebhookAdmin_ShowsAndTests(t *testing.T) {
	w := newTestPlatform(t)
	var mu sync.Mutex
	permits, events := false, 0
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPost {
			events++
		} else if permits {
			rw.Header().Set("WebHook-Allowed-Origin", "*")
		}
	}))
	defer target.Close()
	dir := t.TempDir()
	pair := w.issue(authority.Request{Use: authority.ForSystem, Name: "school.app"}, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	text := strings.ReplaceAll(strings.TrimSpace(string(pki.EncodeCertificates(must.Get(x509.ParseCertificate(pair.Certificate[0]))(t)))), "\n", "\n  ")
	r := w.start()
	defer r.end()
	apply := func(text string) error {
		_, err := r.Country.Apply(t.Context(), "tester", must.Get(manifest.Parse("events.yaml", []byte(text), nil))(t), false)
		return err
	}
	all := pushedCountry(target.URL+"/hook", text)
	if err := apply(strings.Replace(all, `/hook" }`, `/hook", secret: absent }`, 1)); err == nil || !strings.Contains(err.Error(), "/delivery/webhook/secret webhook.secret") {
		t.Fatalf("a token that is not there: %v", err)
	}
	must.OK(t, apply(all))
	lag := func() (one admin.EventLag) {
		var out struct{ Items []admin.EventLag }
		if status, text := r.eventsAPI(http.MethodGet, "/lag?system=school.hook&lang=en", "", &out); status != 200 || len(out.Items) != 1 || len(out.Items[0].Webhooks) != 1 {
			t.Fatalf("%d %s", status, text)
		}
		return out.Items[0]
	}
	until := func(state string) admin.WebhookState {
		for {
			if l := lag(); l.Webhooks[0].State == state {
				return l.Webhooks[0]
			}
			<-time.After(10 * time.Millisecond)
		}
	}
	if f := until("refused"); f.Code != fault.WebhookPermission || f.LastAnswer != 200 || f.Next == nil || f.URL != target.URL+"/hook" || f.Node != "test" {
		t.Errorf("%+v", f)
	}
	const hook = "/webhooks/school.hook/~default"
	var test admin.WebhookTest
	order := `{"reason":"complaint 12"}`
	if status, text := r.eventsAPI(http.MethodPost, hook+"/test?lang=en", order, &test); status != 200 || test.Passed || len(test.Steps) != 2 || test.Steps[0].Code != fault.WebhookPermission {
		t.Fatalf("%d %s", status, text)
	}
	mu.Lock()
	permits = true
	mu.Unlock()
	until("pushing")
	if status, text := r.eventsAPI(http.MethodPost, hook+"/test", order, &test); status != 200 || !test.Passed || test.Subscription != "hook" {
		t.Fatalf("%d %s", status, text)
	}
	if f := lag().Webhooks[0]; f.Delivered != 0 || f.LastSuccess != nil || f.Code != "" || events != 2 {
		t.Errorf("%d events came; %+v", events, f)
	}
	if status, text := r.manage(token, fmt.Sprintf("/v1/journal/%d", test.Record)); status != 200 || !strings.Contains(text, "complaint 12") || !strings.Contains(text, "WebhookTest") {
		t.Errorf("the record: %d %s", status, text)
	}
	var attempts struct{ Items []admin.WebhookState }
	if status, text := r.eventsAPI(http.MethodGet, hook+"/attempts", "", &attempts); status != 200 || len(attempts.Items) != 1 || len(attempts.Items[0].Recent) < 2 || attempts.Items[0].Recent[0].For != "handshake" {
		t.Fatalf("%d %s", status, text)
	}
	paused := strings.Replace(all, "id: hook, system", "id: hook, paused: true, system", 1)
	must.OK(t, apply(paused))
	until("paused")
	if status, text := r.eventsAPI(http.MethodPost, hook+"/test", order, &test); status != 200 || !test.Passed {
		t.Errorf("of a paused one: %d %s", status, text)
	}
	if err := apply(`{ kind: System, id: school.hook, name: { ro: Anunțuri }, roles: [consumer], networks: [127.0.0.0/8], status: suspended }`); err != nil {
		t.Fatal(err)
	}
	until("suspended")
	if status, text := r.eventsAPI(http.MethodPost, hook+"/test", order, nil); status != 403 || !strings.Contains(text, "system.suspended") {
		t.Errorf("to a suspended system: %d %s", status, text)
	}
	if status, text := r.eventsAPI(http.MethodPost, "/webhooks/school.app/~default/test", order, nil); status != 404 || !strings.Contains(text, "webhook.unknown") {
		t.Errorf("what is not pushed to: %d %s", status, text)
	}
}
