//go:build whole

package pki_test

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/pki"
	"mconnect/test/must"
	"mconnect/test/world"
)

// TestOCSP_OpenSSLAnswers: the responder that everybody can run says of one certificate that it is good, of another
// that it is revoked, and does not know a third.
func TestOCSP_OpenSSLAnswers(t *testing.T) {
	dir := t.TempDir()
	port := must.Get(world.FreePort())(t)
	now := time.Now()
	dated := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-time.Hour), now.AddDate(1, 0, 0) }
	root := certify(t, nil, 1, dated)
	var leaves []*issuer
	for serial := range int64(3) {
		leaves = append(leaves, certify(t, root, 0x10+serial, func(c *x509.Certificate) {
			leafOf(x509.ExtKeyUsageClientAuth)(c)
			dated(c)
			c.OCSPServer = []string{fmt.Sprintf("http://127.0.0.1:%d", port)}
		}))
	}
	key := must.Get(x509.MarshalPKCS8PrivateKey(root.key))(t)
	index := "V\t991231235959Z\t\t10\tunknown\t/CN=Exemplu\nR\t991231235959Z\t260101000000Z\t11\tunknown\t/CN=Exemplu\n"
	for name, text := range map[string][]byte{
		"ca.pem": pki.EncodeCertificates(root.cert), "ca.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), "index": []byte(index),
	} {
		must.OK(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	responder := exec.Command("openssl", "ocsp", "-index", "index", "-port", fmt.Sprint(port), "-rsigner", "ca.pem", "-rkey", "ca.key", "-CA", "ca.pem", "-nmin", "10")
	responder.Dir = dir
	said := must.Get(responder.StderrPipe())(t)
	must.OK(t, responder.Start())
	t.Cleanup(func() { _ = responder.Process.Kill(); _ = responder.Wait() })
	for lines := bufio.NewScanner(said); ; {
		// a connection that only looks whether it listens would block it permanently
		if !lines.Scan() {
			t.Fatal("openssl ocsp ended")
		}
		if strings.Contains(lines.Text(), "waiting for OCSP client connections") {
			break
		}
	}
	trusted, err := pki.NewTrust(pki.TrustConfig{
		Anchors: []string{filepath.Join(dir, "ca.pem")}, OCSP: pki.NewOCSP(pki.OCSPConfig{Policy: pki.OCSPRequire, Timeout: time.Minute}),
	})
	must.OK(t, err)
	for i, want := range []fault.Code{"", fault.CertificateRevoked, fault.CertificateStatus} {
		wantCode(t, trusted.Verify([]*x509.Certificate{leaves[i].cert}, now), want)
	}
}
