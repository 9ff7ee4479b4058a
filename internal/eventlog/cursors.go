package eventlog

import (
	"context"
	"errors"
	"sort"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// saveEvery is how long a confirmation may stay in memory only: one that is lost causes a redelivery, no more.
const saveEvery = 100 * time.Millisecond

// idleStep is how far the cursor of an idle partition may fall behind the log before it is saved again.
const idleStep = 10_000

// keepPositions saves what was confirmed until ctx ends.
func (e *Engine) keepPositions(ctx context.Context) {
	tick := time.NewTicker(saveEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := e.savePositions(ctx, false); err != nil && ctx.Err() == nil {
				e.logger.Warn("cannot save what was confirmed; trying again", "cause", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// savePositions makes positions durable, and drops groups that nobody reads any more.
func (e *Engine) savePositions(ctx context.Context, all bool) error {
	groups := e.allGroups()
	var save []appendlog.Cursor
	ends := make([]int, len(groups))
	for i, g := range groups {
		save = g.moved(save, e.dispatcher.next.Load(), all)
		ends[i] = len(save)
	}
	if err := e.db.SaveCursors(ctx, save); err != nil {
		return err
	}
	from := 0
	for i, g := range groups {
		g.saved(save[from:ends[i]])
		from = ends[i]
		e.dropIdle(g)
	}
	return nil
}

// moved appends the cursors that changed since they were saved. Every entry before next was offered.
func (g *group) moved(save []appendlog.Cursor, next int64, all bool) []appendlog.Cursor {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.loaded {
		return save
	}
	all = all || len(g.readers) == 0
	for i := range g.parts {
		p := &g.parts[i]
		if idle := g.idle(i, next); all || p.pos > p.saved || idle-p.saved >= idleStep {
			p.pos = max(p.pos, idle)
		}
		if p.pos > p.saved {
			save = append(save, appendlog.Cursor{System: string(g.name.System), Group: g.name.Group, Part: i,
				Next: p.pos})
		}
	}
	return save
}

// saved notes which of its positions are durable.
func (g *group) saved(save []appendlog.Cursor) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range save {
		g.parts[s.Part].saved = max(g.parts[s.Part].saved, s.Next)
	}
}

// dropIdle forgets a group without readers; its positions are durable.
func (e *Engine) dropIdle(g *group) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.loaded || len(g.readers) > 0 || g.opening > 0 {
		return
	}
	for i := range g.parts {
		if g.parts[i].pos != g.parts[i].saved || i < Partitions && g.held[i] != e.leases.singleNode() {
			return
		}
	}
	if g.announcedReaders > 0 {
		return
	}
	delete(e.groups, g.name)
}

// load reads the positions of the group, beginning it when it is new: at the end of the log, or at the first event
// accepted at or after from.
func (e *Engine) load(ctx context.Context, g *group, from time.Time) error {
	g.loading.Lock()
	defer g.loading.Unlock()
	if g.isLoaded() {
		if !from.IsZero() {
			return fault.New(fault.EventFrom, "what", "group")
		}
		return nil
	}
	stored, err := e.db.CursorsOf(ctx, string(g.name.System), g.name.Group)
	if err != nil {
		return err
	}
	switch {
	case len(stored) < allParts:
		if stored, err = e.beginGroup(ctx, g.name, from); err != nil {
			return err
		}
	case !from.IsZero():
		return fault.New(fault.EventFrom, "what", "group")
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range stored {
		if s.Part < allParts {
			g.parts[s.Part].pos, g.parts[s.Part].next, g.parts[s.Part].saved = s.Next, s.Next, s.Next
		}
	}
	g.loaded = true
	return nil
}

func (g *group) isLoaded() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.loaded
}

// beginGroup stores where a new group begins; it is durable before the first reader is open.
func (e *Engine) beginGroup(ctx context.Context, name Name, from time.Time) ([]appendlog.Cursor, error) {
	if err := e.makeRoom(ctx, name.System); err != nil {
		return nil, err
	}
	head, err := e.log.Head(ctx)
	if err != nil {
		return nil, err
	}
	begin := head.Size
	if !from.IsZero() {
		if begin, err = e.IndexAt(ctx, from, head.Size); err != nil {
			return nil, err
		}
	}
	fresh := make([]appendlog.Cursor, allParts+1)
	for i := range fresh {
		fresh[i] = appendlog.Cursor{System: string(name.System), Group: name.Group, Part: i, Next: begin}
		switch i {
		case TestPart:
			fresh[i].Next = head.Size
		case DeadPart:
			fresh[i].Next = 0
		}
	}
	if err := e.db.NewCursors(ctx, fresh); err != nil {
		return nil, err
	}
	return e.db.CursorsOf(ctx, string(name.System), name.Group)
}

// makeRoom sees that a system may have one more group. When it has too many, the one that is furthest behind is
// forgotten, if nobody reads it and retention has passed it by; fault event.groups.
func (e *Engine) makeRoom(ctx context.Context, system mconnect.SystemID) error {
	all, err := e.db.EventGroups(ctx, string(system), Partitions)
	if err != nil || len(all) < e.limits.Groups {
		return err
	}
	shares, err := e.db.ReaderCounts(ctx)
	if err != nil {
		return err
	}
	read := map[string]bool{}
	for _, s := range shares {
		read[s.Group] = read[s.Group] || s.System == string(system) && s.Readers > 0
	}
	for _, g := range e.allGroups() {
		read[g.name.Group] = read[g.name.Group] || g.name.System == system && g.isLoaded()
	}
	for _, g := range all {
		if !read[g.Group] && g.Next < e.segments.begin() {
			return e.db.DropEventGroup(ctx, string(system), g.Group)
		}
	}
	return again(fault.EventGroups, e.limits.Groups, time.Minute)
}

// skew is by how much the clocks of two nodes may differ: events accepted about the same time are in no
// particular order.
const skew = 2 * time.Second

// IndexAt implements Finder: it finds the first entry accepted at or after from.
func (e *Engine) IndexAt(ctx context.Context, from time.Time, size int64) (int64, error) {
	want := from.Add(-skew).UnixMicro()
	var failed error
	at := sort.Search(int(size), func(i int) bool {
		if failed != nil {
			return true
		}
		batches, err := e.log.Read(ctx, int64(i), 1)
		if err != nil || len(batches) == 0 {
			failed = err
			return true
		}
		b := batches[0]
		return acceptedAt(b.Entries[max(int64(i)-b.First, 0)].Data) >= want
	})
	return int64(at), failed
}

// Open implements Groups.
func (e *Engine) Open(ctx context.Context, w Wish) (Session, error) {
	g, err := e.enterGroup(w.Name)
	if err != nil {
		return nil, err
	}
	defer e.opened(g)
	if err := e.load(ctx, g, w.From); err != nil {
		e.left(w.System)
		return nil, err
	}
	r := &reader{g: g, e: e, o: w, wake: make(chan struct{}, 1)}
	if w.Dead && w.Waiting != nil {
		if err := r.queueWaiting(ctx); err != nil {
			e.left(w.System)
			return nil, err
		}
	}
	e.dispatcher.enter(r, w.Types)
	if !e.leases.singleNode() {
		if err := e.balance(ctx, []*group{g}); err != nil {
			r.Close()
			return nil, err
		}
	}
	return r, nil
}

// queueWaiting queues the dead events that wait, as many as the session may hold. It reads later ones from the log.
func (r *reader) queueWaiting(ctx context.Context) error {
	r.g.mu.Lock()
	from := r.g.parts[DeadPart].pos
	r.g.mu.Unlock()
	head, err := r.e.log.Head(ctx)
	if err != nil {
		return err
	}
	waiting, err := r.o.Waiting(ctx, from, r.e.limits.Window)
	if err != nil {
		return err
	}
	a := &r.asides[DeadPart-Partitions]
	for _, it := range waiting {
		r.queue = append(r.queue, it)
		r.bytes += int64(len(it.JSON))
		a.held++
		a.next = it.Index + 1
	}
	if len(waiting) < r.e.limits.Window { // none but those that were buried after the head was read
		a.next = max(a.next, head.Size)
	}
	return nil
}

// enterGroup finds or makes a group and takes a reader's place. While it opens, the group stays.
func (e *Engine) enterGroup(name Name) (*group, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return nil, fault.New(fault.Draining)
	case e.open >= e.limits.Readers:
		return nil, tooMany(e.limits.Readers)
	case e.by[name.System] >= e.limits.PerSystem:
		return nil, tooMany(e.limits.PerSystem)
	}
	g := e.groups[name]
	if g == nil {
		g = &group{name: name}
		for i := range g.held {
			g.held[i] = e.leases.singleNode()
		}
		e.groups[name] = g
	}
	g.mu.Lock()
	g.opening++
	g.mu.Unlock()
	e.open++
	e.by[name.System]++
	return g, nil
}

func (e *Engine) opened(g *group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opening--
}

// left gives a reader's place back.
func (e *Engine) left(system mconnect.SystemID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open--
	if e.by[system]--; e.by[system] == 0 {
		delete(e.by, system)
	}
}

// ownSystem and ownGroup name the cursor up to which acceptance was journalled.
const (
	ownSystem = "~mconnect"
	ownGroup  = "accepted"
)

// Recorded implements Cursors.
func (e *Engine) Recorded(ctx context.Context) (int64, error) {
	if err := e.db.NewCursors(ctx, []appendlog.Cursor{{System: ownSystem, Group: ownGroup}}); err != nil {
		return 0, err
	}
	at, err := e.db.CursorsOf(ctx, ownSystem, ownGroup)
	if err != nil || len(at) != 1 {
		return 0, errors.Join(err, errors.New("eventlog: the cursor of what is journalled is missing"))
	}
	return at[0].Next, nil
}

// MoveRecorded implements Cursors.
func (e *Engine) MoveRecorded(tx appendlog.Tx, from, to int64) (bool, error) {
	return e.db.MoveCursor(tx, appendlog.Cursor{System: ownSystem, Group: ownGroup, Next: to}, from)
}

// Positions implements Cursors: as they are in memory where a group is open here, else as stored.
func (e *Engine) Positions(ctx context.Context) (map[Name]Positions, error) {
	stored, err := e.db.AllCursors(ctx)
	if err != nil {
		return nil, err
	}
	all := map[Name]Positions{}
	for _, p := range stored {
		if p.Part < 0 || p.Part > BeginPart || p.System == ownSystem {
			continue
		}
		name := Name{mconnect.SystemID(p.System), p.Group}
		at := all[name]
		at[p.Part] = p.Next
		all[name] = at
	}
	next := e.dispatcher.next.Load()
	for _, g := range e.allGroups() {
		g.mu.Lock()
		if at, ok := all[g.name]; ok && g.loaded {
			for i := range g.parts {
				at[i] = max(at[i], g.parts[i].pos, g.idle(i, next))
			}
			all[g.name] = at
		}
		g.mu.Unlock()
	}
	return all, nil
}

func tooMany(limit int) error { return again(fault.EventReaders, limit, time.Second) }

// again is the fault of a limit that may allow more after a while.
func again(code fault.Code, limit int, after time.Duration) error {
	f := fault.New(code, "limit", strconv.Itoa(limit))
	f.RetryAfter = after
	return f
}
