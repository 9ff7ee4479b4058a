package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/test/must"
)

// once plays every scene in dir on free ports and returns what was printed.
func once(t *testing.T, dir string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := Run(t.Context(), Options{Dir: dir, Once: true, ExchangeAddr: "127.0.0.1:0", EventsAddr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0", Out: &out})
	return out.String(), err
}

// TestScenes_Pass is the demo itself, twice in one folder: the second start goes on with the journal.
func TestScenes_Pass(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "the country")
	for _, start := range []string{"first", "second"} {
		text, err := once(t, dir)
		if err != nil {
			t.Fatalf("%s start: %v\n%s", start, err, text)
		}
		if strings.Contains(text, "FAILED") || strings.Count(text, "\nok ") != len(scenes()) {
			t.Errorf("%s start:\n%s", start, text)
		}
	}
	raw := must.Get(os.ReadFile(filepath.Join(dir, "demo.json")))(t)
	var a Account
	must.OK(t, json.Unmarshal(raw, &a))
	for _, path := range []string{a.CA, a.PlatformCertificate, a.Systems[0].Cert, a.Systems[0].Key} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("demo.json names a file that is not there: %v", err)
		}
	}
	if !strings.HasPrefix(a.URLs["exchange"], "https://127.0.0.1:") || !strings.HasPrefix(a.URLs["admin"], "https://127.0.0.1:") {
		t.Errorf("urls: %v", a.URLs)
	}
}

// TestDemo_StopsOnRequest: the end of the context is no failure, and nothing is left running.
func TestDemo_StopsOnRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &stopAt{after: "data", stop: cancel}
	err := Run(ctx, Options{Dir: t.TempDir(), ExchangeAddr: "127.0.0.1:0", EventsAddr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0", Out: out})
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"Sample country ready", "curl -sS --cacert", "journal verify --dir", "-- 1 answered", "Stopped."} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}

// stopAt calls stop once a line of the daily round with the word after was written.
type stopAt struct {
	bytes.Buffer
	after string
	stop  func()
}

func (s *stopAt) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	if bytes.Contains(p, []byte(" "+s.after+" ")) && bytes.Contains(p, []byte(" ms")) {
		s.stop()
	}
	return n, err
}

// TestHints_Work types what the demo asks its user to type: one lawful call and one refusal, by curl.
func TestHints_Work(t *testing.T) {
	c, err := newEnvironment(t.Context(), Options{Dir: filepath.Join(t.TempDir(), "a country"), ExchangeAddr: "127.0.0.1:0", EventsAddr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0"})
	must.OK(t, err)
	must.OK(t, c.serve(t.Context(), func(ctx context.Context) error {
		if err := c.open(ctx); err != nil {
			return err
		}
		list := hints(c.folder, c.dataset, c.urls["exchange"], "mconnect")
		for i, want := range []string{`"LastName":"` + c.dataset.parent().FamilyName + `"`, `"code":"purpose.unknown"`} {
			out, err := exec.CommandContext(ctx, "sh", "-c", list[i].command).CombinedOutput()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%s\n%v: %s", list[i].command, err, out)
			}
			if strings.Contains(string(out), c.dataset.parent().Blood) {
				t.Errorf("more left than was granted: %s", out)
			}
		}
		tried := sandboxHint(c.folder, c.dataset, c.urls["sandbox"])
		out, err := exec.CommandContext(ctx, "sh", "-c", tried.command).CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "{") || strings.Contains(string(out), `"code"`) {
			t.Errorf("%s\n%v: %s", tried.command, err, out)
		}
		return nil
	}))
}

func TestDemo_TakenAddressIsAnError(t *testing.T) {
	b := startRegisters(t)
	err := Run(t.Context(), Options{Dir: t.TempDir(), Once: true, ExchangeAddr: b.Addresses()[Population], EventsAddr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0", Out: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "--exchange-addr") {
		t.Errorf("got %v", err)
	}
}

// TestScenes_FailedOneIsNamed takes a register away permanently: the scenes that need it fail, by name.
func TestScenes_FailedOneIsNamed(t *testing.T) {
	c, err := newEnvironment(t.Context(), Options{Dir: t.TempDir(), ExchangeAddr: "127.0.0.1:0", EventsAddr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0"})
	must.OK(t, err)
	var out bytes.Buffer
	err = c.serve(t.Context(), func(ctx context.Context) error {
		if err := c.open(ctx); err != nil {
			return err
		}
		if err := c.registers.Stop(Insurance); err != nil {
			return err
		}
		return c.playOnce(ctx, &out)
	})
	if err == nil || !strings.Contains(err.Error(), "benefits-bearer") || !strings.Contains(out.String(), "FAILED  benefits-bearer") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if strings.Contains(out.String(), "FAILED  lawful-call") {
		t.Errorf("scenes that do not need it failed too:\n%s", out.String())
	}
}
