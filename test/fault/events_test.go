//go:build whole

package fault

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/world"
)

// eventKills is how often the server is killed under full load of events.
const eventKills = 30

// TestKill_UnderEvents kills the server with SIGKILL thirty times while producers and consumers of events work at full
// rate. Every acknowledged event reaches each entitled consumer, in order per partition key, and nobody else; the
// journal verifies.
func TestKill_UnderEvents(t *testing.T) {
	engines(t, func(t *testing.T, url string) {
		l := newLand(t, t.TempDir(), url)
		for _, name := range append([]string{world.EventProducer}, world.EventConsumers...) {
			must.OK(t, l.ca.Issue(name))
		}
		l.settle()
		manifests := must.Get(world.EventCountry(l.ca))(t)
		must.OK(t, l.Apply(manifests))
		f := newFlow(l)
		for kill := range eventKills {
			f.produceUntil(200 + rand.IntN(1500))
			l.Kill()
			must.OK(t, l.Start())
			if kill%10 == 9 {
				t.Logf("killed %d times, %d events acknowledged", kill+1, f.total())
			}
		}
		f.produceUntil(1)
		f.end()
		l.Stop()
		l.verifyClean()
	})
}

// TestDiskFull_UnderEvents fills the disk while producers and consumers work: batches are refused, the process lives,
// and with room again all goes on; what was acknowledged is delivered, what was refused may be repeated.
func TestDiskFull_UnderEvents(t *testing.T) {
	dir := t.TempDir()
	run(t, "mount", "-t", "tmpfs", "-o", "size=48m,mode=0700", "none", dir)
	t.Cleanup(func() { run(t, "umount", "-l", dir) })
	l := newLand(t, dir, "")
	for _, name := range append([]string{world.EventProducer}, world.EventConsumers...) {
		must.OK(t, l.ca.Issue(name))
	}
	l.settle()
	manifests := must.Get(world.EventCountry(l.ca))(t)
	must.OK(t, l.Apply(manifests))
	producer := must.Get(world.NewEventSystem(l.ca, l.Platform, world.EventProducer))(t)
	f := newFlow(l)
	pid, filler := l.PID(), filepath.Join(dir, "filler")
	for round := range 3 {
		f.produceUntil(500)
		fill(t, filler)
		refusals := 0
		for n := 0; refusals < 20; {
			// a refused event is sent again: room may come back for a moment, and order is by what was accepted
			status, err := producer.Produce(t.Context(), []world.Keyed{{Key: fmt.Sprintf("full%d", round), Number: n}})
			switch {
			case err != nil:
				t.Fatal(err)
			case status == http.StatusServiceUnavailable:
				refusals++
			case status != http.StatusAccepted:
				t.Fatalf("answered %d", status)
			default:
				n++
			}
		}
		must.OK(t, os.Remove(filler))
	}
	f.produceUntil(500)
	f.end()
	if l.PID() != pid || !l.Alive() {
		t.Error("the process did not live through it")
	}
	l.Stop()
	l.verifyClean()
}

// flow is producers and consumers at work.
type flow struct {
	l      *land
	stop   context.CancelFunc
	work   sync.WaitGroup
	mu     sync.Mutex
	ack    map[string]int // by key: how many were acknowledged
	count  int
	more   chan struct{}             // closed and replaced with each acknowledgement
	given  map[string]map[string]int // by consumer, by key
	wrong  []string
	opened map[string]bool
}

const (
	flowProducers = 4
	flowKeys      = 5
	flowBatch     = 25
)

// newFlow starts the consumers, on each node, and once each has been let in, the producers on the first.
func newFlow(l *land, beside ...*land) *flow {
	l.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	f := &flow{l: l, stop: stop, ack: map[string]int{}, given: map[string]map[string]int{}, more: make(chan struct{}), opened: map[string]bool{}}
	l.t.Cleanup(func() { stop(); f.work.Wait() })
	for _, name := range world.EventConsumers {
		f.given[name] = map[string]int{}
		for _, node := range append([]*land{l}, beside...) {
			s := must.Get(world.NewEventSystem(l.ca, node.Platform, name))(l.t)
			f.begin(ctx, s)
			f.work.Go(func() { f.consume(ctx, name, s) })
		}
	}
	producer := must.Get(world.NewEventSystem(l.ca, l.Platform, world.EventProducer))(l.t)
	for n := range flowProducers {
		f.work.Go(func() { f.produce(ctx, n, producer) })
	}
	return f
}

