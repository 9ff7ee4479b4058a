package events_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"mconnect/internal/app"
	"mconnect/internal/broker"
	"mconnect/internal/config"
	"mconnect/internal/eventlog"
	"mconnect/internal/pki"
	"mconnect/internal/surface/events"
	"mconnect/internal/surface/listener"
	"mconnect/test/keeper"
	"mconnect/test/must"
	"mconnect/test/site"
	"mconnect/test/waits"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Synthetic: 1999… and 2999… were never assigned.
const (
	invalidated = "ASP.RST.VP.Invalidated"
	noted       = "ASP.RST.Note.Added"
	born        = "ASP.RSP.Birth.Registered"
	source      = "urn:asp:rst"
)

// testPlatform is a platform on SQLite with its surface for events over TLS; every part is the real one, as app wires
// it.
type testPlatform struct {
	*app.Installation
	*site.Site
	surface *events.Surface
	engine  *broker.Engine
	url     string
}

// brief are limits that tests can wait for.
var brief = events.Limits{Poll: 150 * time.Millisecond, Expiry: time.Minute}

func newTestPlatform(t testing.TB, limits events.Limits) *testPlatform {
	t.Helper()
	return newBoundedPlatform(t, limits, eventlog.Limits{PerSystem: 2000}, broker.Limits{})
}

func newBoundedPlatform(t testing.TB, limits events.Limits, kept eventlog.Limits, costs broker.Limits) *testPlatform {
	t.Helper()
	w := &testPlatform{Site: site.New(t, func(c *config.Config) { c.Node = "bridge-1" })}
	w.Installation = w.Open(t)
	text := manifests
	for _, system := range []string{"asp.rst", "hall.app", "bank.core", "asp.idle", "asp.near"} {
		text += w.Enrol(t, system)
	}
	w.apply(t, text)
	log := must.Get(eventlog.Open(t.Context(), eventlog.Config{Tables: w.Store, Limits: kept}, w.Store.OpenLog))(t)
	w.engine = must.Get(broker.Open(broker.Config{
		Log: log, Dead: w.Store, Rights: w.Rights, Ledger: w.EventLedger(), Limits: costs,
	}))(t)
	t.Cleanup(func() { must.OK(t, w.engine.Close()) })
	w.surface = must.Get(events.New(events.Config{
		Broker: w.engine, Identifier: w.Rooms.Registry, Accounts: app.Accounts(w.Installation), Changed: w.Rights.Changed, Clock: time.Now,
		Logger: slog.New(slog.DiscardHandler), AsyncAPI: w.Rights.AsyncAPI, Bridge: "bridge-1", Limits: limits,
	}))(t)
	w.url = w.serve(t, w.surface)
	return w
}

// serve answers with a surface over TLS until the test ends, and returns its address.
func (w *testPlatform) serve(t testing.TB, s *events.Surface) string {
	t.Helper()
	server := listener.Config{}.Server(s.Handler(), pki.ServerTLS(w.Identity), slog.New(slog.DiscardHandler))
	url := site.Serve(t, server)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), waits.Limit)
		defer cancel()
		must.OK(t, s.Close(ctx))
	})
	return url
}

func (w *testPlatform) apply(t testing.TB, text string) {
	t.Helper()
	keeper.Apply(t, w.Country, text)
}

// protocols are the two in which every row of the contract is served.
var protocols = []struct {
	name string
	h2   bool
}{{"HTTP/1.1", false}, {"HTTP/2.0", true}}

// caller is a system with a connection to the surface.
type caller struct {
	w      *testPlatform
	system string
	h2     bool
	http   *http.Client
}

// as connects as a party that holds the certificate, "" for nobody.
func (w *testPlatform) as(t testing.TB, system string, h2 bool) *caller {
	t.Helper()
	return &caller{w, system, h2, w.Client(t, system, h2)}
}

// got is an answer as a client sees it.
type got struct {
	status int
	header http.Header
	body   string
}

func (g got) String() string { return fmt.Sprintf("%d %v %.400s", g.status, g.header, g.body) }

// ask sends one request. Headers are "name: value".
func (c *caller) ask(t testing.TB, method, target, body string, headers ...string) got {
	t.Helper()
	if strings.HasPrefix(target, "/") {
		target = c.w.url + target
	}
	req := must.Get(http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body)))(t)
	req.Header.Set("Accept-Language", "en")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res := must.Get(c.http.Do(req))(t)
	defer func() { _ = res.Body.Close() }()
	if want := map[bool]int{false: 1, true: 2}[c.h2]; res.ProtoMajor != want {
		t.Errorf("answered in %s", res.Proto)
	}
	text := must.Get(io.ReadAll(res.Body))(t)
	return got{res.StatusCode, res.Header, string(text)}
}

