//go:build whole

package fault

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"

	"mconnect/internal/domain/journal"
	"mconnect/test/must"
	"mconnect/test/world"
)

const (
	kills   = 20
	callers = 16
)

// TestKill_UnderLoad kills the server with SIGKILL twenty times while callers call. Whoever got an answer
// finds both records of the call in the journal, where the answer said; nothing is half written; every
// outcome has its intent; the journal verifies.
func TestKill_UnderLoad(t *testing.T) {
	engines(t, func(t *testing.T, url string) {
		l := newLand(t, t.TempDir(), url)
		l.settle()
		var answered []world.Answered
		for range kills {
			answered = append(answered, l.loadUntilKilled(5+rand.IntN(300))...)
			must.OK(t, l.Start())
			l.answers("after a kill")
		}
		l.Stop()
		l.verifyClean()
		l.hold(answered, kills*callers)
		t.Logf("%d answered calls over %d kills, all on record", len(answered), kills)
	})
}

// loadUntilKilled lets the callers call until enough answers came, kills the server in full flight and
// returns every answer that arrived whole.
func (l *land) loadUntilKilled(enough int) []world.Answered {
	l.t.Helper()
	var (
		mu  sync.Mutex
		all []world.Answered
		wg  sync.WaitGroup
	)
	reached := make(chan struct{})
	for range callers {
		wg.Go(func() {
			for {
				a, err := l.caller.Ask(l.t.Context())
				if err != nil {
					return
				}
				mu.Lock()
				all = append(all, a)
				if len(all) == enough {
					close(reached)
				}
				mu.Unlock()
			}
		})
	}
	<-reached
	l.Kill()
	wg.Wait()
	l.caller.Forget()
	l.allServed(all)
	return all
}

// allServed wants every answer of this server's life to be a lawful one, and else says what its log does.
func (l *land) allServed(answers []world.Answered) {
	l.t.Helper()
	refused := map[string]int{}
	for _, a := range answers {
		if a.Status != http.StatusOK {
			refused[fmt.Sprintf("%d %s", a.Status, a.Code)]++
		}
	}
	if len(refused) > 0 {
		l.t.Errorf("of %d calls some were refused: %v; the server's log:\n%s", len(answers), refused, l.Tail())
	}
}

// hold compares the answers with the journal, in which at most so many calls may lack their outcome.
func (l *land) hold(answered []world.Answered, unfinished int) {
	l.t.Helper()
	type pair struct{ intent, outcome int64 }
	calls := map[string]pair{}
	open := 0
	for i, r := range l.journal() {
		p, known := calls[string(r.Call)]
		switch r.Kind {
		case journal.Intent:
			if known {
				l.t.Errorf("record %d: a second intent of call %s", i, r.Call)
			}
			calls[string(r.Call)] = pair{int64(i), -1}
			open++
		case journal.Outcome:
			if !known || p.outcome >= 0 {
				l.t.Errorf("record %d: outcome of call %s without one open intent", i, r.Call)
			}
			calls[string(r.Call)] = pair{p.intent, int64(i)}
			open--
		}
	}
	for _, a := range answered {
		p, known := calls[a.Call]
		switch {
		case a.Status != http.StatusOK:
			l.t.Errorf("call %s was answered %d %s", a.Call, a.Status, a.Code)
		case !known || p.outcome < 0:
			l.t.Errorf("call %s was answered and has intent %v, outcome %d", a.Call, known, p.outcome)
		case a.Record != p.outcome && a.Record != p.intent:
			l.t.Errorf("call %s: the answer names record %d, the journal has %d and %d", a.Call, a.Record, p.intent, p.outcome)
		}
	}
	if open > unfinished {
		l.t.Errorf("%d intents without outcome; at most %d calls were in flight when the server ended", open, unfinished)
	}
}
