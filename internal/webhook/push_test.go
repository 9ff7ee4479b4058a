package webhook

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/breaker"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
	"mconnect/test/waits"
)

func status(code int, header ...string) (int, http.Header) {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return code, h
}

func TestPush_SignedAndAcknowledged(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	w.begins(t, s, func(t *Target) { t.Webhook.Secret = "token" })
	w.produce(t, "1", "k")
	p := s.next(t)
	if p.method != "POST" || p.header.Get("Content-Type") != "application/cloudevents+json; charset=utf-8" || p.header.Get("Authorization") != "Bearer s3cret" {
		t.Errorf("%s %v", p.method, p.header)
	}
	if e, err := event.Read(p.body, event.Delivered); err != nil || e.ID != "1" || string(e.Data) != `{"N":1}` || strings.Contains(string(p.body), "offset") {
		t.Errorf("%s %v", p.body, err)
	}
	verify(t, &w.key.PublicKey, p.header, s.URL+"/events", p.body)
	for w.hooks.States()[0].Held > 0 {
		<-time.After(time.Millisecond)
	}
	w.targets.declare()
	for len(w.hooks.States()) > 0 {
		<-time.After(time.Millisecond)
	}
	w.begins(t, s, nil)
	w.produce(t, "2", "k")
	if p := s.next(t); p.id != "2" || p.header.Get("Authorization") != "" {
		t.Errorf("what was confirmed is pushed again: %s", p.id)
	}
}

// TestPush_FailureBlocksItsPartitionOnly: order per key, through failures.
func TestPush_FailureBlocksItsPartitionOnly(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	s.answer = func(p posted, attempt int) (int, http.Header) {
		if p.id == "a-0" && attempt <= 4 {
			return status(500)
		}
		return status(202)
	}
	w.begins(t, s, nil)
	for n := range 5 {
		w.produce(t, fmt.Sprintf("a-%d", n), "a")
		w.produce(t, fmt.Sprintf("b-%d", n), "b")
		w.produce(t, fmt.Sprintf("free-%d", n), "")
	}
	var a, b []string
	for range 15 + 4 {
		switch p := s.next(t); p.id[0] {
		case 'a':
			a = append(a, p.id)
		case 'b':
			b = append(b, p.id)
		}
	}
	if want := []string{"a-0", "a-0", "a-0", "a-0", "a-0", "a-1", "a-2", "a-3", "a-4"}; !slices.Equal(a, want) {
		t.Errorf("partition a: %v", a)
	}
	if want := []string{"b-0", "b-1", "b-2", "b-3", "b-4"}; !slices.Equal(b, want) {
		t.Errorf("partition b: %v", b)
	}
}

// TestPush_AnswersDecide plays the rows of the Web Hooks specification.
func TestPush_AnswersDecide(t *testing.T) {
	for name, c := range map[string]struct {
		first  int
		header []string
		dead   bool
		wait   time.Duration
	}{
		"200": {first: 200}, "201": {first: 201}, "202": {first: 202}, "204": {first: 204},
		"400 is for ever": {first: 400, dead: true}, "413 is for ever": {first: 413, dead: true}, "415 is for ever": {first: 415, dead: true},
		"422 is for ever": {first: 422, dead: true}, "401 may pass": {first: 401}, "404 may pass": {first: 404}, "500 may pass": {first: 500},
		"302 is not followed": {first: 302, header: []string{"Location", "/elsewhere"}},
		"429 waits":           {first: 429, header: []string{"Retry-After", "1"}, wait: time.Second},
		"503 waits":           {first: 503, header: []string{"Retry-After", "1"}, wait: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := newFixture(t), newTarget(t)
			s.answer = func(p posted, attempt int) (int, http.Header) {
				if p.id == "1" && attempt == 1 {
					return status(c.first, c.header...)
				}
				return status(204)
			}
			w.begins(t, s, nil)
			w.produce(t, "1", "k")
			w.produce(t, "2", "k")
			first, second := s.next(t), s.next(t)
			once := c.dead || c.first < 300
			if want := map[bool]string{true: "2", false: "1"}[once]; second.id != want {
				t.Fatalf("then came %s, want %s", second.id, want)
			}
			if waited := second.at.Sub(first.at); waited < c.wait {
				t.Errorf("after %s", waited)
			}
			for end := time.Now().Add(waits.Limit); w.hooks.States()[0].Delivered == 0 && time.Now().Before(end); <-time.After(time.Millisecond) {
			}
			if !c.dead {
				return
			}
			if n := w.hooks.States()[0].Dead; n != 1 {
				t.Errorf("%d dead", n)
			}
			dead := w.buried(t)
			if dead.Event.ID != "1" || !dead.Dead {
				t.Errorf("buried %+v", dead)
			}
			kept, err := w.engine.DeadEvents(t.Context(), appendlog.DeadQuery{System: string(hall)})
			if want := fmt.Sprintf("consumer: answered %d", c.first); err != nil || len(kept) != 1 || kept[0].Reason != want {
				t.Errorf("operators see %+v, %v, want the reason %q", kept, err, want)
			}
		})
	}
}

