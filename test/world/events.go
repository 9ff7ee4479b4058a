package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// The names of the small country of events: one producer, three consumers; the last is entitled to another type.
const (
	EventType     = "WORLD.Register.Act.Invalidated"
	OtherType     = "WORLD.Register.Act.Issued"
	EventSource   = "urn:world:register"
	EventProducer = "producer"
)

// EventConsumers are the names of the consumers' certificates; the first two are entitled to EventType.
var EventConsumers = []string{"hall", "bank", "stranger"}

const eventTypeHead = `---
kind: EventType
name: %s
version: 1.0.0
owner: world-owner
title: { ro: "Act", en: "Act", ru: "Акт" }
description: { ro: "Un act.", en: "An act.", ru: "Акт." }
status: published
schema: { "$schema": "https://json-schema.org/draft/2020-12/schema", type: object, required: [Number], properties: { Number: { type: string }, Padding: { type: string } } }
example: { Number: "B0000001" }
producers: [{ system: world-owner.producer, sources: ["` + EventSource + `"] }]
`

// EventCountry writes the manifests of the events; the authority must have issued the certificates of all named above.
func EventCountry(a *Authority) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "---\nkind: Participant\nid: world-owner\nidno: %q\nname: { ro: \"EXEMPLU\" }\nsector: public\nlevel: central\n", idno(9))
	for _, name := range append([]string{EventProducer}, EventConsumers...) {
		role := "consumer"
		if name == EventProducer {
			role = "producer"
		}
		pem, err := os.ReadFile(a.Crt(name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "---\nkind: System\nid: world-owner.%s\nname: { ro: \"Sistem\" }\nroles: [%s]\n", name, role)
		fmt.Fprintf(&b, "---\nkind: Certificate\nsystem: world-owner.%s\npem: |\n  %s\n", name,
			strings.ReplaceAll(strings.TrimSpace(string(pem)), "\n", "\n  "))
	}
	fmt.Fprintf(&b, eventTypeHead, EventType)
	fmt.Fprintf(&b, eventTypeHead, OtherType)
	for i, name := range EventConsumers {
		typ := EventType
		if i == len(EventConsumers)-1 {
			typ = OtherType
		}
		fmt.Fprintf(&b, `---
kind: Agreement
id: world.events.%s
consumer: world-owner.%s
event: %s
purposes: [{ code: acte, title: { ro: "Acte" }, legal_basis: { act: "Legea nr. 0/2000 (exemplu)", article: "art. 2" }, fields: ["*"] }]
`, name, name, typ)
	}
	return b.String(), nil
}

// EventSystem is one system that produces or consumes events over mTLS. It is safe for concurrent use.
type EventSystem struct {
	base   string
	client *http.Client
}

// NewEventSystem prepares the system with the certificate issued under that name.
func NewEventSystem(a *Authority, p *Platform, name string) (*EventSystem, error) {
	config, err := a.Client(name, "platform")
	if err != nil {
		return nil, err
	}
	return &EventSystem{
		base: fmt.Sprintf("https://127.0.0.1:%d", p.Events),
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: config,
			MaxIdleConnsPerHost: 64}},
	}, nil
}

// Forget closes idle connections, as after a restart of the platform.
func (s *EventSystem) Forget() { s.client.CloseIdleConnections() }

// Keyed is one event of EventType: the Number-th of its partition key, counted from 0.
type Keyed struct {
	Key    string
	Number int
}

// Produce sends a batch and returns the status; an error means that no whole answer arrived.
func (s *EventSystem) Produce(ctx context.Context, events []Keyed) (int, error) {
	var body bytes.Buffer
	for i, e := range events {
		body.WriteString([]string{"[", ","}[min(i, 1)])
		fmt.Fprintf(&body, `{"specversion":"1.0","source":%q,"id":"%s/%d","type":%q,"datacontenttype":"application/json","partitionkey":%q,"data":{"Number":"%d"}}`,
			EventSource, e.Key, e.Number, EventType, e.Key, e.Number)
	}
	body.WriteString("]")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/ce/produce/events", &body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/cloudevents-batch+json")
	res, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// Consume opens a WebSocket, calls got for each event and confirms every tenth and each after a pause, until the
// connection or ctx ends; it returns why.
func (s *EventSystem) Consume(ctx context.Context, got func(Keyed)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, _, err := websocket.Dial(ctx, s.base+"/ce/consume/ws", &websocket.DialOptions{
		HTTPClient: s.client, Subprotocols: []string{"cloudevents.json"},
	})
	if err != nil {
		return err
	}
	defer func() { _ = c.CloseNow() }()
	c.SetReadLimit(2 << 20)
	for n := 1; ; n++ {
		_, text, err := c.Read(ctx)
		if err != nil {
			return err
		}
		var e struct{ ID, Offset string }
		if err := json.Unmarshal(text, &e); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		key, last, _ := strings.Cut(e.ID, "/") // the key itself, of which a consumer sees a pseudonym only
		number, err := strconv.Atoi(last)
		if err != nil {
			return err
		}
		got(Keyed{key, number})
		if n%10 == 0 || number%7 == 0 {
			if err := c.Write(ctx, websocket.MessageText, []byte("confirm:"+e.Offset)); err != nil {
				return err
			}
		}
	}
}
