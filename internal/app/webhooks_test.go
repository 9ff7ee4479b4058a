package app_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect/internal/country"
	"mconnect/internal/pki"
	"mconnect/test/waits"
)

// TestAnEventReachesAWebhook from the producer's request through the whole platform, for as long as the consumer's networks
// hold the target.
func TestAnEventReachesAWebhook(t *testing.T) {
	w := newWorld(t)
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
	pair := w.issue(pki.Request{Use: pki.ForSystem, Name: "school.app"}, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	leaf := must[*x509.Certificate](t)(x509.ParseCertificate(pair.Certificate[0]))
	text := strings.ReplaceAll(strings.TrimSpace(string(pki.EncodeCertificates(leaf))), "\n", "\n  ")
	r := w.start()
	defer r.end()
	apply := func(text string) {
		t.Helper()
		set := must[country.Set](t)(country.Parse("events.yaml", []byte(text), nil))
		must[country.Plan](t)(r.Country.Apply(t.Context(), "tester", set, false))
	}
	apply(`
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
{ kind: Subscription, id: hook, system: school.hook, delivery: { mode: webhook, webhook: { url: "` + target.URL + `/hook" } } }
---
kind: Certificate
system: school.app
pem: |
  ` + text + "\n")
	pushing := func() bool { return strings.Contains(r.metrics(), "mconnect_events_webhooks_pushing 1") }
	for end := time.Now().Add(waits.Limit); !pushing() && time.Now().Before(end); <-time.After(20 * time.Millisecond) {
	}
	producer := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.pool(), Certificates: []tls.Certificate{pair}}}}
	defer producer.CloseIdleConnections()
	res := must[*http.Response](t)(producer.Post("https://"+r.Addrs().Events+"/ce/produce/event", "application/cloudevents+json",
		strings.NewReader(`{"specversion":"1.0","id":"1","source":"urn:school","type":"School.App.Pupil.Enrolled","data":{"N":1}}`)))
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
