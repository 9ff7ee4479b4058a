package app_test

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/test/must"
)

const otherToken = "a-token-of-another-administrator"

// TestDifferences_NamesKeys: each difference is named by its key in the file, and nothing else is.
func TestDifferences_NamesKeys(t *testing.T) {
	was := newTestPlatform(t).cfg
	for name, c := range map[string]struct {
		change func(c *config.Config)
		want   []string
	}{
		"nothing":     {func(*config.Config) {}, nil},
		"at the top":  {func(c *config.Config) { c.Node = "another" }, []string{"node"}},
		"in a group":  {func(c *config.Config) { c.Store.URL = "sqlite:elsewhere" }, []string{"store.url"}},
		"in a list":   {func(c *config.Config) { c.PKI.Anchors = []string{"a.pem"} }, []string{"pki.anchors"}},
		"a longer":    {func(c *config.Config) { c.Admin.Tokens = []config.Token{{Name: "ops"}} }, []string{"admin.tokens"}},
		"the level":   {func(c *config.Config) { c.Log.Level = slog.LevelError }, []string{"log.level"}},
		"in disorder": {func(c *config.Config) { c.Store.URL, c.Node, c.Exchange.Listen = "x", "y", "z" }, []string{"exchange.listen", "node", "store.url"}},
	} {
		t.Run(name, func(t *testing.T) {
			next := was
			c.change(&next)
			if diff := cmp.Diff(c.want, app.Differences(was, next)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want, app.Differences(next, was)); diff != "" {
				t.Error("the other way round:", diff)
			}
		})
	}
}

// tokenFile writes a file with a token.
func (w *testPlatform) tokenFile(name, token string) string {
	w.t.Helper()
	path := w.path(name)
	must.OK(w.t, os.WriteFile(path, []byte(token+"\n"), 0o600))
	return path
}

// TestReload_TakesAdministratorsOver: a new administrator is admitted and a former one is not, while the server runs.
// What needs a restart is named, in the answer and in the log.
func TestReload_TakesAdministratorsOver(t *testing.T) {
	w := newTestPlatform(t)
	r := w.start()
	defer r.end()
	admitted := func(token string) bool {
		t.Helper()
		status, body := r.manage(token, "/v1/systems")
		if status != http.StatusOK && status != http.StatusUnauthorized {
			t.Fatalf("%d %s", status, body)
		}
		return status == http.StatusOK
	}
	if !admitted(token) || admitted(otherToken) {
		t.Fatal("at first the local administrator alone is admitted")
	}
	next := w.cfg
	next.Admin.Tokens = []config.Token{{Name: "ops", Role: "reader", File: w.tokenFile("ops.token", otherToken)}}
	next.Log.Level = slog.LevelError
	if restart := must.Get(r.Reload(next))(t); len(restart) != 0 || !admitted(token) || !admitted(otherToken) {
		t.Errorf("after a token was added: a restart is needed for %v", restart)
	}
	next.Admin.Tokens = nil
	next.Node, next.Store.URL = "another", "sqlite:elsewhere"
	restart := must.Get(r.Reload(next))(t)
	if want := []string{"node", "store.url"}; !slices.Equal(restart, want) || admitted(otherToken) {
		t.Errorf("after it was removed: a restart is needed for %v, want %v", restart, want)
	}
	if log := w.log.String(); !strings.Contains(log, "configuration read again") || !strings.Contains(log, "node store.url") {
		t.Errorf("the log does not say it:\n%s", log)
	}
	if strings.Contains(w.log.String(), otherToken) {
		t.Error("the log holds a token")
	}
}

// TestReload_RefusesWhatCannotBeUsed: with one unusable administrator everything former stays in force, and each
// mistake is named.
func TestReload_RefusesWhatCannotBeUsed(t *testing.T) {
	w := newTestPlatform(t)
	r := w.start()
	defer r.end()
	next := w.cfg
	next.Admin.Tokens = []config.Token{
		{Name: "ops", Role: "reader", File: w.tokenFile("ops.token", otherToken)},
		{Name: "brief", Role: "reader", File: w.tokenFile("brief.token", "brief")},
		{Name: "absent", Role: "reader", File: w.path("absent.token")},
	}
	_, err := r.Reload(next)
	if err == nil {
		t.Fatal("taken over")
	}
	for _, name := range []string{"administrator brief", "administrator absent"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
	if status, _ := r.manage(otherToken, "/v1/systems"); status != http.StatusUnauthorized {
		t.Errorf("the usable one of a refused configuration: %d", status)
	}
	if status, _ := r.manage(token, "/v1/systems"); status != http.StatusOK {
		t.Errorf("the former administrator: %d", status)
	}
}

// TestCheckFiles_NamesEveryMistake: each file that cannot be used is named with its key, all in one answer; a usable
// installation has none, and nothing is written.
func TestCheckFiles_NamesEveryMistake(t *testing.T) {
	w := newTestPlatform(t)
	before := must.Get(os.ReadDir(w.cfg.DataDir))(t)
	if err := app.CheckFiles(w.cfg); err != nil {
		t.Errorf("a usable installation: %v", err)
	}
	if after := must.Get(os.ReadDir(w.cfg.DataDir))(t); len(after) != len(before) {
		t.Errorf("%d files before the check, %d after it", len(before), len(after))
	}
	absent := filepath.Join(t.TempDir(), "absent.pem")
	bad := w.cfg
	bad.Journal.Keys = filepath.Dir(absent)
	bad.PKI.Anchors = []string{absent}
	bad.PKI.PlatformCertificate = absent
	bad.PKI.SigningCertificate, bad.PKI.SigningKey = w.cfg.PKI.PlatformKey, w.cfg.PKI.PlatformKey
	bad.Admin.Tokens = []config.Token{
		{Name: "brief", Role: "reader", File: w.tokenFile("brief.token", "brief")},
		{Name: "absent", Role: "reader", File: w.path("absent.token")},
	}
	err := app.CheckFiles(bad)
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, part := range []string{"journal.keys: ", "pki.anchors", absent, "pki.platform_certificate: ", "pki.signing_certificate: ",
		"administrator brief", "administrator absent"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not named:\n%v", part, err)
		}
	}
}