// eventOf is an event in the JSON format; members are further ones, e.g. `"subject":"x"`.
func eventOf(id, typ, data string, members ...string) string {
	text := `{"specversion":"1.0","id":"` + id + `","source":"` + source + `","type":"` + typ + `"`
	for _, m := range members {
		text += "," + m
	}
	return text + `,"data":` + data + "}"
}

// produce produces one event and fails the test unless it is accepted.
func (c *caller) produce(t testing.TB, text string) {
	t.Helper()
	if g := c.ask(t, "POST", "/ce/produce/event", text, "Content-Type: application/cloudevents+json"); g.status != 202 {
		t.Fatalf("produce: %s", g)
	}
}

// dial opens a WebSocket over HTTP/1.1 with a client that is not ours.
func (c *caller) dial(t testing.TB, query string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
	defer cancel()
	conn, res, err := websocket.Dial(ctx, strings.Replace(c.w.url, "https", "wss", 1)+"/ce/consume/ws"+query, &websocket.DialOptions{
		HTTPClient: c.w.as(t, c.system, false).http, Subprotocols: []string{events.Protocol},
	})
	if conn != nil {
		conn.SetReadLimit(4 << 20)
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, res, err
}

// hear reads one message.
func hear(t testing.TB, conn *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
	defer cancel()
	_, text, err := conn.Read(ctx)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return string(text)
}

func say(t testing.TB, conn *websocket.Conn, text string) {
	t.Helper()
	must.OK(t, conn.Write(t.Context(), websocket.MessageText, []byte(text)))
}

const manifests = `
{ kind: Participant, id: asp, idno: "1999900000014", name: { ro: Agenția Exemplu }, sector: public, level: central }
---
{ kind: Participant, id: hall, idno: "1999900000025", name: { ro: Primăria Exemplu }, sector: public, level: local }
---
{ kind: Participant, id: bank, idno: "1999900000036", name: { ro: Banca Exemplu }, sector: private }
---
{ kind: System, id: asp.rst, name: { ro: Registrul }, roles: [producer] }
---
{ kind: System, id: hall.app, name: { ro: Asistență, en: Assistance }, roles: [consumer] }
---
{ kind: System, id: bank.core, name: { ro: Bancă }, roles: [consumer] }
---
{ kind: System, id: asp.idle, name: { ro: Fără rol }, roles: [provider] }
---
{ kind: System, id: asp.near, name: { ro: Aproape }, roles: [consumer, producer], networks: [10.0.0.0/8] }
---
kind: EventType
name: ASP.RST.VP.Invalidated
version: 1.0.0
owner: asp
title: { ro: Act invalidat, en: Document invalidated, ru: Документ недействителен }
description: { ro: Un act nu mai este valabil., en: A document is no longer valid., ru: Документ больше не действителен. }
status: published
attributes: [traceparent, urgent, rank, contentlength, offsets]
schema: { "$schema": "https://json-schema.org/draft/2020-12/schema", type: object, required: [Number], properties: { Number: { type: string }, Reason: { type: string } } }
example: { Number: "B0000001", Reason: lost }
producers: [{ system: asp.rst, sources: ["urn:asp:rst", "urn:asp:more*"] }]
---
kind: EventType
name: ASP.RST.Note.Added
version: 1.0.0
owner: asp
title: { ro: Notă, en: Note, ru: Заметка }
description: { ro: O notă liberă., en: A free note., ru: Свободная заметка. }
status: published
content: [json, text, binary]
schema: {}
example: { Text: hello }
producers: [{ system: asp.rst, sources: ["urn:asp:rst"] }]
---
kind: EventType
name: ASP.RSP.Birth.Registered
version: 1.0.0
owner: asp
title: { ro: Naștere, en: Birth, ru: Рождение }
description: { ro: O naștere., en: A birth., ru: Рождение. }
status: published
schema: { type: object }
example: {}
producers: [{ system: asp.near, sources: ["urn:asp:near*"] }]
---
` + grant + `
---
{ kind: Agreement, id: bank-invalidated, consumer: bank.core, event: ASP.RST.VP.Invalidated, purposes: [{ code: acte, title: { ro: Acte }, legal_basis: { act: Legea exemplu, article: art. 2 }, fields: [Number] }] }
---
{ kind: Agreement, id: hall-notes, consumer: hall.app, event: ASP.RST.Note.Added, purposes: [{ code: acte, title: { ro: Acte }, legal_basis: { act: Legea exemplu, article: art. 2 }, fields: ["*"] }] }
`

// grant is what lets the town hall consume whole invalidations.
const grant = `{ kind: Agreement, id: hall-invalidated, consumer: hall.app, event: ASP.RST.VP.Invalidated, purposes: [{ code: acte, title: { ro: Acte }, legal_basis: { act: Legea exemplu, article: art. 2 }, fields: ["*"] }] }`
