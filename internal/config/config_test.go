package config_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/internal/config"
	"mconnect/test/must"
)

func load(t *testing.T, yaml string, environment ...string) (config.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mconnect.yaml")
	must.OK(t, os.WriteFile(path, []byte(yaml), 0o600))
	return config.Load(path, environment)
}

func TestLoad_DefaultsAreUsable(t *testing.T) {
	none := must.Get(config.Load("", nil))(t)
	empty := must.Get(load(t, ""))(t)
	if diff := cmp.Diff(none, empty); diff != "" {
		t.Errorf("no file and an empty file differ:\n%s", diff)
	}
	if none.Store.URL != "sqlite:mconnect-data/mconnect.db" || none.PKI.PlatformKey != "mconnect-data/pki/platform-key.pem" {
		t.Errorf("store %s, key %s", none.Store.URL, none.PKI.PlatformKey)
	}
	if !none.OwnAuthority() {
		t.Error("the own authority is not trusted by default")
	}
	if diff := cmp.Diff(none, none.WithDefaults()); diff != "" {
		t.Errorf("defaults are not stable:\n%s", diff)
	}
}

func TestLoad_FileThenEnvironment(t *testing.T) {
	c := must.Get(load(t, `
data_dir: /srv/mconnect
exchange:
  listen: 0.0.0.0:443
  names: [mconnect.example]
limits:
  request: 2MiB
  drain: 1m
providers:
  databases: {cadastre: "sqlite:/srv/cadastre.db"}
log: {level: warn, format: json}
`,
		"MCONNECT_EXCHANGE_LISTEN=:9000",
		"MCONNECT_LIMITS_REQUEST=64KiB",
		"MCONNECT_PROVIDERS_DATABASES=tax:postgres://reader@db/tax",
		"MCONNECT_TEST_POSTGRES=passed over",
		"PATH=/usr/bin",
	))(t)
	got := []any{c.DataDir, c.Exchange.Listen, c.Exchange.Names, c.Limits.Request, c.Limits.Drain,
		c.Providers.Databases, c.Log.Level, c.Log.Format, c.Journal.Keys}
	want := []any{"/srv/mconnect", ":9000", []string{"mconnect.example"}, config.Size(64 << 10), time.Minute,
		map[string]string{"tax": "postgres://reader@db/tax"}, slog.LevelWarn, "json", "/srv/mconnect/keys"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoad_OutsideAnchorsReplaceTheOwnAuthority(t *testing.T) {
	c := must.Get(load(t, "pki: {anchors: [/etc/mconnect/anchors.pem], lists: [/etc/mconnect/national.crl]}"))(t)
	if c.OwnAuthority() || len(c.PKI.Lists) != 1 {
		t.Errorf("anchors %v, lists %v", c.PKI.Anchors, c.PKI.Lists)
	}
}

func TestLoad_Strict(t *testing.T) {
	for name, c := range map[string]struct {
		yaml, environment, want string
	}{
		"unknown key":         {"exchange: {listn: ':1'}", "", "listn"},
		"wrong type":          {"limits: {in_flight: many}", "", "many"},
		"wrong size":          {"limits: {request: 1 MB}", "", "want a whole number"},
		"wrong duration":      {"limits: {read: 5 minutes}", "", "5 minutes"},
		"two documents":       {"data_dir: a\n---\ndata_dir: b", "", "more than one document"},
		"unknown variable":    {"", "MCONNECT_EXCHANGE_LISTN=:1", "MCONNECT_EXCHANGE_LISTN is not known"},
		"removed key":         {"exchange: {standard_http: true}", "", "exchange.standard_http was removed: Go's net/http serves every listener. Delete it"},
		"removed variable":    {"", "MCONNECT_EXCHANGE_STANDARD_HTTP=true", "MCONNECT_EXCHANGE_STANDARD_HTTP was removed: Go's net/http serves every listener. Delete it"},
		"unreadable variable": {"", "MCONNECT_LIMITS_READ=soon", "soon"},
	} {
		if _, err := load(t, c.yaml, c.environment); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q in it", name, err, c.want)
		}
	}
	if _, err := config.Load(filepath.Join(t.TempDir(), "absent.yaml"), nil); err == nil {
		t.Error("an absent file was passed over")
	}
}

func TestLoad_EveryMistakeIsListed(t *testing.T) {
	_, err := load(t, `
node: "a b"
store: {url: "mysql://secret@host/x", max_conns: -1}
exchange: {listen: nowhere, names: ["a b"]}
admin:
  listen: ":port"
  tokens:
    - {name: local, role: admin, file: t}
    - {name: ops, role: king}
  operators:
    - {name: ops, role: reader, fingerprint: abc}
journal: {origin: "https://mconnect.example"}
limits: {request: 1GiB, drain: 2h, in_flight: -1, headers: 1B, answer: 1B}
providers: {timeout: 1h, databases: {"a b": "sqlite:x", tax: "host=x"}}
log: {format: xml, level: INFO+1}
runtime: {memory: 1MiB, gc: 1}
events: {readers: 2, per_system: 3, batch: -1, event: 1B, window: 2000000, window_size: 1B, unconfirmed: -1}
`)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{
		"node:", "store.url:", "store.max_conns:", "exchange.listen:", "exchange.names[0]:", "admin.listen:",
		"admin.tokens[0].name:", "admin.tokens[1].role:", "admin.tokens[1].file:", "admin.operators[0].name:",
		"admin.operators[0].fingerprint:", "journal.origin:", "limits.request:", "limits.drain:",
		"limits.in_flight:", "limits.headers:", "limits.answer:", "providers.timeout:", "providers.databases: \"a b\"",
		"providers.databases.tax:", "events.per_system:", "events.batch:", "events.event:", "events.window:", "events.window_size:",
		"events.unconfirmed:", "log.format:", "log.level:", "runtime.memory:", "runtime.gc:",
	} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("%q is not in:\n%v", key, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Error("a password is repeated")
	}
}

func TestLoad_ListenersMustDiffer(t *testing.T) {
	if _, err := load(t, "exchange: {listen: ':8443'}\nadmin: {listen: ':8443'}"); err == nil {
		t.Error("one address for two listeners")
	}
	if _, err := load(t, "exchange: {listen: '127.0.0.1:0'}\nadmin: {listen: '127.0.0.1:0'}"); err != nil {
		t.Errorf("two free ports: %v", err)
	}
}

func TestSize_Parse(t *testing.T) {
	for text, want := range map[string]config.Size{"0": 0, "512": 512, "1B": 1, "32KiB": 32 << 10, "2 GiB": 2 << 30} {
		got, err := config.ParseSize(text)
		if err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
		again, err := config.ParseSize(got.String())
		if err != nil || again != got {
			t.Errorf("%q does not come back from %q", text, got.String())
		}
	}
	for _, text := range []string{"", "-1", "1.5MiB", "1MB", "KiB", "9223372036854775807GiB"} {
		if got, err := config.ParseSize(text); err == nil {
			t.Errorf("%q: read as %d", text, got)
		}
	}
}
