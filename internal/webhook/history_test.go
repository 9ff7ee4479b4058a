package webhook

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

// state is how the only subscription fares.
func (w *fixture) state() State {
	if all := w.hooks.States(); len(all) > 0 {
		return all[0]
	}
	return State{}
}

// TestState_SaysWhatAnOperatorNeeds of a webhook that fails for one event: what it answered last, when it last took
// one, how often the event was tried, when it is tried next; and nothing of it once the event is delivered.
func TestState_SaysWhatAnOperatorNeeds(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	var well bool
	s.answer = func(p posted, _ int) (int, http.Header) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if p.id == "bad" && !well {
			return status(503)
		}
		return status(204)
	}
	w.begins(t, s, nil)
	if f := w.state(); f.Group != "hook" || f.URL != s.URL+"/events" || f.Node != "n1" || f.Last() == nil || f.Last().For != ForPermission || f.Last().Status != 200 {
		t.Errorf("after the handshake: %+v", f)
	}
	w.produce(t, "good", "")
	eventually(func() bool { return !w.state().LastSuccess.IsZero() })
	w.produce(t, "bad", "k")
	eventually(func() bool { f := w.state(); return len(f.Waiting) == 1 && f.Waiting[0].Attempts >= 7 })
	f := w.state()
	waits := f.Waiting[0]
	if waits.Event != "bad" || waits.Source != "urn:x" || waits.Type != string(birth) || len(waits.Last) != keptOfEach || f.Retried != 1 {
		t.Errorf("%+v", f)
	}
	newest := waits.Last[len(waits.Last)-1]
	if newest.Status != 503 || newest.Trouble.Code != fault.WebhookStatus || newest.Number < 7 || newest.Took <= 0 || waits.First.After(newest.At) {
		t.Errorf("the newest attempt: %+v", newest)
	}
	if !waits.Next.After(waits.First) || f.Delivered != 1 || f.Dead != 0 || f.Trouble.Params["status"] != "503" {
		t.Errorf("%+v", f)
	}
	eventually(func() bool { return w.state().Condition == Failing })
	if f := w.state(); f.Until.IsZero() || len(f.Waiting) == 1 && f.Waiting[0].Next.Before(f.Until) {
		t.Errorf("the breaker is open until %v: %+v", f.Until, f)
	}
	s.mu.Lock()
	well = true
	s.mu.Unlock()
	eventually(func() bool { return w.state().Delivered == 2 })
	eventually(func() bool { return w.state().Retried == 0 })
	if f := w.state(); len(f.Waiting) != 0 || f.Condition != Pushing || !f.Until.IsZero() {
		t.Errorf("after the delivery: %+v", f)
	}
}

// TestState_OutlivesARestart: what a target answered is there again in the next process, before that one has attempted
// anything, and other nodes see it meanwhile.
func TestState_OutlivesARestart(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	s.answer = func(p posted, _ int) (int, http.Header) {
		if p.id == "refused" {
			return status(422)
		}
		return status(204)
	}
	w.begins(t, s, nil)
	w.produce(t, "taken", "")
	w.produce(t, "refused", "")
	eventually(func() bool { f := w.state(); return f.Delivered == 1 && f.Dead == 1 })

	cfg := w.config()
	cfg.Node = "n2"
	other, err := New(cfg)
	must.OK(t, err)
	var seen []State
	eventually(func() bool {
		if seen, err = other.Everywhere(t.Context()); err != nil {
			t.Fatal(err)
		}
		return len(seen) == 1 && seen[0].Delivered == 1 && seen[0].Dead == 1
	})
	if seen[0].Node != "n1" || seen[0].Seen.IsZero() || len(seen[0].Recent) < 3 {
		t.Errorf("another node sees %+v", seen)
	}

	w.targets.declare()
	eventually(func() bool { return len(w.hooks.States()) == 0 })
	w.hooks.save(t.Context(), true) // what the end of a process does
	next := must.Get(New(w.config()))(t)
	next.recall(t.Context())
	p := newPusher(&next.cfg, w.to(s, nil), next.kept["s-1"])
	f := p.seen()
	answers := []int{}
	for _, a := range f.Recent {
		answers = append(answers, a.Status)
	}
	slices.Sort(answers)
	if f.Delivered != 1 || f.Dead != 1 || f.LastSuccess.IsZero() || !slices.Equal(answers, []int{200, 204, 422}) {
		t.Errorf("after a restart: %+v", f)
	}
}

