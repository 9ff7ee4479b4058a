package admission

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mconnect/test/must"
)

// TestFairSemaphore_GoesByConnection: one that asks a hundred times does not keep another waiting that asks once.
func TestFairSemaphore_GoesByConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewFairSemaphore(1)
		must.OK(t, turns.Acquire(t.Context(), "holder"))
		var mu sync.Mutex
		var order []string
		wait := func(connection string) {
			go func() {
				if err := turns.Acquire(t.Context(), connection); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, connection)
				mu.Unlock()
				turns.Release()
			}()
			synctest.Wait()
		}
		for range 100 {
			wait("greedy")
		}
		wait("modest")
		wait("other")
		wait("modest")
		turns.Release()
		synctest.Wait()
		if want := []string{"greedy", "modest", "other", "greedy", "modest", "greedy"}; !slices.Equal(order[:6], want) || len(order) != 103 {
			t.Errorf("%d turns: %v", len(order), order[:6])
		}
		if turns.Held() != 0 || len(turns.waiting) != 0 {
			t.Errorf("%d turns taken, %d connections wait", turns.Held(), len(turns.waiting))
		}
	})
}

// TestFairSemaphore_Cancelled: a waiter whose context ends leaves the queue, and a turn that came too late goes to the
// next.
func TestFairSemaphore_Cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewFairSemaphore(2)
		for range 2 {
			must.OK(t, turns.Acquire(t.Context(), "a"))
		}
		short, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		got := make(chan error, 8)
		for n := range 8 {
			go func() { got <- turns.Acquire(short, fmt.Sprint(n%3)) }()
		}
		for range 8 {
			if err := <-got; err != context.DeadlineExceeded {
				t.Errorf("%v", err)
			}
		}
		if turns.Held() != 2 || len(turns.waiting) != 0 || len(turns.order) != 0 {
			t.Errorf("%d taken, %d wait", turns.Held(), len(turns.order))
		}
		turns.Release()
		turns.Release()
		if err := turns.Acquire(t.Context(), "b"); err != nil || turns.Held() != 1 {
			t.Errorf("%v, %d taken", err, turns.Held())
		}
	})
}
