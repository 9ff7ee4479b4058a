//go:build whole

package fault

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/postgres"
)

// TestPatroni_FailsOverAndSwitches: two nodes work under load on three servers that Debian's Patroni and etcd keep. The
// leader and its Patroni are killed; the synchronous standby takes over, and the killed one follows. Then an operator
// switches over. Nothing acknowledged is missing, each group gets its events, the journal is whole, and it continues
// what an auditor kept from before. How long calls fail is logged.
func TestPatroni_FailsOverAndSwitches(t *testing.T) {
	p := must.Get(postgres.StartPatroni(postgres.PatroniConfig{TTL: 20, LoopWait: 5, RetryTimeout: 5}))(t)
	t.Cleanup(func() { must.OK(t, p.Close()) })
	url := must.Get(p.Create(t.Context(), "land"))(t)
	first := newLand(t, t.TempDir(), url)
	second := first.besideNode("second")
	first.country(second)
	f := newFlow(first, second)
	calls := persist(t, first, second)
	f.produceUntil(200)
	kept := first.keepCheckpoint()

	former := p.Leader(t.Context())
	began := time.Now()
	must.OK(t, p.Kill(former))
	another := func(state []postgres.MemberState) bool {
		for _, m := range state {
			if m.Role == "leader" && m.State == "running" && m.Name != former {
				return true
			}
		}
		return false
	}
	must.OK(t, p.Await(t.Context(), another))
	t.Logf("%s leads %s after %s was killed", p.Leader(t.Context()), time.Since(began).Round(time.Millisecond), former)
	first.served()
	second.served()
	t.Logf("both nodes answer calls after %s", time.Since(began).Round(time.Millisecond))
	f.produceUntil(1)
	f.delivered()
	t.Logf("all groups have what was acknowledged after %s", time.Since(began).Round(time.Millisecond))

	must.OK(t, p.Resume(former))
	must.OK(t, p.Await(t.Context(), func(state []postgres.MemberState) bool {
		synchronous := false
		for _, m := range state {
			synchronous = synchronous || m.Role == "sync_standby" && m.State != "stopped"
		}
		return synchronous && another(state) && len(state) == 3
	}))
	former = p.Leader(t.Context())
	began = time.Now()
	must.OK(t, p.Switchover(t.Context()))
	must.OK(t, p.Await(t.Context(), another))
	first.served()
	second.served()
	t.Logf("switched over to %s, both nodes answer calls after %s", p.Leader(t.Context()), time.Since(began).Round(time.Millisecond))
	f.produceUntil(200)
	f.end()
	answered := calls.end(t)
	first.Stop()
	second.Stop()
	first.verifyClean()
	first.run("journal", "verify", "--dir", first.Dir, "--config", first.Config, "--since", kept)
	first.hold(answered, 1<<30)
}

// keepCheckpoint copies the newest checkpoint aside, as an auditor does.
func (l *land) keepCheckpoint() string {
	l.t.Helper()
	text := must.Get(os.ReadFile(filepath.Join(l.Dir, "checkpoint")))(l.t)
	kept := filepath.Join(l.t.TempDir(), "kept")
	must.OK(l.t, os.WriteFile(kept, text, 0o600))
	return kept
}
