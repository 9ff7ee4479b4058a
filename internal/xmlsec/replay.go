package xmlsec

import (
	"sync"
	"time"

	"mconnect/fault"
)

// Replay remembers signatures. Remember is atomic: of any number of concurrent calls with one key, one succeeds.
// It is asked only after a message has verified in full, so that nobody unregistered can fill it.
// Faults: signature.replayed when key is remembered already, signature.replayMemory when it cannot be remembered.
type Replay interface {
	Remember(key [32]byte, now, until time.Time) error
}

// Memory is a Replay in the memory of this process: it forgets at restart and is shared with no other node. What it
// holds is bounded; when it is full of keys that still count it refuses rather than forgets.
type Memory struct {
	shards [64]shard
	each   int
}

type shard struct {
	sync.Mutex
	until map[[16]byte]int64 // Unix seconds
	swept int64              // when last swept
}

// NewMemory makes a Memory for at most capacity keys (about 60 octets each).
func NewMemory(capacity int) *Memory {
	m := &Memory{}
	m.each = max(1, capacity/len(m.shards))
	for i := range m.shards {
		m.shards[i].until = make(map[[16]byte]int64)
	}
	return m
}

// Remember implements Replay.
func (m *Memory) Remember(key [32]byte, now, until time.Time) error {
	s := &m.shards[key[31]%64]
	short, at := [16]byte(key[:16]), now.Unix()
	s.Lock()
	defer s.Unlock()
	if old, seen := s.until[short]; seen && at <= old {
		return fault.New(fault.SignatureReplayed)
	}
	if at-s.swept >= 60 || len(s.until) >= m.each && at > s.swept {
		for k, old := range s.until {
			if at > old {
				delete(s.until, k)
			}
		}
		s.swept = at
	}
	if len(s.until) >= m.each {
		e := fault.New(fault.SignatureReplayFull)
		e.RetryAfter = time.Minute
		return e
	}
	s.until[short] = until.Unix() + 1
	return nil
}

// Len is how many keys are held.
func (m *Memory) Len() (n int) {
	for i := range m.shards {
		m.shards[i].Lock()
		n += len(m.shards[i].until)
		m.shards[i].Unlock()
	}
	return n
}
