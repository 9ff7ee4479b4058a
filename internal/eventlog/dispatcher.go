package eventlog

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
)

// keepBytes is how much of the newest part of the log stays in memory for readers that are a little behind.
const keepBytes = 16 << 20

// dispatcher reads the event log once for all groups of this node and queues each event for the groups that want it.
type dispatcher struct {
	e    *Engine
	next atomic.Int64 // everything before it was offered; changed under mu

	mu     mutex[dispatcherLock]
	routes map[mconnect.EventType][]*group
	of     map[mconnect.SystemID][]*group // the open groups of a system
	recent []appendlog.Batch              // the newest part of the log, without gaps
	bytes  int
}

func newDispatcher(e *Engine, next int64) *dispatcher {
	h := &dispatcher{e: e, routes: map[mconnect.EventType][]*group{}, of: map[mconnect.SystemID][]*group{}}
	h.next.Store(next)
	return h
}

// follow reads the log until ctx ends.
func (h *dispatcher) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.e.log.FollowClosely(ctx, h.next.Load(), h.deliver); ctx.Err() == nil {
			h.e.logger.Error("cannot follow the event log; trying again", "cause", err)
			pause(ctx, time.Second)
		}
	}
}

// deliver dispatches one batch. An entry is decoded once, and only if a group wants it. The next index moves last:
// every entry before it was offered.
func (h *dispatcher) deliver(b appendlog.Batch) error {
	h.e.sealer.heard(b)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keep(b)
	var touched []*group
	for i := range b.Entries {
		to := h.concerned(b, i)
		if len(to) == 0 {
			continue
		}
		it, err := decode(h.e.key, b.First+int64(i), b.Entries[i].Data)
		if err != nil {
			h.e.logger.Error("an event cannot be read and is passed over", "index", b.First+int64(i), "cause", err)
			continue
		}
		for _, g := range to {
			if len(g.staged) == 0 {
				touched = append(touched, g)
			}
			g.staged = append(g.staged, it)
		}
	}
	for _, g := range touched {
		g.offer(g.staged)
		clear(g.staged)
		g.staged = g.staged[:0]
	}
	h.next.Store(b.First + int64(len(b.Entries)))
	return nil
}

// concerned lists the groups that entry i of the batch may go to. The caller holds mu.
func (h *dispatcher) concerned(b appendlog.Batch, i int) []*group {
	data := b.Entries[i].Data
	flags, typ, system, ok := peek(data)
	switch {
	case !ok || flags&flagControl != 0:
		return nil
	case flags&(flagTest|flagDead) != 0:
		return h.of[mconnect.SystemID(system)]
	case flags&flagDirect != 0:
		name := groupOf(data)
		for _, g := range h.of[mconnect.SystemID(system)] {
			if g.name.Group == name {
				return []*group{g}
			}
		}
		return nil
	}
	if to := h.routes[mconnect.EventType(typ)]; len(to) > 0 {
		if _, repeat := hashAt(b.Hashes, i); !repeat {
			return to
		}
	}
	return nil
}

// keep remembers a batch for readers a little behind. The caller holds mu.
func (h *dispatcher) keep(b appendlog.Batch) {
	if n := len(h.recent); n > 0 && h.recent[n-1].First+int64(len(h.recent[n-1].Entries)) != b.First {
		h.recent, h.bytes = nil, 0
	}
	h.recent = append(h.recent, b)
	h.bytes += batchBytes(b)
	drop := 0
	for h.bytes > keepBytes && drop < len(h.recent)-1 {
		h.bytes -= batchBytes(h.recent[drop])
		drop++
	}
	if drop > 0 {
		h.recent = slices.Delete(h.recent, 0, drop)
	}
}

// forget drops from memory what was removed from the log before end, so that nobody reads it there.
func (h *dispatcher) forget(end int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	drop := 0
	for ; drop < len(h.recent) && h.recent[drop].First < end; drop++ {
		h.bytes -= batchBytes(h.recent[drop])
	}
	h.recent = slices.Delete(h.recent, 0, drop)
}

func batchBytes(b appendlog.Batch) int {
	n := 200
	for i := range b.Entries {
		n += len(b.Entries[i].Data) + 64
	}
	return n
}

// read returns batches from the one that holds index from on, out of memory if possible, and only what is durable: an
// event is not delivered that a fail-over could take back.
func (h *dispatcher) read(ctx context.Context, from int64) ([]appendlog.Batch, error) {
	if near := h.near(from); len(near) > 0 {
		return near, nil
	}
	return h.e.log.ReadDurable(ctx, from, 1024)
}

// near returns up to a few thousand entries from memory; none when from is not remembered.
func (h *dispatcher) near(from int64) []appendlog.Batch {
	h.mu.Lock()
	defer h.mu.Unlock()
	at, _ := slices.BinarySearchFunc(h.recent, from, func(b appendlog.Batch, from int64) int {
		if b.First+int64(len(b.Entries)) <= from {
			return -1
		}
		return 1
	})
	if at == len(h.recent) || h.recent[at].First > from {
		return nil
	}
	end, count := at, 0
	for end < len(h.recent) && count < 2048 {
		count += len(h.recent[end].Entries)
		end++
	}
	return slices.Clone(h.recent[at:end])
}

// join makes a reader live if it has seen everything that was offered so far.
func (h *dispatcher) join(r *reader) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	if r.scan < h.next.Load() {
		return false
	}
	r.live = true
	return true
}

// enter puts a reader into its group, and the group into the routes.
func (h *dispatcher) enter(r *reader, types Types) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	h.route(r.g, types)
	if system := r.g.name.System; !slices.Contains(h.of[system], r.g) {
		h.of[system] = append(h.of[system], r.g)
	}
	r.g.join(r, h.next.Load())
}

// leave takes a reader out of its group, and a group without readers out of the routes.
func (h *dispatcher) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	r.g.leave(r, h.next.Load())
	if len(r.g.readers) == 0 {
		h.unroute(r.g)
	}
}

// sel gives a group its present rights.
func (h *dispatcher) sel(g *group, types Types) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.readers) > 0 {
		h.route(g, types)
	}
}

// route lets exactly the granted types reach the group. The caller holds both locks.
func (h *dispatcher) route(g *group, types Types) {
	if g.types != nil {
		for typ := range g.types.All() {
			if !has(types, typ) {
				h.drop(typ, g)
			}
		}
	}
	if types != nil {
		for typ := range types.All() {
			if !has(g.types, typ) {
				h.routes[typ] = append(h.routes[typ], g)
			}
		}
	}
	g.types = types
}

// unroute removes the group from all routes. The caller holds both locks.
func (h *dispatcher) unroute(g *group) {
	if g.types != nil {
		for typ := range g.types.All() {
			h.drop(typ, g)
		}
	}
	g.types = nil
	system := g.name.System
	if at := slices.Index(h.of[system], g); at >= 0 {
		if h.of[system] = slices.Delete(h.of[system], at, at+1); len(h.of[system]) == 0 {
			delete(h.of, system)
		}
	}
}

func (h *dispatcher) drop(typ mconnect.EventType, g *group) {
	if at := slices.Index(h.routes[typ], g); at >= 0 {
		if h.routes[typ] = slices.Delete(h.routes[typ], at, at+1); len(h.routes[typ]) == 0 {
			delete(h.routes, typ)
		}
	}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
