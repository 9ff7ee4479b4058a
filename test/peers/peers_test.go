//go:build whole

package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/test/must"
	"mconnect/test/world"
)

// Systems of the sample country: the one that speaks SOAP has an RSA key, all others one on P-256.
const (
	notary   = "notar-exemplu.acte"
	townHall = "primaria-exemplu.asistenta"
)

// country is a demo that runs, with the addresses of its listeners.
type country struct {
	dir                     string
	exchange, events, admin string
}

// start runs the demo until the test ends.
func start(t *testing.T) *country {
	t.Helper()
	binary := must.Get(world.Build("../..", t.TempDir()))(t)
	ports := must.Get(world.FreePorts(4))(t)
	at := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", ports[i]) }
	c := &country{dir: t.TempDir(), exchange: "https://" + at(0), events: "https://" + at(1), admin: "https://" + at(2)}
	ctx, cancel := context.WithCancel(t.Context())
	demo := exec.CommandContext(ctx, binary, "demo", "--dir", c.dir, "--exchange-addr", at(0), "--events-addr", at(1),
		"--admin-addr", at(2), "--sandbox-addr", at(3))
	demo.Cancel = func() error { return demo.Process.Signal(os.Interrupt) }
	out := must.Get(demo.StdoutPipe())(t)
	var said bytes.Buffer
	demo.Stderr = &said
	must.OK(t, demo.Start())
	t.Cleanup(func() { cancel(); _ = demo.Wait() })
	text := make([]byte, 0, 64<<10)
	piece := make([]byte, 4096)
	for !strings.Contains(string(text), "GetPerson") { // the first call of the demo's own consumers
		n, err := out.Read(piece)
		text = append(text, piece[:n]...)
		if err != nil {
			t.Fatalf("the demo ended: %v\n%s%s", err, text, said.String())
		}
	}
	go func() { _, _ = said.ReadFrom(out) }()
	return c
}

func (c *country) ca() string   { return filepath.Join(c.dir, "data", "pki", "ca.pem") }
func (c *country) wsdl() string { return c.exchange + "/soap/" + notary + "?wsdl" }

func (c *country) certOf(system string) string { return filepath.Join(c.dir, "systems", system+".pem") }
func (c *country) keyOf(system string) string {
	return filepath.Join(c.dir, "systems", system+"-key.pem")
}

// TestPeers_UnidentifiedAreRefused: Debian's curl reads why it was refused, over HTTP/1.1 and HTTP/2, at every
// listener, also when it was still sending a body that is not read.
func TestPeers_UnidentifiedAreRefused(t *testing.T) {
	c := start(t)
	large := filepath.Join(t.TempDir(), "large")
	must.OK(t, os.WriteFile(large, make([]byte, 12<<20), 0o600))
	for _, protocol := range []string{"--http1.1", "--http2"} {
		for _, ask := range [][]string{
			{"-H", "Content-Type: application/json", "-d", `{"IDNP":"2999000006393"}`, c.exchange + "/api/v1/GetPerson"},
			{"-H", "Content-Type: application/json", "--data-binary", "@" + large, c.exchange + "/api/v1/GetPerson"},
			{"-H", "Content-Type: application/jose", "--data-binary", "@" + large, c.exchange + "/api/v1/GetPerson"},
			{"-H", "Content-Type: text/xml", "-d", `<a/>`, c.exchange + "/soap"},
			{"-H", "Content-Type: text/xml", "--data-binary", "@" + large, c.exchange + "/soap"},
			{"-H", "Content-Type: application/cloudevents+json", "-d", `{}`, c.events + "/ce/produce"},
			{"-H", "Content-Type: application/cloudevents+json", "--data-binary", "@" + large, c.events + "/ce/produce"},
			{c.admin + "/v1/participants"},
			{"-X", "POST", "-H", "Content-Type: application/yaml", "--data-binary", "@" + large, c.admin + "/v1/apply"},
		} {
			for range 3 {
				args := append([]string{"-s", "--cacert", c.ca(), protocol, "-H", "Expect:", "-w", "\n%{http_code}"}, ask...)
				out, err := exec.CommandContext(t.Context(), "curl", args...).Output()
				at := max(strings.LastIndexByte(string(out), '\n'), 0)
				body, status := string(out[:at]), strings.TrimSpace(string(out[at:]))
				if err != nil || len(strings.TrimSpace(body)) < 20 || status < "4" {
					t.Errorf("%s %v: %v, status %s, %q", protocol, ask, err, status, body)
				}
				if strings.HasPrefix(body, "{") && !json.Valid([]byte(body)) {
					t.Errorf("%s %v: cut off: %s", protocol, ask, body)
				}
			}
		}
	}
}
