//go:build whole

package fault

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/world"
)

// besideNode prepares a second node of the land's installation, with systems of its own that talk to it.
func (l *land) besideNode(name string) *land {
	l.t.Helper()
	p := must.Get(l.Platform.Beside(name, l.t.TempDir()))(l.t)
	caller := must.Get(world.NewCaller(l.ca, p))(l.t)
	l.t.Cleanup(func() { p.Stop() })
	return &land{Platform: p, t: l.t, url: l.url, ca: l.ca, provider: l.provider, caller: caller}
}

// country issues what systems of calls and events need, starts the nodes and gives them their country.
func (l *land) country(beside ...*land) {
	l.t.Helper()
	for _, name := range append([]string{world.EventProducer}, world.EventConsumers...) {
		must.OK(l.t, l.ca.Issue(name))
	}
	l.settle()
	manifests := must.Get(world.EventCountry(l.ca))(l.t)
	must.OK(l.t, l.Apply(manifests))
	for _, other := range beside {
		must.OK(l.t, other.Start())
		other.served()
	}
}

// served waits until a lawful call is answered, however long that takes a node that lives, and returns the answer.
func (l *land) served() world.Answered {
	l.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		a, err := l.caller.Ask(l.t.Context())
		if err == nil && a.Status == http.StatusOK {
			return a
		}
		if !l.Alive() || l.t.Context().Err() != nil {
			l.t.Fatalf("the node serves no more: %d %s %v\n%s", a.Status, a.Code, err, l.Tail())
		}
		<-tick.C
	}
}

// persistent are callers that go on whatever they are answered, as systems do that repeat a failed call.
type persistent struct {
	stop context.CancelFunc
	work sync.WaitGroup
	mu   sync.Mutex
	good []world.Answered
	bad  map[string]int // refusals by code
}

// persist starts callers on each of the nodes.
func persist(t *testing.T, nodes ...*land) *persistent {
	ctx, stop := context.WithCancel(t.Context())
	p := &persistent{stop: stop, bad: map[string]int{}}
	for _, node := range nodes {
		for range 4 {
			p.work.Go(func() {
				for ctx.Err() == nil {
					a, err := node.caller.Ask(t.Context()) // what has begun is waited for
					p.add(a, err)
				}
			})
		}
	}
	t.Cleanup(func() { stop(); p.work.Wait() })
	return p
}

func (p *persistent) add(a world.Answered, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil:
		p.bad["no answer"]++
	case a.Status != http.StatusOK:
		p.bad[a.Code]++
	default:
		p.good = append(p.good, a)
	}
}

// end stops the callers and returns what was acknowledged. Refusals say that no record could be made, and nothing else.
func (p *persistent) end(t *testing.T) []world.Answered {
	t.Helper()
	p.stop()
	p.work.Wait()
	for code := range p.bad {
		if code != "record.unavailable" && code != "store.unavailable" {
			t.Errorf("%d calls ended with %q", p.bad[code], code)
		}
	}
	t.Logf("%d calls acknowledged, refused: %v", len(p.good), p.bad)
	return p.good
}
