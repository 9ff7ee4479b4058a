package event_test

import (
	"encoding/json"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

// read reads an event with some members more.
func read(t *testing.T, members string) (event.Event, error) {
	t.Helper()
	return event.Read([]byte(`{"specversion":"1.0","id":"1","type":"A.B.C.D"`+members+`}`), event.Produced)
}

func TestRead_SourceIsAReferenceAndDataschemaAURI(t *testing.T) {
	for source, good := range map[string]bool{
		"urn:asp:rsc": true, "/a/b": true, "a?b=c#d": true, "https://a.example/x%20y": true, "https://[::1]:8443/x": true, "//host/x": true, "?a": true,
		"/a[b]": false, "/a#b#c": false, "/a?[b]": false, "/a%2": false, "/a%zz": false, "a b": false, "ș": false, "https://[::1/x": false,
		"https://a]b/x": false, "https://host:x/": false, "1a:b": false, "/a\"b": false, "/a<b>": false,
	} {
		text := must.Get(json.Marshal(source))(t)
		if _, err := read(t, `,"source":`+string(text)+`,"data":1`); (err == nil) != good {
			t.Errorf("source %q: %v", source, err)
		}
	}
	for schema, good := range map[string]bool{"https://a.example/s": true, "urn:x:y": true, "/s": false, "s": false, "//a/s": false, "": false} {
		if _, err := read(t, `,"source":"/s","dataschema":"`+schema+`","data":1`); (err == nil) != good {
			t.Errorf("dataschema %q: %v", schema, err)
		}
	}
	if e, err := read(t, `,"source":"/s","note":"","data":1`); err != nil || len(e.Extensions) != 1 {
		t.Errorf("an empty extension: %v", err)
	}
}

func TestRead_TimesOfRFC3339Only(t *testing.T) {
	for text, want := range map[string]string{
		"2018-04-05T17:31:00Z": "2018-04-05T17:31:00Z", "2018-04-05t17:31:00z": "2018-04-05T17:31:00Z", "2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z",
		"2018-04-05T17:31:00+24:00": "", "2018-04-05T17:31:00,5Z": "", "2018-04-05T7:31:00Z": "", "2018-04-05T17:31:00+00:60": "", "0001-01-01T00:00:00Z": "",
	} {
		e, err := read(t, `,"source":"/s","time":"`+text+`","data":1`)
		switch {
		case want == "" && (err == nil || fault.From(err).Code != fault.EventMalformed):
			t.Errorf("%s: %v, %v", text, e.Time, err)
		case want != "" && (err != nil || e.Time.UTC().Format(time.RFC3339Nano) != want):
			t.Errorf("%s: %v, %v", text, e.Time, err)
		}
	}
}

// TestRead_WhatIsDeliveredCanBeProduced: text as a string, no data, and the offset of a delivery.
func TestRead_WhatIsDeliveredCanBeProduced(t *testing.T) {
	for members, data := range map[string]string{
		`"datacontenttype":"text/plain","data":"hello"`:           "hello",
		`"datacontenttype":"text/xml","data":"<a>b</a>"`:          "<a>b</a>",
		`"datacontenttype":"application/soap+xml","data":"<a/>"`:  "<a/>",
		`"datacontenttype":"text/plain; charset=utf-8","data":""`: "",
		`"data":{"a":1}`: `{"a":1}`,
		`"datacontenttype":"application/octet-stream","data_base64":"AP8="`: "\x00\xff",
		`"datacontenttype":"application/json"`:                              "",
		`"datacontenttype":"text/plain"`:                                    "",
	} {
		e, err := read(t, `,"source":"/s",`+members)
		if err != nil || string(e.Data) != data {
			t.Errorf("%s: %q, %v", members, e.Data, err)
			continue
		}
		delivered := event.AppendWithOffset(nil, e.AppendJSON(nil), 7)
		again, err := event.Read(delivered, event.Produced)
		if err != nil || string(again.Data) != data || (again.Data == nil) != (e.Data == nil) || again.ContentType != e.ContentType {
			t.Errorf("%s, delivered as %s: %q, %v", members, delivered, again.Data, err)
		}
		headers := map[string][]string{"Ce-Offset": {"7"}}
		e.Headers(func(name, value string) { headers[name] = []string{value} })
		if raw, err := event.ReadBinary(headers, e.Data, event.Produced); err != nil || string(raw.Data) != data {
			t.Errorf("%s, in raw form: %q, %v", members, raw.Data, err)
		}
	}
	for _, members := range []string{`"datacontenttype":"text/plain","data":1`, `"datacontenttype":"application/octet-stream","data":"x"`} {
		if _, err := read(t, `,"source":"/s",`+members); err == nil {
			t.Errorf("%s was read", members)
		}
	}
	if e, err := event.ReadBinary(map[string][]string{"Ce-Specversion": {"1.0"}, "Ce-Id": {"1"}, "Ce-Source": {"/s"}, "Ce-Type": {"A.B.C.D"}}, nil, event.Produced); err != nil || e.Data != nil || e.ContentType != event.JSONType {
		t.Errorf("raw without body and type: %+v, %v", e, err)
	}
}

func TestTarget_IsAsItIsSent(t *testing.T) {
	for url, want := range map[string]string{
		"https://hook.example": "https://hook.example/", "https://hook.example?a=b": "https://hook.example/?a=b", "https://Hook.Example:443/x": "https://hook.example/x",
		"http://127.0.0.1:80": "http://127.0.0.1/", "https://h/x%20y?q=%C8%99": "https://h/x%20y?q=%C8%99", "https://[2001:db8::1]:8443": "https://[2001:db8::1]:8443/",
		"https://h/x?q=a b": "", "https://h/x?q=ș": "", "https://h:0/": "", "https://h:99999/": "", "https://h:/": "", "https://h/#f": "", "https://h/%zz": "",
	} {
		w := event.Webhook{URL: url}
		u, _, err := w.Target()
		got := ""
		if err == nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%s is sent as %q, want %q: %v", url, got, want, err)
		}
	}
}

func TestSources_Overlap(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"urn:a", "urn:a", true}, {"urn:a", "urn:b", false}, {"urn:a*", "urn:a", true}, {"urn:a:*", "urn:a", false}, {"urn:*", "urn:a:*", true},
		{"*", "x", true}, {"*", "y*", true}, {"urn:a:*", "urn:b:*", false}, {"urn:ab", "urn:a*", true},
	} {
		if got, back := event.SourcesOverlap(c.a, c.b), event.SourcesOverlap(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%s and %s: %v, %v", c.a, c.b, got, back)
		}
	}
}
