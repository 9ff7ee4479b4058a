//go:build whole

package fault

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/test/must"
	"mconnect/test/postgres"
	"mconnect/test/waits"
	"mconnect/test/world"
)

var (
	binary  string            // the program, built once
	cluster *postgres.Cluster // shared; each test has a database of its own
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "mconnect-fault-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if binary, err = world.Build("../..", dir); err != nil {
			panic(err)
		}
		if cluster, err = postgres.Start(); err != nil {
			panic(err)
		}
		defer cluster.Close()
		return m.Run()
	}())
}

// land is a small country around a platform that can be ended and started again.
type land struct {
	*world.Platform
	t        *testing.T
	url      string // of the store
	ca       *world.Authority
	provider *world.Provider
	caller   *world.Caller
}

// newLand sets up everything but starts no platform. dir is where the platform keeps its files.
func newLand(t *testing.T, dir, url string) *land {
	t.Helper()
	ca := must.Get(world.NewAuthority(t.TempDir()))(t)
	for _, name := range []string{"platform", "backend", "consumer"} {
		must.OK(t, ca.Issue(name))
	}
	provider := must.Get(world.NewProvider(ca))(t)
	t.Cleanup(func() { provider.Close() })
	p := must.Get(world.NewPlatform(ca, binary, dir, url))(t)
	caller := must.Get(world.NewCaller(ca, p))(t)
	if url == "" {
		url = "sqlite:" + filepath.Join(dir, "mconnect.db")
	}
	t.Cleanup(func() { p.Stop() })
	return &land{Platform: p, t: t, url: url, ca: ca, provider: provider, caller: caller}
}

// settle starts the platform for the first time and gives it its country.
func (l *land) settle() {
	l.t.Helper()
	must.OK(l.t, l.Start())
	manifests := must.Get(world.Country(l.ca, l.provider.Port))(l.t)
	must.OK(l.t, l.Apply(manifests))
	l.answers("after the manifests were applied")
}

// answers waits until a lawful call is answered; the platform has to get there by itself.
func (l *land) answers(when string) world.Answered {
	l.t.Helper()
	return l.until(when, func(a world.Answered) bool { return a.Status == http.StatusOK })
}

// until calls again and again until the answer is as wanted.
func (l *land) until(when string, good func(world.Answered) bool) world.Answered {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), waits.Limit)
	defer cancel()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for {
		a, err := l.caller.Ask(ctx)
		if err == nil && good(a) {
			return a
		}
		select {
		case <-ctx.Done():
			l.t.Fatalf("%s: still %d %s %v\n%s", when, a.Status, a.Code, err, l.Tail())
		case <-pause.C:
		}
	}
}

// verify runs the program's own checker over the installation and returns what it says.
func (l *land) verify() (string, error) {
	l.t.Helper()
	out, err := exec.Command(binary, "journal", "verify", "--dir", l.Dir, "--config", l.Config).CombinedOutput()
	return string(out), err
}

func (l *land) verifyClean() {
	l.t.Helper()
	if out, err := l.verify(); err != nil {
		l.t.Fatalf("the journal does not verify: %v\n%s", err, out)
	}
}

// journal reads every record from the stopped platform's store, in order, and fails on a gap.
func (l *land) journal() []journal.Entry {
	l.t.Helper()
	db := must.Get(store.Open(l.t.Context(), store.Config{URL: l.url, ReadOnly: true}))(l.t)
	defer db.Close()
	log := must.Get(db.OpenLog(l.t.Context(), "journal", nil))(l.t)
	head := must.Get(log.Head(l.t.Context()))(l.t)
	var all []journal.Entry
	for int64(len(all)) < head.Size {
		batches := must.Get(log.Read(l.t.Context(), int64(len(all)), 1000))(l.t)
		if len(batches) == 0 {
			l.t.Fatalf("the journal ends at %d, its head says %d", len(all), head.Size)
		}
		for _, b := range batches {
			if b.First != int64(len(all)) {
				l.t.Fatalf("a batch begins at %d, want %d", b.First, len(all))
			}
			for _, e := range b.Entries {
				record, err := journal.Decode(e.Data)
				if err != nil {
					l.t.Fatalf("record %d: %v", len(all), err)
				}
				all = append(all, record)
			}
		}
	}
	return all
}

// engines runs a test on both stores.
func engines(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "") })
	t.Run("postgres", func(t *testing.T) {
		url, err := cluster.Create(t.Context(), strings.ToLower(strings.NewReplacer("/", "_").Replace(t.Name())))
		must.OK(t, err)
		test(t, url)
	})
}

func (l *land) String() string { return fmt.Sprintf("%s on %s", l.Dir, l.url) }
