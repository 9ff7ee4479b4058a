package events_test

import (
	"sync"
	"testing"
)

// TestPolls_OneOfAnInstanceWaits: a party that sends many to one instance holds one wait; the others are answered at
// once with 429, and another system's poll waits for its own.
func TestPolls_OneOfAnInstanceWaits(t *testing.T) {
	w := newTestPlatform(t, brief)
	hall, bank := w.as(t, "hall.app", true), w.as(t, "bank.core", true)
	mine, others := hall.instance(t, ""), bank.instance(t, "")
	var mu sync.Mutex
	answers := map[int]int{}
	var work sync.WaitGroup
	for range 40 {
		work.Go(func() {
			g := hall.ask(t, "GET", mine+"/events", "")
			mu.Lock()
			defer mu.Unlock()
			if answers[g.status]++; g.status == 429 && g.header.Get("Retry-After") != "1" {
				t.Errorf("not told when to come again: %s", g)
			}
		})
	}
	refused := func() int {
		mu.Lock()
		defer mu.Unlock()
		return answers[429]
	}
	until(func() bool { return refused() > 0 })
	if g := bank.ask(t, "GET", others+"/events", ""); g.status != 204 {
		t.Errorf("another system's poll: %s", g)
	}
	work.Wait()
	if answers[429]+answers[204] != 40 || answers[204] == 0 {
		t.Errorf("answers %v", answers)
	}
}
