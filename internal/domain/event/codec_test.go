package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/fault"
	"mconnect/test/must"
)

const invalidated = `{"specversion":"1.0","id":"a-1","source":"/asp/rst","type":"ASP.RST.VP.Invalidated","datacontenttype":"application/json",` +
	`"subject":"VP 0000001","time":"2026-03-01T10:00:00.5+02:00","partitionkey":"idnp:2999000000014","traceparent":"00-ab","urgent":true,"rank":-7,` +
	`"data":{ "Number" : 1.50,"Reason":"pierdut\u0103" }}`

func TestCodec_RoundTrip(t *testing.T) {
	e := must.Get(Read([]byte(invalidated), Produced))(t)
	want := Event{
		Source: "/asp/rst", ID: "a-1", Type: "ASP.RST.VP.Invalidated", Subject: "VP 0000001", PartitionKey: "idnp:2999000000014",
		ContentType: "application/json", Data: []byte(`{ "Number" : 1.50,"Reason":"pierdut\u0103" }`),
		Time:       time.Date(2026, 3, 1, 8, 0, 0, 5e8, time.UTC),
		Extensions: []Extension{{"traceparent", "00-ab", false}, {"urgent", "true", true}, {"rank", "-7", true}},
	}
	if d := cmp.Diff(want, e); d != "" {
		t.Errorf("read: %s", d)
	}
	if written := string(e.AppendJSON(nil)); !strings.HasSuffix(written, `"traceparent":"00-ab","urgent":true,"rank":-7,"data":{ "Number" : 1.50,"Reason":"pierdut\u0103" }}`) {
		t.Errorf("written: %s", written)
	}
	again, err := Read(e.AppendJSON([]byte("x"))[1:], Produced)
	if d := cmp.Diff(e, again); err != nil || d != "" {
		t.Errorf("read again: %v %s", err, d)
	}
}

