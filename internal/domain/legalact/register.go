package legalact

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"mconnect/fault"
	"mconnect/internal/civil"
)

// Register holds the acts in memory. It is safe for concurrent use.
type Register struct {
	mu   sync.RWMutex
	acts map[ID]*Act
}

// NewRegister makes an empty register.
func NewRegister() *Register { return &Register{acts: map[ID]*Act{}} }

// Put adds an act or replaces it. The register keeps its own copy.
func (r *Register) Put(a Act) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acts[a.ID] = &a
}

// With returns a register that holds these acts too, or in place of those with the same ids.
func (r *Register) With(acts ...Act) *Register {
	r.mu.RLock()
	next := &Register{acts: maps.Clone(r.acts)}
	r.mu.RUnlock()
	for _, a := range acts {
		next.Put(a)
	}
	return next
}

// Remove removes an act.
func (r *Register) Remove(id ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.acts, id)
}

// Act returns an act, which must not be changed.
func (r *Register) Act(id ID) (*Act, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	a, ok := r.acts[id]
	return a, ok
}

// All returns every act, the newest first.
func (r *Register) All() []*Act {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.SortedFunc(maps.Values(r.acts), func(a, b *Act) int {
		return cmp.Or(strings.Compare(b.Date, a.Date), strings.Compare(string(a.ID), string(b.ID)))
	})
}

// ByCitation finds the act that is cited by words: "Legea nr. 142/2018", equal but for case and spaces.
func (r *Register) ByCitation(words string) (*Act, bool) {
	for _, a := range r.All() {
		if samePath(a.Citation, words) {
			return a, true
		}
	}
	return nil, false
}

// State is how the cited place is at a time. A citation of one version is judged by that version alone; where its text
// was changed since, Changed reports it.
func (r *Register) State(c Citation, at time.Time) State {
	a, ok := r.Act(c.Act)
	if !ok {
		return Unknown
	}
	day := civil.DayOf(at)
	v, there := a.At(day)
	if !there {
		return a.StateAt(at)
	}
	if _, ok := v.Article(c.Path); ok {
		return InForce
	}
	for i := range a.Versions {
		if _, ok := a.Versions[i].Article(c.Path); ok {
			if a.Versions[i].From > day {
				return Coming
			}
			return Repealed
		}
	}
	return Unknown
}

// Changed reports whether the text of the cited place at a time is another than in the cited version.
func (r *Register) Changed(c Citation, at time.Time) bool {
	a, ok := r.Act(c.Act)
	if !ok || c.Version == "" {
		return false
	}
	cited, known := a.Version(c.Version)
	now, inForce := a.At(civil.DayOf(at))
	if !known || !inForce || cited == now {
		return false
	}
	return slices.ContainsFunc(Changes(cited, now), func(ch Change) bool {
		return samePath(ch.Path, c.Path) && ch.Kind != "added"
	})
}

// Check raises act.unknown, act.version, act.article or act.notInForce when the citation cannot found an agreement that
// begins at a time.
func (r *Register) Check(c Citation, at time.Time) error {
	a, ok := r.Act(c.Act)
	if !ok {
		return fault.New(fault.ActUnknown, "act", string(c.Act))
	}
	if c.Version != "" {
		v, ok := a.Version(c.Version)
		if !ok {
			return fault.New(fault.ActVersion, "act", a.Citation, "version", c.Version)
		}
		if _, ok := v.Article(c.Path); !ok {
			return fault.New(fault.ActArticle, "act", a.Citation, "article", c.Path)
		}
	}
	switch state := r.State(c, at); state {
	case InForce:
		return nil
	case Unknown:
		return fault.New(fault.ActArticle, "act", a.Citation, "article", c.Path)
	default:
		return fault.New(fault.ActNotInForce, "act", a.Citation, "article", c.Path, "day", civil.DayOf(at))
	}
}
