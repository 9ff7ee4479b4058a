//go:build whole

package events_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/binding"
	sdkevent "github.com/cloudevents/sdk-go/v2/event"
	sdkhttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"mconnect/internal/pki"
	"mconnect/test/must"
	"mconnect/test/waits"
	foreign "mconnect/test/world"
)

// wsPackage is what JavaScript consumers run.
const wsPackage = "ws@8.23.0"

// files writes what foreign programs identify themselves with and returns CA, certificate and key.
func (w *testPlatform) files(t *testing.T, system string) (ca, cert, key string) {
	t.Helper()
	dir := t.TempDir()
	ca, cert, key = filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pair := w.Certificates[system]
	der := must.Get(x509.MarshalPKCS8PrivateKey(pair.PrivateKey))(t)
	must.OK(t, os.WriteFile(ca, pki.EncodeCertificates(w.Authority.Certificate()), 0o600))
	must.OK(t, os.WriteFile(cert, pki.EncodeCertificates(pair.Leaf, w.Authority.Certificate()), 0o600))
	must.OK(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	return ca, cert, key
}

// modules installs the npm package and returns the environment to find it.
func modules(t *testing.T) []string {
	t.Helper()
	return append(os.Environ(), "NODE_PATH="+must.Get(foreign.Modules(wsPackage))(t))
}

// play runs a foreign consumer while ten events are produced, and checks that it heard them in order and ended well.
func (w *testPlatform) play(t *testing.T, env []string, last string, command ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = env
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	must.OK(t, cmd.Start())
	for w.surface.Counts().Sockets == 0 {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("it never connected: " + out.String())
		}
	}
	want := ""
	producer := w.as(t, "asp.rst", true)
	for n := range 10 {
		id := fmt.Sprintf("%s-%d", t.Name(), n)
		producer.produce(t, eventOf(id, invalidated, `{"Number":"B"}`, `"partitionkey":"k"`))
		want += id + "\n"
	}
	if err := cmd.Wait(); err != nil || out.String() != want+last {
		t.Errorf("%v: %s\nwant %s", err, out.String(), want+last)
	}
	w.quiet(t, 0)
	if g := w.as(t, "hall.app", true).ask(t, "GET", w.as(t, "hall.app", true).instance(t, "")+"/event", ""); g.status != 204 {
		t.Errorf("not all of it is confirmed: %s", g)
	}
}

func TestWhole_ForeignConsumersOnTheSocket(t *testing.T) {
	env := modules(t)
	for name, script := range map[string]struct {
		program []string
		more    []string
		last    string
	}{
		"ws over HTTP/1.1": {[]string{"node", "testdata/ws.js"}, nil, "closed 1000\n"},
		"node over HTTP/2": {[]string{"node", "testdata/ws.js"}, []string{"h2"}, "closed 1000\n"},
		"Python":           {[]string{"/usr/bin/python3", "testdata/ws.py"}, nil, "closed 1000\nbinary 1003\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTestPlatform(t, brief)
			ca, cert, key := w.files(t, "hall.app")
			args := append(script.program, strings.Replace(w.url, "https", "wss", 1)+"/ce/consume/ws", ca, cert, key, "10")
			w.play(t, env, script.last, append(args, script.more...)...)
		})
	}
}

// TestWhole_CurlProducesAndPolls in both protocols.
func TestWhole_CurlProducesAndPolls(t *testing.T) {
	for _, protocol := range []string{"--http1.1", "--http2"} {
		w := newTestPlatform(t, brief)
		curl := func(system string, args ...string) string {
			t.Helper()
			ca, cert, key := w.files(t, system)
			args = append([]string{"-sS", protocol, "--tlsv1.2", "--cacert", ca, "--cert", cert, "--key", key, "-H", "Accept-Language: en"}, args...)
			out, err := exec.Command("curl", args...).CombinedOutput()
			if err != nil {
				t.Fatalf("curl %v: %v\n%s", args, err, out)
			}
			return string(out)
		}
		at := strings.TrimSpace(curl("hall.app", "-X", "POST", "-o", "/dev/null", "-w", "%header{location}", w.url+"/ce/consumers"))
		if at == "" { // a curl before 7.84 knows no %header
			for _, line := range strings.Split(curl("hall.app", "-X", "POST", "-i", w.url+"/ce/consumers"), "\r\n") {
				if name, value, _ := strings.Cut(line, ": "); strings.EqualFold(name, "location") {
					at = value
				}
			}
		}
		if out := curl("asp.rst", "-w", "%{http_code}", "-H", "Content-Type: application/json", "-H", "ce-specversion: 1.0", "-H", "ce-id: c-1", "-H", "ce-source: "+source,
			"-H", "ce-type: "+invalidated, "--data-binary", `{"Number":"B1"}`, w.url+"/ce/produce/raw"); out != "202" {
			t.Errorf("%s: produce: %s", protocol, out)
		}
		if out := curl("hall.app", "-i", at+"/raw"); !strings.Contains(strings.ToLower(out), "ce-id: c-1\r\n") || !strings.Contains(strings.ToLower(out), "ce-offset: 1\r\n") || !strings.HasSuffix(out, `{"Number":"B1"}`) {
			t.Errorf("%s: poll: %s", protocol, out)
		}
		if out := curl("hall.app", "-w", "%{http_code}", at+"/events?confirm=true"); out != "204" {
			t.Errorf("%s: poll again: %s", protocol, out)
		}
		if out := curl("hall.app", "-w", "%{http_code}", "-X", "DELETE", at); out != "204" {
			t.Errorf("%s: delete: %s", protocol, out)
		}
	}
}

// TestWhole_CloudEventsSDKProduces in binary and in structured mode.
func TestWhole_CloudEventsSDKProduces(t *testing.T) {
	for _, p := range protocols {
		w := newTestPlatform(t, brief)
		c := w.as(t, "hall.app", p.h2)
		at := c.instance(t, "")
		e := sdkevent.New()
		e.SetID("sdk-1")
		e.SetSource(source)
		e.SetType(invalidated)
		e.SetSubject("Ștefan 50%")
		e.SetTime(time.Now())
		e.SetExtension("partitionkey", "idnp:2999000000014")
		must.OK(t, e.SetData("application/json", map[string]string{"Number": "B1"}))
		for mode, target := range map[string]string{"structured": "/ce/produce/event", "binary": "/ce/produce/raw"} {
			req := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+target, nil))(t)
			e.SetID("sdk-" + mode)
			ctx := context.Background()
			if mode == "structured" {
				ctx = binding.WithForceStructured(ctx)
			}
			must.OK(t, sdkhttp.WriteRequest(ctx, binding.ToMessage(&e), req))
			res := must.Get(w.as(t, "asp.rst", p.h2).http.Do(req))(t)
			must.OK(t, res.Body.Close())
			if res.StatusCode != 202 {
				t.Fatalf("%s %s: %s", p.name, mode, res.Status)
			}
			g := c.ask(t, "GET", at+"/event", "")
			var back sdkevent.Event
			if err := back.UnmarshalJSON([]byte(g.body)); err != nil || back.Validate() != nil {
				t.Fatalf("%s %s: %s %v", p.name, mode, g, err)
			}
			if back.ID() != e.ID() || back.Subject() != e.Subject() || string(back.Data()) != `{"Number":"B1"}` || len(fmt.Sprint(back.Extensions()["partitionkey"])) != 35 || !back.Time().Equal(e.Time()) {
				t.Errorf("%s %s: %s", p.name, mode, g)
			}
		}
	}
}
