package rest_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
	"mconnect/test/site"
	"mconnect/test/waits"
)

var b64 = base64.RawURLEncoding

// compact writes a JWS by RFC 7515 with the standard library alone.
func compact(t testing.TB, header map[string]any, payload string, key any) string {
	t.Helper()
	head := must.Get(json.Marshal(header))(t)
	text := b64.EncodeToString(head) + "." + b64.EncodeToString([]byte(payload))
	sum := sha256.Sum256([]byte(text))
	var sig []byte
	switch k := key.(type) {
	case *rsa.PrivateKey:
		sig = must.Get(rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:]))(t)
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
		must.OK(t, err)
		sig = make([]byte, 64)
		r.FillBytes(sig[:32])
		s.FillBytes(sig[32:])
	case []byte:
		mac := hmac.New(sha256.New, k)
		mac.Write([]byte(text))
		sig = mac.Sum(nil)
	}
	return text + "." + b64.EncodeToString(sig)
}

func x5t(leaf *x509.Certificate) string {
	sum := sha256.Sum256(leaf.Raw)
	return b64.EncodeToString(sum[:])
}

// signing is a platform where hall.app has an RSA certificate for signing next to that of TLS.
func signing(t testing.TB) (*testPlatform, tls.Certificate) {
	w := newTestPlatform(t, setting{})
	issued := site.Issue(t, w.Authority, authority.Request{Use: authority.ForSystem, Name: "hall.app", RSA: true})
	w.apply(t, site.CertificateManifest("hall.app", issued.Leaf))
	return w, issued
}

func asJOSE(r *http.Request) { r.Header.Set("Content-Type", "application/jose") }

func TestJWS_SignedRequest(t *testing.T) {
	w, second := signing(t)
	ec := w.Certificates["hall.app"]
	now := time.Now().Unix()
	for _, c := range []struct {
		name   string
		header map[string]any
		key    any
		client string
	}{
		{"RS256, no TLS certificate", map[string]any{"alg": "RS256", "x5t#S256": x5t(second.Leaf), "iat": now}, second.PrivateKey, ""},
		{"ES256, no TLS certificate", map[string]any{"alg": "ES256", "x5t#S256": x5t(ec.Leaf), "iat": now}, ec.PrivateKey, ""},
		{"RS256 over mTLS, key not named", map[string]any{"alg": "RS256"}, second.PrivateKey, "hall.app"},
		{"ES256 over mTLS, key named", map[string]any{"alg": "ES256", "x5t#S256": x5t(ec.Leaf)}, ec.PrivateKey, "hall.app"},
		{"a time with a fraction", map[string]any{"alg": "ES256", "x5t#S256": x5t(ec.Leaf), "iat": float64(now) - 0.5}, ec.PrivateKey, ""},
		{"critical and understood", map[string]any{"alg": "RS256", "x5t#S256": x5t(second.Leaf), "iat": now, "crit": []string{"iat"}}, second.PrivateKey, ""},
		{"critical and understood, P-256", map[string]any{"alg": "ES256", "x5t#S256": x5t(ec.Leaf), "iat": now, "crit": []string{"iat"}}, ec.PrivateKey, ""},
		{"for this service and context", map[string]any{"alg": "ES256", "x5t#S256": x5t(ec.Leaf), "iat": now, "service": "GetPerson", "context": map[string]string{
			"CallingUser": official, "CallingEntity": "1999900000014", "CallBasis": "Legea exemplu", "CallReason": "DOS-0001"}}, ec.PrivateKey, ""},
		{"over mTLS, with a time", map[string]any{"alg": "ES256", "iat": now}, ec.PrivateKey, "hall.app"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := compact(t, c.header, question, c.key)
			g := w.ask(t, w.Client(t, c.client, false), "/api/v1/GetPerson", body, asJOSE)
			if g.status != 200 || g.body != `{"IDNP":"`+subject+`","LastName":"Sintetic"}` {
				t.Fatalf("%d %s", g.status, g.body)
			}
			index, _ := w.record(t)
			e, _, err := w.Journal.Entry(t.Context(), index-1)
			must.OK(t, err)
			sum := sha256.Sum256([]byte(body))
			if e.System != "hall.app" || e.Request == nil || e.Request.SHA256 != fmt.Sprintf("%x", sum) {
				t.Errorf("the intent says %s and hashes %v", e.System, e.Request)
			}
			if again := w.ask(t, w.Client(t, c.client, false), "/api/v1/GetPerson", body, asJOSE); c.client == "" {
				if again.status != 401 || again.problem.Code != fault.SignatureReplayed {
					t.Errorf("sent again: %d %s", again.status, again.body)
				}
			} else if again.status != 200 {
				t.Errorf("sent again over mTLS: %d %s", again.status, again.body)
			}
		})
	}
}

