package eventlog

import (
	"context"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// reader is a Session. It is live while the dispatcher puts events into its queue. When the queue is full it reads the
// log by itself, and becomes live again when it has caught up.
type reader struct {
	g    *group
	e    *Engine
	o    Wish
	wake chan struct{}

	// Guarded by g.mu.
	queue  []*Item
	bytes  int64 // in queue
	live   bool
	scan   int64    // when not live: where in the log to read on
	turn   int      // counts how often the partitions changed
	asides [2]aside // of test and of dead events
	offset int64    // of the newest delivery
	ledger []sent   // deliveries not confirmed; the last has offset
	err    error
	closed bool
	fills  bool // the log is being read for it
}

// aside is the progress of a reader through the test or the dead events of its system. Every reader gets them all.
type aside struct {
	next int64 // entries before it were queued
	held int   // queued, taken or not confirmed
}

// sent is one delivery that is not confirmed.
type sent struct {
	index int64
	print uint64
	epoch uint32
	part  uint8
	done  bool // buried
}

func (r *reader) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// place puts an event into the queue, if it is this reader's and new to it. It reports false, and the reader is not
// live any more, when there is no room. The caller holds g.mu.
func (r *reader) place(it *Item) bool {
	p := &r.g.parts[it.Part]
	next, held := &p.next, &p.queued
	if it.Aside() {
		a := &r.asides[it.Part-Partitions]
		next, held = &a.next, &a.held
		if it.Part == TestPart && !r.o.Test || it.Part == DeadPart && !r.o.Dead {
			return true
		}
	} else if p.owner != r || p.revoked() {
		return true
	}
	if it.Index < *next {
		return true
	}
	if n := len(r.queue); n > 0 && (n >= r.e.limits.Window || r.bytes+int64(len(it.JSON)) > r.e.limits.WindowSize) {
		r.live, r.scan = false, it.Index
		return false
	}
	r.queue = append(r.queue, it)
	r.bytes += int64(len(it.JSON))
	*next = it.Index + 1
	*held++
	return true
}

// lose drops what is queued of a partition that another reader gets. The caller holds g.mu.
func (r *reader) lose(part uint8) {
	kept := r.queue[:0]
	for _, it := range r.queue {
		if it.Part == part {
			r.bytes -= int64(len(it.JSON))
			continue
		}
		kept = append(kept, it)
	}
	clear(r.queue[len(kept):])
	r.queue = kept
	r.turn++
}

// rewind makes the reader read the log from index on. The caller holds g.mu.
func (r *reader) rewind(index int64) {
	if r.live {
		r.live, r.scan = false, index
	}
	r.scan = min(r.scan, index)
	r.turn++
	r.signal()
}

// Next implements Session.
func (r *reader) Next(ctx context.Context, most, bytes int) (Taken, error) {
	for {
		t, err := r.take(max(most, 1), max(bytes, 1))
		if err != nil || len(t.Items) > 0 {
			return t, err
		}
		if t.behind {
			r.startFill()
		}
		select {
		case <-r.wake:
		case <-ctx.Done():
			return Taken{}, nil
		}
	}
}

// take removes events from the queue.
func (r *reader) take(most, bytes int) (Taken, error) {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.err != nil {
		return Taken{}, r.err
	}
	if r.e.leases.expired() {
		return Taken{}, nil // until the lease is renewed
	}
	if room := r.e.limits.Delivered - len(r.ledger); room <= 0 {
		return Taken{}, nil
	} else {
		most = min(most, room)
	}
	n, size := 0, 0
	for n < len(r.queue) && n < most && (n == 0 || size+len(r.queue[n].JSON) <= bytes) {
		size += len(r.queue[n].JSON)
		n++
	}
	if n == 0 {
		return Taken{behind: !r.live}, nil
	}
	h := Taken{Items: make([]*Item, n), epochs: make([]uint32, n)}
	copy(h.Items, r.queue)
	for i, it := range h.Items {
		if !it.Aside() {
			p := &g.parts[it.Part]
			p.queued--
			p.inFlight++
			h.epochs[i] = p.epoch
		}
	}
	r.bytes -= int64(size)
	clear(r.queue[:n])
	r.queue = r.queue[n:]
	return h, nil
}

// startFill reads on in the log, unless that is under way, and wakes Next when there is something to look at. It does
// not end with the caller's wait: on a slow store every read would be broken off, with its connection, and none would
// ever succeed for a caller that waits less long than one takes.
func (r *reader) startFill() {
	r.g.mu.Lock()
	begin := !r.fills && r.err == nil
	r.fills = r.fills || begin
	r.g.mu.Unlock()
	if !begin {
		return
	}
	r.e.inBackground(func(ctx context.Context) {
		for {
			err := r.fill(ctx)
			if err == nil || ctx.Err() != nil {
				break
			}
			r.e.logger.Warn("cannot read the event log; trying again", "system", string(r.o.System), "cause", err)
			pause(ctx, 200*time.Millisecond)
		}
		r.g.mu.Lock()
		r.fills = false
		r.g.mu.Unlock()
		r.signal()
	})
}

// fill reads on in the log until something is queued, the reader is live, it fails, or ctx ends.
func (r *reader) fill(ctx context.Context) error {
	h, g := r.e.dispatcher, r.g
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if h.join(r) {
			return nil
		}
		g.mu.Lock()
		from, turn, types, failed := r.scan, r.turn, g.types, r.err
		g.mu.Unlock()
		if failed != nil {
			return nil
		}
		if jump := r.e.segments.skip(from, r.o.System, types); jump > from {
			if r.placeAll(nil, jump, turn) {
				return nil
			}
			continue
		}
		batches, err := h.read(ctx, from)
		if err != nil {
			return err
		}
		items, end, err := r.wanted(batches, from, types)
		if err != nil {
			return err
		}
		if end == from { // the head is ahead of what can be read yet
			pause(ctx, 10*time.Millisecond)
			continue
		}
		if r.placeAll(items, end, turn) {
			return nil
		}
	}
}

