package agreement

import (
	"runtime"
	"sync"
	"weak"
)

// shelf remembers up to maxShared things at once so that equal ones are made once and shared; further ones are made for
// each use. It keeps nothing in memory: what nobody uses any more is forgotten. It is safe for concurrent use.
type shelf[K comparable, V any] struct {
	mu    sync.Mutex
	known map[K]weak.Pointer[V]
}

const maxShared = 4096

// find returns the thing under key, or nil.
func (s *shelf[K, V]) find(key K) *V {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[key].Value()
}

// keep remembers v under key and returns it, or what was there already.
func (s *shelf[K, V]) keep(key K, v *V) *V {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.known[key].Value(); known != nil {
		return known
	}
	if len(s.known) < maxShared {
		if s.known == nil {
			s.known = map[K]weak.Pointer[V]{}
		}
		s.known[key] = weak.Make(v)
		runtime.AddCleanup(v, s.forget, key)
	}
	return v
}

// forget takes key off the shelf, unless something in use has come under it meanwhile.
func (s *shelf[K, V]) forget(key K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.known[key]; ok && known.Value() == nil {
		delete(s.known, key)
	}
}