func TestJWS_SignedRequestRefused(t *testing.T) {
	w, second := signing(t)
	ec, school := w.Certificates["hall.app"], w.Certificates["school.app"]
	now := time.Now()
	named := func(leaf *x509.Certificate, alg string) map[string]any {
		return map[string]any{"alg": alg, "x5t#S256": x5t(leaf), "iat": now.Unix()}
	}
	with := func(h map[string]any, name string, value any) map[string]any {
		if h[name] = value; value == nil {
			delete(h, name)
		}
		return h
	}
	lawful := compact(t, named(ec.Leaf, "ES256"), question, ec.PrivateKey)
	head, rest, _ := strings.Cut(lawful, ".")
	_, tail, _ := strings.Cut(rest, ".")
	stranger := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	public := must.Get(x509.MarshalPKIXPublicKey(&ec.PrivateKey.(*ecdsa.PrivateKey).PublicKey))(t)
	for _, c := range []struct {
		name, client, body string
		want               fault.Code
	}{
		{"another payload", "", head + "." + b64.EncodeToString([]byte(`{"IDNP":"2999000006410"}`)) + "." + tail, fault.SignatureWrong},
		{"key of a stranger", "", compact(t, named(ec.Leaf, "ES256"), question, stranger), fault.SignatureWrong},
		{"key of another kind", "", compact(t, named(second.Leaf, "ES256"), question, ec.PrivateKey), fault.SignatureWrong},
		{"no algorithm", "", b64.EncodeToString([]byte(`{"alg":"none"}`)) + "." + b64.EncodeToString([]byte(question)) + ".", fault.SignatureAlgorithm},
		{"public key as a secret", "", compact(t, named(ec.Leaf, "HS256"), question, public), fault.SignatureAlgorithm},
		{"unknown certificate", "", compact(t, with(named(ec.Leaf, "ES256"), "x5t#S256", b64.EncodeToString(make([]byte, 32))), question, ec.PrivateKey), fault.SignatureCertificate},
		{"certificate not named", "", compact(t, with(named(ec.Leaf, "ES256"), "x5t#S256", nil), question, ec.PrivateKey), fault.SignatureKeyInfo},
		{"name of the certificate garbled", "", compact(t, with(named(ec.Leaf, "ES256"), "x5t#S256", "AA"), question, ec.PrivateKey), fault.SignatureKeyInfo},
		{"no time", "", compact(t, with(named(ec.Leaf, "ES256"), "iat", nil), question, ec.PrivateKey), fault.SignatureTimestampAbsent},
		{"time is no number", "", compact(t, with(named(ec.Leaf, "ES256"), "iat", "now"), question, ec.PrivateKey), fault.SignatureTimestamp},
		{"old", "", compact(t, with(named(ec.Leaf, "ES256"), "iat", now.Add(-6*time.Minute).Unix()), question, ec.PrivateKey), fault.SignatureExpired},
		{"from the future", "hall.app", compact(t, with(named(ec.Leaf, "ES256"), "iat", now.Add(2*time.Minute).Unix()), question, ec.PrivateKey), fault.SignatureFuture},
		{"critical extension", "", compact(t, with(named(ec.Leaf, "ES256"), "crit", []string{"exp"}), question, ec.PrivateKey), fault.SignatureCritical},
		{"critical, not encoded", "", compact(t, with(with(named(ec.Leaf, "ES256"), "b64", true), "crit", []string{"b64"}), question, ec.PrivateKey), fault.SignatureCritical},
		{"critical and absent", "", compact(t, with(named(ec.Leaf, "ES256"), "crit", []string{"service"}), question, ec.PrivateKey), fault.SignatureMalformed},
		{"critical, signed by another", "", compact(t, with(named(ec.Leaf, "ES256"), "crit", []string{"iat"}), question, school.PrivateKey), fault.SignatureWrong},
		{"for another service", "", compact(t, with(named(ec.Leaf, "ES256"), "service", "GetVehicle"), question, ec.PrivateKey), fault.SignatureClaim},
		{"for a version that is not stated", "", compact(t, with(named(ec.Leaf, "ES256"), "service", "GetPerson/1.0.0"), question, ec.PrivateKey), fault.SignatureClaim},
		{"for another basis", "", compact(t, with(named(ec.Leaf, "ES256"), "context", map[string]string{"CallBasis": "x"}), question, ec.PrivateKey), fault.ContextConflict},
		{"of a context that is none", "", compact(t, with(named(ec.Leaf, "ES256"), "context", map[string]string{"Basis": "x"}), question, ec.PrivateKey), fault.SignatureMalformed},
		{"signature of another system over mTLS", "school.app", lawful, fault.CertificateConflict},
		{"another system's key over mTLS, not named", "hall.app", compact(t, map[string]any{"alg": "ES256"}, question, school.PrivateKey), fault.SignatureWrong},
		{"not a JWS", "", `{"IDNP":"` + subject + `"}`, fault.SignatureMalformed},
		{"empty", "", "", fault.SignatureMalformed},
		{"an input that is no JSON", "hall.app", compact(t, named(ec.Leaf, "ES256"), "<IDNP/>", ec.PrivateKey), fault.MessageMalformed},
		{"too large", "", strings.Repeat("A", 9<<10), fault.MessageTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := w.ask(t, w.Client(t, c.client, false), "/api/v1/GetPerson", c.body, asJOSE)
			if g.problem.Code != c.want || g.status < 400 || g.status > 499 {
				t.Fatalf("%d %s, want %s", g.status, g.body, c.want)
			}
			if _, e := w.record(t); e.Code != c.want || string(e.System) != c.client && (e.System != "hall.app" || c.want.Entry().Kind == fault.Unidentified) {
				t.Errorf("recorded: %s of %q", e.Code, e.System)
			}
		})
	}
	if asked := w.reached(); len(asked) > 0 {
		t.Errorf("the register was asked: %v", asked)
	}
}