// placeAll queues what was read up to end, unless the partitions changed meanwhile. It reports whether Next should
// look.
func (r *reader) placeAll(items []*Item, end int64, turn int) bool {
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	if r.turn != turn || r.err != nil {
		return r.err != nil
	}
	for _, it := range items {
		if !r.place(it) {
			return true
		}
	}
	r.scan = end
	return len(r.queue) > 0
}

// wanted decodes what may concern the reader.
func (r *reader) wanted(batches []appendlog.Batch, from int64, types Types) (items []*Item, end int64, err error) {
	end = from
	for _, b := range batches {
		for i := range b.Entries {
			index := b.First + int64(i)
			if index < from {
				continue
			}
			if !r.mayWant(b, i, types) {
				continue
			}
			it, err := decode(r.e.key, index, b.Entries[i].Data)
			if err != nil {
				return nil, 0, err
			}
			items = append(items, it)
		}
		end = max(end, b.First+int64(len(b.Entries)))
	}
	return items, end, nil
}

// mayWant reports whether entry i of the batch may concern the reader.
func (r *reader) mayWant(b appendlog.Batch, i int, types Types) bool {
	flags, typ, system, ok := peek(b.Entries[i].Data)
	mine := mconnect.SystemID(system) == r.o.System
	switch {
	case !ok || flags&flagControl != 0:
		return false
	case flags&flagTest != 0:
		return mine && r.o.Test
	case flags&flagDead != 0:
		return mine && r.o.Dead
	case flags&flagDirect != 0:
		return mine && r.o.Events && groupOf(b.Entries[i].Data) == r.g.name.Group
	case !r.o.Events || !has(types, mconnect.EventType(typ)):
		return false
	}
	_, repeat := hashAt(b.Hashes, i)
	return !repeat
}

// Share implements Session. The other sessions, of this node and of others, have the rest.
func (r *reader) Share() (mine, all int) {
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	for i := range Partitions {
		if r.g.parts[i].owner == r {
			mine++
		}
	}
	return mine, Partitions
}