func TestCodec_RefusesWithReason(t *testing.T) {
	const head = `{"specversion":"1.0","id":"1","source":"/s","type":"A.B.C.D"`
	with := func(rest string) string { return head + "," + rest + "}" }
	long := strings.Repeat("x", 2000)
	for text, want := range map[string]string{
		``:                                    "message.malformed JSON, byte 0",
		`[]`:                                  "message.malformed JSON, byte 0",
		with(`"data":1}`):                     "message.malformed JSON, byte 70",
		with(`"data":01`):                     "message.malformed JSON, byte 70",
		with(`"data":"\ud800"`):               "message.malformed JSON, byte 68",
		with("\"data\":\"\xff\""):             "message.malformed JSON, byte 68",
		with(`"data":{"a":1,"a":2}`):          "message.duplicateKey",
		with(`"data":{"a":1,"\u0061":2}`):     "message.duplicateKey",
		with(`"id":"2","data":1`):             "message.duplicateKey",
		with(`"data":` + nest(63)):            "",
		with(`"data":` + nest(64)):            "message.tooDeep",
		`{"id":"1"}`:                          "event.malformed specversion is missing",
		`{"specversion":"0.3"}`:               "event.malformed specversion is not 1.0",
		`{"specversion":"1.0"}`:               "event.malformed id is missing",
		`{"specversion":"1.0","id":"1"}`:      "event.malformed source is missing",
		`{"specversion":"1.0","id":null}`:     "event.malformed id is missing",
		`{"specversion":"1.0","id":7}`:        "event.malformed id is no string",
		`{"specversion":"1.0","id":""}`:       "event.malformed id is empty",
		head + `}`:                            "",
		with(`"data":null`):                   "",
		with(`"data":1,"data_base64":"AA=="`): "event.malformed both data and data_base64",
		with(`"data_base64":"AA=\n="`):        "event.malformed data_base64 is not base64 (RFC 4648, section 4)",
		with(`"data_base64":"AB=="`):          "event.malformed data_base64 is not base64 (RFC 4648, section 4)",
		with(`"data_base64":7`):               "event.malformed data_base64 is no string",
		with(`"data_base64":"AA==","datacontenttype":"application/json"`): "message.malformed JSON, byte 0",
		with(`"data":"x","datacontenttype":"text/plain"`):                 "",
		with(`"data":"x","datacontenttype":"json"`):                       "event.malformed datacontenttype is no media type",
		with(`"data":"x","datacontenttype":"a b/json"`):                   "event.malformed datacontenttype is no media type",
		with(`"data":1,"time":"2026-03-01 10:00:00Z"`):                    "event.malformed time is not an RFC 3339 time",
		with(`"data":1,"time":"2026-02-30T10:00:00Z"`):                    "event.malformed time is not an RFC 3339 time",
		with(`"data":1,"offset":"1"`):                                     "",
		with(`"data":1,"subject":"a\u0007"`):                              "event.malformed subject holds a control character",
		with(`"data":1,"subject":"a\u0085"`):                              "event.malformed subject holds a control character",
		with(`"data":1,"subject":"a\uffff"`):                              "event.malformed subject holds a code point that is no character",
		with(`"data":1,"subject":"` + long + `"`):                         "event.malformed subject is longer than 1024 bytes",
		with(`"data":1,"Upper":"x"`):                                      "event.malformed attribute names are 1 to 40 letters a-z and digits",
		with(`"data":1,"x":{"a":1}`):                                      "event.malformed an attribute is an object or array",
		with(`"data":1,"x":1.5`):                                          "event.malformed an attribute is a number that is no integer of 32 bits",
		with(`"data":1,"x":2147483648`):                                   "event.malformed an attribute is a number that is no integer of 32 bits",
		strings.Replace(with(`"data":1`), "A.B.C.D", "a.b.c.d", 1):        "event.malformed type is not of the form Organization.System.Entity.Action",
		strings.Replace(with(`"data":1`), "/s", "a b", 1):                 "event.malformed source is no URI reference",
		strings.Replace(with(`"data":1`), "/s", "%zz", 1):                 "event.malformed source is no URI reference",
		with(`"data":1` + many33()):                                       "event.malformed more than 32 extension attributes",
	} {
		_, err := Read([]byte(text), Produced)
		if got := reason(err); !strings.HasPrefix(got, want) || (want == "") != (err == nil) {
			t.Errorf("%.200s: %q, want %q", text, got, want)
		}
	}
}

func nest(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func many33() string {
	var b strings.Builder
	for n := range 33 {
		fmt.Fprintf(&b, `,"x%d":"y"`, n)
	}
	return b.String()
}

// reason is code and text of a fault.
func reason(err error) string {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return fmt.Sprint(err)
	}
	return strings.TrimSpace(string(f.Code) + " " + f.Params["what"])
}

// TestCodec_NamesDiffer: also of an object with more names than are compared one by one.
func TestCodec_NamesDiffer(t *testing.T) {
	var b strings.Builder
	for n := range 3 * 32 {
		fmt.Fprintf(&b, `"n%d":{"n%d":0},`, n, n)
	}
	object := "{" + strings.TrimSuffix(b.String(), ",") + "}"
	if err := valid([]byte(object)); err != nil {
		t.Errorf("all different: %v", err)
	}
	for _, name := range []string{"n0", "n31", "n32", "n95"} {
		if err := valid([]byte("{" + b.String() + `"` + name + `":1}`)); reason(err) != "message.duplicateKey" {
			t.Errorf("%s twice: %v", name, err)
		}
	}
}

