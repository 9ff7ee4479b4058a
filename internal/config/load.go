package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"
)

// Prefix begins every variable of the environment that the platform reads.
const Prefix = "MCONNECT_"

// others are variables with the prefix that are not fields of Config: they belong to the command line
// (CONFIG, TOKEN, ADMIN_TOKEN, ADMIN_URL, PROFILE) and to the tests (TEST_…).
var others = []string{"CONFIG", "TOKEN", "ADMIN_TOKEN", "ADMIN_URL", "PROFILE", "TEST_", "DEMO_", "BENCH_"}

// Load reads the file (path "" means none), lays environment ("NAME=value" lines, as os.Environ) over it,
// fills in defaults and validates. The error lists every mistake, one a line.
func Load(path string, environment []string) (Config, error) {
	var c Config
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return Config{}, fmt.Errorf("configuration: %w", err)
		}
		if err := decode(text, &c); err != nil {
			return Config{}, fmt.Errorf("configuration %s: %w", path, err)
		}
	}
	if err := overlay(environment, &c); err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	c = c.WithDefaults()
	return c, c.Validate()
}

func decode(text []byte, c *Config) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return explainRemoved(err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("holds more than one document")
	}
	return nil
}

// removed are settings that earlier versions had, with what became of them.
var removed = []struct{ key, field, variable, why string }{
	{"exchange.standard_http", "field standard_http not found in type config.Exchange", Prefix +
		"EXCHANGE_STANDARD_HTTP",
		"was removed: Go's net/http serves every listener. Delete it"},
}

// explainRemoved says of settings that were removed what became of them.
func explainRemoved(err error) error {
	for _, r := range removed {
		if strings.Contains(err.Error(), r.field) {
			err = fmt.Errorf("%s %s (%w)", r.key, r.why, err)
		}
	}
	return err
}

// unknown is the error for a variable of the environment that is no setting.
func unknown(name string) error {
	for _, r := range removed {
		if name == r.variable {
			return fmt.Errorf("environment: %s %s", name, r.why)
		}
	}
	return fmt.Errorf("environment: %s is not known", name)
}

func overlay(environment []string, c *Config) error {
	values := map[string]string{}
	for _, line := range environment {
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, Prefix) {
			values[name] = value
		}
	}
	known, err := env.GetFieldParamsWithOptions(c, env.Options{Prefix: Prefix})
	if err != nil {
		return err
	}
	var mistakes []error
	for name := range values {
		isField := slices.ContainsFunc(known, func(p env.FieldParams) bool { return p.Key == name })
		isOther := slices.ContainsFunc(others, func(o string) bool { return strings.HasPrefix(name, Prefix+o) })
		if !isField && !isOther {
			mistakes = append(mistakes, unknown(name))
		}
	}
	if err := env.ParseWithOptions(c, env.Options{Prefix: Prefix, Environment: values}); err != nil {
		mistakes = append(mistakes, fmt.Errorf("environment: %w", err))
	}
	return errors.Join(mistakes...)
}

