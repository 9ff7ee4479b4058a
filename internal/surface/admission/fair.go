package admission

import (
	"context"
	"slices"
	"sync"
)

// FairSemaphore bounds how many do something at once. When more want to, connections take turns: one with a thousand
// requests waits a thousand turns, and one with a single request waits for one turn of each of the others. Safe for
// concurrent use.
type FairSemaphore struct {
	mu      sync.Mutex
	most    int
	held    int
	order   []string                   // the connections that wait; the first has the next turn
	waiting map[string][]chan struct{} // who waits, by connection; closed when it is their turn
}

// NewFairSemaphore lets most at once.
func NewFairSemaphore(most int) *FairSemaphore {
	return &FairSemaphore{most: most, waiting: map[string][]chan struct{}{}}
}

// Acquire waits for a turn of a connection. Call Release afterwards, unless an error is returned: that of ctx.
func (f *FairSemaphore) Acquire(ctx context.Context, connection string) error {
	f.mu.Lock()
	if f.held < f.most && len(f.order) == 0 {
		f.held++
		f.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	if f.waiting[connection] == nil {
		f.order = append(f.order, connection)
	}
	f.waiting[connection] = append(f.waiting[connection], mine)
	f.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at := slices.Index(f.waiting[connection], mine)
	if at < 0 { // its turn came meanwhile, and goes to the next
		f.next()
		return ctx.Err()
	}
	f.waiting[connection] = slices.Delete(f.waiting[connection], at, at+1)
	if len(f.waiting[connection]) == 0 {
		delete(f.waiting, connection)
		at = slices.Index(f.order, connection)
		f.order = slices.Delete(f.order, at, at+1)
	}
	return ctx.Err()
}

// Release ends a turn.
func (f *FairSemaphore) Release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next()
}

// next gives a turn to the next connection. The caller holds mu.
func (f *FairSemaphore) next() {
	if len(f.order) == 0 {
		f.held--
		return
	}
	connection := f.order[0]
	f.order = f.order[1:]
	queue := f.waiting[connection]
	close(queue[0])
	if len(queue) == 1 {
		delete(f.waiting, connection)
		return
	}
	f.waiting[connection] = queue[1:]
	f.order = append(f.order, connection)
}

// Held is how many have a turn now.
func (f *FairSemaphore) Held() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.held
}
