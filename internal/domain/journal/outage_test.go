package journal

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/test/waits"
	"mconnect/verify"
)

// answered is what writers were told: the note of each record by its index.
type answered struct {
	mu      sync.Mutex
	notes   map[int64]string
	refused int
	more    chan struct{} // one token for each answer
}

func (a *answered) add(t *testing.T, at Receipt, note string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if code := fault.From(err).Code; code != fault.RecordUnavailable {
			t.Errorf("refused with %s: %v", code, err)
		}
		a.refused++
		return
	}
	if other, twice := a.notes[at.Index]; twice {
		t.Errorf("record %d was promised to %q and %q", at.Index, other, note)
	}
	a.notes[at.Index] = note
	select {
	case a.more <- struct{}{}:
	default:
	}
}

// await waits for n further answers.
func (a *answered) await(t *testing.T, n int) {
	t.Helper()
	deadline := time.After(waits.Limit)
	for range n {
		select {
		case <-a.more:
		case <-deadline:
			t.Fatal("no record is made any more")
		}
	}
}

// held checks that everything that was answered stands where it was promised, in a journal that verifies.
func (a *answered) held(t *testing.T, j *Journal, log *store.Log) {
	t.Helper()
	report, err := verify.Journal(t.Context(), NewSource(log), j.Key(), verify.Options{})
	if err != nil || report.Records < int64(len(a.notes)) {
		t.Fatalf("%d records for %d answers, %v", report.Records, len(a.notes), err)
	}
	for index, note := range a.notes {
		if e, _, err := j.Entry(t.Context(), index); err != nil || e.Note != note {
			t.Errorf("record %d reads %q, %v; want %q", index, e.Note, err, note)
		}
	}
}

// write records from several goroutines of each journal until stop closes.
func (a *answered) write(t *testing.T, stop <-chan struct{}, journals ...*Journal) *sync.WaitGroup {
	a.notes, a.more = map[int64]string{}, make(chan struct{}, 1<<16)
	var all sync.WaitGroup
	for n, j := range journals {
		for w := range 4 {
			all.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					note := fmt.Sprintf("node %d, writer %d, record %d", n, w, i)
					at, err := j.Record(t.Context(), Record{Kind: Reading, Note: note})
					a.add(t, at, note, err)
					if err != nil {
						_ = pause(t.Context(), 5*time.Millisecond)
					}
				}
			})
		}
	}
	return &all
}

// onServers runs a test on the engines that are servers of their own, which can be killed.
func onServers(t *testing.T, test func(t *testing.T)) {
	if slices.Contains(engines.Names(), engines.Postgres) {
		t.Run(engines.Postgres, test)
	}
}

// TestLedger_TheDatabaseServerIsKilled under two nodes that write: what was answered is there, nothing has a gap, and
// both go on by themselves when the server is back.
func TestLedger_TheDatabaseServerIsKilled(t *testing.T) { onServers(t, theDatabaseServerIsKilled) }

func theDatabaseServerIsKilled(t *testing.T) {
	keys, url := testKeys(t), engines.URL(t)
	var nodes [2]*Journal
	var log *store.Log
	for i := range nodes {
		nodes[i], log = openNode(t, url, keys, fmt.Sprint("node-", i))
	}
	cluster, stop := engines.Cluster(t), make(chan struct{})
	var a answered
	writers := a.write(t, stop, nodes[:]...)
	for range 2 {
		a.await(t, 100)
		must.OK(t, cluster.Kill())
		drain(a.more)
		must.OK(t, cluster.Resume())
	}
	a.await(t, 100)
	close(stop)
	writers.Wait()
	if a.refused == 0 {
		t.Error("nobody noticed that the server was killed")
	}
	for _, j := range nodes {
		a.held(t, j, log)
	}
}

func drain(c <-chan struct{}) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}

// openNode opens one more handle on a journal.
func openNode(t *testing.T, url string, keys Keys, name string) (*Journal, *store.Log) {
	t.Helper()
	db := must.Get(store.Open(t.Context(), store.Config{URL: url}))(t)
	t.Cleanup(func() { _ = db.Close() })
	log := must.Get(db.OpenLog(t.Context(), "journal", NewSealer(keys, origin)))(t)
	j := must.Get(New(Config{Log: log, Keys: keys, Origin: origin, Node: name}))(t)
	return j, log
}

// TestLedger_TheServersConnectionsAreCut one by one, again and again, as a failing network does.
func TestLedger_TheServersConnectionsAreCut(t *testing.T) { onServers(t, theServersConnectionsAreCut) }

func theServersConnectionsAreCut(t *testing.T) {
	keys, url := testKeys(t), engines.URL(t)
	j, log := openNode(t, url, keys, "node-0")
	stop := make(chan struct{})
	var a answered
	writers := a.write(t, stop, j)
	for range 10 {
		a.await(t, 20)
		const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`
		must.OK(t, engines.Cluster(t).Exec(t.Context(), "postgres", cut))
	}
	drain(a.more)
	a.await(t, 20)
	close(stop)
	writers.Wait()
	a.held(t, j, log)
}
