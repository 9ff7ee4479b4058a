package events_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

// TestHandshakes_ByHand: what no client of net/http would send. Each is answered over HTTP with 400 and a reason, and
// opens no socket.
func TestHandshakes_ByHand(t *testing.T) {
	w := newTestPlatform(t, brief)
	const key, line = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", "GET /ce/consume/ws HTTP/1.1\r\n"
	const rest = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: cloudevents.json\r\nAccept-Language: en\r\n"
	for name, c := range map[string]struct {
		text   string
		status int
		says   string
	}{
		"good":                      {line + rest + key + "\r\n", 101, ""},
		"good, Origin of this host": {line + rest + key + "Origin: https://x\r\n\r\n", 101, ""},
		"HTTP/1.0":                  {"GET /ce/consume/ws HTTP/1.0\r\n" + rest + key + "\r\n", 400, "HTTP/1.1"},
		"two keys":                  {line + rest + key + key + "\r\n", 400, "once"},
		"two versions":              {line + rest + key + "Sec-WebSocket-Version: 13\r\n\r\n", 400, "once"},
		"two Origins":               {line + rest + key + "Origin: https://x\r\nOrigin: https://elsewhere.example\r\n\r\n", 400, "once"},
		"another Origin":            {line + rest + key + "Origin: https://elsewhere.example\r\n\r\n", 400, "Origin"},
		"the Origin null":           {line + rest + key + "Origin: null\r\n\r\n", 400, "Origin"},
		"a body":                    {line + rest + key + "Content-Length: 2\r\n\r\nhi", 400, "without a body"},
		"a body in chunks":          {line + rest + key + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 400, "without a body"},
		"a short key":               {line + rest + "Sec-WebSocket-Key: AAAA\r\n\r\n", 400, "Sec-WebSocket-Key"},
		"a key that is no base64":   {line + rest + "Sec-WebSocket-Key: ______________________==\r\n\r\n", 400, "Sec-WebSocket-Key"},
		"another version":           {strings.Replace(line+rest, "13", "12", 1) + key + "\r\n", 400, "13"},
	} {
		conn := must.Get(tls.Dial("tcp", strings.TrimPrefix(w.url, "https://"), w.TLS("hall.app")))(t)
		must.Get(io.WriteString(conn, c.text))(t)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var text []byte
		if res.StatusCode != http.StatusSwitchingProtocols {
			text = must.Get(io.ReadAll(res.Body))(t)
		}
		if res.StatusCode != c.status || !strings.Contains(string(text), c.says) {
			t.Errorf("%s: %s %s, want %d with %q", name, res.Status, text, c.status, c.says)
		}
		if version := res.Header.Get("Sec-Websocket-Version"); (name == "another version") != (version == "13") {
			t.Errorf("%s: Sec-WebSocket-Version %q", name, version)
		}
		must.OK(t, conn.Close())
	}
	w.quiet(t, 0)
}

// TestRepeats_OfAnotherTypeAreRefused: the same source and id for another type are a mistake of the producer, 422 by
// each way of producing; in a batch the place is named. A repeat of the same type is accepted.
func TestRepeats_OfAnotherTypeAreRefused(t *testing.T) {
	w := newTestPlatform(t, brief)
	for _, p := range protocols {
		c := w.as(t, "asp.rst", p.h2)
		c.produce(t, eventOf("1", invalidated, `{"Number":"B"}`))
		for name, r := range map[string]row{
			"single":               {target: "/ce/produce/event", body: eventOf("1", noted, `{"Text":"x"}`), headers: []string{oneType}, status: 422, says: invalidated},
			"raw":                  {target: "/ce/produce/raw", body: `{"Text":"x"}`, headers: raw("1", noted, jsonType), status: 422, says: invalidated},
			"batch":                {target: "/ce/produce/events", body: "[" + eventOf("2", noted, `1`) + "," + eventOf("1", noted, `1`) + "]", headers: []string{batchType}, status: 422, says: "[1]"},
			"within one batch":     {target: "/ce/produce/events", body: "[" + eventOf("1", invalidated, `{"Number":"B"}`) + "," + eventOf("1", noted, `1`) + "]", headers: []string{batchType}, status: 422, says: "[1]"},
			"the same, single":     {target: "/ce/produce/event", body: eventOf("1", invalidated, `{"Number":"B"}`), headers: []string{oneType}, status: 202},
			"the same, raw":        {target: "/ce/produce/raw", body: `{"Number":"B"}`, headers: raw("1", invalidated, jsonType), status: 202},
			"another source's own": {target: "/ce/produce/event", body: strings.Replace(eventOf("1", invalidated, `{"Number":"B"}`), source, "urn:asp:more:1", 1), headers: []string{oneType}, status: 202},
		} {
			g := c.ask(t, "POST", r.target, r.body, r.headers...)
			if g.status != r.status || !strings.Contains(g.body, r.says) {
				t.Errorf("%s, %s: %s, want %d with %q", p.name, name, g, r.status, r.says)
			}
			if r.status != 202 {
				plain(t, g)
			}
		}
	}
	if found, _, err := w.engine.Find(t.Context(), broker.Search{Source: source}); err != nil || len(found) != 1 {
		t.Errorf("the log holds %d events, %v; want 1", len(found), err)
	}
}