// Confirm implements Session.
func (r *reader) Confirm(offset int64) error {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case r.closed:
		return fault.New(fault.EventClosed)
	case offset == 0:
		offset = r.offset
	case offset < 0 || offset > r.offset:
		return fault.New(fault.EventOffset, "offset", strconv.FormatInt(offset, 10))
	}
	r.settle(offset)
	return nil
}

// settle counts deliveries up to offset, and buried ones that follow, as confirmed. The caller holds g.mu.
func (r *reader) settle(offset int64) {
	n, done := 0, false
	for first := r.offset - int64(len(r.ledger)) + 1; n < len(r.ledger); n++ {
		s := r.ledger[n]
		if first+int64(n) > offset && !s.done {
			break
		}
		p := &r.g.parts[s.part]
		p.pos = max(p.pos, s.index+1)
		switch {
		case s.part >= Partitions:
			r.asides[s.part-Partitions].held--
		case s.epoch == p.epoch:
			p.inFlight--
			done = done || p.revoked() && p.inFlight == 0
		}
	}
	if n == 0 {
		return
	}
	full := len(r.ledger) >= r.e.limits.Delivered
	r.ledger = r.ledger[n:]
	if full {
		r.signal()
	}
	if done {
		r.g.handOver(r.e.dispatcher.next.Load())
	}
}

// Close implements Session.
func (r *reader) Close() {
	r.g.mu.Lock()
	if r.closed {
		r.g.mu.Unlock()
		return
	}
	r.closed = true
	if r.err == nil {
		r.err = fault.New(fault.EventClosed)
	}
	r.g.mu.Unlock()
	r.signal()
	r.e.dispatcher.leave(r)
	r.e.left(r.o.System)
	r.e.hurryLeases()
}

// Return implements Session: what is still this session's goes back to the front of its queue.
func (r *reader) Return(h Taken) {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.closed {
		return
	}
	ceded := false
	back := make([]*Item, 0, len(h.Items)+len(r.queue))
	for i, it := range h.Items {
		if p := &g.parts[it.Part]; !it.Aside() {
			if p.owner != r || p.epoch != h.epochs[i] {
				continue
			}
			p.inFlight--
			if p.revoked() {
				ceded = true
				continue // its next owner gets it
			}
			p.queued++
		}
		back = append(back, it)
		r.bytes += int64(len(it.JSON))
	}
	r.queue = append(back, r.queue...)
	r.signal()
	if ceded {
		g.handOver(r.e.dispatcher.next.Load())
	}
}

// Deliver implements Session. What was passed over counts as confirmed once nothing before it is in flight.
func (r *reader) Deliver(h Taken, marks []int64) error {
	g := r.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	revoked := false
	for i, it := range h.Items {
		p, mine := &g.parts[it.Part], it.Aside() || g.parts[it.Part].epoch == h.epochs[i]
		if marks[i] != 0 {
			if marks[i] = Moved; !mine {
				continue // another session has its partition now and gets it
			}
			r.offset++
			marks[i] = r.offset
			r.ledger = append(r.ledger, sent{index: it.Index, print: it.Print, epoch: h.epochs[i], part: it.Part})
			continue
		}
		if mine && !it.Aside() {
			if p.inFlight--; p.inFlight == 0 {
				p.pos = max(p.pos, it.Index+1)
				revoked = revoked || p.revoked()
			}
		}
	}
	if revoked {
		g.handOver(r.e.dispatcher.next.Load())
	}
	return nil
}

// Unconfirmed implements Session.
func (r *reader) Unconfirmed(print uint64) (index int64, found bool) {
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	for i := range r.ledger {
		if s := &r.ledger[i]; s.print == print && s.part != DeadPart {
			return s.index, true
		}
	}
	return 0, false
}

// Settle implements Session.
func (r *reader) Settle(print uint64, index int64) {
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	for i := range r.ledger {
		if s := &r.ledger[i]; s.print == print && s.index == index {
			s.done = true
		}
	}
	r.settle(0)
}
