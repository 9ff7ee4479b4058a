//go:build whole

package soap

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/provider"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// foreign starts testdata/register.py: a SOAP register that shares no code with the platform.
func foreign(t *testing.T, own, platform signing) (url string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must.OK(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	key := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(own.key)}))
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "testdata/register.py",
		write("platform.pem", platform.pem()), write("key.pem", key), write("cert.pem", own.pem()))
	cmd.Stderr = os.Stderr
	in := must.Get(cmd.StdinPipe())(t)
	out := must.Get(cmd.StdoutPipe())(t)
	must.OK(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	port := must.Get(bufio.NewReader(out).ReadString('\n'))(t)
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}

// TestSOAP_ForeignRegister: libxmlsec1 accepts the platform's signature, and the platform what zeep signs.
func TestSOAP_ForeignRegister(t *testing.T) {
	url := foreign(t, registerKey(), platformKey())
	const want = `{"IDNV":"3999000005119","Plate":"EXM <1>","Weight":1234.50,"Inspected":"2026-01-02","Seen":"2026-07-01T10:00:00.5+03:00","Owners":[{"Name":"2999900000262"},{"Name":""}]}`
	for _, one := range []struct {
		path string
		by   signing
		code fault.Code
		says string
	}{
		{"/plain", platformKey(), "", ""},
		{"/late", platformKey(), "", ""},
		{"/nil", platformKey(), fault.ProviderNoRecord, ""},
		{"/missing", platformKey(), fault.ProviderNoRecord, ""},
		{"/fault", platformKey(), fault.ProviderFault, "Baza este în mentenanță"},
		{"/tampered", platformKey(), fault.ProviderUntrusted, ""},
		{"/plain", strangerKey(), fault.ProviderRefused, "signature:"},
	} {
		t.Run(one.path, func(t *testing.T) {
			svc := vehicles(url + one.path)
			svc.Endpoint.SOAP.Context = true
			svc.Endpoint.SOAP.Signer = &catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}
			p := newProvider(t, config{Signer: one.by.signer})
			pl := registers.Ready(t, svc)
			reply, err := p.Deliver(t.Context(), provider.Request{Service: pl, Call: call, Trace: trace, Input: []byte(question),
				Context: mconnect.LegalContext{User: "2999900000262"}})
			if one.code != "" {
				if e := registers.WantFault(t, err, one.code, fault.Provider); !strings.HasPrefix(e.Provider, one.says) || one.says == "" && e.Provider != "" {
					t.Errorf("its words: %q", e.Provider)
				}
				return
			}
			if err != nil || string(reply.Body) != want {
				t.Fatalf("%v %s", err, reply.Body)
			}
			if _, _, err := pl.ResponseSchema.Cut(nil, reply.Body, pl.ResponseSchema.Mask([]string{"*"})); err != nil {
				t.Error(err)
			}
		})
	}
}