// TestText_WhatIsDeliveredIsAcceptedAgain: a consumer may pass on what it got, with the offset, in the form in which it
// came.
func TestText_WhatIsDeliveredIsAcceptedAgain(t *testing.T) {
	w := newTestPlatform(t, brief)
	c, producer := w.as(t, "hall.app", true), w.as(t, "asp.rst", true)
	at := c.instance(t, "")
	for _, members := range []string{
		`"datacontenttype":"text/plain","data":"unu\ndoi \u0219 \"trei\""`, `"datacontenttype":"text/plain; charset=utf-8","data":""`,
		`"datacontenttype":"text/xml","data":"<a b=\"1\">ț</a>"`, `"datacontenttype":"text/csv","data":"a;b\r\n1;2"`,
		`"datacontenttype":"application/octet-stream","data_base64":"AP8="`, `"data":"a JSON string"`, `"data":{"a":[1.50,null]}`, `"data":null`,
	} {
		first := `{"specversion":"1.0","id":"first","source":"` + source + `","type":"` + noted + `",` + members + "}"
		first = strings.Replace(first, "first", "f"+strings.Map(letters, members), 1)
		producer.produce(t, first)
		one := c.ask(t, "GET", at+"/event?confirm=true", "")
		if one.status != 200 || !strings.Contains(one.body, `"offset"`) {
			t.Fatalf("%s: %s", members, one)
		}
		again := strings.Replace(one.body, `"id":"f`, `"id":"g`, 1)
		producer.produce(t, again)
		two := c.ask(t, "GET", at+"/event?confirm=true", "")
		a, errA := event.Read([]byte(one.body), event.Delivered)
		b, errB := event.Read([]byte(two.body), event.Delivered)
		if errA != nil || errB != nil || string(a.Data) != string(b.Data) || (a.Data == nil) != (b.Data == nil) || a.ContentType != b.ContentType || b.ID == a.ID {
			t.Errorf("%s came as %s, then as %s: %v %v", members, one.body, two.body, errA, errB)
		}
	}
}

// letters keeps what may stand in an id.
func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// attributed is an event of which each attribute that would have to be granted names a person.
func attributed(id string) string {
	return eventOf(id, invalidated, `{"Number":"B","Reason":"lost"}`, `"subject":"persoana:2999000002029"`, `"dataschema":"https://a.example/2999000002029"`,
		`"partitionkey":"idnp:2999000002029"`, `"traceparent":"00-trace"`, `"urgent":true`, `"numeprenume":"Exemplu Maria"`)
}

