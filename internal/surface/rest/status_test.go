package rest_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
	"mconnect/test/site"
)

// versions of HTTP that every test of this surface speaks.
var protocols = []struct {
	name string
	h2   bool
}{{"HTTP/1.1", false}, {"HTTP/2", true}}

func set(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func method(name string) func(*http.Request) {
	return func(r *http.Request) { r.Method = name }
}

// chunked sends a body whose length is not declared.
func chunked(r *http.Request) { r.ContentLength, r.GetBody = -1, nil }

func TestCall_LawfulCall(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			g := w.ask(t, w.Client(t, "hall.app", p.h2), "/api/v1/GetPerson", question, set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
			if (g.proto == 2) != p.h2 || g.status != 200 || g.body != `{"IDNP":"`+subject+`","LastName":"Sintetic"}` {
				t.Fatalf("HTTP/%d %d %s", g.proto, g.status, g.body)
			}
			index, e := w.record(t)
			call := g.header.Get("MConnect-Call-Id")
			for name, want := range map[string]string{
				"Content-Type": "application/json", "Cache-Control": "no-store", "Content-Length": fmt.Sprint(len(g.body)),
				"MConnect-Call-Id": string(e.Call), "MConnect-Record": fmt.Sprint(index), "MConnect-Tree-Size": fmt.Sprint(index + 1),
				"Traceparent": "00-0af7651916cd43dd8448eb211c80319c-" + call[20:23] + "0" + call[24:] + "-01",
				"Deprecation": "", "Sunset": "", "Link": "",
			} {
				if g.header.Get(name) != want {
					t.Errorf("%s: %q; want %q", name, g.header.Get(name), want)
				}
			}
			if e.Kind != journal.Outcome || e.Code != "" {
				t.Errorf("the journal ends with %+v", e)
			}
		})
	}
}

func TestCall_DeprecatedVersionSaysSo(t *testing.T) {
	w := newTestPlatform(t, setting{})
	g := w.ask(t, w.Client(t, "hall.app", true), "/api/v1/GetPerson/1.0.0", question, nil)
	if g.status != 200 || g.body != `{"LastName":"Sintetic"}` {
		t.Fatalf("%d %s", g.status, g.body)
	}
	for name, want := range map[string]string{
		"Deprecation": "@1767225600", "Sunset": "Sat, 31 Jan 2099 22:00:00 GMT", "Link": `</api/v1/GetPerson/2.0.0>; rel="successor-version"`,
	} {
		if g.header.Get(name) != want {
			t.Errorf("%s: %q; want %q", name, g.header.Get(name), want)
		}
	}
	if trace := g.header.Get("Traceparent"); len(trace) != 55 || strings.Contains(trace, "0000000000000000") {
		t.Errorf("a call without a trace got %q", trace)
	}
}

// refusal is one way to be refused, by a registered caller.
type refusal struct {
	name, target, body string
	change             func(*http.Request)
	status             int
	code               fault.Code
	leg                fault.Leg
	reaches            bool // the register
}