// TestJWS_OtherSignatureOfOneMessage: ECDSA accepts (r, n-s) where it accepts (r, s). Who overheard one message cannot
// make a second of it.
func TestJWS_OtherSignatureOfOneMessage(t *testing.T) {
	w, _ := signing(t)
	ec := w.Certificates["hall.app"]
	body := compact(t, map[string]any{"alg": "ES256", "x5t#S256": x5t(ec.Leaf), "iat": time.Now().Unix()}, question, ec.PrivateKey)
	if g := w.ask(t, w.Client(t, "", false), "/api/v1/GetPerson", body, asJOSE); g.status != 200 {
		t.Fatalf("%d %s", g.status, g.body)
	}
	dot := strings.LastIndexByte(body, '.')
	sig := must.Get(b64.DecodeString(body[dot+1:]))(t)
	new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(sig[32:])).FillBytes(sig[32:])
	if g := w.ask(t, w.Client(t, "", false), "/api/v1/GetPerson", body[:dot+1]+b64.EncodeToString(sig), asJOSE); g.problem.Code != fault.SignatureReplayed {
		t.Fatalf("%d %s", g.status, g.body)
	}
}

// TestJWS_SlowSignerIsCutOff: a caller who says it signs is nobody until it was read, and has a while for that.
func TestJWS_SlowSignerIsCutOff(t *testing.T) {
	w := newTestPlatform(t, setting{stranger: 100 * time.Millisecond})
	config := w.Client(t, "", false).Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = "127.0.0.1"
	conn := must.Get(tls.Dial("tcp", strings.TrimPrefix(w.url, "https://"), config))(t)
	defer conn.Close()
	must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
	must.Get(io.WriteString(conn, "POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\nContent-Type: application/jose\r\nContent-Length: 100\r\n\r\ney"))(t)
	if answer, _ := io.ReadAll(conn); !strings.Contains(string(answer), `"code":"message.tooSlow"`) {
		t.Errorf("%s", answer)
	}
	if w.surface.InFlight() != 0 {
		t.Errorf("%d in flight", w.surface.InFlight())
	}
}

