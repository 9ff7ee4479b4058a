package rest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/test/must"
	"mconnect/test/registers"
)

func TestTemplate_Fill(t *testing.T) {
	for _, good := range []string{"", "/", "/a", "/a/{X}", "/{X}/{Y}", "/a/{X.Y}/b", "/a-{X}.json", "/a:b/{X}", "/a;v=1/{X}"} {
		if _, err := parseTemplate(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"a", "/{", "/{}", "/{X", "/{X}{Y}", "/{X}a{Y}", "/../{X}", "/./a", "/..", "/.{X}", "/a?b", "/a#b", "/a%2fb", "/a\\b",
		"/a b", "/a\r\nX: y", "/\x00", "/ă", "/{X/Y}", "/{1X}", "/{X..Y}", "/{X.}", "/}", "/{X}}"} {
		if _, err := parseTemplate(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// tricks are values that some server might take for more than one segment, or for another one.
var tricks = []string{"", ".", "..", "...", "../admin", "..\\admin", "a/b", "a\\b", "/", "%2e%2e%2f", "%2E%2E", "%252e%252e%252f", "%2f", "a%2fb",
	"a%5cb", "..;", "..;/x", ".;x", ";", "a%00", "a\x00b", "a\r\nX: y", "a\nb", "%0d%0aX:%20y", "%0a", "\x7f", "\u0085", "\u2028", "%", "%zz", "50%",
	"%25252525252e", " .. ", "\t", "%2e%2e;x"}

func TestTemplate_PathTricks(t *testing.T) {
	s := registers.Serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%q reached the provider", r.RequestURI) })
	p := newProvider(t, config{})
	ready := registers.Service(catalog.Endpoint{REST: &catalog.REST{URL: s.URL, Method: "GET", Path: "/persons/{IDNP}"}})
	for _, value := range tricks {
		in, _ := json.Marshal(map[string]string{"IDNP": value})
		_, err := registers.Deliver(t, p, ready, string(in))
		e := registers.WantFault(t, err, fault.InputInvalid, "")
		if len(e.Fields) != 1 || e.Fields[0].Path != "/IDNP" || e.Fields[0].Code != fault.InputPattern {
			t.Errorf("%q: fields %v", value, e.Fields)
		}
	}
	for _, in := range []string{`{}`, `{"IDNP":null}`} {
		_, err := registers.Deliver(t, p, ready, in)
		if e := registers.WantFault(t, err, fault.InputInvalid, ""); e.Fields[0].Code != fault.InputMissing {
			t.Errorf("%s: fields %v", in, e.Fields)
		}
	}
}

func TestTemplate_QueryTricks(t *testing.T) {
	var got *http.Request
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		registers.Answer("application/json", "{}")(w, r)
	})
	p := newProvider(t, config{})
	ready := registers.Service(catalog.Endpoint{REST: &catalog.REST{URL: s.URL, Method: "GET", Path: "/p", Query: map[string]string{"id": "IDNP"}}})
	for _, value := range append(tricks, "a&admin=1", "a=b", "a#b", "a?b", "a+b", "é", "\U0001F600") {
		in, _ := json.Marshal(map[string]string{"IDNP": value})
		if _, err := registers.Deliver(t, p, ready, string(in)); err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		if q := got.URL.Query(); got.URL.Path != "/p" || len(q) != 1 || len(q["id"]) != 1 || q.Get("id") != value || len(got.Header["X"]) > 0 {
			t.Errorf("%q became %q", value, got.RequestURI)
		}
	}
}

// FuzzExpand: whatever the value, the path stays below the template's own, keeps its number of segments,
// survives any number of decodings, and the value arrives unchanged.
func FuzzExpand(f *testing.F) {
	for _, s := range append(tricks, "2000000000008", "a b", "é", "a?b#c", "Ștefan", "1.2", "a..b") {
		f.Add(s)
	}
	template := must.Get(parseTemplate("/v1/persons/{X}/full"))(f)
	f.Fuzz(func(t *testing.T, value string) {
		in, err := json.Marshal(map[string]string{"X": value})
		if err != nil {
			return
		}
		var back map[string]string
		if json.Unmarshal(in, &back) != nil {
			return
		}
		value = back["X"]
		out, err := template.expand(nil, in)
		if err != nil {
			return
		}
		path := string(out)
		for range 6 {
			if !strings.HasPrefix(path, "/v1/persons/") || !strings.HasSuffix(path, "/full") || strings.Count(path, "/") != 4 ||
				strings.ContainsAny(path, "\\\r\n\x00") {
				t.Fatalf("%q became %q", value, path)
			}
			segment := strings.Split(path, "/")[3]
			if name, _, _ := strings.Cut(segment, ";"); name == "" || name == "." || name == ".." {
				t.Fatalf("%q became %q", value, path)
			}
			if path, err = url.PathUnescape(path); err != nil {
				break
			}
		}
		if u, err := url.ParseRequestURI(string(out)); err != nil || strings.Split(u.EscapedPath(), "/")[3] == "" {
			t.Fatalf("%q: %v", out, err)
		} else if segment, _ := url.PathUnescape(strings.Split(string(out), "/")[3]); segment != value {
			t.Fatalf("%q arrives as %q", value, segment)
		}
	})
}
