package eventlog

import (
	"context"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
)

// While several nodes share a store, a node may deliver from a partition only while it holds it. What a node holds it
// keeps by a lease; it gives up what is above its share, after it has saved how far it came, and claims what nobody
// holds up to its share. A node that died is replaced when its leases end.
const (
	defaultLease = 10 * time.Second
	lookEvery    = 400 * time.Millisecond
)

// leases is the state of the leases of this node.
type leases struct {
	node   string
	length time.Duration
	begun  time.Time    // includes the monotonic clock: no step of the wall clock changes a lease
	until  atomic.Int64 // nanoseconds since begun: before it this node may deliver; 0 when it is alone
	hurry  chan struct{}
	mu     mutex[leasesLock] // one look at a time
}

func newLeases(node string, lease time.Duration) leases {
	if lease <= 0 {
		lease = defaultLease
	}
	return leases{node: node, length: lease, begun: time.Now(), hurry: make(chan struct{}, 1)}
}

// alone reports whether no other node can share the store.
func (t *leases) singleNode() bool { return t.node == "" }

// expired reports whether this node has failed to renew what it holds.
func (t *leases) expired() bool {
	return t.node != "" && time.Since(t.begun).Nanoseconds() > t.until.Load()
}

// keepLeases renews and balances until ctx ends.
func (e *Engine) keepLeases(ctx context.Context) {
	if e.leases.singleNode() {
		return
	}
	tick := time.NewTicker(min(lookEvery, e.leases.length/8))
	defer tick.Stop()
	renewed := time.Time{}
	for {
		if time.Since(renewed) >= e.leases.length/4 || e.leases.expired() {
			if err := e.inTime(ctx, e.renew); err == nil {
				renewed = time.Now()
			} else if ctx.Err() == nil {
				e.logger.Warn("cannot renew the leases of partitions; trying again", "cause", err)
			}
		}
		err := e.inTime(ctx, func(ctx context.Context) error { return e.balance(ctx, e.allGroups()) })
		if err != nil && ctx.Err() == nil {
			e.logger.Warn("cannot share partitions with other nodes; trying again", "cause", err)
		}
		select {
		case <-tick.C:
		case <-e.leases.hurry:
		case <-ctx.Done():
			return
		}
	}
}

// inTime bounds one look at the leases: a database that does not answer must not outlast the lease itself.
func (e *Engine) inTime(ctx context.Context, look func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, e.leases.length)
	defer cancel()
	return look(ctx)
}

// renew prolongs the leases, announces the readers of this node again, and drops from memory the partitions that were
// lost meanwhile. The announcement may have expired while the database was away for longer than a lease: without it the
// other nodes would give this node no share, and its readers nothing.
func (e *Engine) renew(ctx context.Context) error {
	e.leases.mu.Lock()
	defer e.leases.mu.Unlock()
	begun, groups := time.Since(e.leases.begun), e.allGroups()
	shares := make([]appendlog.ReaderCount, len(groups))
	for i, g := range groups {
		shares[i], _ = g.shareOf(e.leases.node)
	}
	owned, err := e.db.RenewPartitions(ctx, e.leases.node, shares, e.leases.length)
	if err != nil {
		return err
	}
	for i, g := range groups {
		g.announced(shares[i].Readers)
	}
	if err := e.giveUpLost(ctx, groups, owned); err != nil {
		return err
	}
	// It stops a fifth of the lease before the lease ends, for an event that is on its way to its reader.
	e.leases.until.Store((begun + e.leases.length*4/5).Nanoseconds())
	for _, g := range groups {
		g.wake()
	}
	return nil
}

// giveUpLost makes memory and store agree on what this node holds: what another node took over is not delivered any
// more, and what a former process of this name left behind is free for all.
func (e *Engine) giveUpLost(ctx context.Context, groups []*group, owned []appendlog.Partition) error {
	still := map[Name]*[Partitions]bool{}
	for _, o := range owned {
		name := Name{mconnect.SystemID(o.System), o.Group}
		if still[name] == nil {
			still[name] = &[Partitions]bool{}
		}
		if o.Part >= 0 && o.Part < Partitions {
			still[name][o.Part] = true
		}
	}
	held := map[Name][Partitions]bool{}
	for _, g := range groups {
		has := still[g.name]
		e.dispatcher.reassign(g, func() {
			for i := range g.held {
				g.held[i] = g.held[i] && has != nil && has[i]
			}
			held[g.name] = g.held
		})
	}
	var left []appendlog.Partition
	for _, o := range owned {
		if of := held[Name{mconnect.SystemID(o.System), o.Group}]; o.Part >= 0 && o.Part < Partitions && !of[o.Part] {
			left = append(left, o)
		}
	}
	if len(left) == 0 {
		return nil
	}
	return e.db.ReleasePartitions(ctx, e.leases.node, left)
}