// TestJWS_SignedByRevoked: what the registry knows of a certificate counts for signatures as it does for TLS.
func TestJWS_SignedByRevoked(t *testing.T) {
	w, second := signing(t)
	w.apply(t, site.CertificateManifest("hall.app", second.Leaf)+"revoked_at: 2026-01-01T00:00:00Z\n")
	body := compact(t, map[string]any{"alg": "RS256", "x5t#S256": x5t(second.Leaf), "iat": time.Now().Unix()}, question, second.PrivateKey)
	if g := w.ask(t, w.Client(t, "", false), "/api/v1/GetPerson", body, asJOSE); g.status != 401 || g.problem.Code != fault.CertificateRevoked {
		t.Fatalf("%d %s", g.status, g.body)
	}
}

func FuzzSigned(f *testing.F) {
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(f)
	w, second := signing(f)
	client := w.Client(f, "", false)
	f.Add(compact(f, map[string]any{"alg": "ES256", "iat": 1}, question, key))
	f.Add(compact(f, map[string]any{"alg": "RS256", "x5t#S256": x5t(second.Leaf), "iat": 1}, question, second.PrivateKey))
	f.Add("..")
	f.Fuzz(func(t *testing.T, body string) {
		if g := w.ask(t, client, "/api/v1/GetPerson", body, asJOSE); g.status < 400 || g.status >= 500 && g.status != 503 {
			t.Fatalf("%d %s", g.status, g.body)
		}
	})
}

// TestJWS_SignersLeaveCapacityToOthers: however many callers announce signed requests and send nothing, who is known is
// answered meanwhile.
func TestJWS_SignersLeaveCapacityToOthers(t *testing.T) {
	w := newTestPlatform(t, setting{inFlight: 8, stranger: 15 * time.Second})
	config := w.Client(t, "", false).Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = "127.0.0.1"
	announce := func() *tls.Conn {
		conn := must.Get(tls.Dial("tcp", strings.TrimPrefix(w.url, "https://"), config))(t)
		t.Cleanup(func() { _ = conn.Close() })
		must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
		must.Get(io.WriteString(conn, "POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\nContent-Type: application/jose\r\nContent-Length: 100\r\n\r\ney"))(t)
		return conn
	}
	for n := range int64(6) { // three quarters of the places
		announce()
		for end := time.Now().Add(waits.Limit); w.surface.InFlight() <= n; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%d of the silent callers are in flight", w.surface.InFlight())
			}
		}
	}
	one := make([]byte, 4096)
	if n, err := announce().Read(one); err != nil || !strings.Contains(string(one[:n]), "503") {
		t.Errorf("one too many: %v %s", err, one[:n])
	}
	for range 3 {
		if g := w.ask(t, w.Client(t, "hall.app", false), "/api/v1/GetPerson", question, nil); g.status != 200 {
			t.Errorf("who is known: %d %s", g.status, g.body)
		}
	}
}