// buried is the first dead event of the town hall.
func (w *fixture) buried(t testing.TB) broker.Delivery {
	t.Helper()
	r, err := w.engine.Open(t.Context(), broker.Caller{System: hall, Participant: "hall"}, broker.Options{Group: "morgue", Dead: true})
	must.OK(t, err)
	defer r.Close()
	batch, err := r.Next(t.Context(), 1, 1<<20)
	if err != nil || len(batch) != 1 {
		t.Fatalf("%v %v", batch, err)
	}
	return batch[0]
}

func TestPush_ExhaustedScheduleBuries(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	s.answer = func(p posted, _ int) (int, http.Header) {
		if p.id == "1" {
			return status(404)
		}
		return status(204)
	}
	w.begins(t, s, func(t *Target) {
		t.Webhook.Schedule = event.Schedule{First: event.Duration(5 * time.Millisecond), Max: event.Duration(5 * time.Millisecond), GiveUp: event.Duration(15 * time.Millisecond)}
	})
	w.produce(t, "1", "k")
	w.produce(t, "2", "k")
	for s.next(t).id != "2" {
	}
	if dead := w.buried(t); dead.Event.ID != "1" {
		t.Errorf("buried %+v", dead)
	}
}

// TestPush_ManyDeadEventsDoNotStopTheGroup: what a target refuses is more than its system may bury in a day, and what
// follows is pushed all the same. The consumer itself has reached its volume then, and the fault says so.
func TestPush_ManyDeadEventsDoNotStopTheGroup(t *testing.T) {
	w, s := boundedFixture(t, broker.Limits{Asides: broker.Writes{PerDay: 4 << 20}}), newTarget(t)
	large := []byte(`"` + strings.Repeat("x", 900<<10) + `"`)
	e := event.Event{Source: "urn:x", Type: birth, PartitionKey: "k", ContentType: "application/json", Data: large, ID: "test"}
	for n := 0; ; n++ { // test events reach the volume before anything is pushed
		if err := w.engine.Try(t.Context(), broker.Caller{System: hall, Participant: "hall"}, e); err != nil {
			if fault.From(err).Code != fault.EventVolume || n < 4 {
				t.Fatal(n, err)
			}
			break
		}
	}
	s.answer = func(p posted, _ int) (int, http.Header) {
		if p.id == "last" {
			return status(204)
		}
		return status(422)
	}
	w.begins(t, s, nil)
	for _, id := range []string{"1", "2", "3", "4"} {
		e.ID = id
		if err := w.engine.Produce(t.Context(), broker.Caller{System: "asp.rsp", Participant: "asp"}, []event.Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	w.produce(t, "last", "k")
	for s.next(t).id != "last" {
	}
	kept, err := w.engine.DeadEvents(t.Context(), appendlog.DeadQuery{System: string(hall), State: appendlog.DeadWaiting})
	produced := 0
	for _, d := range kept {
		if d.Event != "" && d.Reason == "consumer: answered 422" {
			produced++
		}
	}
	if err != nil || produced < 4 {
		t.Errorf("%d of 4 events are kept, %v", produced, err)
	}
}

func TestPush_RetiredTargetWaitsForAChange(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	s.answer = func(p posted, attempt int) (int, http.Header) {
		if attempt == 1 {
			return status(410)
		}
		return status(204)
	}
	w.begins(t, s, nil)
	w.produce(t, "1", "k")
	s.next(t)
	if state := w.until(t, Gone); state.Reason != "answered 410" {
		t.Errorf("%+v", state)
	}
	w.targets.declare(w.to(s, nil)) // a change of something else
	w.produce(t, "2", "k")
	w.until(t, Gone)
	w.targets.declare(w.to(s, func(t *Target) { t.Webhook.MaxInFlight = 2 }))
	if p := s.next(t); p.id != "1" {
		t.Errorf("after the change came %s", p.id)
	}
}

// TestPush_NeedsPermission: the handshake against abuse.
func TestPush_NeedsPermission(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"no method":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(405) },
		"no permission": func(http.ResponseWriter, *http.Request) {},
		"another origin": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WebHook-Allowed-Origin", "other.example")
		},
		"a bad rate": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WebHook-Allowed-Origin", "*")
			w.Header().Set("WebHook-Allowed-Rate", "none")
		},
		"a redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/events")
			w.Header().Set("WebHook-Allowed-Origin", "*")
			w.WriteHeader(307)
		},
	} {
		w, s := newFixture(t), newTarget(t)
		asked := make(chan http.Header, 100)
		s.allow = func(rw http.ResponseWriter, r *http.Request) {
			select {
			case asked <- r.Header.Clone():
			default:
			}
			answer(rw, r)
		}
		w.targets.declare(w.to(s, func(t *Target) { t.Webhook.PerMinute = 6000 }))
		if h := <-asked; h.Get("WebHook-Request-Origin") != "mconnect.example" || h.Get("WebHook-Request-Rate") != "6000" {
			t.Errorf("%s: asked with %v", name, h)
		}
		<-asked // and again, by the schedule
		if state := w.until(t, Asking); state.Reason == "" {
			t.Errorf("%s: %+v", name, state)
		}
		s.mu.Lock()
		s.allow = nil
		n := len(s.got)
		s.mu.Unlock()
		if n != 0 {
			t.Errorf("%s: pushed %d", name, n)
		}
		w.until(t, Pushing)
		w.produce(t, "1", "")
		s.next(t)
	}
}