func TestCodec_BatchNamesTheFirstBadEvent(t *testing.T) {
	events, err := ReadBatch([]byte("[ "+invalidated+","+invalidated+" ]"), Produced)
	if err != nil || len(events) != 2 || events[1].ID != "a-1" {
		t.Errorf("two: %v %v", events, err)
	}
	if events, err := ReadBatch([]byte("[]"), Produced); err != nil || len(events) != 0 {
		t.Errorf("none: %v %v", events, err)
	}
	for text, want := range map[string][2]string{
		"[" + invalidated + `,{"specversion":"1.0"}]`: {"1", "event.malformed id is missing"},
		"[" + invalidated + `,7]`:                     {"1", "message.malformed JSON"},
		"[" + invalidated + `,{"a":1,"a":1}]`:         {"1", "event.malformed"},
		"[" + invalidated + `,{"a":"1","a":"1"}]`:     {"1", "message.duplicateKey"},
		"[" + invalidated:                             {"", "message.malformed JSON"},
		"[" + invalidated + "] x":                     {"", "message.malformed JSON"},
		invalidated:                                   {"", "message.malformed JSON, byte 0"},
	} {
		events, err := ReadBatch([]byte(text), Produced)
		f := fault.From(err)
		if f == nil || !strings.HasPrefix(reason(err), want[1]) && f.Params["index"] != want[0] || (want[0] != "" && events != nil) {
			t.Errorf("%.60s…: %v %+v", text, reason(err), f)
		}
	}
}

func TestCodec_PayloadFollowsContentType(t *testing.T) {
	for _, c := range []struct {
		media string
		data  string
		want  string // end of the JSON
	}{
		{"application/json", ` [1, 2]`, `"data": [1, 2]}`},
		{"application/vnd.x+json; charset=utf-8", `{}`, `"data":{}}`},
		{"text/plain", "unu\n\"doi\"", `"data":"unu\n\"doi\""}`},
		{"text/plain; charset=iso-8859-2", "\xfe", `"data_base64":"/g=="}`},
		{"application/octet-stream", "\x00\xff", `"data_base64":"AP8="}`},
		{"application/octet-stream", "", `"data_base64":""}`},
	} {
		e := Event{ID: "1", Source: "s", Type: "A.B.C.D", ContentType: c.media, Data: []byte(c.data)}
		text := e.AppendJSON(nil)
		if !strings.HasSuffix(string(text), c.want) || !json.Valid(text) {
			t.Errorf("%s: %s", c.media, text)
		}
		again, err := Read(text, Delivered)
		if err != nil || strings.TrimSpace(string(again.Data)) != strings.TrimSpace(c.data) || again.ContentType != c.media {
			t.Errorf("%s: %q %v", c.media, again.Data, err)
		}
	}
	e, err := Read([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"A.B.C.D","data_base64":"AP8=","data":null}`), Produced)
	if err == nil {
		t.Errorf("null is data: %+v", e)
	}
	if e, err = Read([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"A.B.C.D","data_base64":"AP8="}`), Produced); err != nil || e.ContentType != octets {
		t.Errorf("bytes without a content type: %+v %v", e, err)
	}
}

func TestCodec_Offset(t *testing.T) {
	e := must.Get(Read([]byte(invalidated), Produced))(t)
	text := AppendWithOffset(nil, e.AppendJSON(nil), 42)
	var seen struct {
		Offset string `json:"offset"`
		ID     string `json:"id"`
	}
	if err := json.Unmarshal(text, &seen); err != nil || seen.Offset != "42" || seen.ID != "a-1" {
		t.Errorf("%s %+v %v", text, seen, err)
	}
	back, err := Read(text, Delivered)
	if d := cmp.Diff(e, back); err != nil || d != "" {
		t.Errorf("given back: %v %s", err, d)
	}
}

func TestCodec_Times(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 999, time.UTC)
	for ahead, ok := range map[time.Duration]bool{-time.Hour: true, Skew: true, Skew + time.Millisecond: false} {
		e := Event{Time: now.Add(ahead)}
		if err := e.Settle(now); (err == nil) != ok || (!ok && reason(err) != "event.future") {
			t.Errorf("%s ahead: %v", ahead, err)
		}
	}
	var e Event
	if err := e.Settle(now); err != nil || !e.Time.Equal(now.Truncate(time.Millisecond)) {
		t.Errorf("absent: %s %v", e.Time, err)
	}
}

