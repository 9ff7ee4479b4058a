package app_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/test/must"
	"mconnect/test/postgres"
)

var (
	server    *postgres.Cluster // nil unless MCONNECT_TEST_POSTGRES=1
	databases atomic.Int64
)

func TestMain(m *testing.M) {
	code := withServer(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withServer(m *testing.M) (code int) {
	if os.Getenv("MCONNECT_TEST_POSTGRES") == "1" {
		var err error
		if server, err = postgres.Start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() {
			if err := server.Close(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}()
	}
	return m.Run()
}

// onEach runs a test on an installation of every engine.
func onEach(t *testing.T, test func(t *testing.T, w *testPlatform)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newTestPlatform(t)) })
	if server != nil {
		t.Run("postgres", func(t *testing.T) {
			w := newTestPlatform(t)
			w.cfg.Store.URL = must.Get(server.Create(t.Context(), fmt.Sprintf("app%d", databases.Add(1))))(t)
			test(t, w)
		})
	}
}

func TestApp_NotReadyBeforeItRuns(t *testing.T) {
	onEach(t, func(t *testing.T, w *testPlatform) {
		a := must.Get(app.New(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))(t)
		if err := a.Ready(t.Context()); fault.From(err).Code != fault.Draining {
			t.Errorf("ready before it runs: %v", err)
		}
		for range 2 {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}