func TestPush_AllowedRate(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	s.allow = func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("WebHook-Allowed-Origin", "*")
		rw.Header().Set("WebHook-Allowed-Rate", "600") // ten a second
	}
	w.begins(t, s, nil)
	for n := range 4 {
		w.produce(t, fmt.Sprint(n), "")
	}
	first := s.next(t)
	s.next(t)
	s.next(t)
	if last := s.next(t); last.at.Sub(first.at) < 250*time.Millisecond {
		t.Errorf("four within %s", last.at.Sub(first.at))
	}
}

func TestPush_BreakerProbesOnce(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	s.answer = func(posted, int) (int, http.Header) { return status(500) }
	w.begins(t, s, nil)
	for n := range 8 {
		w.produce(t, fmt.Sprint(n), "")
	}
	w.until(t, Failing)
	s.mu.Lock()
	before := len(s.got)
	s.answer = nil
	s.mu.Unlock()
	if before > breaker.Run+inFlight {
		t.Errorf("%d attempts before it opened", before)
	}
	w.until(t, Pushing)
	for end := time.Now().Add(waits.Limit); w.hooks.States()[0].Delivered < 8 && time.Now().Before(end); <-time.After(5 * time.Millisecond) {
	}
	if state := w.hooks.States()[0]; state.Delivered != 8 || state.Dead != 0 {
		t.Errorf("%+v", state)
	}
}

func TestPush_SuspensionPauses(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	w.begins(t, s, nil)
	w.rights.suspend(true)
	if state := w.until(t, Ended); state.Reason != "system.suspended" {
		t.Errorf("%+v", state)
	}
	w.rights.suspend(false)
	w.begins(t, s, nil)
	w.produce(t, "1", "k")
	s.next(t)
}

func TestPush_PausesGrowWithinBounds(t *testing.T) {
	s := scheduleOf(event.Schedule{})
	if s != (schedule{time.Second, 5 * time.Minute, 120 * time.Hour}) {
		t.Errorf("defaults %+v", s)
	}
	for n, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 10: 5 * time.Minute, 40: 5 * time.Minute, 100: 5 * time.Minute} {
		seen := map[time.Duration]bool{}
		for range 50 {
			p := s.pause(n)
			if seen[p] = true; p > most || p < 100*time.Millisecond {
				t.Errorf("pause %d: %s", n, p)
			}
		}
		if len(seen) < 20 {
			t.Errorf("pause %d: only %d values", n, len(seen))
		}
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "-1": 0, "x": 0, "999999999": 24 * time.Hour, now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Minute).Format(http.TimeFormat): 0} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("Retry-After %q: %s", value, got)
		}
	}
}
