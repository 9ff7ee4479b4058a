package events_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/surface/events"
	"mconnect/test/must"
)

const (
	oneType   = "Content-Type: application/cloudevents+json"
	batchType = "Content-Type: application/cloudevents-batch+json; charset=utf-8"
	jsonType  = "Content-Type: application/json"
)

// raw are the headers of an event in binary mode.
func raw(id, typ string, more ...string) []string {
	return append([]string{"ce-specversion: 1.0", "ce-id: " + id, "ce-source: " + source, "ce-type: " + typ}, more...)
}

// row is one row of the contract's tables: a request and how it is answered.
type row struct {
	name    string
	system  string
	target  string
	body    string
	headers []string
	status  int
	says    string // part of the text
}

func soon(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }

func produceRows() []row {
	const p, ev, all = "/ce/produce/raw", "/ce/produce/event", "/ce/produce/events"
	good := eventOf("e-1", invalidated, `{"Number":"B1"}`)
	one := func(name, body string, status int, says string) row {
		return row{name, "asp.rst", ev, body, []string{oneType}, status, says}
	}
	binary := func(name, body string, status int, says string, headers ...string) row {
		return row{name, "asp.rst", p, body, headers, status, says}
	}
	batch := func(name, body string, status int, says string) row {
		return row{name, "asp.rst", all, body, []string{batchType}, status, says}
	}
	return []row{
		binary("raw JSON", `{"Number":"B1"}`, 202, "", raw("r-1", invalidated, jsonType, "ce-subject: B1", "ce-time: "+soon(-time.Hour), "ce-partitionkey: idnp:2999000000014")...),
		binary("raw text", "hello", 202, "", raw("r-2", noted, "Content-Type: text/plain")...),
		binary("raw bytes", "\x00\xff", 202, "", raw("r-3", noted, "Content-Type: application/octet-stream")...),
		binary("raw without specversion", `{}`, 400, "specversion is missing", raw("r", invalidated, jsonType)[1:]...),
		binary("raw with an unknown header", `{}`, 400, "unknown", raw("r", invalidated, jsonType, "ce-color: red")...),
		binary("raw, not JSON", `{`, 400, "JSON, byte 1", raw("r", invalidated, jsonType)...),
		binary("raw of another media type", `<a/>`, 400, "application/octet-stream", raw("r", invalidated, "Content-Type: application/xml")...),
		binary("raw without a media type", `{}`, 400, "application/octet-stream", raw("r", invalidated)...),
		binary("raw, compressed", `{}`, 400, "Content-Encoding: identity", raw("r", invalidated, jsonType, "Content-Encoding: gzip")...),
		binary("raw against the schema", `{}`, 422, "/Number", raw("r", invalidated, jsonType)...),
		binary("raw of a content the type has not", `x`, 422, "", raw("r", invalidated, "Content-Type: text/plain")...),
		one("event", good, 202, ""),
		one("event again", good, 202, ""),
		one("event with an extension", eventOf("e-2", invalidated, `{"Number":"B2"}`, `"traceparent":"00-1"`), 202, ""),
		one("event in base64", `{"specversion":"1.0","id":"e-3","source":"urn:asp:rst","type":"ASP.RST.Note.Added","datacontenttype":"application/octet-stream","data_base64":"AP8="}`, 202, ""),
		one("event a little ahead", eventOf("e-4", invalidated, `{"Number":"B"}`, `"time":"`+soon(50*time.Second)+`"`), 202, ""),
		one("event in the future", eventOf("e-5", invalidated, `{"Number":"B"}`, `"time":"`+soon(80*time.Second)+`"`), 400, "future"),
		one("event under a longer source", strings.Replace(eventOf("e-6", invalidated, `{"Number":"B"}`), source, "urn:asp:more:x", 1), 202, ""),
		one("not JSON", `hello`, 400, "JSON, byte 0"),
		one("nothing", ``, 400, "JSON, byte 0"),
		one("a batch", "["+good+"]", 400, "JSON, byte 0"),
		one("without data", `{"specversion":"1.0","id":"x","source":"urn:asp:rst","type":"ASP.RST.VP.Invalidated"}`, 422, ""),
		one("another version", strings.Replace(good, `"1.0"`, `"0.3"`, 1), 400, "specversion"),
		one("the same member twice", strings.Replace(good, `"id":"e-1"`, `"id":"e-1","id":"e-1"`, 1), 400, "twice"),
		one("a number as text", eventOf("x", noted, `1`, `"datacontenttype":"text/plain"`), 400, "datacontenttype"),
		one("against the schema", eventOf("x", invalidated, `{"Number":7}`), 422, "/Number"),
		one("unknown type", eventOf("x", "ASP.RST.VP.Unknown", `{}`), 401, "ASP.RST.VP.Unknown"),
		one("a type of somebody else", eventOf("x", born, `{}`), 401, born),
		one("foreign source", strings.Replace(eventOf("x", invalidated, `{"Number":"B"}`), source, "urn:other", 1), 401, "urn:other"),
		{"wrong media type", "asp.rst", ev, good, []string{jsonType}, 400, "application/cloudevents+json"},
		{"no producer", "hall.app", ev, good, []string{oneType}, 401, "hall.app"},
		{"from a foreign network", "asp.near", ev, good, []string{oneType}, 401, "127.0.0.1"},
		batch("batch", "["+eventOf("b-1", invalidated, `{"Number":"B"}`)+","+eventOf("b-2", invalidated, `{"Number":"B"}`)+"]", 202, ""),
		batch("empty batch", "[]", 202, ""),
		batch("batch, the second against the schema", "["+eventOf("c-1", invalidated, `{"Number":"B"}`)+","+eventOf("c-2", invalidated, `{}`)+"]", 422, "[1]"),
		batch("batch, the second not entitled", "["+eventOf("c-1", invalidated, `{"Number":"B"}`)+","+eventOf("c-2", born, `{}`)+"]", 401, "[1]"),
		batch("batch, the second unreadable", "["+eventOf("c-1", invalidated, `{"Number":"B"}`)+`,{"id":1}]`, 400, "[1]"),
		batch("batch, the second in the future", "["+eventOf("c-1", invalidated, `{"Number":"B"}`)+","+eventOf("c-2", invalidated, `{"Number":"B"}`, `"time":"`+soon(time.Hour)+`"`)+"]", 400, "[1]"),
		batch("batch, one event", good, 400, "JSON, byte 0"),
		one("over 1 MB", eventOf("x", invalidated, `{"Number":"`+strings.Repeat("x", 1<<20)+`"}`), 413, "1048576"),
		one("large, but accepted", eventOf("big", invalidated, `{"Number":"`+strings.Repeat("x", 900<<10)+`"}`), 202, ""),
	}
}

