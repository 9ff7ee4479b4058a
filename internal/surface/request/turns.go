package request

import (
	"context"
	"slices"
	"sync"
)

// Turns bound how many do something at once. When more want to, connections take turns: one that asks a thousand times waits
// a thousand turns, and one that asks once waits for one turn of each of the others. Safe for concurrent use.
type Turns struct {
	mu      sync.Mutex
	most    int
	taken   int
	order   []string                   // the connections that wait; the first has the next turn
	waiting map[string][]chan struct{} // who waits, by connection; closed when it is their turn
}

// NewTurns lets most at once.
func NewTurns(most int) *Turns { return &Turns{most: most, waiting: map[string][]chan struct{}{}} }

// Take waits for a turn of a connection. Call Leave afterwards, unless an error is returned: that of ctx.
func (t *Turns) Take(ctx context.Context, connection string) error {
	t.mu.Lock()
	if t.taken < t.most && len(t.order) == 0 {
		t.taken++
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	if t.waiting[connection] == nil {
		t.order = append(t.order, connection)
	}
	t.waiting[connection] = append(t.waiting[connection], mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.waiting[connection], mine)
	if at < 0 { // its turn came meanwhile, and goes to the next
		t.pass()
		return ctx.Err()
	}
	t.waiting[connection] = slices.Delete(t.waiting[connection], at, at+1)
	if len(t.waiting[connection]) == 0 {
		delete(t.waiting, connection)
		at = slices.Index(t.order, connection)
		t.order = slices.Delete(t.order, at, at+1)
	}
	return ctx.Err()
}

// Leave ends a turn.
func (t *Turns) Leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass()
}

// pass gives a turn to the next connection. The caller holds mu.
func (t *Turns) pass() {
	if len(t.order) == 0 {
		t.taken--
		return
	}
	next := t.order[0]
	t.order = t.order[1:]
	queue := t.waiting[next]
	close(queue[0])
	if len(queue) == 1 {
		delete(t.waiting, next)
		return
	}
	t.waiting[next] = queue[1:]
	t.order = append(t.order, next)
}

// Taken is how many have a turn now.
func (t *Turns) Taken() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taken
}
