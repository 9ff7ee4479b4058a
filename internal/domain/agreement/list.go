package agreement

import (
	"cmp"
	"slices"
)

// All returns all agreements by id.
func (b *Book) All() []*Compiled {
	b.mu.RLock()
	defer b.mu.RUnlock()
	list := make([]*Compiled, 0, len(b.byID))
	for _, c := range b.byID {
		list = append(list, c)
	}
	slices.SortFunc(list, func(x, y *Compiled) int { return cmp.Compare(x.ID, y.ID) })
	return list
}