var refusals = []refusal{
	{"cut off", "/api/v1/GetPerson", `{"IDNP":`, nil, 400, fault.MessageMalformed, fault.Caller, false},
	{"same key twice", "/api/v1/GetPerson", `{"IDNP":"` + subject + `","IDNP":"` + subject + `"}`, nil, 400, fault.MessageDuplicateKey, fault.Caller, false},
	{"too deep", "/api/v1/GetPerson", strings.Repeat(`{"IDNP":`, 50), nil, 400, fault.MessageTooDeep, fault.Caller, false},
	{"unknown wish", "/api/v1/GetPerson?limit=1", question, nil, 400, fault.MessageMalformed, fault.Caller, false},
	{"context twice", "/api/v1/GetPerson", question, func(r *http.Request) { r.Header.Add("CallReason", "DOS-0002") }, 400, fault.ContextConflict, fault.Caller, false},
	{"no case", "/api/v1/GetPerson", question, set("CallReason", "curious"), 403, fault.PurposeReason, fault.Caller, false},
	{"no context", "/api/v1/GetPerson", question, set("CallBasis", ""), 400, fault.ContextMissing, fault.Caller, false},
	{"no agreement", "/api/v1/GetForeign", question, nil, 403, fault.AgreementNone, fault.Caller, false},
	{"not granted", "/api/v1/GetPerson?fields=Secret", question, nil, 403, fault.FieldNotGranted, fault.Caller, false},
	{"no such service", "/api/v1/GetNothing", question, nil, 404, fault.ServiceUnknown, fault.Caller, false},
	{"no such version", "/api/v1/GetPerson/3.0.0", question, nil, 404, fault.ServiceVersion, fault.Caller, false},
	{"nobody under this key", "/api/v1/GetNobody", question, nil, 404, fault.ProviderNoRecord, fault.Provider, true},
	{"GET", "/api/v1/GetPerson", "", method("GET"), 405, fault.MethodNotAllowed, fault.Caller, false},
	{"PUT", "/api/v1/GetPerson", question, method("PUT"), 405, fault.MethodNotAllowed, fault.Caller, false},
	{"large as declared", "/api/v1/GetPerson", strings.Repeat(" ", 9<<10), nil, 413, fault.MessageTooLarge, fault.Caller, false},
	{"large undeclared", "/api/v1/GetPerson", strings.Repeat(" ", 9<<10), chunked, 413, fault.MessageTooLarge, fault.Caller, false},
	{"XML", "/api/v1/GetPerson", question, set("Content-Type", "text/xml"), 415, fault.MessageMediaType, fault.Caller, false},
	{"no media type", "/api/v1/GetPerson", question, func(r *http.Request) { r.Header.Del("Content-Type") }, 415, fault.MessageMediaType, fault.Caller, false},
	{"another charset", "/api/v1/GetPerson", question, set("Content-Type", "application/json; charset=utf-16"), 415, fault.MessageMediaType, fault.Caller, false},
	{"compressed", "/api/v1/GetPerson", question, set("Content-Encoding", "gzip"), 415, fault.MessageMediaType, fault.Caller, false},
	{"check digit", "/api/v1/GetPerson", `{"IDNP":"2999000006394"}`, nil, 422, fault.InputInvalid, fault.Caller, false},
	{"undeclared field", "/api/v1/GetPerson", `{"IDNP":"` + subject + `","Name":"x"}`, nil, 422, fault.InputInvalid, fault.Caller, false},
	{"wish for an unknown field", "/api/v1/GetPerson?fields=Nothing", question, nil, 422, fault.InputInvalid, fault.Caller, false},
	{"quota", "/api/v1/GetScarce", question, nil, 429, fault.QuotaUsedUp, fault.Caller, false},
	{"answer against the catalogue", "/api/v1/GetWrong", question, nil, 502, fault.ProviderInvalid, fault.Provider, true},
	{"answer not JSON", "/api/v1/GetGarbage", question, nil, 502, fault.ProviderMalformed, fault.Provider, true},
	{"register in trouble", "/api/v1/GetTrouble", question, nil, 502, fault.ProviderStatus, fault.Provider, true},
	{"register not there", "/api/v1/GetDown", question, nil, 503, fault.ProviderDown, fault.Provider, false},
	{"register late", "/api/v1/GetLate", question, nil, 504, fault.ProviderTimeout, fault.Provider, true},
}

// misbehave makes the register answer as the refusals on the provider's leg want it.
func misbehave(w *testPlatform) {
	says := func(status int, media, body string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", media)
			rw.WriteHeader(status)
			_, _ = io.WriteString(rw, body)
		}
	}
	w.answers("/GetNobody", says(404, "application/json", `{}`))
	w.answers("/GetWrong", says(200, "application/json", `{"IDNP":"`+subject+`","LastName":7}`))
	w.answers("/GetGarbage", says(200, "application/json", `<html>`))
	w.answers("/GetTrouble", says(500, "text/plain", "panic: at /srv/register/main.go:17"))
	w.answers("/GetLate", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice when the platform goes away
		<-r.Context().Done()
	})
}

