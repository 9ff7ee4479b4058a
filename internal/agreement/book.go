package agreement

import (
	"cmp"
	"slices"
	"sync"

	"mconnect"
)

// Book is the image in memory of all agreements, found by who calls what. It is safe for concurrent use;
// a lookup costs the same with ten agreements and with a hundred thousand.
type Book struct {
	mu     sync.RWMutex
	byID   map[mconnect.AgreementID]*Compiled
	byPair map[pair][]*Compiled                                     // by id; a slice once stored is never changed
	events map[mconnect.SystemID]map[mconnect.EventType][]*Compiled // likewise
}

type pair struct {
	system  mconnect.SystemID
	service mconnect.ServiceName
}

// NewBook returns an empty book.
func NewBook() *Book {
	return &Book{
		byID: map[mconnect.AgreementID]*Compiled{}, byPair: map[pair][]*Compiled{},
		events: map[mconnect.SystemID]map[mconnect.EventType][]*Compiled{},
	}
}

// Put adds c, or replaces the agreement of the same id. The next lookup sees it.
func (b *Book) Put(c *Compiled) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(c.ID)
	b.byID[c.ID] = c
	if c.Event != "" {
		b.putEvent(c)
		return
	}
	key := pair{c.Consumer, c.Service}
	next := append(slices.Clone(b.byPair[key]), c)
	slices.SortFunc(next, func(x, y *Compiled) int { return cmp.Compare(x.ID, y.ID) })
	b.byPair[key] = next
}

// Remove takes the agreement of this id out; an unknown id changes nothing.
func (b *Book) Remove(id mconnect.AgreementID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(id)
}

func (b *Book) remove(id mconnect.AgreementID) {
	old, ok := b.byID[id]
	if !ok {
		return
	}
	delete(b.byID, id)
	if old.Event != "" {
		b.removeEvent(old)
		return
	}
	key := pair{old.Consumer, old.Service}
	next := slices.DeleteFunc(slices.Clone(b.byPair[key]), func(c *Compiled) bool { return c.ID == id })
	if len(next) == 0 {
		delete(b.byPair, key)
		return
	}
	b.byPair[key] = next
}

// For returns the agreements between system and service in order of id, whatever their state. The slice
// is shared: read it only.
func (b *Book) For(system mconnect.SystemID, service mconnect.ServiceName) []*Compiled {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.byPair[pair{system, service}]
}

// Get returns the agreement of this id.
func (b *Book) Get(id mconnect.AgreementID) (*Compiled, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c, ok := b.byID[id]
	return c, ok
}

// Len returns how many agreements there are.
func (b *Book) Len() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.byID)
}
