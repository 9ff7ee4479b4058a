package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

// The places on the way of a call where a crash may come, in order; the number is the step of docs/CALL-CYCLE.md.
const (
	reading    = "1 reading"
	identified = "2 identifying"
	decided    = "5 decided, one call taken"
	keeping    = "6 keeping the question"
	intending  = "6 before the intent"
	sealing    = "6 while the intent commits"
	intended   = "6 intent durable"
	asking     = "7 before the provider is asked"
	answered   = "7 provider has answered"
	shaped     = "8 answer cut, before it is kept"
	concluding = "9 before the outcome"
	resealing  = "9 while the outcome commits"
	concluded  = "9 outcome durable"
	done       = "10 answer on its way"
)

// stopper stops the platform at one place, as a crash does: nothing after it happens until the test has seen what is
// left.
type stopper struct {
	at      string
	reached chan struct{}
	resume  chan struct{}
	once    sync.Once
}

func (s *stopper) pass(place string) {
	if place == s.at {
		s.once.Do(func() { close(s.reached) })
		<-s.resume
	}
}

// The parts of the exchange, each of which passes its places.
type (
	stoppedLedger struct {
		exchange.Ledger
		s *stopper
	}
	stoppedMeter struct {
		exchange.Meter
		s *stopper
	}
	stoppedKeeper struct {
		exchange.BodyKeeper
		s *stopper
	}
	stoppedProvider struct {
		exchange.Deliverer
		s     *stopper
		asked *int
	}
)

func (l stoppedLedger) Record(ctx context.Context, r journal.Record) (journal.Receipt, error) {
	before, after := intending, intended
	if r.Kind == journal.Outcome {
		before, after = concluding, concluded
	}
	l.s.pass(before)
	receipt, err := l.Ledger.Record(ctx, r)
	l.s.pass(after)
	return receipt, err
}

func (m stoppedMeter) Take(a *agreement.Compiled, at time.Time) bool {
	ok := m.Meter.Take(a, at)
	m.s.pass(decided)
	return ok
}

func (k stoppedKeeper) Keep(ctx context.Context, call mconnect.CallID, part string, body []byte, expires time.Time) error {
	k.s.pass(map[string]string{"request": keeping, "answer": shaped}[part])
	return k.BodyKeeper.Keep(ctx, call, part, body, expires)
}

func (p stoppedProvider) Deliver(ctx context.Context, d exchange.Delivery) (exchange.Reply, error) {
	p.s.pass(asking)
	*p.asked++
	reply, err := p.Deliverer.Deliver(ctx, d)
	p.s.pass(answered)
	return reply, err
}

// crash is a platform with one call that stops where the test says.
type crash struct {
	*platform
	stop   *stopper
	asked  int // how often the provider was
	call   *exchange.Call
	answer chan *exchange.Answer // what the caller gets
}

func stopAt(t *testing.T, place string) *crash {
	t.Helper()
	c := &crash{stop: &stopper{at: place, reached: make(chan struct{}), resume: make(chan struct{})}, answer: make(chan *exchange.Answer, 1)}
	c.platform = newPlatform(t, func(cfg *exchange.Config) {
		cfg.Clock = func() time.Time { c.stop.pass(reading); return time.Now() }
		cfg.Ledger, cfg.Meter = stoppedLedger{cfg.Ledger, c.stop}, stoppedMeter{cfg.Meter, c.stop}
		cfg.Bodies, cfg.Deliverer = stoppedKeeper{cfg.Bodies, c.stop}, stoppedProvider{cfg.Deliverer, c.stop, &c.asked}
	})
	c.trusting = func() { c.stop.pass(identified) }
	kept := personService()
	kept.KeepBodies = catalog.Duration(time.Hour)
	must.OK(t, c.catalog.Put(kept))
	seals := []string{sealing, resealing}
	c.sealing = func() {
		if len(seals) > 0 {
			place := seals[0]
			seals = seals[1:]
			c.stop.pass(place)
		}
	}
	c.call = c.platform.call()
	go func() {
		answer, _ := c.Do(context.Background(), c.call)
		c.stop.pass(done)
		c.answer <- answer
	}()
	<-c.stop.reached
	return c
}

// survivors opens what the dead process left: a copy of the files, or the database without the dead one's connections.
func (c *crash) survivors(t *testing.T) *store.DB {
	t.Helper()
	url := c.url
	if path, ok := strings.CutPrefix(c.url, "sqlite:"); ok {
		url = "sqlite:" + filepath.Join(copied(t, filepath.Dir(path)), filepath.Base(path))
	} else {
		name, _, _ := strings.Cut(c.url[strings.LastIndexByte(strings.SplitN(c.url, "?", 2)[0], '/')+1:], "?")
		must.OK(t, engines.Cluster(t).Exec(t.Context(), name,
			"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"))
	}
	db := must.Get(store.Open(t.Context(), store.Config{URL: url}))(t)
	t.Cleanup(func() { must.OK(t, db.Close()) })
	return db
}

// copied copies the files of a folder as they stand, as a disk holds them when its machine dies.
func copied(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	files := must.Get(os.ReadDir(from))(t)
	for _, f := range files {
		data := must.Get(os.ReadFile(filepath.Join(from, f.Name())))(t)
		must.OK(t, os.WriteFile(filepath.Join(to, f.Name()), data, 0o600))
	}
	return to
}

func TestCrash_AfterEachStep(t *testing.T) {
	engines.Each(t, whatSurvivesACrashAfterEachStep)
}

