package eventlog_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mconnect/internal/eventlog"
	"mconnect/internal/eventlog/eventlogtest"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestMain(m *testing.M) {
	locks := eventlog.WatchLocks()
	code := engines.Suite{Tests: m}.Run()
	if faults := locks.Faults(); code == 0 && faults != "" && flag.Lookup("test.run").Value.String() == "" {
		fmt.Fprintln(os.Stderr, faults)
		code = 1
	}
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// stored is a log that closes its store with itself.
type stored struct {
	*eventlog.Engine
	db *store.DB
}

func (s stored) Close() error { return errors.Join(s.Engine.Close(), s.db.Close()) }

// TestEngine_Conforms runs the suite over SQLite and, where it is asked for, PostgreSQL.
func TestEngine_Conforms(t *testing.T) {
	engines.Each(t, func(t *testing.T) {
		eventlogtest.Run(t, func(t *testing.T) eventlogtest.Opener {
			url := engines.URL(t)
			return func(node string) eventlog.Log {
				db := must.Get(store.Open(t.Context(), store.Config{URL: url}))(t)
				e, err := eventlog.Open(t.Context(), eventlog.Config{
					Tables: db, Node: node, Lease: 2 * time.Second, Limits: eventlog.Limits{Groups: eventlogtest.MaxGroups},
				}, db.OpenLog)
				must.OK(t, err)
				return stored{e, db}
			}
		})
	})
}
