//go:build whole

package webhook

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect/internal/domain/event"
	"mconnect/test/must"
	foreign "mconnect/test/world"
)

// verdict is what the receiver says of a request.
type verdict struct {
	URL              string `json:"url"`
	Verified, Digest bool
	Covered, Error   string
}

// receiver starts the foreign receiver and returns a client all of whose connections lead to it, whatever the address:
// TLS ends before it.
func receiver(t *testing.T, public any) *http.Client {
	t.Helper()
	modules := must.Get(foreign.Modules("http-message-signatures@1.0.6"))(t)
	der := must.Get(x509.MarshalPKIXPublicKey(public))(t)
	key := filepath.Join(t.TempDir(), "key.pem")
	must.OK(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))
	cmd := exec.CommandContext(t.Context(), "node", "testdata/receiver.js", key)
	cmd.Env, cmd.Stderr = append(os.Environ(), "NODE_PATH="+modules), os.Stderr
	in := must.Get(cmd.StdinPipe())(t)
	out := must.Get(cmd.StdoutPipe())(t)
	must.OK(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the receiver ended: ", err)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strings.TrimSpace(port)))
	}
	transport := &http.Transport{DialTLSContext: dial}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestForeignVerifier_OddAddresses: however a subscription writes its address, another implementation of RFC 9421
// verifies what arrives over the address that it sees; a request changed on its way does not verify. Fails on 331cb78
// for addresses without a path.
func TestForeignVerifier_OddAddresses(t *testing.T) {
	s, key := newSigner(t)
	client := receiver(t, &key.PublicKey)
	body := []byte(`{"id":"1","subject":"ș"}`)
	send := func(t *testing.T, address string, change func(*http.Request)) verdict {
		t.Helper()
		w := event.Webhook{URL: address}
		u, _, err := w.Target()
		must.OK(t, err)
		r := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, u.String(), bytes.NewReader(body)))(t)
		r.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
		must.OK(t, s.SignRequest(r, body, time.Now()))
		if change != nil {
			change(r)
		}
		answer := must.Get(client.Do(r))(t)
		defer func() { _ = answer.Body.Close() }()
		var v verdict
		must.OK(t, json.NewDecoder(answer.Body).Decode(&v))
		return v
	}
	for address, seen := range map[string]string{
		"https://hook.example":                            "https://hook.example/",
		"https://hook.example?a=b":                        "https://hook.example/?a=b",
		"https://hook.example/":                           "https://hook.example/",
		"https://hook.example/x?":                         "https://hook.example/x?",
		"https://Hook.Example:443/x":                      "https://hook.example/x",
		"https://hook.example:8443":                       "https://hook.example:8443/",
		"https://hook.example/a%20b/%C8%99?q=%2F&r=a+b":   "https://hook.example/a%20b/%C8%99?q=%2F&r=a+b",
		"https://hook.example/a//b/../c;v=1/~d?x&y=&=z":   "https://hook.example/a//b/../c;v=1/~d?x&y=&=z",
		"https://hook.example/%7Euser/a%2Fb":              "https://hook.example/%7Euser/a%2Fb",
		"https://hook.example/(a)!*'$,:@":                 "https://hook.example/(a)!*'$,:@",
		"https://[2001:db8::1]:8443/e":                    "https://[2001:db8::1]:8443/e",
		"https://xn--stat-4oa.example/evenimente":         "https://xn--stat-4oa.example/evenimente",
		"https://192.0.2.7/hook?token=abc%3D&b=%E2%82%AC": "https://192.0.2.7/hook?token=abc%3D&b=%E2%82%AC",
	} {
		if v := send(t, address, nil); !v.Verified || !v.Digest || v.URL != seen {
			t.Errorf("%s: %+v", address, v)
		}
	}
	for name, change := range map[string]func(*http.Request){
		"another path":   func(r *http.Request) { r.URL.Path = "/y" },
		"another query":  func(r *http.Request) { r.URL.RawQuery = "a=c" },
		"another host":   func(r *http.Request) { r.Host = "other.example" },
		"another method": func(r *http.Request) { r.Method = http.MethodPut },
		"another type":   func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
		"another key name": func(r *http.Request) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), "key-1", "key-2", 1))
		},
	} {
		if v := send(t, "https://hook.example/x?a=b", change); v.Verified {
			t.Errorf("%s: verified: %+v", name, v)
		}
	}
	other := func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), "1", "2", 1)))
	}
	if v := send(t, "https://hook.example/x", other); !v.Verified || v.Digest {
		t.Errorf("another body keeps the signature and breaks the digest: %+v", v)
	}
}