// TestHistory_IsBounded, however often a target is attempted.
func TestHistory_IsBounded(t *testing.T) {
	var h history
	for n := range 3 * keptAttempts {
		d := broker.Delivery{Offset: int64(1000 - n), Event: &event.Event{ID: fmt.Sprint(n), Source: "urn:x", Type: birth}}
		for try := 1; try <= 3*keptOfEach; try++ {
			a := Attempt{At: time.Unix(int64(n), 0), For: ForEvent, Number: try, Trouble: &Trouble{Code: fault.WebhookStatus}}
			h.note(a)
			h.failed(&d, a, time.Unix(int64(n+1), 0))
		}
	}
	var s State
	h.tell(&s, time.Time{})
	if len(s.Recent) != keptAttempts || len(s.Waiting) != keptWaiting || s.Retried != 3*keptAttempts {
		t.Errorf("%d attempts, %d of %d events", len(s.Recent), len(s.Waiting), s.Retried)
	}
	if first := s.Waiting[0]; first.Event != fmt.Sprint(3*keptAttempts-1) || len(first.Last) != keptOfEach || first.Attempts != 3*keptOfEach {
		t.Errorf("the first in order: %+v", first)
	}
	for n := range 3 * keptAttempts {
		h.settled(int64(1000 - n))
	}
	var after State
	if h.tell(&after, time.Time{}); after.Retried != 0 || len(s.Waiting) != keptWaiting {
		t.Errorf("%d are still retried", after.Retried)
	}
}

// TestBegin_WhatIsProducedBeforeThePermissionIsDelivered: a target that is away when its subscription is declared loses
// nothing.
func TestBegin_WhatIsProducedBeforeThePermissionIsDelivered(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	s.allow = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) }
	w.targets.declare(w.to(s, nil))
	eventually(func() bool { f := w.state(); return f.Condition == Asking && f.Last() != nil })
	if f := w.state(); f.Trouble.Code != fault.WebhookPermission || f.Trouble.Params["status"] != "503" || f.Trouble.Params["origin"] != "mconnect.example" || f.Next.IsZero() {
		t.Errorf("%+v", f)
	}
	w.produce(t, "early", "k")
	lags, err := w.engine.Lags(t.Context(), hall, "hook")
	if err != nil || len(lags) != 1 || lags[0].Total != 1 {
		t.Errorf("the lag while it asks: %+v, %v", lags, err)
	}
	s.mu.Lock()
	s.allow = nil
	s.mu.Unlock()
	if p := s.next(t); p.id != "early" {
		t.Errorf("first came %s", p.id)
	}
	eventually(func() bool { return w.state().Next.IsZero() })
}

// failing is a Keeper that cannot keep anything.
type failing struct{ Keeper }

func (failing) SaveWebhooks(context.Context, []appendlog.WebhookState) error {
	return fault.New(fault.StoreUnavailable)
}

// TestKeep_AStoreThatIsAwayIsTriedAgain: the state is kept by the first save that succeeds, though nothing changed
// since.
func TestKeep_AStoreThatIsAwayIsTriedAgain(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	cfg := w.config()
	cfg.Keeper, cfg.Node = failing{w.db}, "n9"
	hooks := must.Get(New(cfg))(t)
	p := newPusher(&hooks.cfg, w.to(s, nil), State{})
	hooks.pushers["s-1"] = &running{pusher: p}
	p.history.note(Attempt{At: time.Now(), For: ForEvent, Event: "1", Status: 204})
	hooks.save(t.Context(), false)
	hooks.cfg.Keeper = w.db
	hooks.save(t.Context(), false)
	kept, err := w.db.Webhooks(t.Context())
	if err != nil || len(kept) != 1 || kept[0].Node != "n9" {
		t.Errorf("kept %+v, %v", kept, err)
	}
}