func TestCall_EveryRefusalExplainsItselfAndIsRecorded(t *testing.T) {
	w := newTestPlatform(t, setting{})
	misbehave(w)
	if g := w.ask(t, w.Client(t, "hall.app", true), "/api/v1/GetScarce", question, nil); g.status != 200 {
		t.Fatalf("the one call of the quota: %d %s", g.status, g.body)
	}
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		for _, r := range refusals {
			t.Run(p.name+"/"+r.name, func(t *testing.T) {
				w.reached()
				before, _ := w.record(t)
				g := w.ask(t, c, r.target, r.body, r.change)
				if g.status != r.status || g.problem.Code != r.code || g.problem.Leg != r.leg || g.problem.Status != r.status {
					t.Fatalf("%d %s; want %d %s on the leg %s", g.status, g.body, r.status, r.code, r.leg)
				}
				if reached := len(w.reached()) > 0; reached != r.reaches {
					t.Errorf("reached the register: %t", reached)
				}
				w.explained(t, g)
				index, e := w.record(t)
				if index == before || e.Code != r.code || string(e.Call) != g.header.Get("MConnect-Call-Id") || fmt.Sprint(index) != g.header.Get("MConnect-Record") {
					t.Errorf("record %d is %+v, headers %v", index, e, g.header)
				}
				if wantChecks := r.status == 403 || r.status == 429 || r.code == fault.ContextMissing; wantChecks != (len(g.problem.Checks) > 0) {
					t.Errorf("%d checks", len(g.problem.Checks))
				}
				if r.code == fault.InputInvalid && len(g.problem.Fields) != 1 {
					t.Errorf("fields %+v", g.problem.Fields)
				}
			})
		}
	}
}

// explained checks what every problem document has, and that it gives nothing away.
func (w *testPlatform) explained(t *testing.T, g got) {
	t.Helper()
	p := g.problem
	if p.Type != "urn:mconnect:fault:"+string(p.Code) || p.Detail == "" || p.Remedy == "" || p.Party == "" || p.Title != http.StatusText(p.Status) {
		t.Errorf("incomplete: %s", g.body)
	}
	if string(p.CallID) != g.header.Get("MConnect-Call-Id") || len(p.TraceID) != 32 || !strings.Contains(g.header.Get("Traceparent"), p.TraceID) {
		t.Errorf("references: call %q, trace %q, headers %v", p.CallID, p.TraceID, g.header)
	}
	if g.header.Get("Cache-Control") != "no-store" || g.header.Get("Content-Language") != "en" {
		t.Errorf("headers %v", g.header)
	}
	for _, inside := range []string{"127.0.0.1", "main.go", "dial", "goroutine", subject} {
		if strings.Contains(g.body, inside) {
			t.Errorf("tells %q: %s", inside, g.body)
		}
	}
	if allow := g.header.Get("Allow"); (p.Code == fault.MethodNotAllowed) != (allow == "POST") {
		t.Errorf("Allow: %q", allow)
	}
	if again := g.header.Get("Retry-After"); p.Code == fault.QuotaUsedUp && (again == "" || again == "0") {
		t.Errorf("Retry-After: %q", again)
	}
}