// headers collects what an event says of itself in binary mode.
func headers(e *Event) http.Header {
	h := http.Header{}
	e.Headers(h.Set)
	return h
}

func TestBinaryMode_CarriesEveryAttribute(t *testing.T) {
	e := must.Get(Read([]byte(invalidated), Produced))(t)
	e.Subject, e.Extensions[0].Value = `Ștefan "50%"`, "a b"
	h := headers(&e)
	if h.Get("ce-subject") != "%C8%98tefan%20%2250%25%22" || h.Get("ce-partitionkey") != "idnp:2999000000014" || h.Get("content-type") != "application/json" {
		t.Errorf("%v", h)
	}
	h.Set("Ce-Offset", "7")
	back, err := ReadBinary(h, e.Data, Delivered)
	if err != nil || len(back.Extensions) != 3 {
		t.Fatalf("%+v %v", back, err)
	}
	back.Extensions, e.Extensions = nil, nil // headers have no order, and know text only
	if d := cmp.Diff(e, back); d != "" {
		t.Error(d)
	}
}

func TestBinaryMode_RefusesUnknownOrUnclear(t *testing.T) {
	for _, c := range []struct {
		name, value, want string
	}{
		{"Ce-Specversion", "", "event.malformed specversion is missing"},
		{"Ce-Specversion", "1", "event.malformed specversion is not 1.0"},
		{"Ce-Id", "", "event.malformed id is missing"},
		{"Ce-Source", "", "event.malformed source is missing"},
		{"Ce-Type", "", "event.malformed type is missing"},
		{"Ce-Type", "x", "event.malformed type is not"},
		{"Ce-Time", "yesterday", "event.malformed time is not an RFC 3339 time"},
		{"Ce-Subject", "50%", ""},
		{"Ce-Subject", "ș 50%", ""},
		{"Ce-Subject", "%ff", "event.malformed the header ce-subject is not percent-encoded UTF-8"},
		{"Ce-Subject", "\xff", "event.malformed the header ce-subject is not percent-encoded UTF-8"},
		{"Ce-Subject", `"a \"b\""`, ""},
		{"Ce-Color", "red", "event.malformed a header ce-… is unknown"},
		{"Ce-Offset", "1", ""},
		{"Ce-Datacontenttype", "text/plain", "event.malformed the header ce-datacontenttype"},
		{"Content-Type", "", "event.malformed Content-Type is missing or no media type"},
		{"Content-Type", "x", "event.malformed Content-Type is missing or no media type"},
		{"Content-Type", "text/plain", ""},
	} {
		h := http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {"1"}, "Ce-Source": {"/s"}, "Ce-Type": {"A.B.C.D"}, "Content-Type": {"application/json"}}
		if h.Set(c.name, c.value); c.value == "" {
			h.Del(c.name)
		}
		_, err := ReadBinary(h, []byte(`{}`), Produced)
		if got := reason(err); !strings.HasPrefix(got, c.want) || (c.want == "") != (err == nil) {
			t.Errorf("%s: %q: %q, want %q", c.name, c.value, got, c.want)
		}
	}
	h := http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {"1", "2"}, "Ce-Source": {"/s"}, "Ce-Type": {"A.B.C.D"}, "Content-Type": {"application/json"}}
	if _, err := ReadBinary(h, nil, Produced); reason(err) != "event.malformed the header ce-id stands twice" {
		t.Errorf("twice: %v", err)
	}
	h.Set("Ce-Id", "1")
	if _, err := ReadBinary(h, []byte("{"), Produced); !strings.HasPrefix(reason(err), "message.malformed JSON") {
		t.Errorf("no JSON: %v", err)
	}
	if _, err := ReadBinary(h, bytes.Repeat([]byte(" "), 9), Produced); !strings.HasPrefix(reason(err), "message.malformed JSON") {
		t.Errorf("nothing: %v", err)
	}
}
