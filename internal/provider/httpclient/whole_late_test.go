//go:build whole

package httpclient

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// lateServer is OpenSSL in the part of Apache with SSLVerifyClient in a Location: it takes a request, then asks for a
// certificate by renegotiation, then answers. flags may make it refuse what it is shown.
func lateServer(t *testing.T, flags ...string) (address string) {
	t.Helper()
	own := certificate(t)
	key := must.Get(x509.MarshalPKCS8PrivateKey(own.PrivateKey))(t)
	path := filepath.Join(t.TempDir(), "server.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	must.OK(t, os.WriteFile(path, text, 0o600))
	cmd := exec.CommandContext(t.Context(), "openssl", append([]string{"s_server", "-tls1_2", "-cert", path, "-accept", "127.0.0.1:0"}, flags...)...)
	in := must.Get(cmd.StdinPipe())(t)
	out := must.Get(cmd.StdoutPipe())(t)
	must.OK(t, cmd.Start())
	found, done := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			line := lines.Text()
			if rest, ok := strings.CutPrefix(line, "ACCEPT "); ok {
				found <- rest
			}
			if strings.HasPrefix(line, "Host: ") {
				io.WriteString(in, "R\n") // renegotiate, and ask for a certificate
			}
			if line == "Read BLOCK" { // it has come
				io.WriteString(in, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
		}
		close(found)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-done
		cmd.Wait()
	})
	address, ok := <-found
	if !ok {
		t.Fatal("openssl s_server ended")
	}
	return address
}

// TestWire_CertificateAskedForLate: a certificate that is asked for after the request is shown, and where it is refused
// the failure is that of the certificate. On 331cb78 the connection broke in both cases.
func TestWire_CertificateAskedForLate(t *testing.T) {
	own := certificate(t)
	for name, c := range map[string]struct {
		flags []string
		want  Asking
	}{"taken": {nil, ""}, "refused": {[]string{"-verify_return_error"}, Late}} {
		t.Run(name, func(t *testing.T) {
			conf := &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{own}, Renegotiation: tls.RenegotiateOnceAsClient}
			target := newTarget(t, Config{Address: lateServer(t, c.flags...), TLS: func() *tls.Config { return conf }})
			a, err := target.Do(waits.Context(t), []byte(get), false)
			if c.want == "" {
				must.OK(t, err)
				defer a.Close()
				if body, err := a.ReadAll(10); err != nil || string(body) != "ok" || !a.conn.late || a.conn.none {
					t.Fatalf("%q %v, asked late %t, nothing shown %t", body, err, a.conn.late, a.conn.none)
				}
				return
			}
			var failed *Error
			if !errors.As(err, &failed) || failed.Certificate != c.want {
				t.Fatalf("%v", err)
			}
		})
	}
}