// TestProduce_Producing plays every row of the contract's table of producing, in both protocols.
func TestProduce_Producing(t *testing.T) {
	w := newTestPlatform(t, brief)
	for _, p := range protocols {
		for _, r := range produceRows() {
			t.Run(p.name+"/"+r.name, func(t *testing.T) {
				g := w.as(t, r.system, p.h2).ask(t, "POST", r.target, r.body, r.headers...)
				if g.status != r.status || !strings.Contains(g.body, r.says) {
					t.Fatalf("%s; want %d with %q", g, r.status, r.says)
				}
				if batch := strings.Contains(g.body, "of the batch"); batch != (strings.Contains(r.says, "[1]")) {
					t.Errorf("a place in a batch: %s", g)
				}
				if r.status == 202 {
					if g.body != "" {
						t.Errorf("accepted with %q", g.body)
					}
					return
				}
				plain(t, g)
			})
		}
	}
	if c := w.surface.Counts(); c.Produced != 2*12 || c.Large != 2 || c.InFlight != 0 {
		t.Errorf("counted %+v", c)
	}
}

// plain checks the form of a refusal: text, one sentence with the reference that a header repeats.
func plain(t *testing.T, g got) {
	t.Helper()
	ref := g.header.Get("Mconnect-Call-Id")
	if g.header.Get("Content-Type") != "text/plain; charset=utf-8" || len(ref) != 36 || !strings.HasSuffix(g.body, " Reference: "+ref+"\n") ||
		strings.Count(g.body, "\n") != 1 || g.header.Get("Cache-Control") != "no-store" || g.header.Get("Content-Language") != "en" {
		t.Errorf("a refusal of another form: %s", g)
	}
}