func TestCall_UnidentifiedGetTheReason(t *testing.T) {
	w := newTestPlatform(t, setting{})
	w.Spoil(t, "hall.app", time.Now())
	w.Certificates["unknown"] = site.Issue(t, w.Authority, authority.Request{Use: authority.ForSystem, Name: "hall.app"})
	for _, name := range []string{"untrusted", "expired", "early", "revoked"} {
		w.apply(t, site.CertificateManifest("hall.app", w.Certificates[name].Leaf))
	}
	must.Get(w.Trust.Reload())(t)
	for name, want := range map[string]fault.Code{
		"": fault.CertificateMissing, "untrusted": fault.CertificateUntrusted, "unknown": fault.CertificateUnknown,
		"expired": fault.CertificateExpired, "early": fault.CertificateNotYet, "revoked": fault.CertificateRevoked,
	} {
		for _, p := range protocols {
			c := w.Client(t, name, p.h2)
			for _, target := range []string{"/api/v1/GetPerson", "/api/v1/services", "/api/v1/evidence/x"} {
				g := w.ask(t, c, target, question, func(r *http.Request) {
					if target != "/api/v1/GetPerson" {
						r.Method = http.MethodGet
					}
				})
				if g.status != 401 || g.problem.Code != want || len(g.problem.Checks) > 0 {
					t.Errorf("%q by %s to %s: %d %s; want 401 %s", name, p.name, target, g.status, g.body, want)
				}
				if g.header.Get("MConnect-Record")+g.header.Get("MConnect-Tree-Size") != "" {
					t.Errorf("%q by %s to %s learns how much the journal holds: %v", name, p.name, target, g.header)
				}
			}
		}
	}
	if asked := w.reached(); len(asked) > 0 {
		t.Errorf("strangers reached the register: %v", asked)
	}
}

func TestCall_SuspensionActsOnTheNextCallOfAnOpenConnection(t *testing.T) {
	w := newTestPlatform(t, setting{})
	c := w.Client(t, "hall.app", true)
	if g := w.ask(t, c, "/api/v1/GetPerson", question, nil); g.status != 200 {
		t.Fatalf("%d %s", g.status, g.body)
	}
	w.apply(t, "{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer], status: suspended }")
	if g := w.ask(t, c, "/api/v1/GetPerson", question, nil); g.status != 403 || g.problem.Code != fault.SystemSuspended {
		t.Errorf("%d %s", g.status, g.body)
	}
	if g := w.get(t, c, "/api/v1/services"); g.status != 200 {
		t.Errorf("a suspended system may still look: %d %s", g.status, g.body)
	}
}

// TestCall_SlowBodyIsTooSlow sends half a body and waits.
func TestCall_SlowBodyIsTooSlow(t *testing.T) {
	w := newTestPlatform(t, setting{read: 300 * time.Millisecond})
	for _, p := range protocols {
		body, half := io.Pipe()
		go func() { _, _ = half.Write([]byte(`{"IDNP":`)) }()
		g := w.ask(t, w.Client(t, "hall.app", p.h2), "/api/v1/GetPerson", "", func(r *http.Request) {
			r.Body, r.ContentLength, r.GetBody = body, int64(len(question)), nil
		})
		_ = half.Close()
		if g.status != 408 || g.problem.Code != fault.MessageTooSlow {
			t.Errorf("%s: %d %s", p.name, g.status, g.body)
		}
		if _, e := w.record(t); e.Code != fault.MessageTooSlow || e.System != "hall.app" {
			t.Errorf("%s: recorded %+v", p.name, e)
		}
	}
}

// TestCall_UnidentifiedBodyIsNotAwaited: he is answered at once, without his body.
func TestCall_UnidentifiedBodyIsNotAwaited(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, p := range protocols {
		body, never := io.Pipe()
		g := w.ask(t, w.Client(t, "", p.h2), "/api/v1/GetPerson", "", func(r *http.Request) {
			r.Body, r.ContentLength, r.GetBody = body, 100, nil
		})
		_ = never.Close()
		if g.status != 401 || w.surface.InFlight() != 0 {
			t.Errorf("%s: %d, %d in flight", p.name, g.status, w.surface.InFlight())
		}
	}
}

// TestCall_NoRecordNoExchange holds the journal's write lock, as a stuck backup would.
func TestCall_NoRecordNoExchange(t *testing.T) {
	w := newTestPlatform(t, setting{record: 200 * time.Millisecond})
	release := w.lock(t)
	c := w.Client(t, "hall.app", true)
	for target, body := range map[string]string{"/api/v1/GetPerson": question, "/api/v1/GetNothing": question} {
		g := w.ask(t, c, target, body, nil) // ends although the lock is kept
		if g.status != 503 || g.problem.Code != fault.RecordUnavailable || g.header.Get("MConnect-Record") != "" {
			t.Errorf("%s while the journal stands: %d %s", target, g.status, g.body)
		}
	}
	if asked := w.reached(); len(asked) > 0 {
		t.Errorf("without an intent the register was asked: %v", asked)
	}
	release()
	if g := w.ask(t, c, "/api/v1/GetPerson", question, nil); g.status != 200 {
		t.Errorf("after the journal was freed: %d %s", g.status, g.body)
	}
}

