package webhook

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// sharer is a Reader that knows which part of its group it delivers: the other nodes deliver the rest.
type sharer interface {
	Share() (mine, all int)
}

// share is this node's part of what the subscription allows. A node whose share is being taken away may still have
// events to deliver, so it is never nothing.
func (p *pusher) share() (mine, all int) {
	if s, ok := p.reader.(sharer); ok {
		mine, all = s.Share()
		return max(mine, 1), all
	}
	return 1, 1
}

// paced waits until one more request is within this node's share of the requests a minute.
func (p *pusher) paced(ctx context.Context) error {
	if p.minute > 0 {
		mine, all := p.share()
		if of := rate.Limit(float64(p.minute*mine) / float64(all) / time.Minute.Seconds()); p.limit.Limit() != of {
			p.limit.SetLimit(of)
		}
	}
	return p.limit.Wait(ctx)
}

// slots bound the requests of a node under way by its share of those that the subscription allows, rounded down, but
// one.
type slots struct {
	most int // over all nodes

	mu    sync.Mutex
	taken int
	freed chan struct{} // closed when one is returned
}

func newSlots(most int) *slots { return &slots{most: most, freed: make(chan struct{})} }

// shareAgain is how soon a share that has grown is noticed while all slots of the former one are taken.
const shareAgain = 500 * time.Millisecond

// take waits for a slot. Call leave afterwards, unless ctx ended.
func (s *slots) take(ctx context.Context, share func() (mine, all int)) error {
	for ctx.Err() == nil {
		s.mu.Lock()
		mine, all := share() // within the lock: a share read before it may have shrunk when a slot becomes free
		if s.taken < max(1, s.most*mine/all) {
			s.taken++
			s.mu.Unlock()
			return nil
		}
		freed := s.freed
		s.mu.Unlock()
		look := time.NewTimer(shareAgain)
		select {
		case <-freed:
		case <-look.C:
		case <-ctx.Done():
		}
		look.Stop()
	}
	return ctx.Err()
}

func (s *slots) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	close(s.freed)
	s.freed = make(chan struct{})
}
