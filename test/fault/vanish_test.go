//go:build whole

package fault

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/postgres"
)

// TestPrimary_MachineVanishes: two nodes work on a primary in a network of its own, whose machine leaves the network
// without a packet. The synchronous standby is promoted. Calls on both nodes and the groups of events go on by
// themselves, nothing acknowledged is missing, and the journal is whole. How long that takes is logged.
func TestPrimary_MachineVanishes(t *testing.T) {
	for number, c := range []struct {
		name         string
		behindRouter bool
	}{{"packets are lost", true}, {"nobody has the address", false}} {
		t.Run(c.name, func(t *testing.T) { vanishes(t, number, c.behindRouter) })
	}
}

func vanishes(t *testing.T, number int, behindRouter bool) {
	network := must.Get(postgres.NewNetwork(number))(t)
	t.Cleanup(func() { must.OK(t, network.Close()) })
	start := func(cfg postgres.Config) *postgres.Cluster {
		c := must.Get(postgres.StartWith(cfg))(t)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	primary := start(postgres.Config{Namespace: network.Name, Host: network.Host})
	must.Get(primary.Create(t.Context(), "land"))(t)
	here := fmt.Sprintf("127.18.%d.%d", os.Getpid()%250, number+1) // an address that no other test takes
	standby := start(postgres.Config{Host: here, Source: "host=" + network.Host + " user=postgres dbname=postgres"})
	for _, text := range []string{"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"} {
		must.OK(t, primary.Exec(t.Context(), "postgres", text))
	}
	url := fmt.Sprintf("postgres://postgres@%s,%s/land?target_session_attrs=read-write", network.Host, here)
	first := newLand(t, t.TempDir(), url)
	second := first.besideNode("second")
	first.country(second)
	f := newFlow(first, second)
	calls := persist(t, first, second)
	f.produceUntil(200)

	must.OK(t, network.Vanish(behindRouter))
	gone := time.Now()
	must.OK(t, standby.Promote(t.Context()))
	promoted := time.Now()
	t.Logf("promoted %s after the loss", promoted.Sub(gone).Round(time.Millisecond))
	var each sync.WaitGroup
	for _, node := range []*land{first, second} {
		each.Go(func() {
			node.served()
			t.Logf("node %s answers calls %s after the promotion", node.Dir, time.Since(promoted).Round(time.Millisecond))
		})
	}
	each.Wait()
	f.produceUntil(1)
	t.Logf("events are accepted %s after the promotion", time.Since(promoted).Round(time.Millisecond))
	f.delivered()
	t.Logf("all groups have what was acknowledged %s after the promotion", time.Since(promoted).Round(time.Millisecond))
	f.produceUntil(200)
	f.end()
	answered := calls.end(t)
	first.Stop()
	second.Stop()
	first.verifyClean()
	first.hold(answered, 1<<30)
}