// holding makes the register hold answers of path until the returned function is called; arrived gets one value a call.
func (w *testPlatform) holding(path string) (arrived chan struct{}, release func()) {
	arrived, open := make(chan struct{}, 16), make(chan struct{})
	w.answers(path, func(rw http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-open
		person(rw, r)
	})
	return arrived, func() { close(open) }
}

func TestCall_BeyondTheLimitIsRefusedAtOnce(t *testing.T) {
	w := newTestPlatform(t, setting{inFlight: 2})
	arrived, release := w.holding("/GetPerson")
	c := w.Client(t, "hall.app", true)
	answers := make(chan got, 2)
	for range 2 {
		go func() { answers <- w.ask(t, c, "/api/v1/GetPerson", question, nil) }()
		<-arrived
	}
	before, _ := w.record(t)
	g := w.ask(t, c, "/api/v1/GetPerson", question, nil)
	if g.status != 503 || g.problem.Code != fault.Overloaded || g.header.Get("Retry-After") != "1" {
		t.Errorf("the third: %d %s %v", g.status, g.body, g.header)
	}
	if after, _ := w.record(t); after != before {
		t.Errorf("overload made %d records", after-before)
	}
	release()
	for range 2 {
		if g := <-answers; g.status != 200 {
			t.Errorf("a call that had a place: %d %s", g.status, g.body)
		}
	}
	if g := w.ask(t, c, "/api/v1/GetPerson", question, nil); g.status != 200 || w.surface.InFlight() != 0 {
		t.Errorf("afterwards: %d %s, %d in flight", g.status, g.body, w.surface.InFlight())
	}
}

// TestCall_DrainingClosesConnections: calls are answered, but the connection ends, so that the next one may go
// elsewhere.
func TestCall_DrainingClosesConnections(t *testing.T) {
	for _, p := range protocols {
		w := newTestPlatform(t, setting{})
		c := w.Client(t, "hall.app", p.h2)
		var dialled atomic.Int32
		c.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled.Add(1)
			return new(net.Dialer).DialContext(ctx, network, address)
		}
		ask := func() {
			if g := w.ask(t, c, "/api/v1/GetPerson", question, nil); g.status != 200 {
				t.Errorf("%s: %d %s", p.name, g.status, g.body)
			}
		}
		ask()
		ask()
		if dialled.Load() != 1 {
			t.Errorf("%s: %d connections before the drain", p.name, dialled.Load())
		}
		w.surface.Drain()
		for calls := 0; dialled.Load() < 2; calls++ { // HTTP/2 may take a few more calls before it reads the farewell
			if ask(); calls > 100 {
				t.Fatalf("%s: keeps its connection to a node that stops", p.name)
			}
		}
	}
}

// TestOrigin_PagesOfOtherSitesCallNothing: a browser presents a certificate by itself. The catalogue is for every page.
func TestOrigin_PagesOfOtherSitesCallNothing(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		foreign := func(r *http.Request) {
			r.Header.Set("Origin", "https://evil.example")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		g := w.ask(t, c, "/api/v1/GetPerson", question, foreign)
		if g.status != 403 || g.problem.Code != fault.OriginForeign {
			t.Errorf("%s: %d %s", p.name, g.status, g.body)
		}
		if g := w.ask(t, c, "/api/v1/GetPerson", question, set("Sec-Fetch-Site", "same-origin")); g.status != 200 {
			t.Errorf("%s, the own page: %d %s", p.name, g.status, g.body)
		}
		if g := w.ask(t, w.Client(t, "", p.h2), "/api/v1/GetPerson", question, foreign); g.status != 401 {
			t.Errorf("%s, without a certificate: %d %s", p.name, g.status, g.body)
		}
	}
}
