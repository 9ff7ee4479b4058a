package asyncapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"mconnect"
	"mconnect/internal/domain/event"
)

// Config of a document. Host is that of the events listener with its port. Lang is the language of titles.
type Config struct {
	System   mconnect.SystemID
	Host     string
	Version  string // of the document, e.g. the revision of the country
	Lang     mconnect.Lang
	Consumes []Consumed
	Produces []Produced
}

// Consumed is one type that the system gets, and which fields of its data.
type Consumed struct {
	Type    *event.ReadyType
	Fields  []string // granted paths; "*" the whole
	Purpose mconnect.PurposeCode
}

// Produced is one type that the system may produce, and its sources.
type Produced struct {
	Type    *event.ReadyType
	Sources []string
}

type document struct {
	AsyncAPI    string               `json:"asyncapi"`
	Info        info                 `json:"info"`
	ContentType string               `json:"defaultContentType"`
	Servers     map[string]server    `json:"servers"`
	Channels    map[string]channel   `json:"channels"`
	Operations  map[string]operation `json:"operations"`
	Components  components           `json:"components"`
}

type info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type server struct {
	Host        string      `json:"host"`
	Protocol    string      `json:"protocol"`
	Description string      `json:"description"`
	Security    []reference `json:"security"`
}

type reference struct {
	Ref string `json:"$ref"`
}

type channel struct {
	Address     string               `json:"address"`
	Title       string               `json:"title"`
	Description string               `json:"description"`
	Servers     []reference          `json:"servers"`
	Messages    map[string]reference `json:"messages"`
	Bindings    json.RawMessage      `json:"bindings,omitempty"`
}

type operation struct {
	Action      string          `json:"action"`
	Title       string          `json:"title"`
	Description string          `json:"description,omitempty"`
	Channel     reference       `json:"channel"`
	Messages    []reference     `json:"messages"`
	Bindings    json.RawMessage `json:"bindings,omitempty"`
}

type message struct {
	Name        string          `json:"name"`
	Title       string          `json:"title"`
	Summary     string          `json:"summary,omitempty"`
	ContentType string          `json:"contentType"`
	Payload     json.RawMessage `json:"payload"`
	Examples    []example       `json:"examples,omitempty"`
	Tags        []tag           `json:"tags,omitempty"`
}

type tag struct {
	Name string `json:"name"`
}

type example struct {
	Payload json.RawMessage `json:"payload"`
}

