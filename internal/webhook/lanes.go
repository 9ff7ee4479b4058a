package webhook

import (
	"context"
	"strconv"
	"sync"

	"mconnect/internal/broker"
)

// lanes keep the order of events that share a partition key: one of them is under way at a time, the others wait behind
// it. Events without a key have a lane each. Confirmation is cumulative, so what is finished out of turn waits until
// everything before it is.
type lanes struct {
	mu      sync.Mutex
	queues  map[string][]broker.Delivery
	done    map[int64]bool
	next    int64         // offset of the last event that is confirmed
	waiting int           // events passed on and not finished
	room    chan struct{} // gets a value when an event is finished
}

func newLanes() *lanes {
	return &lanes{queues: map[string][]broker.Delivery{}, done: map[int64]bool{}, room: make(chan struct{}, 1)}
}

func laneOf(d *broker.Delivery) string {
	if d.Event.PartitionKey != "" {
		return "k" + d.Event.PartitionKey
	}
	return "o" + strconv.FormatInt(d.Offset, 10)
}

// add puts an event behind those of its lane and reports whether the lane was empty: then it needs somebody to work on
// it.
func (l *lanes) add(d broker.Delivery) (lane string, first bool) {
	lane = laneOf(&d)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting++
	q := l.queues[lane]
	l.queues[lane] = append(q, d)
	return lane, len(q) == 0
}

// finish takes the first event of a lane off and returns the next one, and up to which offset everything is finished.
func (l *lanes) finish(lane string) (next *broker.Delivery, confirm int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queues[lane]
	l.done[q[0].Offset] = true
	for l.done[l.next+1] {
		l.next++
		delete(l.done, l.next)
	}
	l.waiting--
	select {
	case l.room <- struct{}{}:
	default:
	}
	if len(q) == 1 {
		delete(l.queues, lane)
		return nil, l.next
	}
	q[0] = broker.Delivery{} // give its memory back
	l.queues[lane] = q[1:]
	return &l.queues[lane][0], l.next
}

// held is how many events were passed on since the last that is confirmed: waiting ones and those finished out of
// turn.
func (l *lanes) held() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting + len(l.done)
}

// space waits until fewer than most events are held.
func (l *lanes) space(ctx context.Context, most int) (int, error) {
	for {
		if free := most - l.held(); free > 0 {
			return free, nil
		}
		select {
		case <-l.room:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}
