package exchange

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/ident"
)

// RefusalLimit bounds how many refusals are recorded one by one, of all unidentified callers together or of one
// registered system, so that nobody can make the journal grow at will. What goes beyond is counted, and
// the count recorded once in Summary, with the code that was most frequent.
type RefusalLimit struct {
	PerSecond float64       // 0: of unidentified callers 5, of a system 20
	Burst     int           // 0: ten times as many
	Summary   time.Duration // 0: 10 s
}

// or fills in what is not set.
func (l RefusalLimit) or(perSecond float64) RefusalLimit {
	if l.PerSecond <= 0 {
		l.PerSecond = perSecond
	}
	if l.Burst <= 0 {
		l.Burst = max(1, int(10*l.PerSecond))
	}
	l.Summary = or(l.Summary, 10*time.Second)
	return l
}

// gate lets some refusals through to the journal and counts the others.
type gate struct {
	limit   *rate.Limiter
	every   time.Duration
	summary func(context.Context, tally) error
	writing sync.Mutex // one summary at a time; held over mu

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
	return &gate{limit: rate.NewLimiter(rate.Limit(l.PerSecond), l.Burst), every: l.Summary, summary: summary}
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

// flush records the tally. When that fails the tally is kept and tried again. Refusals go on being counted meanwhile.
func (g *gate) flush(ctx context.Context) error {
	g.writing.Lock()
	defer g.writing.Unlock()
	counted := g.take()
	if counted.count == 0 {
		return nil
	}
	err := g.summary(ctx, counted)
	if err != nil {
		g.putBack(counted)
	}
	return err
}

func (g *gate) take() tally {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.timer != nil {
		g.timer.Stop()
	}
	counted := g.tally
	g.tally = tally{}
	return counted
}

func (g *gate) putBack(counted tally) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for code, n := range g.tally.byCode {
		counted.byCode[code] += n
	}
	counted.count += g.tally.count
	g.tally = counted
	if g.closed {
		return
	}
	if g.timer != nil {
		g.timer.Stop()
	}
	g.timer = time.AfterFunc(g.every, func() { _ = g.flush(context.Background()) })
}

func (g *gate) close(ctx context.Context) error {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	return g.flush(ctx)
}

// most is the code that was counted most often.
func (t tally) most() (most fault.Code) {
	for code, n := range t.byCode {
		if n > t.byCode[most] || (n == t.byCode[most] && code < most) {
			most = code
		}
	}
	return most
}

// summarise records how many refusals were not recorded one by one: of the system that rec names, or of unidentified
// callers.
func (x *Exchange) summarise(ctx context.Context, rec journal.Record, whose string, t tally) error {
	ctx, cancel := context.WithTimeout(ctx, x.cfg.Defaults.Record)
	defer cancel()
	rec.Kind, rec.Call, rec.Code, rec.Leg = journal.Refusal, ident.CallID(), t.most(), fault.Caller
	rec.Note = fmt.Sprintf("%d refusals %s, not recorded one by one, in %s", t.count, whose,
		time.Since(t.since).Round(time.Second))
	_, err := x.cfg.Ledger.Record(ctx, rec)
	return err
}

func (x *Exchange) summariseStrangers(ctx context.Context, t tally) error {
	return x.summarise(ctx, journal.Record{}, "without a known caller", t)
}

// refuseStranger records the refusal of an unidentified caller, within bounds. That the journal is out of order
// is not for unidentified callers to know.
func (x *Exchange) refuseStranger(r *run, f *fault.Error) error {
	if !x.strangers.admit(f.Code) {
		return nil
	}
	if err := r.write(r.refusal(f, "")); err != nil {
		r.log(tell(err, r.call.ID))
	}
	return nil
}

// gates holds one gate for each system that was refused: as many as there are registered ones, at most.
type gates struct {
	limit RefusalLimit
	mu    sync.Mutex
	of    map[mconnect.SystemID]*gate
}

func (g *gates) get(id mconnect.SystemID, summary func(context.Context, tally) error) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	found := g.of[id]
	if found == nil {
		found = newGate(g.limit, summary)
		g.of[id] = found
	}
	return found
}

func (g *gates) close(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []error
	for _, one := range g.of {
		all = append(all, one.close(ctx))
	}
	return errors.Join(all...)
}

// refuseSystem records the refusal of a registered system, within bounds of its own: no other system's refusals count
// against it.
func (x *Exchange) refuseSystem(r *run, f *fault.Error, note string) error {
	whose := journal.Record{System: r.identity.System.ID, Consumer: r.identity.Participant.ID}
	gate := x.systems.get(whose.System, func(ctx context.Context, t tally) error {
		return x.summarise(ctx, whose, "of one system", t)
	})
	if !gate.admit(f.Code) {
		return nil
	}
	return r.write(r.refusal(f, note))
}
