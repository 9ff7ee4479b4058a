package listener_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mconnect/internal/surface/listener"
)

// addressed sends a request with this Host and target through the check; reached says whether it got to the handler.
func addressed(host, target, proto string) (status int, reached bool, closes bool) {
	w := httptest.NewRecorder()
	r := &http.Request{Method: http.MethodGet, Host: host, RequestURI: target, URL: &url.URL{Path: "/"}, Header: http.Header{}, Proto: proto}
	r.ProtoMajor, r.ProtoMinor, _ = http.ParseHTTPVersion(proto)
	listener.Addressed(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })).ServeHTTP(w, r)
	return w.Code, reached, w.Header().Get("Connection") == "close"
}

// TestAddressed_Hosts: a Host is a name or an address, perhaps with a port, and nothing else.
func TestAddressed_Hosts(t *testing.T) {
	for host, good := range map[string]bool{
		"exchange.example": true, "Exchange.Example:8443": true, "exchange.example.": true, "localhost": true, "a_b-c.example:": true,
		"127.0.0.1": true, "127.0.0.1:47443": true, "[::1]": true, "[2001:db8::1]:443": true, "[::ffff:192.0.2.1]": true,
		"xn--stat-4oa.example": true, "0": true, "a:65535": true,

		"[abcd::1": false, "extra[::1]:98": false, "1.2.3.4:9000:80": false, "a.:1.2": false, ".": false, "a..b": false, ".a": false, "..": false,
		"a:": true, ":443": false, ":": false, "a:b": false, "a:-1": false, "a:65536": false, "a:+1": false, "a: 1": false,
		"[::1]x": false, "[fe80::1%25eth0]:1": false, "[::1]:x": false, "[127.0.0.1]": false, "[]": false, "[a]": false, "::1": false, "2001:db8::1": false, "[::1]]": false,
		"a/b": false, "a?b": false, "a#b": false, "u@a": false, "a b": false, "a%": false, "a%20b": false, "a%2": false, "a%zz": false, `a\b`: false, "a\"b": false,
		"<a>": false, "a|b": false, "a,b": true, "ș.example": false, "a\x00": false, "a\n": false, "http://a": false,
	} {
		status, reached, closes := addressed(host, "/", "HTTP/1.1")
		if reached != good || (status == http.StatusBadRequest) == good || closes == good {
			t.Errorf("%q: status %d, reached %t, closes %t", host, status, reached, closes)
		}
	}
	for proto, good := range map[string]bool{"HTTP/1.0": true, "HTTP/1.1": false, "HTTP/2.0": true} {
		if _, reached, _ := addressed("", "/", proto); reached != good {
			t.Errorf("%s without a Host: reached %t", proto, reached)
		}
	}
}

// TestAddressed_Targets: a target has visible ASCII only, as a URI has; what is encoded passes.
func TestAddressed_Targets(t *testing.T) {
	for target, good := range map[string]bool{
		"/": true, "/api/v1/services?q=ma%C8%99in%C4%83": true, "/a//b/../c;d=1?x=%2F&y": true, "*": true, "https://a/b": true, "a:443": true, `/"<>\^{|}`: true,
		"/δ": false, "/a?q=mașină": false, "/a b": false, "/\x7f": false, "/\x80": false, "/\t": false, "/\xff": false,
	} {
		if status, reached, _ := addressed("a", target, "HTTP/1.1"); reached != good || (status == http.StatusBadRequest) == good {
			t.Errorf("%q: status %d, reached %t", target, status, reached)
		}
	}
}

// FuzzAddressed: whatever passes as a Host is the host of a URI with that authority, and stays itself.
func FuzzAddressed(f *testing.F) {
	for _, seed := range []string{"a.example:8443", "[::1]:1", "a.:1.2", "1.2.3.4:9000:80", "%41", "a..b", "[fe80::1%25e]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if _, reached, _ := addressed(host, "/", "HTTP/1.1"); !reached {
			return
		}
		u, err := url.Parse("https://" + host + "/x")
		if err != nil || u.Path != "/x" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Host == "" || strings.ContainsAny(u.Hostname(), "/@?#") {
			t.Fatalf("%q: %+v %v", host, u, err)
		}
	})
}