// WithDefaults returns c with every zero value replaced by the one its documentation names.
func (c Config) WithDefaults() Config {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	c.DataDir = cmp.Or(c.DataDir, "./mconnect-data")
	in := func(path *string, parts ...string) {
		if *path == "" {
			*path = filepath.Join(parts...)
		}
	}
	c.Node = cmp.Or(c.Node, host)
	c.Store.URL = cmp.Or(c.Store.URL, "sqlite:"+filepath.Join(c.DataDir, "mconnect.db"))
	c.Store.MaxConns = cmp.Or(c.Store.MaxConns, 8)
	c.Exchange.Listen = cmp.Or(c.Exchange.Listen, ":8443")
	if len(c.Exchange.Names) == 0 {
		c.Exchange.Names = slices.Compact([]string{"localhost", "127.0.0.1", "::1", host})
	}
	c.Events.Listen = cmp.Or(c.Events.Listen, ":8444")
	c.Events.Poll = cmp.Or(c.Events.Poll, 30*time.Second)
	c.Events.Expiry = cmp.Or(c.Events.Expiry, 5*time.Minute)
	c.Events.Silence = cmp.Or(c.Events.Silence, 75*time.Second)
	c.Events.Write = cmp.Or(c.Events.Write, 30*time.Second)
	c.Events.Readers = cmp.Or(c.Events.Readers, 4096)
	c.Events.PerSystem = cmp.Or(c.Events.PerSystem, 256)
	c.Events.Groups = cmp.Or(c.Events.Groups, 1024)
	c.Events.ProduceRate = cmp.Or(c.Events.ProduceRate, 256<<20)
	c.Events.ProduceVolume = cmp.Or(c.Events.ProduceVolume, 512<<30)
	c.Events.AsideRate = cmp.Or(c.Events.AsideRate, 1<<20)
	c.Events.AsideVolume = cmp.Or(c.Events.AsideVolume, 1<<30)
	c.Events.TestRetention = cmp.Or(c.Events.TestRetention, time.Hour)
	c.Events.Batch = cmp.Or(c.Events.Batch, 10_000)
	c.Events.Event = cmp.Or(c.Events.Event, 1<<20)
	c.Events.Window = cmp.Or(c.Events.Window, 4096)
	c.Events.WindowSize = cmp.Or(c.Events.WindowSize, 4<<20)
	c.Events.Unconfirmed = cmp.Or(c.Events.Unconfirmed, 65_536)
	c.Admin.Listen = cmp.Or(c.Admin.Listen, "127.0.0.1:8445")
	in(&c.PKI.Dir, c.DataDir, "pki")
	if len(c.PKI.Anchors) == 0 {
		c.PKI.Anchors = []string{filepath.Join(c.PKI.Dir, "ca.pem")}
		c.PKI.Lists = append(slices.Clone(c.PKI.Lists), filepath.Join(c.PKI.Dir, "ca.crl"))
	}
	in(&c.PKI.PlatformCertificate, c.PKI.Dir, "platform.pem")
	in(&c.PKI.PlatformKey, c.PKI.Dir, "platform-key.pem")
	c.PKI.OCSP = cmp.Or(c.PKI.OCSP, "off")
	c.PKI.OCSPTimeout = cmp.Or(c.PKI.OCSPTimeout, 3*time.Second)
	in(&c.PKI.SigningCertificate, c.PKI.Dir, "signing.pem")
	in(&c.PKI.SigningKey, c.PKI.Dir, "signing-key.pem")
	in(&c.Portal.MPass.Certificate, c.PKI.Dir, "mpass.pem")
	in(&c.Portal.MPass.Key, c.PKI.Dir, "mpass-key.pem")
	c.Journal.Origin = cmp.Or(c.Journal.Origin, "mconnect.local/journal")
	in(&c.Journal.Keys, c.DataDir, "keys")
	in(&c.Journal.Checkpoint, c.DataDir, "checkpoint")
	in(&c.Providers.Secrets, c.DataDir, "secrets")
	in(&c.Providers.Files, c.DataDir, "files")
	c.Providers.Timeout = cmp.Or(c.Providers.Timeout, 10*time.Second)
	c.Limits = c.Limits.withDefaults()
	c.Log.Format = cmp.Or(c.Log.Format, "text")
	c.Runtime.Memory = cmp.Or(c.Runtime.Memory, 512<<20)
	c.Runtime.GC = cmp.Or(c.Runtime.GC, 200)
	return c
}

func (l Limits) withDefaults() Limits {
	l.Connections = cmp.Or(l.Connections, 8192)
	l.PerAddress = cmp.Or(l.PerAddress, min(2048, l.Connections))
	l.InFlight = cmp.Or(l.InFlight, 1024)
	l.Refusals = cmp.Or(l.Refusals, 20)
	l.Evidence = cmp.Or(l.Evidence, 20)
	l.Request = cmp.Or(l.Request, 1<<20)
	l.Attachments = cmp.Or(l.Attachments, 8<<20)
	l.Answer = cmp.Or(l.Answer, 8<<20)
	l.Bodies = cmp.Or(l.Bodies, 128<<20)
	l.Headers = cmp.Or(l.Headers, 32<<10)
	l.ReadHeader = cmp.Or(l.ReadHeader, 5*time.Second)
	l.Read = cmp.Or(l.Read, 30*time.Second)
	l.Write = cmp.Or(l.Write, 2*time.Minute)
	l.Piece = cmp.Or(l.Piece, 30*time.Second)
	l.Idle = cmp.Or(l.Idle, 2*time.Minute)
	l.Drain = cmp.Or(l.Drain, 20*time.Second)
	return l
}

// AdminToken is the file that holds the token of the local administrator.
func (c Config) AdminToken() string { return filepath.Join(c.DataDir, "admin.token") }

// OwnAuthority reports whether the platform's own issuing authority is among the anchors.
func (c Config) OwnAuthority() bool {
	return slices.Contains(c.PKI.Anchors, filepath.Join(c.PKI.Dir, "ca.pem"))
}

// levels are the accepted log levels.
var levels = []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
