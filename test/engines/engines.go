// Package engines runs tests on every database that store.url may name.
//
// It owns which engines are there and an empty database for each test; it knows nothing of what is stored in them. SQLite is
// always there, PostgreSQL when MCONNECT_TEST_POSTGRES=1: the list is shorter without it, no test is passed over.
//
// A test package hands its tests to Suite in TestMain, wraps each test that stores something in Each, and opens
// what URL names. One cluster serves a whole test binary; it starts when the first test asks for it and ends with the last.
package engines

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mconnect/test/postgres"
)

// The names of the engines, as they appear in the names of tests.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

var (
	start     = sync.OnceValues(postgres.Start)
	started   atomic.Bool
	databases atomic.Int64
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

// Cluster is the PostgreSQL server of this test binary, for tests that stop, kill or watch it.
func Cluster(t testing.TB) *postgres.Cluster {
	t.Helper()
	started.Store(true)
	cluster, err := start()
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

// URL leads to a new, empty store on the engine whose turn it is: the one that Each put into the name of the test, SQLite
// outside of Each. Any number of processes or handles may open it.
func URL(t testing.TB) string {
	t.Helper()
	if Of(t) == SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	}
	url, err := Cluster(t).Create(t.Context(), fmt.Sprintf("store%d", databases.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// Of names the engine whose turn it is.
func Of(t testing.TB) string {
	for _, part := range strings.Split(t.Name(), "/")[1:] {
		if part == Postgres {
			return Postgres
		}
	}
	return SQLite
}
