package rest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/provider"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// seen is what a register noticed of one request.
type seen struct {
	Method, URI, Host, Body string
	Header                  http.Header
}

func recording(into *seen, reply string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*into = seen{r.Method, r.RequestURI, r.Host, string(body), r.Header}
		registers.Answer("application/json", reply)(w, r)
	}
}

func TestDeliver_RequestAtTheProvider(t *testing.T) {
	var got seen
	s := registers.Serve(t, recording(&got, `{"ok":true}`))
	host := strings.TrimPrefix(s.URL, "http://")
	p := newProvider(t, config{})
	for name, c := range map[string]struct {
		rest catalog.REST
		in   string
		want seen
	}{
		"post as is": {catalog.REST{URL: s.URL + "/api", Method: "POST"}, input, seen{Method: "POST", URI: "/api", Body: input}},
		"root":       {catalog.REST{URL: s.URL, Method: "GET"}, input, seen{Method: "GET", URI: "/"}},
		"path": {catalog.REST{URL: s.URL + "/api/", Method: "GET", Path: "/persons/{IDNP}/full"}, input,
			seen{Method: "GET", URI: "/api/persons/2000000000008/full"}},
		"inner field": {catalog.REST{URL: s.URL, Method: "GET", Path: "/x/{Owner.IDNP}"}, `{"IDNP":"1","Owner":{"A":[1,{"IDNP":"no"}],"IDNP":"3"}}`,
			seen{Method: "GET", URI: "/x/3"}},
		"escaped segment": {catalog.REST{URL: s.URL, Method: "GET", Path: "/x/{IDNP}"}, `{"IDNP":"a?b#c d&é"}`,
			seen{Method: "GET", URI: "/x/a%3Fb%23c%20d%26%C3%A9"}},
		"query": {catalog.REST{URL: s.URL, Method: "GET", Path: "/x", Query: map[string]string{"id": "IDNP", "page": "Page", "only active": "Active", "none": "Owner.IDNP"}},
			`{"IDNP":"a&admin=1","Page":7,"Active":true,"Owner":null}`, seen{Method: "GET", URI: "/x?id=a%26admin%3D1&only%20active=true&page=7"}},
		"mapped body": {catalog.REST{URL: s.URL + "/q", Method: "PUT", Request: `{key: .IDNP, n: .N}`}, `{"IDNP":"5","N":12345678901234567890.10}`,
			seen{Method: "PUT", URI: "/q", Body: `{"key":"5","n":12345678901234567890.10}`}},
	} {
		t.Run(name, func(t *testing.T) {
			must.Get(registers.Deliver(t, p, registers.Service(catalog.Endpoint{REST: &c.rest}), c.in))(t)
			got.Header, c.want.Host = nil, host
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDeliver_Headers(t *testing.T) {
	var got seen
	s := registers.Serve(t, recording(&got, `{}`))
	p := newProvider(t, config{Secrets: func(string, string) ([]byte, error) { return []byte("öpen"), nil }})
	e := catalog.REST{URL: s.URL, Method: "POST", Headers: map[string]string{"X-Api": "v2"}}
	must.Get(registers.Deliver(t, p, registers.Service(catalog.Endpoint{REST: &e}), input))(t)
	parent := got.Header.Get("Traceparent")
	if !regexp.MustCompile(`^00-`+trace+`-[0-9a-f]{16}-01$`).MatchString(parent) || strings.Contains(parent, "-0000000000000000-") {
		t.Errorf("traceparent %q", parent)
	}
	got.Header.Del("Traceparent")
	want := http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"identity"}, "Content-Length": {"24"}, "Content-Type": {"application/json"},
		"User-Agent": {"MConnect"}, "X-Api": {"v2"}, "Mconnect-Call-Id": {string(call)}}
	if d := cmp.Diff(want, got.Header); d != "" {
		t.Error(d)
	}
}

func TestDeliver_Credentials(t *testing.T) {
	var got seen
	s := registers.Serve(t, recording(&got, `{}`))
	now := "one"
	p := newProvider(t, config{Secrets: func(_, name string) ([]byte, error) {
		switch name {
		case "key":
			return []byte(now + "\n"), nil
		case "bad":
			return []byte("a\r\nX-Admin: 1"), nil
		}
		return nil, errors.New("no such file")
	}})
	call := func(c catalog.Credentials) error {
		_, err := registers.Deliver(t, p, registers.Service(catalog.Endpoint{REST: &catalog.REST{URL: s.URL, Method: "POST", Credentials: c}}), input)
		return err
	}
	if err := call(catalog.Credentials{Kind: "bearer", Secret: "key"}); err != nil || got.Header.Get("Authorization") != "Bearer one" {
		t.Errorf("bearer: %q, %v", got.Header.Get("Authorization"), err)
	}
	now = "two"
	if err := call(catalog.Credentials{Kind: "basic", User: "mc", Secret: "key"}); err != nil ||
		got.Header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("mc:two")) {
		t.Errorf("basic: %q, %v", got.Header.Get("Authorization"), err)
	}
	for _, name := range []string{"bad", "absent"} {
		e := registers.WantFault(t, call(catalog.Credentials{Kind: "bearer", Secret: name}), fault.InternalError, "")
		if strings.Contains(e.Error(), "X-Admin") {
			t.Error("the secret stands in the error")
		}
	}
}

func TestDeliver_TLS(t *testing.T) {
	ours, foreign := registers.NewAuthority(t), registers.NewAuthority(t)
	later := time.Now().Add(time.Hour)
	cert := ours.Issue(t, "register.test", later)
	own := ours.Issue(t, "platform.test", later)
	var names atomic.Value
	handle := func(w http.ResponseWriter, r *http.Request) {
		name := ""
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		names.Store(name)
		registers.Answer("application/json", `{}`)(w, r)
	}
	plain := registers.ServeTLS(t, cert, nil, handle)
	mutual := registers.ServeTLS(t, cert, ours.Pool(), handle)
	expired := registers.ServeTLS(t, ours.Issue(t, "register.test", time.Now().Add(-time.Hour)), nil, handle)
	http1 := registers.Serve(t, handle)
	p := newProvider(t, config{Anchors: registers.Fixed(ours.Pool()), Certificate: func() *tls.Certificate { return own }})
	for name, c := range map[string]struct {
		rest catalog.REST
		code fault.Code
		peer string
	}{
		"trusted":          {catalog.REST{URL: plain.URL, ServerName: "register.test"}, "", ""},
		"pinned authority": {catalog.REST{URL: plain.URL, ServerName: "register.test", CA: ours.PEM}, "", ""},
		"mutual":           {catalog.REST{URL: mutual.URL, ServerName: "register.test", Credentials: catalog.Credentials{Kind: "mtls"}}, "", "platform.test"},
		"wrong name":       {catalog.REST{URL: plain.URL, ServerName: "other.test"}, fault.ProviderUntrusted, ""},
		"address as name":  {catalog.REST{URL: plain.URL}, fault.ProviderUntrusted, ""},
		"wrong authority":  {catalog.REST{URL: plain.URL, ServerName: "register.test", CA: foreign.PEM}, fault.ProviderUntrusted, ""},
		"expired":          {catalog.REST{URL: expired.URL, ServerName: "register.test"}, fault.ProviderUntrusted, ""},
		"we show nothing":  {catalog.REST{URL: mutual.URL, ServerName: "register.test"}, fault.ProviderWantsCert, ""},
		"not TLS":          {catalog.REST{URL: strings.Replace(http1.URL, "http:", "https:", 1)}, fault.ProviderMalformed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.rest.Method = "POST"
			_, err := registers.Deliver(t, p, registers.Service(catalog.Endpoint{REST: &c.rest}), input)
			if c.code != "" {
				registers.WantFault(t, err, c.code, fault.Provider)
				return
			}
			if err != nil || names.Load() != c.peer {
				t.Errorf("the register saw %q, %v", names.Load(), err)
			}
		})
	}
}