// begin opens the consumer's group once, so that it begins before the first event.
func (f *flow) begin(ctx context.Context, s *world.EventSystem) {
	f.l.t.Helper()
	try, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	if err := s.Consume(try, func(world.Keyed) {}); try.Err() == nil {
		f.l.t.Fatal(err)
	}
}

// produce repeats each batch until it is acknowledged, as a producer with an outbox does.
func (f *flow) produce(ctx context.Context, n int, s *world.EventSystem) {
	for next := 0; ctx.Err() == nil; next += flowBatch / flowKeys {
		var batch []world.Keyed
		for i := range flowBatch {
			batch = append(batch, world.Keyed{Key: fmt.Sprintf("p%d.k%d", n, i%flowKeys), Number: next + i/flowKeys})
		}
		for ctx.Err() == nil {
			status, err := s.Produce(ctx, batch)
			if err == nil && status == http.StatusAccepted {
				f.acknowledged(batch)
				break
			}
			if err == nil && status < 500 {
				f.complain("a lawful batch was answered %d", status)
				return
			}
			s.Forget()
			rest(ctx, 10*time.Millisecond)
		}
	}
}

func (f *flow) acknowledged(batch []world.Keyed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range batch {
		f.ack[e.Key] = max(f.ack[e.Key], e.Number+1)
	}
	f.count += len(batch)
	close(f.more)
	f.more = make(chan struct{})
}

// consume reads, connecting again and again.
func (f *flow) consume(ctx context.Context, name string, s *world.EventSystem) {
	for ctx.Err() == nil {
		_ = s.Consume(ctx, func(e world.Keyed) { f.got(name, e) })
		s.Forget()
		rest(ctx, 10*time.Millisecond)
	}
}

func (f *flow) got(name string, e world.Keyed) {
	f.mu.Lock()
	given := f.given[name]
	was := given[e.Key]
	given[e.Key] = max(was, e.Number+1)
	f.mu.Unlock()
	switch {
	case name == "stranger":
		f.complain("%s got %v and is not entitled", name, e)
	case e.Number > was:
		f.complain("%s got %v before number %d", name, e, was)
	}
}

func (f *flow) complain(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

func (f *flow) total() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// produceUntil waits until so many more events are acknowledged.
func (f *flow) produceUntil(n int) {
	f.l.t.Helper()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for goal := f.total() + n; f.total() < goal; {
		f.mu.Lock()
		more, wrong := f.more, f.wrong
		f.mu.Unlock()
		if len(wrong) > 0 {
			f.l.t.Fatal(wrong[0])
		}
		select {
		case <-more:
		case <-look.C:
			if !f.l.Alive() {
				f.l.t.Fatalf("%d of %d events acknowledged by a server that ended\n%s", f.total(), goal, f.l.Tail())
			}
		}
	}
}

// end waits until both entitled consumers have all that was acknowledged, and stops everybody.
func (f *flow) end() {
	f.l.t.Helper()
	f.delivered()
	f.stop()
	f.work.Wait()
	for _, wrong := range f.wrong {
		f.l.t.Error(wrong)
	}
	f.l.t.Logf("%d events acknowledged, all delivered in order", f.count)
}

// delivered waits until both entitled consumers have all that is acknowledged now.
func (f *flow) delivered() {
	f.l.t.Helper()
	f.mu.Lock()
	want := maps.Clone(f.ack)
	f.mu.Unlock()
	for missing := "?"; missing != ""; rest(f.l.t.Context(), 5*time.Millisecond) {
		if missing = f.missingOf(want); f.l.t.Context().Err() != nil || !f.l.Alive() {
			f.l.t.Fatalf("%s\n%s", missing, f.l.Tail())
		}
	}
}

func (f *flow) missingOf(want map[string]int) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range world.EventConsumers[:2] {
		for key, n := range want {
			if has := f.given[name][key]; has < n {
				return fmt.Sprintf("%s has %d of %d events of %s", name, has, n, key)
			}
		}
	}
	return ""
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