type components struct {
	Messages        map[string]message        `json:"messages"`
	SecuritySchemes map[string]securityScheme `json:"securitySchemes"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Description string `json:"description"`
}

const cloudEvent = "application/cloudevents+json"

var words = map[mconnect.Lang]struct{ title, about, consume, produce, certificate string }{
	mconnect.Romanian: {"Evenimentele sistemului ",
		"Tipurile de evenimente pe care sistemul le poate produce și consuma, cu datele acordate.", "Primește ",
		"Produce ", "Certificatul sistemului, înregistrat la operatorul platformei."},
	mconnect.English: {"Events of the system ", "The types of event that the system may produce and consume, with the data it is granted.", "Receives ", "Produces ", "The system's certificate, registered with the operator of the platform."},
	mconnect.Russian: {"События системы ", "Типы событий, которые система может производить и получать, с предоставленными данными.", "Получает ", "Производит ", "Сертификат системы, зарегистрированный у оператора платформы."},
}

// Document writes the document. It fails only when a type holds a schema or example that was never validated.
func Document(cfg Config) ([]byte, error) {
	if _, known := words[cfg.Lang]; !known {
		cfg.Lang = mconnect.Romanian
	}
	w := words[cfg.Lang]
	secured := []reference{{"#/components/securitySchemes/certificate"}}
	d := document{
		AsyncAPI: "3.0.0", ContentType: cloudEvent,
		Info: info{w.title + string(cfg.System), cfg.Version, w.about},
		Servers: map[string]server{
			"websocket": {cfg.Host, "wss", "GET /ce/consume/ws", secured},
			"http":      {cfg.Host, "https", "POST /ce/produce/event, POST /ce/consumers", secured},
		},
		Channels: map[string]channel{}, Operations: map[string]operation{},
		Components: components{Messages: map[string]message{},
			SecuritySchemes: map[string]securityScheme{"certificate": {"X509", w.certificate}}},
	}
	for _, c := range cfg.Consumes {
		if err := d.consume(cfg, c); err != nil {
			return nil, err
		}
	}
	for _, p := range cfg.Produces {
		if err := d.produce(cfg, p); err != nil {
			return nil, err
		}
	}
	return json.MarshalIndent(d, "", "  ")
}

// consume adds a type that comes by WebSocket, or by long polling from the same rights.
func (d *document) consume(cfg Config, c Consumed) error {
	key := "consume-" + keyOf(c.Type.Name)
	m, err := messageOf(cfg, c.Type, c.Fields, true)
	if err != nil {
		return err
	}
	d.Components.Messages[key] = m
	d.Channels[key] = channel{
		Address: "/ce/consume/ws", Title: string(c.Type.Name), Description: c.Type.Description.In(cfg.Lang),
		Servers:  []reference{{"#/servers/websocket"}},
		Messages: map[string]reference{"event": {"#/components/messages/" + key}},
		Bindings: json.RawMessage(`{"ws":{"method":"GET","query":{"type":"object","properties":{"group":{"type":"string","default":"~default"},"events":{"type":"boolean","default":true},"test":{"type":"boolean","default":true},"dead":{"type":"boolean","default":false}}}}}`),
	}
	d.Operations[key] = operation{
		Action: "receive", Title: words[cfg.Lang].consume + string(c.Type.Name), Description: string(c.Purpose),
		Channel: reference{"#/channels/" + key}, Messages: []reference{{"#/channels/" + key + "/messages/event"}},
	}
	return nil
}

func (d *document) produce(cfg Config, p Produced) error {
	key := "produce-" + keyOf(p.Type.Name)
	m, err := messageOf(cfg, p.Type, []string{event.Everything}, false)
	if err != nil {
		return err
	}
	d.Components.Messages[key] = m
	d.Channels[key] = channel{
		Address: "/ce/produce/event", Title: string(p.Type.Name), Description: p.Type.Description.In(cfg.Lang),
		Servers:  []reference{{"#/servers/http"}},
		Messages: map[string]reference{"event": {"#/components/messages/" + key}},
	}
	d.Operations[key] = operation{
		Action: "send", Title: words[cfg.Lang].produce + string(p.Type.Name), Description: "source: " +
			strings.Join(p.Sources, ", "),
		Channel: reference{"#/channels/" + key}, Messages: []reference{{"#/channels/" + key + "/messages/event"}},
		Bindings: json.RawMessage(`{"http":{"method":"POST"}}`),
	}
	return nil
}

// keyOf makes of a type's name one that may stand in a reference.
func keyOf(name mconnect.EventType) string { return strings.ReplaceAll(string(name), ".", "-") }

// messageOf describes the CloudEvent of a type; as it is delivered it has an offset too.
func messageOf(cfg Config, t *event.ReadyType, fields []string, delivered bool) (message, error) {
	data, err := dataSchema(t, fields)
	if err != nil {
		return message{}, err
	}
	text := func(more map[string]any) map[string]any {
		s := map[string]any{"type": "string"}
		maps.Copy(s, more)
		return s
	}
	properties := map[string]any{
		"specversion": text(map[string]any{"const": "1.0"}), "type": text(map[string]any{"const": t.Name}),
		"source":  text(map[string]any{"format": "uri-reference", "minLength": 1, "maxLength": 1024}),
		"id":      text(map[string]any{"minLength": 1, "maxLength": 256}),
		"subject": text(nil), "time": text(map[string]any{"format": "date-time"}), "partitionkey": text(nil),
		"datacontenttype": text(nil), "data": data,
	}
	required := []string{"specversion", "type", "source", "id"}
	if delivered {
		properties["offset"] = text(map[string]any{"pattern": "^[0-9]+$"})
		required = append(required, "datacontenttype", "offset")
	}
	if t.Schema() != nil {
		required = append(required, "data")
	} else {
		delete(properties, "data")
		properties["data_base64"] = text(map[string]any{"contentEncoding": "base64"})
	}
	payload, err := json.Marshal(map[string]any{"type": "object", "required": required, "properties": properties})
	if err != nil {
		return message{}, err
	}
	m := message{
		Name: string(t.Name), Title: t.Title.In(cfg.Lang), Summary: t.Description.In(cfg.Lang), ContentType: cloudEvent,
		Payload: payload,
	}
	for _, c := range slices.Sorted(slices.Values(t.Categories)) {
		m.Tags = append(m.Tags, tag{c})
	}
	if len(t.Example) > 0 {
		shown, err := exampleOf(t, fields, delivered)
		if err != nil {
			return message{}, err
		}
		m.Examples = []example{{shown}}
	}
	return m, nil
}

func exampleOf(t *event.ReadyType, fields []string, delivered bool) ([]byte, error) {
	data, err := event.NewCut(fields).Of(t.Example)
	if err != nil {
		return nil, err
	}
	source := "urn:example"
	if len(t.Producers) > 0 && len(t.Producers[0].Sources) > 0 {
		source = strings.TrimSuffix(t.Producers[0].Sources[0], "*")
	}
	e := map[string]any{
		"specversion": "1.0", "type": t.Name, "source": source, "id": "00000000-0000-7000-8000-000000000001",
		"time":            "2026-03-02T09:15:00Z",
		"datacontenttype": "application/json", "data": json.RawMessage(data),
	}
	if delivered {
		e["offset"] = "1"
	}
	return json.Marshal(e)
}
