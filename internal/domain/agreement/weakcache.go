package agreement

import (
	"runtime"
	"sync"
	"weak"
)

// weakCache holds up to maxShared values by weak pointers, so that equal ones are made once and shared; further ones
// are made for each use. A value that is no longer used is collected. It is safe for concurrent use.
type weakCache[K comparable, V any] struct {
	mu    sync.Mutex
	known map[K]weak.Pointer[V]
}

const maxShared = 4096

// find returns the thing under key, or nil.
func (s *weakCache[K, V]) find(key K) *V {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[key].Value()
}

// keep remembers v under key and returns it, or what was there already.
func (s *weakCache[K, V]) keep(key K, v *V) *V {
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

// forget takes key off the weakCache, unless something in use has come under it meanwhile.
func (s *weakCache[K, V]) forget(key K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.known[key]; ok && known.Value() == nil {
		delete(s.known, key)
	}
}