// TestDeliver_AnchorsChange: what is trusted now decides, also about connections and sessions that stand.
func TestDeliver_AnchorsChange(t *testing.T) {
	first, second := registers.NewAuthority(t), registers.NewAuthority(t)
	s := registers.ServeTLS(t, first.Issue(t, "register.test", time.Now().Add(time.Hour)), nil, registers.Answer("application/json", `1`))
	pools := map[bool]*x509.CertPool{true: first.Pool(), false: second.Pool()}
	trusted, revoked := false, false
	p := newProvider(t, config{
		Anchors: func() *x509.CertPool { return pools[trusted] },
		Verify: func(tls.ConnectionState) error {
			if revoked {
				return &tls.CertificateVerificationError{Err: errors.New("revoked")}
			}
			return nil
		},
	})
	ready := registers.Service(catalog.Endpoint{REST: &catalog.REST{URL: s.URL, ServerName: "register.test", Method: "POST"}})
	answered := func() {
		t.Helper()
		if _, err := registers.Deliver(t, p, ready, input); err != nil {
			t.Error(err)
		}
	}
	refused := func() {
		t.Helper()
		_, err := registers.Deliver(t, p, ready, input)
		registers.WantFault(t, err, fault.ProviderUntrusted, fault.Provider)
	}
	refused()
	trusted = true // added while the platform runs
	answered()
	trusted = false
	refused()
	trusted = true
	answered()
	revoked = true
	answered() // on its connection; Trust gives another pool whenever a list changes
	pools[true] = first.Pool()
	refused()
}

