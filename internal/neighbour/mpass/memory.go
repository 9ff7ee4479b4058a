package mpass

import (
	"context"
	"sync"

	"mconnect/fault"
)

// Memory keeps requests in this process. It is bounded: where more logins are begun than it holds, the oldest are
// forgotten, so that nobody can keep others from logging in by beginning many.
type Memory struct {
	mu    sync.Mutex
	all   map[[32]byte]Request
	order [][32]byte // as they were begun; those already taken included
	most  int
}

// NewMemory makes a Memory for at most that many requests, about 400 octets each.
func NewMemory(most int) *Memory { return &Memory{all: map[[32]byte]Request{}, most: max(most, 1)} }

// Keep implements Requests.
func (m *Memory) Keep(_ context.Context, r Request) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.order) > 0 {
		first, held := m.all[m.order[0]]
		if held && len(m.order) < m.most && r.Begun.Sub(first.Begun) <= Lifetime {
			break
		}
		delete(m.all, m.order[0])
		m.order = m.order[1:]
	}
	m.all[r.Key] = r
	m.order = append(m.order, r.Key)
	return nil
}

// Take implements Requests.
func (m *Memory) Take(_ context.Context, key [32]byte) (Request, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, held := m.all[key]
	if !held {
		return Request{}, fault.New(fault.LoginUnsolicited)
	}
	delete(m.all, key)
	return r, nil
}
