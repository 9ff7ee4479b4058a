package exchange

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mconnect/fault"
	"mconnect/internal/ident"
	"mconnect/internal/journal"
)

// RefusalLimit bounds how many refusals of unidentified callers are recorded one by one, so that nobody
// without a registered certificate can make the journal grow at will. What goes beyond is counted, and
// the count recorded once in Summary, with the code that was most frequent.
type RefusalLimit struct {
	PerSecond float64       // 0: 5
	Burst     int           // 0: 50
	Summary   time.Duration // 0: 10 s
}

// gate lets some refusals through to the journal and counts the others.
type gate struct {
	limit   *rate.Limiter
	every   time.Duration
	summary func(context.Context, tally) error

	mu     sync.Mutex
	tally  tally
	timer  *time.Timer
	closed bool
}

// tally is what was counted since the last summary.
type tally struct {
	since  time.Time
	count  int
	byCode map[fault.Code]int // bounded by the number of codes
}

func newGate(l RefusalLimit, summary func(context.Context, tally) error) *gate {
	if l.PerSecond <= 0 {
		l.PerSecond = 5
	}
	if l.Burst <= 0 {
		l.Burst = 50
	}
	return &gate{limit: rate.NewLimiter(rate.Limit(l.PerSecond), l.Burst), every: or(l.Summary, 10*time.Second), summary: summary}
}

// admit reports whether a refusal may be recorded by itself; if not, it is counted.
func (g *gate) admit(code fault.Code) bool {
	if g.limit.Allow() {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return true
	}
	if g.tally.count == 0 {
		g.tally = tally{since: time.Now(), byCode: map[fault.Code]int{}}
		g.timer = time.AfterFunc(g.every, func() { _ = g.flush(context.Background()) })
	}
	g.tally.count++
	g.tally.byCode[code]++
	return false
}

// flush records the tally. When that fails the tally is kept and tried again.
func (g *gate) flush(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.timer != nil {
		g.timer.Stop()
	}
	if g.tally.count == 0 {
		return nil
	}
	if err := g.summary(ctx, g.tally); err != nil {
		if !g.closed {
			g.timer = time.AfterFunc(g.every, func() { _ = g.flush(context.Background()) })
		}
		return err
	}
	g.tally = tally{}
	return nil
}

func (g *gate) close(ctx context.Context) error {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	return g.flush(ctx)
}

// summarise records how many refusals were not recorded one by one.
func (x *Exchange) summarise(ctx context.Context, t tally) error {
	var most fault.Code
	for code, n := range t.byCode {
		if n > t.byCode[most] || (n == t.byCode[most] && code < most) {
			most = code
		}
	}
	ctx, cancel := context.WithTimeout(ctx, x.cfg.Defaults.Record)
	defer cancel()
	_, err := x.cfg.Ledger.Record(ctx, journal.Record{
		Kind: journal.Refusal, Call: ident.CallID(), Code: most, Leg: fault.Caller,
		Note: fmt.Sprintf("%d refusals without a known caller, not recorded one by one, in %s", t.count, time.Since(t.since).Round(time.Second)),
	})
	return err
}

// refuseStranger records the refusal of an unidentified caller, within bounds. That the journal is out of order
// is not for strangers to know.
func (x *Exchange) refuseStranger(r *run, f *fault.Error) error {
	if !x.strangers.admit(f.Code) {
		return nil
	}
	if err := r.write(r.refusal(f, "")); err != nil {
		r.log(tell(err, r.call.ID))
	}
	return nil
}
