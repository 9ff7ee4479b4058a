package app_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/test/must"
)

// signedQuestion is a request of the town hall as a JWS by its P-256 key, with what the standard library has (RFC
// 7515).
func (w *testPlatform) signedQuestion() string {
	w.t.Helper()
	pair := must.Get(tls.LoadX509KeyPair(w.path("hall.pem"), w.path("hall-key.pem")))(w.t)
	b64 := base64.RawURLEncoding
	print := sha256.Sum256(pair.Certificate[0])
	head := fmt.Sprintf(`{"alg":"ES256","x5t#S256":%q,"iat":%d}`, b64.EncodeToString(print[:]), time.Now().Unix())
	text := b64.EncodeToString([]byte(head)) + "." + b64.EncodeToString([]byte(asked))
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, pair.PrivateKey.(*ecdsa.PrivateKey), sum[:])
	must.OK(w.t, err)
	value := make([]byte, 64)
	r.FillBytes(value[:32])
	s.FillBytes(value[32:])
	return text + "." + b64.EncodeToString(value)
}

// TestReplay_SignatureCountsOnceOnAllListeners: a message that was tried in the sandbox is not a call in earnest as
// well.
func TestReplay_SignatureCountsOnceOnAllListeners(t *testing.T) {
	w := newTestPlatform(t)
	r := sandboxOf(t, w)
	web := w.client(nil)
	defer web.CloseIdleConnections()
	send := func(to, message string) (int, string) {
		req := must.Get(http.NewRequest(http.MethodPost, "https://"+to+"/api/v1/GetPerson", strings.NewReader(message)))(t)
		req.Header = lawful()
		req.Header.Set("Content-Type", "application/jose")
		res := must.Get(web.Do(req))(t)
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode, string(must.Get(io.ReadAll(res.Body))(t))
	}
	message := w.signedQuestion()
	if status, body := send(r.Addrs().Sandbox, message); status != http.StatusOK {
		t.Fatalf("in the sandbox: %d %s", status, body)
	}
	if status, body := send(r.Addrs().Exchange, message); status != http.StatusUnauthorized || !strings.Contains(body, `"signature.replayed"`) {
		t.Errorf("then in earnest: %d %s", status, body)
	}
}
