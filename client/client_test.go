package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/exchange"
	"mconnect/test/must"
)

var legal = mconnect.LegalContext{User: "2000000000008", Entity: "1000000000018", Basis: "Legea nr. 100/2001, art. 12; 50% din …", Reason: "Cerere de înscriere № 7"}

type person struct{ LastName string }

func TestClient_Call(t *testing.T) {
	p := newPlatform(t)
	p.answer = &exchange.Answer{MediaType: "application/json", Body: []byte(`{"LastName":"Exemplu"}`)}
	var out person
	receipt, err := p.client(t, nil).Call(t.Context(), "GetPerson", mconnect.Version{Major: 1, Minor: 2}, legal,
		map[string]string{"IDNP": "2000000000008"}, &out, Fields("LastName", "Address.Street"), Traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
	if err != nil || out.LastName != "Exemplu" {
		t.Fatalf("got %+v, %v", out, err)
	}
	if want := (Receipt{Call: callID, Record: 41, TreeSize: 42, MediaType: "application/json"}); receipt != want {
		t.Errorf("receipt %+v, want %+v", receipt, want)
	}
	g := p.got
	if g.Service != "GetPerson" || g.Version != (mconnect.Version{Major: 1, Minor: 2}) || g.Context != legal || string(g.Input) != `{"IDNP":"2000000000008"}` ||
		!slices.Equal(g.Fields, []string{"LastName", "Address.Street"}) || g.Trace != "0af7651916cd43dd8448eb211c80319c" || g.Lang != mconnect.English ||
		len(g.Chain) != 1 || !g.Chain[0].Equal(p.own.Leaf) {
		t.Errorf("the platform understood %+v", g)
	}
}

func TestClient_FormsOfInputAndOutput(t *testing.T) {
	p := newPlatform(t)
	c := p.client(t, nil)
	p.answer = &exchange.Answer{MediaType: "application/json", Body: []byte(`{"LastName": "x"}`)}
	for _, in := range []any{[]byte(`{"A": 1}`), json.RawMessage(`{"A": 1}`)} {
		var raw []byte
		if _, err := c.Call(t.Context(), "GetPerson", mconnect.Version{}, legal, in, &raw); err != nil || string(raw) != `{"LastName": "x"}` {
			t.Errorf("got %s, %v", raw, err)
		}
		if string(p.got.Input) != `{"A": 1}` || !p.got.Version.IsZero() {
			t.Errorf("the platform read %s", p.got.Input)
		}
	}
	var stream bytes.Buffer
	if _, err := c.Call(t.Context(), "GetPerson", mconnect.Version{}, legal, struct{}{}, &stream); err != nil || stream.Len() == 0 {
		t.Errorf("stream of %d bytes, %v", stream.Len(), err)
	}
	if _, err := c.Call(t.Context(), "GetPerson", mconnect.Version{}, legal, struct{}{}, nil); err != nil {
		t.Error(err)
	}
	if _, err := c.Call(t.Context(), "GetPerson", mconnect.Version{}, legal, func() {}, nil); err == nil {
		t.Error("a function was marshalled")
	}
	small := p.client(t, func(cfg *Config) { cfg.MaxAnswer = 5 })
	var raw []byte
	if _, err := small.Call(t.Context(), "GetPerson", mconnect.Version{}, legal, struct{}{}, &raw); err == nil {
		t.Error("an answer over MaxAnswer was taken")
	}
}

// What the platform raises is what the caller gets: code, leg, params, checks, fields, reference.
func TestClient_EveryFaultArrivesAsItWasRaised(t *testing.T) {
	p := newPlatform(t)
	c := p.client(t, nil)
	for _, code := range fault.Codes() {
		sent := fault.New(code, "name", "CallReason", "limit", "512")
		sent.Provider, sent.RetryAfter = "Closed until six.", 90*time.Second
		sent.Fields = []fault.FieldError{{Path: "/IDNP", Code: fault.InputLength, Params: map[string]string{"min": "13", "max": "13"}}}
		sent.Checks = []fault.Check{{Name: "agreement.exists", Result: fault.Passed},
			{Name: "purpose.basis", Result: fault.Failed, Code: fault.PurposeUnknown, Params: map[string]string{"accepted": "Legea 100"}},
			{Name: "rate", Result: fault.NotReached}}
		p.fault = sent
		receipt, err := c.Call(t.Context(), "GetPerson", mconnect.Version{}, legal, struct{}{}, nil)
		got, ok := errors.AsType[*fault.Error](err)
		if !ok {
			t.Fatalf("%s: got %v", code, err)
		}
		want := *sent
		want.Call = callID
		if d := cmp.Diff(&want, got, cmpopts.IgnoreFields(fault.Error{}, "Cause")); d != "" {
			t.Errorf("%s: %s", code, d)
		}
		problem, ok := errors.AsType[*Problem](err)
		if !ok || problem.Detail != sent.Sentence("en") || problem.Remedy != sent.Remedy("en") || problem.Party != code.Entry().Party ||
			problem.Checks["purpose.basis"] == "" || len(problem.Checks) != 1 || problem.Fields["/IDNP"] == "" {
			t.Errorf("%s: problem %+v", code, problem)
		}
		if receipt.Call != callID || receipt.Record != 41 {
			t.Errorf("%s: receipt %+v", code, receipt)
		}
	}
}

func TestClient_UnidentifiedCallers(t *testing.T) {
	p := newPlatform(t)
	stranger := p.client(t, func(cfg *Config) { cfg.Certificate = p.foreign })
	_, err := stranger.Services(t.Context())
	if e := fault.From(err); e.Code != fault.CertificateUnknown || e.Leg != fault.Caller {
		t.Errorf("got %v", err)
	}
	elsewhere := p.client(t, func(cfg *Config) { cfg.Roots = x509.NewCertPool() })
	_, err = elsewhere.Services(t.Context())
	if _, isFault := errors.AsType[*fault.Error](err); err == nil || isFault {
		t.Errorf("a platform under foreign roots: %v", err)
	}
}

func TestClient_EvidenceAndServices(t *testing.T) {
	p := newPlatform(t)
	c := p.client(t, nil)
	proof, err := c.Evidence(t.Context(), callID)
	if err != nil || !strings.HasPrefix(string(proof), "c2sp.org/tlog-proof@v1\n") {
		t.Errorf("got %q, %v", proof, err)
	}
	_, err = c.Evidence(t.Context(), "01900000-0000-7000-8000-000000000002")
	if e := fault.From(err); e.Code != fault.RecordUnknown {
		t.Errorf("got %v", err)
	}
	list, err := c.Services(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%d services, %v", len(list), err)
	}
	list[0].Request = nil
	want := Service{Name: "GetPerson", Version: mconnect.Version{Major: 1}, Status: "published", Title: "Person", Provider: "asp.rsp", Personal: true,
		Agreement: "town-person", State: "active", Purposes: []Purpose{{Code: "residence", Title: "Residence", LegalBasis: "Legea nr. 100/2001, art. 12",
			Accepts: []string{"Legea 100"}, ReasonForm: "case number", Example: "DOS-1", Fields: []string{"LastName"}}}}
	if d := cmp.Diff(want, list[0]); d != "" {
		t.Error(d)
	}
}

func TestClient_StreamThatBreaksIsAnError(t *testing.T) {
	p := newPlatform(t)
	p.answer = &exchange.Answer{MediaType: "application/pdf", Stream: broken{"half a document"}, Length: -1}
	var out bytes.Buffer
	_, err := p.client(t, nil).Call(t.Context(), "GetPerson", mconnect.Version{}, legal, struct{}{}, &out)
	if _, isFault := errors.AsType[*fault.Error](err); err == nil || isFault {
		t.Errorf("got %v", err)
	}
}

func TestClient_WhatIsNoPlatform(t *testing.T) {
	p := &platform{roots: x509.NewCertPool()}
	cert := selfSigned(t, "x.test", p.roots)
	p.own = selfSigned(t, "desk.test", nil)
	p.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/api/v1/") {
		case "Redirects":
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case "Html":
			http.Error(w, "<html>", http.StatusBadGateway)
		case "NoCode":
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(500)
			io.WriteString(w, `{"title":"x"}`)
		case "Slow":
			<-r.Context().Done()
		default:
			t.Errorf("%s was asked for", r.URL)
		}
	}), cert)
	c := p.client(t, nil)
	for _, name := range []mconnect.ServiceName{"Redirects", "Html", "NoCode", "Slow"} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		receipt, err := c.Call(ctx, name, mconnect.Version{}, legal, struct{}{}, nil)
		cancel()
		if _, isFault := errors.AsType[*fault.Error](err); err == nil || isFault || receipt.Record != -1 || receipt.Call != "" {
			t.Errorf("%s: %+v, %v", name, receipt, err)
		}
		if strings.Contains(err.Error(), p.url) {
			t.Errorf("%s: %v repeats the address", name, err)
		}
	}
}

