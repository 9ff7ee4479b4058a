package events

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
)

// instances are the readers of long polling that are open on this bridge. Each expires when it is not polled.
type instances struct {
	mu     sync.Mutex
	byID   map[string]*instance
	closed bool // draining: no more are taken
}

// instance is one reader of one system.
type instance struct {
	id     string
	system mconnect.SystemID
	group  string
	reader broker.Reader
	polled atomic.Bool   // a poll waits or is being answered: another one is refused
	turn   chan struct{} // holds one value while nobody uses the reader
	expiry *time.Timer
	ended  context.Context
	end    context.CancelFunc

	read   int64             // last offset that went out whole
	unsent []broker.Delivery // given by the reader and not gone out: the next poll's
}

func (all *instances) count() int64 {
	all.mu.Lock()
	defer all.mu.Unlock()
	return int64(len(all.byID))
}

// add keeps a reader; false when the node stops.
func (all *instances) add(system mconnect.SystemID, group string, reader broker.Reader,
	expiry time.Duration) (*instance, bool) {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	i := &instance{id: hex.EncodeToString(raw[:]), system: system, group: group, reader: reader,
		turn: make(chan struct{}, 1)}
	i.ended, i.end = context.WithCancel(context.Background())
	i.turn <- struct{}{}
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.closed {
		i.end()
		return nil, false
	}
	if all.byID == nil {
		all.byID = map[string]*instance{}
	}
	all.byID[i.id] = i
	i.expiry = time.AfterFunc(expiry, func() { all.remove(i) })
	return i, true
}

// find returns an instance of the system; of others there are none.
func (all *instances) find(system mconnect.SystemID, group, id string) (*instance, error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	i := all.byID[id]
	if i == nil || i.system != system || i.group != group {
		return nil, fault.New(fault.InstanceUnknown)
	}
	return i, nil
}

// remove closes an instance, once. What it had not confirmed goes to the others of its group.
func (all *instances) remove(i *instance) {
	all.mu.Lock()
	_, open := all.byID[i.id]
	delete(all.byID, i.id)
	all.mu.Unlock()
	if open {
		i.expiry.Stop()
		i.end()
		i.reader.Close()
	}
}

func (all *instances) closeAll() {
	all.mu.Lock()
	all.closed = true
	open := make([]*instance, 0, len(all.byID))
	for _, i := range all.byID {
		open = append(open, i)
	}
	all.mu.Unlock()
	for _, i := range open {
		all.remove(i)
	}
}

// acquire waits for the instance's turn: a poll, a confirmation, a dead event. While it is taken it does not expire.
func (i *instance) acquire(ctx context.Context) error {
	select {
	case <-i.turn:
	case <-ctx.Done():
		return ctx.Err()
	case <-i.ended.Done():
	}
	if i.ended.Err() != nil {
		return fault.New(fault.InstanceUnknown)
	}
	i.expiry.Stop()
	return nil
}

func (i *instance) release(expiry time.Duration) {
	if i.ended.Err() == nil {
		i.expiry.Reset(expiry)
	}
	i.turn <- struct{}{}
}

// next returns what an earlier answer could not deliver, else waits for events until ctx ends.
func (i *instance) next(ctx context.Context, most, bytes int) ([]broker.Delivery, error) {
	if len(i.unsent) == 0 {
		batch, err := i.reader.Next(ctx, most, bytes)
		if err != nil {
			return nil, err
		}
		i.unsent = batch
	}
	return i.unsent[:min(most, len(i.unsent))], nil
}

// sent notes that the first n events went out.
func (i *instance) sent(n int) {
	i.read = i.unsent[n-1].Offset
	i.unsent = i.unsent[n:]
}

// confirm counts everything up to offset as received; 0: all that went out so far.
func (i *instance) confirm(offset int64) error {
	switch {
	case offset == 0 && i.read == 0:
		return nil
	case offset == 0:
		offset = i.read
	case offset > i.read:
		return fault.New(fault.EventOffset, "offset", strconv.FormatInt(offset, 10))
	}
	return i.reader.Confirm(offset)
}
