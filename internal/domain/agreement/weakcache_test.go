package agreement

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"mconnect/test/waits"
)

// count is how many things the weakCache remembers.
func (s *weakCache[K, V]) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.known)
}

func TestWeakCache_SharesWhatIsInUse(t *testing.T) {
	var s weakCache[string, []string]
	one, other := &[]string{"a"}, &[]string{"a"}
	if s.find("a") != nil {
		t.Error("an empty weakCache holds something")
	}
	if s.keep("a", one) != one || s.keep("a", other) != one || s.find("a") != one {
		t.Error("equal things are not shared")
	}
	if s.keep("b", other) != other || s.find("a") != one {
		t.Error("different things are taken for equal")
	}
	runtime.KeepAlive(one)
	runtime.KeepAlive(other)
}

func TestWeakCache_ForgetsWhatIsUnused(t *testing.T) {
	var s weakCache[int, [4]string]
	kept := s.keep(-1, &[4]string{"stays"})
	for i := range 100 {
		s.keep(i, &[4]string{fmt.Sprint(i)})
	}
	deadline := time.After(waits.Limit)
	for s.count() > 1 {
		runtime.GC()
		select {
		case <-deadline:
			t.Fatalf("%d things are remembered though one is used", s.count())
		default:
			runtime.Gosched()
		}
	}
	if s.find(-1) != kept {
		t.Error("what is in use was forgotten")
	}
	again := s.keep(7, &[4]string{"anew"})
	s.forget(7) // a late cleanup of the first that came under this key
	if s.find(7) != again {
		t.Error("the cleanup of one thing took its successor off the weakCache")
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(again)
}

func TestWeakCache_IsBounded(t *testing.T) {
	var s weakCache[int, [4]string]
	all := make([]*[4]string, maxShared+10)
	for i := range all {
		all[i] = &[4]string{fmt.Sprint(i)}
		if s.keep(i, all[i]) != all[i] {
			t.Fatal("another thing came back")
		}
	}
	if s.count() != maxShared || s.find(maxShared+1) != nil || s.find(0) != all[0] {
		t.Errorf("%d things are remembered", s.count())
	}
	runtime.KeepAlive(all)
}
