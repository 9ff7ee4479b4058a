package eventlog

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Locks is what WatchLocks saw: which locks were taken while which were held, and where that was against the order.
type Locks struct {
	mu     sync.Mutex
	held   map[string][]int
	pairs  map[[2]int]bool
	faults []string
}

// WatchLocks checks every lock from now on. Call it before an Engine is opened.
func WatchLocks() *Locks {
	l := &Locks{held: map[string][]int{}, pairs: map[[2]int]bool{}}
	watchLocks = l.see
	return l
}

func (l *Locks) see(rank int, taken bool) {
	var stack [64]byte
	id, _, _ := bytes.Cut(stack[:runtime.Stack(stack[:], false)], []byte(" ["))
	l.mu.Lock()
	defer l.mu.Unlock()
	held := l.held[string(id)]
	if !taken {
		at := slices.Index(held, rank)
		if held = slices.Delete(held, at, at+1); len(held) == 0 {
			delete(l.held, string(id))
		} else {
			l.held[string(id)] = held
		}
		return
	}
	for _, before := range held {
		l.pairs[[2]int{before, rank}] = true
		if before >= rank && len(l.faults) < 10 {
			var where [4096]byte
			l.faults = append(
				l.faults,
				fmt.Sprintf("lock %d while %d is held:\n%s", rank, before, where[:runtime.Stack(where[:], false)]),
			)
		}
	}
	l.held[string(id)] = append(held, rank)
}

// Faults reports what was against the order, and which of the pairs that docs/LOCKS.md names never occurred.
func (l *Locks) Faults() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	faults := slices.Clone(l.faults)
	for _, pair := range [][2]int{{1, 3}, {1, 4}, {1, 5}, {2, 3}, {2, 5}, {3, 5}, {4, 5}, {6, 8}} {
		if !l.pairs[pair] {
			faults = append(faults, fmt.Sprintf("lock %d was never taken while %d is held", pair[1], pair[0]))
		}
	}
	return strings.Join(faults, "\n")
}
