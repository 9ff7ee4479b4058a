// Package engines runs tests on every database that store.url may name.
//
// It owns which engines are there and an empty database for each test; it does not depend on what is stored in them.
// SQLite is always there, PostgreSQL when MCONNECT_TEST_POSTGRES=1: the list is shorter without it, no test is passed
// over.
//
// A test package hands its tests to Suite in TestMain, wraps each test that stores something in Each, and opens
// what URL names. One cluster serves a whole test binary, from the first test that asks to the last.
package engines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mconnect/test/must"
	"mconnect/test/postgres"
)

// The names of the engines, as they appear in the names of tests.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

var (
	start   = sync.OnceValues(quick)
	started atomic.Bool
	pool    Pool
)

// Names lists the engines that are there, SQLite first.
func Names() []string {
	if os.Getenv("MCONNECT_TEST_POSTGRES") == "1" {
		return []string{SQLite, Postgres}
	}
	return []string{SQLite}
}

// Suite is all tests of a binary; goleak.VerifyTestMain takes one in place of a *testing.M.
type Suite struct{ Tests interface{ Run() int } }

// Run runs the tests and ends the cluster if one was started. It returns the exit code.
func (s Suite) Run() int {
	code := s.Tests.Run()
	if !started.Load() {
		return code
	}
	if cluster, err := start(); err == nil {
		if err := cluster.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return max(code, 1)
		}
	}
	return code
}

// Each runs a test once on every engine, as a subtest of that name.
func Each(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	for _, name := range Names() {
		t.Run(name, test)
	}
}

// quick starts a cluster that does not flush: no test here cuts the power, and a database each costs 300 files.
func quick() (*postgres.Cluster, error) {
	cluster, err := postgres.Start()
	if err != nil {
		return nil, err
	}
	for _, statement := range []string{"ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"} {
		if err := cluster.Exec(context.Background(), "postgres", statement); err != nil {
			return nil, errors.Join(err, cluster.Close())
		}
	}
	return cluster, nil
}

// Cluster is the PostgreSQL server of this test binary, for tests that stop, kill or watch it.
func Cluster(t testing.TB) *postgres.Cluster {
	t.Helper()
	started.Store(true)
	cluster := must.Get(start())(t)
	return cluster
}

// URL leads to a new, empty store on the engine whose turn it is: the one that Each put into the name of the test,
// SQLite outside of Each. Any number of processes or handles may open it.
func URL(t testing.TB) string {
	t.Helper()
	if Of(t) == SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	}
	return pool.URL(t, Cluster(t))
}

// Pool holds the databases of one cluster that no test uses now. To empty one is ten times as fast as to create one.
type Pool struct {
	created atomic.Int64
	mu      sync.Mutex
	spare   []string
}

// URL acquires an empty database. It is emptied and released when the test has closed what it opened.
func (p *Pool) URL(t testing.TB, cluster *postgres.Cluster) string {
	t.Helper()
	name := p.acquire()
	if name == "" {
		name = fmt.Sprintf("store%d", p.created.Add(1))
		must.Get(cluster.Create(t.Context(), name))(t)
	}
	t.Cleanup(func() {
		if cluster.Exec(context.Background(), name, empty) == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.spare = append(p.spare, name)
		}
	})
	return cluster.URL(name)
}

// acquire takes a spare database; "" when there is none.
func (p *Pool) acquire() (name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.spare); n > 0 {
		name, p.spare = p.spare[n-1], p.spare[:n-1]
	}
	return name
}

// empty ends whatever still holds the database and drops what is in it.
const empty = `DO $$ BEGIN
	PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
	SET LOCAL lock_timeout = '5s';
	DROP SCHEMA public CASCADE;
	CREATE SCHEMA public;
END $$`

// Of names the engine whose turn it is.
func Of(t testing.TB) string {
	if slices.Contains(strings.Split(t.Name(), "/")[1:], Postgres) {
		return Postgres
	}
	return SQLite
}