// TestProduce_BatchIsAllOrNothing: of a batch that was refused nothing is delivered.
func TestProduce_BatchIsAllOrNothing(t *testing.T) {
	w := newTestPlatform(t, brief)
	producer := w.as(t, "asp.rst", true)
	conn, _, err := w.as(t, "hall.app", false).dial(t, "")
	must.OK(t, err)
	bad := "[" + eventOf("c-1", invalidated, `{"Number":"B"}`) + "," + eventOf("c-2", invalidated, `{}`) + "]"
	if g := producer.ask(t, "POST", "/ce/produce/events", bad, batchType); g.status != 422 {
		t.Fatal(g)
	}
	producer.produce(t, eventOf("after", invalidated, `{"Number":"B"}`))
	if text := hear(t, conn); !strings.Contains(text, `"id":"after"`) || !strings.Contains(text, `"offset":"1"`) {
		t.Errorf("delivered %s", text)
	}
}

// TestProduce_ProblemDocumentOnRequest: RFC 9457 instead of text, with the same status.
func TestProduce_ProblemDocumentOnRequest(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "asp.rst", true)
	for accept, problem := range map[string]bool{
		"application/problem+json": true, "text/plain, application/problem+json;q=0.5": true, "application/problem+json; q=0": false, "*/*": false, "application/json": false,
	} {
		g := c.ask(t, "POST", "/ce/produce/event", eventOf("x", invalidated, `{"Number":7}`), oneType, "Accept: "+accept)
		if !problem {
			plain(t, g)
			continue
		}
		var d struct {
			Status int
			Title  string
			Code   fault.Code
			CallID string
			Fields []struct{ Path string }
		}
		if err := json.Unmarshal([]byte(g.body), &d); err != nil || g.header.Get("Content-Type") != "application/problem+json" || g.status != 422 {
			t.Fatalf("%s: %s %v", accept, g, err)
		}
		if d.Status != 422 || d.Title != "Unprocessable Entity" || d.Code != fault.EventInvalid || d.CallID != g.header.Get("Mconnect-Call-Id") || len(d.Fields) != 1 || d.Fields[0].Path != "/Number" {
			t.Errorf("%s: %+v of %s", accept, d, g.body)
		}
	}
}

func TestProduce_RefusalsSpeakTheCallersLanguage(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "asp.rst", false)
	batch := "[" + eventOf("x", invalidated, `{"Number":7}`) + "]"
	for lang, says := range map[string][2]string{"ro": {"Evenimentul [0] din lot: ", " Referință: "}, "ru": {"Событие [0] пакета: ", " Ссылка: "}} {
		g := c.ask(t, "POST", "/ce/produce/events", batch, batchType, "Accept-Language: "+lang+";q=2")
		if !strings.HasPrefix(g.body, says[0]) || !strings.Contains(g.body, says[1]) || g.header.Get("Content-Language") != lang {
			t.Errorf("%s: %s", lang, g)
		}
	}
}

// TestProduce_EveryFaultHasAStatusOfTheContract walks the whole catalogue.
func TestProduce_EveryFaultHasAStatusOfTheContract(t *testing.T) {
	for _, code := range fault.Codes() {
		f := fault.New(code)
		status := events.Status(f)
		want := map[fault.Kind]int{
			fault.Malformed: 400, fault.Unsupported: 400, fault.Conflict: 400, fault.Unidentified: 401, fault.Refused: 401, fault.NotFound: 404,
			fault.TooLarge: 413, fault.Invalid: 422, fault.Throttled: 429, fault.Unavailable: 503,
			fault.Internal: 500, fault.ProviderWrong: 500, fault.ProviderLate: 500,
		}[f.Kind()]
		switch code {
		case fault.CertificateMissing, fault.CertificateUntrusted:
			want = 400
		case fault.MethodNotAllowed:
			want = 405
		}
		if status != want || status == 403 {
			t.Errorf("%s: %d, want %d", code, status, want)
		}
	}
}