// balance compares what each group holds here with its share, and gives up or claims.
func (e *Engine) balance(ctx context.Context, groups []*group) error {
	e.leases.mu.Lock()
	defer e.leases.mu.Unlock()
	for _, g := range groups {
		if share, changed := g.shareOf(e.leases.node); changed {
			if err := e.db.PutReaderCount(ctx, share, e.leases.length); err != nil {
				return err
			}
			g.announced(share.Readers)
		}
	}
	shares, err := e.db.ReaderCounts(ctx)
	if err != nil {
		return err
	}
	by := map[Name][]appendlog.ReaderCount{}
	for _, s := range shares {
		name := Name{mconnect.SystemID(s.System), s.Group}
		by[name] = append(by[name], s)
	}
	for _, g := range groups {
		if err := e.settleShare(ctx, g, quota(by[g.name], e.leases.node)); err != nil {
			return err
		}
	}
	return nil
}

// settleShare gives up what is above the quota and claims what is missing.
func (e *Engine) settleShare(ctx context.Context, g *group, quota int) error {
	var surplus, missing []appendlog.Partition
	e.dispatcher.reassign(g, func() {
		has := 0
		for i := range g.held {
			t := appendlog.Partition{System: string(g.name.System), Group: g.name.Group, Part: i}
			switch {
			case !g.held[i]:
				missing = append(missing, t)
			case has == quota:
				g.held[i] = false
				surplus = append(surplus, t)
			default:
				has++
			}
		}
		quota -= has
	})
	if len(surplus) > 0 {
		if err := e.savePositions(ctx, false); err != nil {
			return err
		}
		if err := e.db.ReleasePartitions(ctx, e.leases.node, surplus); err != nil {
			return err
		}
	}
	if quota <= 0 || !g.isLoaded() {
		return nil
	}
	got, err := e.db.LeasePartitions(ctx, e.leases.node, missing, quota, e.leases.length)
	if err != nil || len(got) == 0 {
		return err
	}
	stored, err := e.db.CursorsOf(ctx, string(g.name.System), g.name.Group)
	if err != nil {
		return err
	}
	e.dispatcher.reassign(g, func() {
		for _, s := range stored {
			if s.Part < Partitions {
				p := &g.parts[s.Part]
				p.pos, p.saved = max(p.pos, s.Next), max(p.saved, s.Next)
			}
		}
		for _, t := range got {
			g.held[t.Part] = true
			g.parts[t.Part].next = g.parts[t.Part].pos
		}
	})
	return nil
}

// quota is how many partitions the node's readers have a right to: the readers of all nodes, in the order of nodes,
// share evenly, and beyond twelve get none.
func quota(shares []appendlog.ReaderCount, node string) int {
	total := 0
	for _, s := range shares {
		total += s.Readers
	}
	total = min(total, Partitions)
	if total == 0 {
		return 0
	}
	mine, at := 0, 0
	for _, s := range shares {
		for range s.Readers {
			if at == total {
				break
			}
			if s.Node == node {
				mine += Partitions / total
				if at < Partitions%total {
					mine++
				}
			}
			at++
		}
	}
	return mine
}

// shareOf is how many readers of the group want events here, and whether another number was announced.
func (g *group) shareOf(node string) (appendlog.ReaderCount, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, r := range g.readers {
		if r.o.Events && r.err == nil {
			n++
		}
	}
	return appendlog.ReaderCount{
		System:  string(g.name.System),
		Group:   g.name.Group,
		Node:    node,
		Readers: n,
	}, n != g.announcedReaders
}

// wake lets every reader look again.
func (g *group) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.readers {
		r.signal()
	}
}

func (g *group) announced(readers int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.announcedReaders = readers
}

// reassign changes which partitions of a group are leased and divides them among its readers.
func (h *dispatcher) reassign(g *group, change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.held
	if change(); g.held != was {
		g.assign(h.next.Load())
	}
}

// hurryLeases makes the next balance begin now.
func (e *Engine) hurryLeases() {
	select {
	case e.leases.hurry <- struct{}{}:
	default:
	}
}

// endLeases releases everything, so that other nodes need not wait for the leases to expire.
func (e *Engine) endLeases(ctx context.Context) error {
	if e.leases.singleNode() {
		return nil
	}
	for _, g := range e.allGroups() {
		g.mu.Lock()
		g.readers = nil
		g.mu.Unlock()
	}
	return e.balance(ctx, e.allGroups())
}
