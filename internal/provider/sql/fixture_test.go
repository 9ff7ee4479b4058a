package sql

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"mconnect/internal/provider"
	"mconnect/test/must"
	"mconnect/test/registers"
)

const trace, call, input = registers.Trace, registers.Call, registers.Input

func TestMain(m *testing.M) {
	status := m.Run()
	if withPostgres {
		if c, err := cluster(); err == nil {
			if err := c.Close(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				status = 1
			}
		}
	}
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// newProvider reads the databases; databases is the protocol behind it.
func newProvider(t testing.TB, all map[string]string) (p *provider.Provider, databases *Protocol) {
	t.Helper()
	databases = must.Get(New(all))(t)
	return registers.New(t, provider.Config{}, databases), databases
}
