package webhook

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

// checks reports whether signature is that of text.
func checks(public *ecdsa.PublicKey, text string, signature []byte) bool {
	if len(signature) != 64 {
		return false
	}
	sum := sha256.Sum256([]byte(text))
	return ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

var inputForm = regexp.MustCompile(`^mconnect=(\(("[a-z@-]+" ?)+\);created=[0-9]{10,};keyid="[^"]+";alg="ecdsa-p256-sha256")$`)

// verify does what a receiver does, by the letter of RFC 9421, section 3.2, and RFC 9530.
func verify(t testing.TB, public *ecdsa.PublicKey, h http.Header, target string, body []byte) {
	t.Helper()
	sum := sha256.Sum256(body)
	if want := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"; h.Get("Content-Digest") != want {
		t.Errorf("digest %s, want %s", h.Get("Content-Digest"), want)
	}
	parts := inputForm.FindStringSubmatch(h.Get("Signature-Input"))
	if parts == nil {
		t.Fatalf("Signature-Input: %s", h.Get("Signature-Input"))
	}
	base := ""
	list, _, _ := strings.Cut(strings.TrimPrefix(parts[1], "("), ")")
	for _, quoted := range strings.Fields(list) {
		name := strings.Trim(quoted, `"`)
		value := map[string]string{"@method": "POST", "@target-uri": target}[name]
		if value == "" {
			value = h.Get(name)
		}
		base += quoted + ": " + value + "\n"
	}
	for _, name := range []string{`"@method"`, `"@target-uri"`, `"content-digest"`} {
		if !strings.Contains(list, name) {
			t.Errorf("%s is not signed", name)
		}
	}
	signature, err := base64.StdEncoding.DecodeString(strings.Trim(strings.TrimPrefix(h.Get("Signature"), "mconnect="), ":"))
	if err != nil || !checks(public, base+`"@signature-params": `+parts[1], signature) {
		t.Errorf("signature %s does not verify: %v\n%s", h.Get("Signature"), err, base)
	}
	if checks(public, strings.Replace(base, "POST", "PUT", 1)+`"@signature-params": `+parts[1], signature) {
		t.Error("it verifies another method too")
	}
}

func newSigner(t testing.TB) (*Signer, *ecdsa.PrivateKey) {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	s := must.Get(NewSigner(key, "key-1"))(t)
	return s, key
}

// TestSign_WhatIsSentIsSigned: a receiver that puts the address together from the request it got verifies the
// signature, however the address was written in the subscription.
func TestSign_WhatIsSentIsSigned(t *testing.T) {
	s, key := newSigner(t)
	for _, url := range []string{
		"https://hook.example", "https://hook.example?a=b", "https://hook.example/", "https://Hook.Example:443/x", "https://hook.example:8443/a%20b?q=%C8%99",
		"https://[2001:db8::1]:8443", "https://hook.example/a//b/../c?x=%2F&y", "https://hook.example/x?",
	} {
		w := event.Webhook{URL: url}
		u, _, err := w.Target()
		if err != nil {
			t.Fatal(url, err)
		}
		body := []byte(`{"id":"1"}`)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, u.String(), bytes.NewReader(body))
		if err != nil {
			t.Fatal(url, err)
		}
		r.Header.Set("Content-Type", "application/cloudevents+json")
		if err := s.SignRequest(r, body, time.Now()); err != nil {
			t.Fatal(url, err)
		}
		var wire bytes.Buffer
		if err := r.Write(&wire); err != nil {
			t.Fatal(url, err)
		}
		got, err := http.ReadRequest(bufio.NewReader(&wire))
		if err != nil {
			t.Fatal(url, err)
		}
		verify(t, &key.PublicKey, got.Header, "https://"+got.Host+got.RequestURI, body)
	}
}

// TestSign_Verifies: many, since one in 128 has a component with leading zeros.
func TestSign_Verifies(t *testing.T) {
	s, key := newSigner(t)
	for range 300 {
		req := must.Get(http.NewRequest(http.MethodPost, "https://hall.example:8443/events?a=b%20c", nil))(t)
		req.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
		must.OK(t, s.SignRequest(req, []byte(`{"a":1}`), time.Now()))
		verify(t, &key.PublicKey, req.Header, "https://hall.example:8443/events?a=b%20c", []byte(`{"a":1}`))
	}
}

func TestSign_DetachedJWSVerifies(t *testing.T) {
	s, key := newSigner(t)
	req := must.Get(http.NewRequest(http.MethodPost, "https://hall.example/events", nil))(t)
	body := []byte(`{"a":1}`)
	must.OK(t, s.SignBody(req, body, time.Unix(1_800_000_000, 0)))
	protected, coded, ok := strings.Cut(req.Header.Get("JWS-Signature"), "..")
	signature, err := base64.RawURLEncoding.DecodeString(coded)
	if !ok || err != nil || !checks(&key.PublicKey, protected+"."+string(body), signature) {
		t.Errorf("%s: %v", req.Header.Get("JWS-Signature"), err)
	}
	head, err := base64.RawURLEncoding.DecodeString(protected)
	var said struct {
		Alg, Kid string
		B64      *bool
		Crit     []string
		Iat      int64
	}
	if err != nil || json.Unmarshal(head, &said) != nil || said.Alg != "ES256" || said.Kid != "key-1" || said.B64 == nil || *said.B64 || said.Crit[0] != "b64" || said.Iat != 1_800_000_000 {
		t.Errorf("%s %v", head, err)
	}
}

func TestSign_NamedKeysOnP256Only(t *testing.T) {
	other := must.Get(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))(t)
	old := must.Get(rsa.GenerateKey(rand.Reader, 2048))(t)
	_, good := newSigner(t)
	if _, err := NewSigner(other, "k"); err == nil {
		t.Error("P-384")
	}
	if _, err := NewSigner(old, "k"); err == nil {
		t.Error("RSA")
	}
	if _, err := NewSigner(good, ""); err == nil {
		t.Error("no name")
	}
}
