package eventlog

import (
	"slices"
	"time"

	"mconnect/fault"
)

// group is one group of one consumer on this node: its partitions, how far each has come, and the readers that share
// them.
type group struct {
	name   Name
	staged []*Item // used by the dispatcher while it delivers a batch

	mu               mutex[groupLock]
	parts            [allParts]partition
	readers          []*reader // in the order of opening
	types            Types
	loaded           bool
	held             [Partitions]bool // this node may deliver from them
	announcedReaders int              // what the other nodes know of this node's readers
	opening          int              // readers about to join

	loading mutex[loadingLock] // held while positions are read
}

// partition is one twelfth of a group's events. Events that share a partition key share a partition; one reader at a
// time owns it, so their order holds.
type partition struct {
	pos      int64 // every event before it is confirmed or does not concern the group
	saved    int64 // pos as it is durable
	next     int64 // every event before it is in the owner's queue or was taken from it
	owner    *reader
	epoch    uint32    // counts the owners
	queued   int       // in the owner's queue
	inFlight int       // taken by the owner and not confirmed
	until    time.Time // not zero: the owner gives it up then, or when nothing is out; it gets nothing more of it
}

// ceded reports whether the partition is about to leave its owner.
func (p *partition) revoked() bool { return !p.until.IsZero() }

// join adds a reader and divides the partitions again. The caller holds mu.
func (g *group) join(r *reader, next int64) {
	g.readers = append(g.readers, r)
	r.scan = farAway
	for i, wanted := range [...]bool{r.o.Test, r.o.Dead} {
		r.asides[i].next = max(r.asides[i].next, g.parts[Partitions+i].pos)
		if wanted {
			r.scan = min(r.scan, r.asides[i].next)
		}
	}
	g.assign(next)
	if r.scan == farAway {
		r.scan = next // owns nothing
	}
}

const farAway = int64(1) << 62

// part removes a reader and gives its partitions to the others. The caller holds mu.
func (g *group) leave(r *reader, next int64) {
	at := slices.Index(g.readers, r)
	if at < 0 {
		return
	}
	for i := range g.parts {
		p := &g.parts[i]
		p.pos = max(p.pos, g.idle(i, next))
		if p.owner == r {
			p.release()
		}
	}
	g.readers = slices.Delete(g.readers, at, at+1)
	r.queue, r.bytes, r.ledger = nil, 0, nil
	g.assign(next)
}

// idle is where the position of a partition may move without a confirmation, because nothing of it waits and
// nothing is unconfirmed: to where its owner has read. Before next everything was offered. The caller holds mu.
func (g *group) idle(i int, next int64) (to int64) {
	switch p := &g.parts[i]; {
	case i < Partitions:
		if p.owner != nil && p.queued == 0 && p.inFlight == 0 && !p.revoked() {
			to = p.owner.reached(next)
		}
	default:
		for _, r := range g.readers {
			if r.asides[i-Partitions].held > 0 {
				return 0
			}
			if r.o.Events || i == TestPart && r.o.Test || i == DeadPart && r.o.Dead {
				to = max(to, r.reached(next))
			}
		}
	}
	return to
}

// reached is the index before which the reader has seen everything that concerns it.
func (r *reader) reached(next int64) int64 {
	if r.live {
		return next
	}
	return r.scan
}

// release leaves a partition without an owner: what was not confirmed comes again.
func (p *partition) release() {
	p.owner, p.next, p.queued, p.inFlight, p.until = nil, p.pos, 0, 0, time.Time{}
	p.epoch++
}

// share divides the partitions evenly among the readers, moving as few as possible. The caller holds mu.
func (g *group) assign(next int64) {
	var takers []*reader
	for _, r := range g.readers {
		if r.o.Events && r.err == nil && len(takers) < Partitions {
			takers = append(takers, r)
		}
	}
	has, total := map[*reader]int{}, 0
	for i := range Partitions {
		switch p := &g.parts[i]; {
		case !g.held[i] && p.owner != nil:
			g.takeBack(i, next)
		case g.held[i]:
			total++
			if !p.revoked() {
				has[p.owner]++
			}
		}
	}
	if len(takers) == 0 {
		return
	}
	slices.SortStableFunc(takers, func(a, b *reader) int { return has[b] - has[a] })
	may := map[*reader]int{}
	for n, r := range takers {
		may[r] = total / len(takers)
		if n < total%len(takers) {
			may[r]++
		}
	}
	for i := range Partitions {
		if p := &g.parts[i]; p.owner != nil && !p.revoked() && has[p.owner] > may[p.owner] {
			has[p.owner]--
			g.revoke(i, next)
		}
	}
	for i := range Partitions {
		if p := &g.parts[i]; p.owner == nil && g.held[i] {
			for _, r := range takers {
				if has[r] < may[r] {
					has[r]++
					p.owner = r
					r.rewind(p.pos)
					break
				}
			}
		}
	}
}

// take takes a partition from its owner. The caller holds mu.
func (g *group) takeBack(i int, next int64) {
	p := &g.parts[i]
	p.pos = max(p.pos, g.idle(i, next))
	p.owner.lose(uint8(i))
	p.release()
}

// cede takes a partition from its owner as soon as that has confirmed what it was given of it, or after the grace;
// meanwhile nobody gets anything of it, so the order holds. The caller holds mu.
func (g *group) revoke(i int, next int64) {
	p := &g.parts[i]
	e := p.owner.e
	if p.inFlight == 0 || e.grace < 0 || p.owner.err != nil {
		g.takeBack(i, next)
		return
	}
	p.owner.lose(uint8(i))
	p.queued, p.until = 0, time.Now().Add(e.grace)
	time.AfterFunc(e.grace, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.handOver(e.dispatcher.next.Load())
	})
}

// handOver gives those partitions to their new owners that the former ones are done with, or were given long enough
// for. Before next everything was offered. The caller holds mu.
func (g *group) handOver(next int64) {
	now, free := time.Now(), false
	for i := range Partitions {
		if p := &g.parts[i]; p.revoked() && (p.inFlight == 0 || !now.Before(p.until)) {
			p.release()
			free = true
		}
	}
	if free {
		g.assign(next)
	}
}

// offer queues new events of the log. The caller is the dispatcher and holds its lock.
func (g *group) offer(items []*Item) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, it := range items {
		if it.Aside() {
			for _, r := range g.readers {
				if r.live {
					r.place(it)
				}
			}
			continue
		}
		if r := g.parts[it.Part].owner; r != nil && r.live {
			r.place(it)
		}
	}
	for _, r := range g.readers {
		if len(r.queue) > 0 || !r.live {
			r.signal()
		}
	}
}

// fail ends all readers.
func (g *group) fail(f *fault.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.readers {
		if r.err == nil {
			r.err = f
		}
		r.signal()
	}
}