func TestClient_NewRefusesHalfAConfig(t *testing.T) {
	whole := Config{URL: "https://exchange.test", Certificate: selfSigned(t, "x.test", nil), Roots: x509.NewCertPool()}
	must.Get(New(whole))(t)
	for name, change := range map[string]func(*Config){
		"no URL": func(c *Config) { c.URL = "" }, "http": func(c *Config) { c.URL = "http://exchange.test" },
		"query": func(c *Config) { c.URL += "?x" }, "user": func(c *Config) { c.URL = "https://a@exchange.test" },
		"no certificate": func(c *Config) { c.Certificate = tls.Certificate{} }, "no roots": func(c *Config) { c.Roots = nil },
		"language": func(c *Config) { c.Language = "de" },
	} {
		cfg := whole
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestCall_Signed: the platform knows the caller by the HTTP message signature, which covers the legal context.
func TestCall_Signed(t *testing.T) {
	p := newPlatform(t)
	p.answer = &exchange.Answer{MediaType: "application/json", Body: []byte(`{"LastName":"Exemplu"}`)}
	c := must.Get(New(Config{URL: p.url, Certificate: p.own, Roots: p.roots, Sign: true}))(t)
	defer c.Close()
	for range 2 { // each signature is another one
		var out person
		if _, err := c.Call(t.Context(), "GetPerson", mconnect.Version{}, legal, map[string]string{"IDNP": "2000000000008"}, &out); err != nil {
			t.Fatal(err)
		}
		if !p.got.Signed || p.got.Context != legal || out.LastName != "Exemplu" {
			t.Errorf("the platform understood %+v", p.got)
		}
	}
	stranger := must.Get(New(Config{URL: p.url, Certificate: p.foreign, Roots: p.roots, Sign: true}))(t)
	defer stranger.Close()
	if _, err := stranger.Call(t.Context(), "GetPerson", mconnect.Version{}, legal, map[string]string{}, nil); err == nil {
		t.Error("a stranger's signature is taken")
	}
}