func TestMapping_Response(t *testing.T) {
	for name, c := range map[string]struct {
		jq, body, want string
		code           fault.Code
	}{
		"as is":           {"", `{"a" : 1}`, `{"a" : 1}`, ""},
		"renamed":         {`{Name: .n, Sum: .s}`, `{"n":"Ana","s":10.00}`, `{"Name":"Ana","Sum":10.00}`, ""},
		"big numbers":     {`{A: .a, B: .b}`, `{"a":9007199254740993,"b":0.1000000000000000055}`, `{"A":9007199254740993,"B":0.1000000000000000055}`, ""},
		"null":            {`.person`, `{"person":null}`, "", fault.ProviderNoRecord},
		"nothing":         {`empty`, `{}`, "", fault.ProviderNoRecord},
		"two values":      {`1,2`, `{}`, "", fault.ProviderMapping},
		"error":           {`.a.b`, `{"a":"secret of a citizen"}`, "", fault.ProviderMapping},
		"endless":         {`def f: f; f`, `{}`, "", fault.ProviderMapping},
		"huge":            {`"0123456789abcdef" * 8192`, `{}`, "", fault.ProviderTooLarge},
		"not JSON":        {`.`, `<html>`, "", fault.ProviderMalformed},
		"two documents":   {`.`, `{} {}`, "", fault.ProviderMalformed},
		"duplicate names": {`.`, `{"a":1,"a":2}`, "", fault.ProviderMalformed},
		"invalid UTF-8":   {`.`, "{\"a\":\"\xff\"}", "", fault.ProviderMalformed},
		"deep":            {`.`, strings.Repeat("[", 1000) + strings.Repeat("]", 1000), "", fault.ProviderMalformed},
		"cut off":         {`.`, `{"a":`, "", fault.ProviderMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := registers.Serve(t, registers.Answer("application/json; charset=UTF-8", c.body))
			p := newProvider(t, config{})
			ready := registers.Service(catalog.Endpoint{REST: &catalog.REST{URL: s.URL, Method: "POST", Response: c.jq}})
			ready.Limits.Answer = 64 << 10
			reply, err := registers.Deliver(t, p, ready, input)
			if c.code != "" {
				if e := registers.WantFault(t, err, c.code, ""); strings.Contains(e.Error(), "citizen") {
					t.Errorf("%v repeats data", e)
				}
				return
			}
			if err != nil || string(reply.Body) != c.want || reply.MediaType != provider.JSON || reply.Stream != nil {
				t.Errorf("got %s, %v", reply.Body, err)
			}
		})
	}
}

func TestMapping_RequestFails(t *testing.T) {
	s := registers.Serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the register was called") })
	p := newProvider(t, config{})
	for _, jq := range []string{`empty`, `null`, `1,2`, `error("x")`, `.IDNP.x`} {
		ready := registers.Service(catalog.Endpoint{REST: &catalog.REST{URL: s.URL, Method: "POST", Request: jq}})
		_, err := registers.Deliver(t, p, ready, input)
		registers.WantFault(t, err, fault.ProviderMapping, "")
	}
}

func TestProbe_Reachability(t *testing.T) {
	s := registers.Serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a probe asks for nothing") })
	p := newProvider(t, config{})
	if err := p.Probe(t.Context(), registers.Post(s.URL).Service); err != nil {
		t.Error(err)
	}
	s.Close()
	registers.WantFault(t, p.Probe(t.Context(), registers.Post(s.URL).Service), fault.ProviderDown, fault.Provider)
}
