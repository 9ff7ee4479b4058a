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
	mu       sync.RWMutex
	byID     map[mconnect.AgreementID]*Compiled
	bySystem map[mconnect.SystemID][]*Compiled // in the order of compare; a slice once stored is never changed
}

// subject is what an agreement is about: a service or a type of event.
type subject struct {
	service mconnect.ServiceName
	event   mconnect.EventType
}

// compare orders the agreements of a system by subject, and those of one subject by id.
func compare(x, y *Compiled) int {
	return cmp.Or(x.about(subject{y.Service, y.Event}), cmp.Compare(x.ID, y.ID))
}

func (c *Compiled) about(s subject) int {
	return cmp.Or(cmp.Compare(c.Service, s.service), cmp.Compare(c.Event, s.event))
}

// NewBook returns an empty book.
func NewBook() *Book {
	return &Book{byID: map[mconnect.AgreementID]*Compiled{}, bySystem: map[mconnect.SystemID][]*Compiled{}}
}

// Put adds c, or replaces the agreement of the same id. The next lookup sees it.
func (b *Book) Put(c *Compiled) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.remove(c.ID)
	b.byID[c.ID] = c
	list := b.bySystem[c.Consumer]
	at, _ := slices.BinarySearchFunc(list, c, compare)
	next := make([]*Compiled, len(list)+1)
	copy(next, list[:at])
	next[at] = c
	copy(next[at+1:], list[at:])
	b.bySystem[c.Consumer] = next
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
	next := slices.DeleteFunc(slices.Clone(b.bySystem[old.Consumer]), func(c *Compiled) bool { return c.ID == id })
	if len(next) == 0 {
		delete(b.bySystem, old.Consumer)
		return
	}
	b.bySystem[old.Consumer] = next
}

// For returns the agreements between system and service in order of id, whatever their state. The slice
// is shared: read it only.
func (b *Book) For(system mconnect.SystemID, service mconnect.ServiceName) []*Compiled {
	return b.find(system, subject{service: service})
}

// find returns the agreements of a system about s; none is nil.
func (b *Book) find(system mconnect.SystemID, s subject) []*Compiled {
	b.mu.RLock()
	list := b.bySystem[system]
	b.mu.RUnlock()
	first, found := slices.BinarySearchFunc(list, s, (*Compiled).about)
	if !found {
		return nil
	}
	end := behind(list, first)
	return list[first:end:end]
}

// behind is the position after the agreements about the same subject as the one at first.
func behind(list []*Compiled, first int) int {
	end, s := first+1, subject{list[first].Service, list[first].Event}
	for end < len(list) && list[end].about(s) == 0 {
		end++
	}
	return end
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
