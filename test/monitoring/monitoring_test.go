//go:build whole

package monitoring

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/world"
)

const deploy = "../../deploy/"

// promtool runs Debian's promtool in the folder of the rules.
func promtool(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("promtool", args...)
	cmd.Dir = deploy + "prometheus"
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestRules_ArePassedByPromtool(t *testing.T) {
	promtool(t, "", "check", "rules", "--lint-fatal", "mconnect.rules.yml")
	promtool(t, "", "test", "rules", "mconnect.rules.test.yml")
	promtool(t, "", "check", "config", "--syntax-only", "prometheus.yml")
}

// platform starts a server whose administrator is scraped.
func platform(t *testing.T) *world.Platform {
	t.Helper()
	dir := t.TempDir()
	binary := must.Get(world.Build("../..", dir))(t)
	authority := must.Get(world.NewAuthority(dir))(t)
	must.OK(t, authority.Issue("platform"))
	must.OK(t, authority.IssueRSA("signing"))
	p := must.Get(world.NewPlatform(authority, binary, filepath.Join(dir, "platform"), ""))(t)
	must.OK(t, p.Start())
	t.Cleanup(p.Stop)
	return p
}

// prometheus scrapes the platform by the configuration of deploy/, with paths and target of the test.
func prometheus(t *testing.T, p *world.Platform) (base string) {
	t.Helper()
	dir := t.TempDir()
	text := must.Get(os.ReadFile(deploy + "prometheus/prometheus.yml"))(t)
	rules := must.Get(filepath.Abs(deploy + "prometheus/mconnect.rules.yml"))(t)
	config := string(text)
	for _, change := range [][2]string{
		{"15s", "1s"}, {"mconnect.rules.yml", rules},
		{"/etc/prometheus/mconnect.token", filepath.Join(p.Dir, "token")},
		{"/etc/prometheus/mconnect-ca.pem", filepath.Join(filepath.Dir(p.Dir), "ca.pem")},
		{"exchange-1.example:8445", fmt.Sprintf("localhost:%d", p.Admin)},
		{"          - exchange-2.example:8445\n", ""},
	} {
		if !strings.Contains(config, change[0]) {
			t.Fatalf("prometheus.yml does not name %q", change[0])
		}
		config = strings.ReplaceAll(config, change[0], change[1])
	}
	file := filepath.Join(dir, "prometheus.yml")
	must.OK(t, os.WriteFile(file, []byte(config), 0o600))
	port := must.Get(world.FreePort())(t)
	process, err := world.Start(nil, dir, "prometheus", "prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port))
	must.OK(t, err)
	t.Cleanup(process.Stop)
	base = fmt.Sprintf("http://127.0.0.1:%d", port)
	for {
		if found, err := query(base, `up{job="mconnect"} == 1`); err == nil && found > 0 {
			return base
		}
		if !process.Alive() {
			t.Fatalf("prometheus ended:\n%s", process.Tail())
		}
		<-time.After(100 * time.Millisecond)
	}
}

// query returns how many series an expression finds.
func query(base, expression string) (int, error) {
	res, err := http.Get(base + "/api/v1/query?query=" + url.QueryEscape(expression))
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct{ Result []json.RawMessage }
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return 0, err
	}
	if answer.Status != "success" {
		return 0, fmt.Errorf("%s: %s", expression, answer.Error)
	}
	return len(answer.Data.Result), nil
}

var (
	selector = regexp.MustCompile(`mconnect_[a-z_]+(?:\{[^}]*\})?`)
	matcher  = regexp.MustCompile(`(code|listener|days|leg)="[^"]+"`)
)

// selectors are the series that a text names, with those labels whose values are the program's own.
func selectors(text string) map[string]bool {
	all := map[string]bool{}
	for _, s := range selector.FindAllString(text, -1) {
		name, labels, _ := strings.Cut(s, "{")
		if kept := matcher.FindAllString(labels, -1); len(kept) > 0 && !strings.Contains(name, "calls_total") {
			name += "{" + strings.Join(kept, ",") + "}"
		}
		all[name] = true
	}
	return all
}

// TestPrometheus_KnowsEverySeriesNamed: an alert on a name that does not exist never fires.
func TestPrometheus_KnowsEverySeriesNamed(t *testing.T) {
	p := platform(t)
	text := must.Get(p.Get("/metrics"))(t)
	if out := promtool(t, string(text), "check", "metrics"); strings.Contains(out, "mconnect_") {
		t.Errorf("promtool check metrics: %s", out)
	}
	base := prometheus(t, p)
	for _, file := range []string{"prometheus/mconnect.rules.yml", "grafana/mconnect.json"} {
		text := must.Get(os.ReadFile(deploy + file))(t)
		found := selectors(strings.ReplaceAll(string(text), `\"`, `"`))
		if len(found) < 10 {
			t.Fatalf("%s names only %d series", file, len(found))
		}
		for s := range found {
			if strings.HasPrefix(s, "mconnect_calls_total") {
				// its labels are names of resources: nothing was called here
				continue
			}
			if n, err := query(base, s); err != nil || n == 0 {
				t.Errorf("%s: %s: %d series, %v", file, s, n, err)
			}
		}
	}
	alertsAreLoaded(t, base)
}

// alertsAreLoaded: no rule fails, and none fires over a platform that is well, disk and certificates of this machine
// aside.
func alertsAreLoaded(t *testing.T, base string) {
	t.Helper()
	res := must.Get(http.Get(base + "/api/v1/rules"))(t)
	defer res.Body.Close()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, State, LastError string }
			}
		}
	}
	must.OK(t, json.NewDecoder(res.Body).Decode(&answer))
	count := 0
	for _, g := range answer.Data.Groups {
		for _, r := range g.Rules {
			count++
			certificates := strings.HasPrefix(r.Name, "MConnectCertificateEnds") // those of the test live for ten days
			if r.Health == "err" || r.State == "firing" && !certificates && !strings.Contains(r.Name, "Disk") {
				t.Errorf("%s: %s, %s %s", r.Name, r.Health, r.State, r.LastError)
			}
		}
	}
	if count < 20 {
		t.Errorf("%d rules are loaded", count)
	}
}
