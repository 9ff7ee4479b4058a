//go:build whole

package webhook

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os/exec"
	"strings"
	"testing"

	"mconnect/test/must"
)

// TestSign_NodeVerifies: a verifier that shares no code with the signer.
func TestSign_NodeVerifies(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	w.begins(t, s, nil)
	w.produce(t, "1", "k")
	p := s.next(t)
	der := must.Get(x509.MarshalPKIXPublicKey(&w.key.PublicKey))(t)
	headers := map[string]string{}
	for name, values := range p.header {
		headers[strings.ToLower(name)] = values[0]
	}
	message, err := json.Marshal(struct {
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
		Key     string            `json:"key"`
	}{p.method, s.URL + "/events", headers, string(p.body), string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))})
	must.OK(t, err)
	cmd := exec.Command("node", "testdata/verify.js")
	cmd.Stdin = bytes.NewReader(message)
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "verified @method @target-uri content-type content-digest\n" {
		t.Errorf("%v: %s", err, out)
	}
}
