package cli_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mconnect/internal/cli"
	"mconnect/test/must"
	"mconnect/test/world"
)

// log is what a server writes, read while it runs.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// served is a server in a folder of its own, run by the command line in this process.
type served struct {
	t      *testing.T
	dir    string
	config string
	admin  int
	log    log
	ended  chan struct{}
}

func serve(t *testing.T) *served {
	t.Helper()
	s := &served{t: t, dir: t.TempDir(), ended: make(chan struct{})}
	port := must.Get(world.FreePort())(t)
	s.admin, s.config = port, filepath.Join(s.dir, "mconnect.yaml")
	s.configure("")
	run := func(ctx context.Context, args ...string) int {
		return cli.Main(ctx, cli.Process{Args: append(args, "--config", s.config), In: strings.NewReader(""), Out: &s.log, Err: &s.log}, nil)
	}
	if run(t.Context(), "pki", "init") != 0 {
		t.Fatal(s.log.String())
	}
	ctx, stop := context.WithCancel(t.Context())
	go func() { defer close(s.ended); run(ctx, "serve") }()
	t.Cleanup(func() { stop(); <-s.ended })
	s.says("msg=ready")
	return s
}

// configure writes the configuration with more lines.
func (s *served) configure(more string) {
	s.t.Helper()
	text := fmt.Sprintf("data_dir: %q\nexchange: { listen: 127.0.0.1:0 }\nevents: { listen: 127.0.0.1:0 }\nadmin:\n  listen: 127.0.0.1:%d\n%s",
		filepath.Join(s.dir, "data"), s.admin, more)
	must.OK(s.t, os.WriteFile(s.config, []byte(text), 0o600))
}

// says waits until the log contains a text, for as long as the server lives.
func (s *served) says(text string) {
	s.t.Helper()
	for !strings.Contains(s.log.String(), text) {
		select {
		case <-s.ended:
			s.t.Fatalf("the server ended without saying %q:\n%s", text, &s.log)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (s *served) hangup() {
	s.t.Helper()
	must.OK(s.t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
}

// status asks for the resources with a token.
func (s *served) status(token string) int {
	s.t.Helper()
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	req := must.Get(http.NewRequest(http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d/metrics", s.admin), nil))(s.t)
	req.Header.Set("Authorization", "Bearer "+token)
	res := must.Get(web.Do(req))(s.t)
	_ = res.Body.Close()
	return res.StatusCode
}

// TestServe_HangupReadsTheConfigurationAgain: administrators and the log's level count at once, the rest is named, and
// a configuration that is not usable changes nothing.
func TestServe_HangupReadsTheConfigurationAgain(t *testing.T) {
	s := serve(t)
	const token = "token-of-a-new-administrator-0123456789"
	file := filepath.Join(s.dir, "token")
	must.OK(t, os.WriteFile(file, []byte(token), 0o600))
	if got := s.status(token); got != http.StatusUnauthorized {
		t.Fatalf("%d before the token is configured", got)
	}
	s.configure(fmt.Sprintf("  tokens: [{ name: watch, role: reader, file: %q }]\nlimits: { request: 2MiB }\n", file))
	s.hangup()
	s.says("need_a_restart=limits.request")
	if got := s.status(token); got != http.StatusOK {
		t.Errorf("%d after SIGHUP; want 200", got)
	}
	s.configure("  tokens: [{ name: watch, role: king }]\n")
	s.hangup()
	s.says("the former stays in force")
	if got := s.status(token); got != http.StatusOK {
		t.Errorf("%d after a configuration that was refused; want 200", got)
	}
	s.configure("log: { level: error }\n")
	s.hangup()
	for s.status(token) != http.StatusUnauthorized { // the administrator was taken out
		select {
		case <-s.ended:
			t.Fatal(s.log.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
