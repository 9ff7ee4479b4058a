package exchange

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
)

// bulkheads bound what the calls of each service hold at once, places and memory of answers, so that one slow provider,
// or callers who do not read, leave the rest to other services and to the journal. Answers count from their admission
// until they are released; 64 KiB of each are free, so that small ones never find the room full. Safe for concurrent
// use.
type bulkheads struct {
	calls int64 // most of one service
	room  int64 // bytes of all answers; a service has half
	held  atomic.Int64
	of    sync.Map // of mconnect.ServiceName to *bulkhead; bounded by the services
}

// bulkhead is what one service holds.
type bulkhead struct {
	calls, held atomic.Int64
	usual       atomic.Int64 // bytes that its larger answers took lately: what is set aside before the size is known
}

// freeBytes of an answer are not counted.
const freeBytes = 64 << 10

// permit is what one call holds of a bulkhead.
type permit struct {
	all  *bulkheads
	own  *bulkhead
	size int64 // counted bytes
}

// enter admits a call of the service, or refuses it before anything is asked of the provider: provider.busy when the
// service has its most calls under way, platform.overloaded when their answers fill its part of the memory.
func (b *bulkheads) enter(name mconnect.ServiceName) (permit, error) {
	found, ok := b.of.Load(name)
	if !ok {
		found, _ = b.of.LoadOrStore(name, new(bulkhead))
	}
	own := found.(*bulkhead)
	n := own.calls.Add(1)
	if n > b.calls {
		own.calls.Add(-1)
		return permit{}, soon(fault.New(fault.ProviderBusy, "limit", strconv.FormatInt(b.calls, 10)))
	}
	t := permit{all: b, own: own}
	expected := own.usual.Load()
	if expected > 0 && n > 1 && (b.held.Load()+expected > b.room || own.held.Load()+expected > b.room/2) {
		t.leave()
		return permit{}, soon(fault.New(fault.Overloaded))
	}
	t.count(expected)
	return t, nil
}

func soon(f *fault.Error) *fault.Error {
	f.RetryAfter = time.Second
	return f
}

// count makes the permit count so many bytes.
func (t *permit) count(bytes int64) {
	if bytes != t.size {
		t.own.held.Add(bytes - t.size)
		t.all.held.Add(bytes - t.size)
		t.size = bytes
	}
}

// settle replaces what was set aside by what the answer takes, and remembers that for the next calls: a larger size at
// once, smaller ones little by little.
func (t *permit) settle(bytes int) {
	if t.own == nil {
		return
	}
	size := max(int64(bytes)-freeBytes, 0)
	if usual := t.own.usual.Load(); size > usual {
		t.own.usual.Store(size)
	} else if usual > 0 {
		t.own.usual.Store(max(size, usual-usual/16-1))
	}
	t.count(size)
}

// leave returns what the call held; a second time it does nothing.
func (t *permit) leave() {
	if t.own == nil {
		return
	}
	t.count(0)
	t.own.calls.Add(-1)
	t.own = nil
}