func whatSurvivesACrashAfterEachStep(t *testing.T) {
	intent, both := []journal.Kind{journal.Intent}, []journal.Kind{journal.Intent, journal.Outcome}
	for _, c := range []struct {
		place string
		kinds []journal.Kind // what the journal holds
		asked int            // how often the provider was asked
	}{
		{reading, nil, 0}, {identified, nil, 0}, {decided, nil, 0}, {keeping, nil, 0}, {intending, nil, 0}, {sealing, nil, 0},
		{intended, intent, 0}, {asking, intent, 0}, {answered, intent, 1}, {shaped, intent, 1}, {concluding, intent, 1}, {resealing, intent, 1},
		{concluded, both, 1}, {done, both, 1},
	} {
		t.Run(c.place, func(t *testing.T) {
			dead := stopAt(t, c.place)
			defer func() {
				close(dead.stop.resume)
				<-dead.answer
			}()
			if len(dead.answer) != 0 || dead.asked != c.asked {
				t.Fatalf("the caller has %d answers, the provider was asked %d times", len(dead.answer), dead.asked)
			}
			next := restart(t, dead)
			if all := next.wantKinds(t, c.kinds...); len(all) > 0 && (all[0].Call != dead.call.ID || all[len(all)-1].Call != dead.call.ID) {
				t.Errorf("records of another call: %+v", all)
			}
			if c.place == done && dead.call.Receipt.Index != 1 {
				t.Errorf("the answer names record %d", dead.call.Receipt.Index)
			}
			if used := next.cfg.Meter.Usage(theAgreement(t, next), time.Now()).Today; used != int64(min(1, len(c.kinds))) {
				t.Errorf("%d calls of the quota are used after the crash", used)
			}
			goesOn(t, next, c.kinds)
		})
	}
}

// restart is the same country on what the dead process left, in a new one.
func restart(t *testing.T, dead *crash) *platform {
	t.Helper()
	db := dead.survivors(t)
	w := &platform{keys: dead.keys, sealing: func() {}, trusting: func() {}, deliver: dead.deliver}
	w.populate(t)
	w.log = must.Get(db.OpenLog(t.Context(), "journal", journal.NewSealer(w.keys, origin)))(t)
	w.journal = must.Get(journal.New(journal.Config{Log: w.log, Keys: w.keys, Origin: origin, Node: "test"}))(t)
	counts := must.Get(w.journal.Meter(t.Context(), db))(t)
	w.ledger.to, w.kept.keys = w.journal, w.keys
	w.cfg = exchange.Config{Registry: w.registry, Catalog: w.catalog, Agreements: w.book, Ledger: &w.ledger, Deliverer: w,
		Meter: meter{counts}, Bodies: &w.kept, Observe: w.observe}
	w.Exchange = must.Get(exchange.New(w.cfg))(t)
	t.Cleanup(func() { must.OK(t, w.Close(context.Background())) })
	return w
}

func theAgreement(t *testing.T, w *platform) *agreement.Compiled {
	t.Helper()
	all := w.book.For("town.desk", "GetPerson")
	if len(all) != 1 {
		t.Fatalf("%d agreements", len(all))
	}
	return all[0]
}

// goesOn makes one call after the crash, and holds the journal to what an auditor kept from before: it repairs nothing
// and forgets nothing.
func goesOn(t *testing.T, w *platform, before []journal.Kind) {
	t.Helper()
	var known [][]byte
	if len(before) > 0 {
		note := must.Get(w.journal.Checkpoint(t.Context()))(t)
		known = append(known, note)
	}
	answer := must.Get(w.Do(t.Context(), w.call()))(t)
	answer.Release()
	w.wantKinds(t, append(slices.Clone(before), journal.Intent, journal.Outcome)...)
	report, err := verify.Journal(t.Context(), journal.NewSource(w.log), w.journal.Key(), verify.Options{Known: known})
	if err != nil || report.Records != int64(len(before)+2) {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestCrash_InsideAStream: the caller has the first pieces, the journal the intent alone; who lacks the
// last piece has no proof and no whole document.
func TestCrash_InsideAStream(t *testing.T) {
	engines.Each(t, whatSurvivesACrashInsideAStream)
}

func whatSurvivesACrashInsideAStream(t *testing.T) {
	body := bytes.Repeat([]byte("extract "), 40<<10)
	w, c := opaque(t, &source{Reader: bytes.NewReader(body)}, int64(len(body)), "application/pdf")
	answer := must.Get(w.Do(t.Context(), c))(t)
	defer answer.Release()
	dead := &crash{platform: w, stop: &stopper{at: concluding, reached: make(chan struct{}), resume: make(chan struct{})}, call: c}
	w.ledger.before = func(journal.Record) error {
		dead.stop.pass(concluding)
		return errors.New("the process is dead")
	}
	got := &watcher{}
	ended := make(chan error, 1)
	go func() {
		_, err := answer.Stream.WriteTo(got)
		ended <- err
	}()
	<-dead.stop.reached
	next := restart(t, dead)
	next.wantKinds(t, journal.Intent)
	close(dead.stop.resume)
	if err := <-ended; err == nil {
		t.Error("the stream ends as if it were whole")
	}
	if left := len(body) - got.Len(); left < 1 || !bytes.HasPrefix(body, got.Bytes()) {
		t.Errorf("%d bytes were withheld", left)
	}
	if n, err := io.Copy(io.Discard, got); err != nil || n == 0 {
		t.Errorf("nothing had left before: %d, %v", n, err)
	}
}