// TestAttributes_LeaveAsGrantedByEveryWay: long poll in three forms, socket, dead events, replay. What is granted by
// name, by "*" or not at all is what comes; an attribute that the type does not declare never does.
func TestAttributes_LeaveAsGrantedByEveryWay(t *testing.T) {
	for fields, want := range map[string]string{
		`[Number]`:                             "",
		`[Number, "@subject"]`:                 "subject",
		`["@dataschema", "@urgent", Number]`:   "dataschema urgent",
		`["@traceparent", "@subject", Number]`: "subject traceparent",
		`["*"]`:                                "subject dataschema traceparent urgent",
	} {
		t.Run(fields, func(t *testing.T) {
			w := newTestPlatform(t, brief)
			w.apply(t, strings.Replace(grant, `fields: ["*"]`, `fields: `+fields, 1))
			c := w.as(t, "hall.app", false)
			at := c.instance(t, "?group=polls")
			conn, _, err := c.dial(t, "?group=socket")
			must.OK(t, err)
			producer := w.as(t, "asp.rst", false)
			for _, id := range []string{"1", "2", "3"} {
				producer.produce(t, attributed(id))
			}
			raw := c.ask(t, "GET", at+"/raw", "")
			one := c.ask(t, "GET", at+"/event", "")
			all := c.ask(t, "GET", at+"/events", "")
			heard := hear(t, conn)
			say(t, conn, "dead:"+heard)
			dead := c.ask(t, "GET", c.instance(t, "?events=false&test=false&dead=true&group=desk")+"/event", "")
			c.ask(t, "POST", at+"/confirm", "")
			must.Get(w.engine.Replay(t.Context(), broker.Replay{System: "hall.app", Group: "polls", Last: 100}))(t)
			again := c.ask(t, "GET", at+"/event", "")
			for way, text := range map[string]string{"event": one.body, "events": all.body, "socket": heard, "dead": dead.body, "replay": again.body} {
				attributesOf(t, way, text, want)
			}
			for name, shown := range map[string]string{"subject": raw.header.Get("Ce-Subject"), "dataschema": raw.header.Get("Ce-Dataschema"),
				"traceparent": raw.header.Get("Ce-Traceparent"), "urgent": raw.header.Get("Ce-Urgent")} {
				if (shown != "") != strings.Contains(want, name) {
					t.Errorf("raw: %s is %q", name, shown)
				}
			}
			if raw.header.Get("Ce-Numeprenume") != "" || !strings.HasPrefix(raw.header.Get("Ce-Partitionkey"), "pk:") {
				t.Errorf("raw: %v", raw.header)
			}
			settings := c.ask(t, "GET", "/ce/tools/my-settings", "")
			var mine struct {
				Consumes []struct {
					Type, Agreement string
					Fields          []string
				}
			}
			must.OK(t, json.Unmarshal([]byte(settings.body), &mine))
			for _, one := range mine.Consumes {
				if one.Type == invalidated && strings.Join(one.Fields, ", ") != strings.NewReplacer("[", "", "]", "", `"`, "").Replace(fields) {
					t.Errorf("my-settings say %q", one.Fields)
				}
			}
		})
	}
}

// attributesOf checks which attributes stand in an event, or in the first of a batch.
func attributesOf(t *testing.T, way, text, want string) {
	t.Helper()
	members := map[string]any{}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&members); err != nil {
		t.Fatalf("%s: %v in %s", way, err, text)
	}
	for _, name := range []string{"subject", "dataschema", "traceparent", "urgent"} {
		if _, there := members[name]; there != strings.Contains(want, name) {
			t.Errorf("%s: %s stands there: %t; %s", way, name, there, text)
		}
	}
	key, _ := members["partitionkey"].(string)
	if strings.Contains(text, "idnp:") || strings.Contains(text, "Maria") || !strings.HasPrefix(key, "pk:") || members["data"] == nil {
		t.Errorf("%s: %s", way, text)
	}
}

// TestFilters_SeeNoAttributeThatIsNotGranted: a subscription cannot learn a subject or a key by asking for it value by
// value.
func TestFilters_SeeNoAttributeThatIsNotGranted(t *testing.T) {
	for filter, c := range map[string]struct{ cut, whole bool }{
		`prefix: { subject: "persoana:" }`:                           {false, true},
		`cel: "event.subject == 'persoana:2999000002029'"`:           {false, true},
		`cel: "'subject' in event"`:                                  {false, true},
		`not: { prefix: { subject: "persoana:" } }`:                  {true, false},
		`prefix: { dataschema: "https://a.example/" }`:               {false, true},
		`exact: { partitionkey: "idnp:2999000002029" }`:              {false, false},
		`prefix: { partitionkey: "pk:" }`:                            {true, true},
		`cel: "event.partitionkey.contains('2999')"`:                 {false, false},
		`cel: "data.Reason == 'lost'"`:                               {false, true},
		`cel: "data.Number == 'B' && event.source == 'urn:asp:rst'"`: {true, true},
	} {
		t.Run(filter, func(t *testing.T) {
			w := newTestPlatform(t, brief)
			hall, bank := w.as(t, "hall.app", true), w.as(t, "bank.core", true)
			for _, system := range []string{"hall.app", "bank.core"} {
				w.apply(t, "{ kind: Subscription, id: "+system+".one, system: "+system+", group: one, filters: [{ "+filter+" }] }")
			}
			ofHall, ofBank := hall.instance(t, "?group=one"), bank.instance(t, "?group=one")
			w.as(t, "asp.rst", true).produce(t, attributed("1"))
			for at, want := range map[string]bool{ofHall: c.whole, ofBank: c.cut} {
				who := map[bool]*caller{true: hall, false: bank}[at == ofHall]
				if g := who.ask(t, "GET", at+"/event", ""); (g.status == 200) != want {
					t.Errorf("%s: %s, want an event: %t", who.system, g, want)
				}
			}
		})
	}
}
