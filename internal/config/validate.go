package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"mconnect"
)

// Roles an administrator may have.
var Roles = []string{"reader", "operator", "auditor", "dpo", "admin"}

var (
	originForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(/[a-zA-Z0-9._-]+)*$`)
	nodeForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
)

// Validate judges a Config with its defaults filled in. The error joins every mistake, each beginning
// with the key it concerns.
func (c Config) Validate() error {
	var m mistakes
	m.when(!nodeForm.MatchString(c.Node), "node: want 1 to 63 letters, digits, '.', '_' or '-'")
	m.add("store.url", database(c.Store.URL))
	m.when(c.Store.MaxConns < 1 || c.Store.MaxConns > 1000, "store.max_conns: want 1 to 1000")
	m.add("exchange.listen", address(c.Exchange.Listen))
	m.add("admin.listen", address(c.Admin.Listen))
	m.when(c.Exchange.Listen == c.Admin.Listen && !strings.HasSuffix(c.Admin.Listen, ":0"),
		"admin.listen: is the same as exchange.listen")
	if c.Sandbox.Listen != "" {
		m.add("sandbox.listen", address(c.Sandbox.Listen))
		m.when((c.Sandbox.Listen == c.Exchange.Listen || c.Sandbox.Listen == c.Admin.Listen) &&
			!strings.HasSuffix(c.Sandbox.Listen, ":0"),
			"sandbox.listen: is the same as another listener")
	}
	m.portal(c)
	m.events(c)
	for i, name := range c.Exchange.Names {
		m.when(name == "" || strings.ContainsAny(name, " /@"), "exchange.names[%d]: want a host name or address", i)
	}
	m.add("exchange.url", base(c.Exchange.URL))
	m.when(!slices.Contains([]string{"off", "prefer", "require"}, c.PKI.OCSP), "pki.ocsp: want off, prefer or require")
	m.when(c.PKI.OCSPTimeout < 100*time.Millisecond || c.PKI.OCSPTimeout > 30*time.Second,
		"pki.ocsp_timeout: want 100ms to 30s")
	m.administrators(c.Admin)
	m.when(!originForm.MatchString(c.Journal.Origin) || len(c.Journal.Origin) > 128,
		"journal.origin: want a URL without scheme, e.g. mconnect.example/journal")
	m.limits(c.Limits)
	m.when(c.Providers.Timeout < 0 || c.Providers.Timeout > 10*time.Minute, "providers.timeout: want at most 10m")
	for name, at := range c.Providers.Databases {
		m.when(!nodeForm.MatchString(name), "providers.databases: %q is no name", name)
		m.add("providers.databases."+name, database(at))
	}
	m.when(!slices.Contains(levels, c.Log.Level), "log.level: want debug, info, warn or error")
	m.when(c.Log.Format != "text" && c.Log.Format != "json", "log.format: want text or json")
	m.when(c.Runtime.Memory < 32<<20, "runtime.memory: want at least 32MiB")
	m.when(c.Runtime.GC < 10 || c.Runtime.GC > 10_000, "runtime.gc: want 10 to 10000")
	return errors.Join(m...)
}

type mistakes []error

func (m *mistakes) when(wrong bool, format string, args ...any) {
	if wrong {
		*m = append(*m, fmt.Errorf(format, args...))
	}
}

func (m *mistakes) add(key string, err error) { m.when(err != nil, "%s: %w", key, err) }

func (m *mistakes) administrators(a Admin) {
	names := map[string]bool{"local": true}
	check := func(key, name, role string) {
		m.when(name == "", "%s.name: is required", key)
		m.when(names[name], "%s.name: %q is used twice, or is \"local\"", key, name)
		m.when(!slices.Contains(Roles, role), "%s.role: want %s", key, strings.Join(Roles, ", "))
		names[name] = true
	}
	for i, t := range a.Tokens {
		key := fmt.Sprintf("admin.tokens[%d]", i)
		check(key, t.Name, t.Role)
		m.when(t.File == "", "%s.file: is required", key)
	}
	for i, o := range a.Operators {
		key := fmt.Sprintf("admin.operators[%d]", i)
		check(key, o.Name, o.Role)
		_, err := mconnect.ParseFingerprint(o.Fingerprint)
		m.add(key+".fingerprint", err)
	}
}

func (m *mistakes) portal(c Config) {
	if c.Portal.Listen == "" {
		return
	}
	m.add("portal.listen", address(c.Portal.Listen))
	others := []string{c.Exchange.Listen, c.Admin.Listen, c.Events.Listen, c.Sandbox.Listen}
	m.when(slices.Contains(others, c.Portal.Listen) && !strings.HasSuffix(c.Portal.Listen, ":0"),
		"portal.listen: is the same as another listener")
	m.when(c.Portal.Contact != "" && !strings.Contains(c.Portal.Contact, "@"), "portal.contact: want an e-mail address")
	m.add("portal.url", base(c.Portal.URL))
	m.mpass(c.Portal)
}

// mpass judges login by MPass: all of it, or nothing.
func (m *mistakes) mpass(c Portal) {
	p := c.MPass
	if p.EntityID == "" {
		m.when(p.Issuer != "" || p.Login != "" || p.Logout != "" || len(p.Pinned) > 0,
			"portal.mpass.entity_id: is required with the other settings of portal.mpass")
		return
	}
	m.when(p.Issuer == "", "portal.mpass.issuer: is required")
	m.add("portal.mpass.login", endpoint(p.Login))
	m.add("portal.mpass.logout", endpoint(p.Logout))
	m.when(len(p.Pinned) < 1 || len(p.Pinned) > 2, "portal.mpass.pinned: want one or two files")
}

// endpoint judges the address of a page of another site.
func endpoint(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("want https://host[:port]/path")
	}
	return nil
}

func (m *mistakes) events(c Config) {
	m.add("events.listen", address(c.Events.Listen))
	m.when((c.Events.Listen == c.Exchange.Listen || c.Events.Listen == c.Admin.Listen) &&
		!strings.HasSuffix(c.Events.Listen, ":0"),
		"events.listen: is the same as exchange.listen or admin.listen")
	for _, d := range []struct {
		key string
		at  time.Duration
	}{{"poll", c.Events.Poll}, {"expiry", c.Events.Expiry}, {"silence", c.Events.Silence}, {"write", c.Events.Write}} {
		m.when(d.at < time.Millisecond || d.at > time.Hour, "events.%s: want 1ms to 1h", d.key)
	}
	m.when(c.Events.Poll >= c.Limits.Write, "events.poll: want less than limits.write, which would cut the answer off")
	m.when(c.Events.PerSystem > c.Events.Readers, "events.per_system: want at most events.readers")
	for _, n := range []struct {
		key      string
		at, most int
	}{
		{"readers", c.Events.Readers, 1_000_000}, {"groups", c.Events.Groups, 1_000_000},
		{"per_system", c.Events.PerSystem, 1_000_000}, {"batch", c.Events.Batch, 100_000},
		{"window", c.Events.Window, 1_000_000}, {"unconfirmed", c.Events.Unconfirmed, 10_000_000},
	} {
		m.when(n.at < 1 || n.at > n.most, "events.%s: want 1 to %d", n.key, n.most)
	}
	for _, s := range []struct {
		key string
		at  Size
	}{
		{"produce_rate", c.Events.ProduceRate}, {"produce_volume", c.Events.ProduceVolume},
		{"aside_rate", c.Events.AsideRate}, {"aside_volume", c.Events.AsideVolume},
	} {
		m.when(s.at < 1<<10 || s.at > 1<<50, "events.%s: want 1KiB to 1048576GiB", s.key)
	}
	m.when(c.Events.TestRetention < time.Minute || c.Events.TestRetention > 120*time.Hour,
		"events.test_retention: want 1m to 120h")
	m.when(c.Events.Event < 1<<10 || c.Events.Event > 16<<20, "events.event: want 1KiB to 16MiB")
	m.when(c.Events.WindowSize < 1<<10 || c.Events.WindowSize > 1<<30, "events.window_size: want 1KiB to 1GiB")
}

func (m *mistakes) limits(l Limits) {
	m.when(l.Connections < 1 || l.Connections > 1_000_000, "limits.connections: want 1 to 1000000")
	m.when(l.PerAddress < 1 || l.PerAddress > l.Connections, "limits.per_address: want 1 to limits.connections")
	m.when(l.Bodies < max(l.Request, l.Attachments) || l.Bodies > 64<<30,
		"limits.bodies: want the larger of limits.request and limits.attachments to 64GiB")
	m.when(l.Piece >= l.Write, "limits.piece: want less than limits.write")
	m.when(l.InFlight < 1 || l.InFlight > 1_000_000, "limits.in_flight: want 1 to 1000000")
	m.when(l.Evidence < 1 || l.Evidence > 100_000, "limits.evidence: want 1 to 100000")
	m.when(l.Refusals < 1 || l.Refusals > 100_000, "limits.refusals: want 1 to 100000")
	for _, s := range []struct {
		key      string
		at, most Size
	}{
		{"request", l.Request, 64 << 20}, {"attachments", l.Attachments, 64 << 20}, {"answer", l.Answer, 256 << 20},
		{"headers", l.Headers, 1 << 20},
	} {
		m.when(s.at < 1<<10 || s.at > s.most, "limits.%s: want 1KiB to %s", s.key, s.most)
	}
	for _, d := range []struct {
		key string
		at  time.Duration
	}{
		{"read_header", l.ReadHeader}, {"read", l.Read}, {"write", l.Write}, {"piece", l.Piece}, {"idle", l.Idle},
		{"drain", l.Drain},
	} {
		m.when(d.at < time.Millisecond || d.at > time.Hour, "limits.%s: want 1ms to 1h", d.key)
	}
}

func address(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return errors.New("want host:port")
	}
	return nil
}

// base judges an address that paths are appended to; "" is left to the default.
func base(s string) error {
	u, err := url.Parse(s)
	if s != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Path != "" ||
		u.RawQuery != "" || u.Fragment != "") {
		return errors.New("want https://host[:port]")
	}
	return nil
}

// database never repeats the URL, which may hold a password.
func database(s string) error {
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok && path != "" {
		return nil
	}
	if u, err := url.Parse(s); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") &&
		(u.Host != "" || u.RawQuery != "") {
		return nil
	}
	return errors.New("want sqlite:PATH or postgres://user@host/database")
}
