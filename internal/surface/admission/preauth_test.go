package admission

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mconnect/fault"
)

// TestPreAuthLimit_IsBounded: by number, by the bytes that they declare, and by the largest request where they declare
// none.
func TestPreAuthLimit_IsBounded(t *testing.T) {
	const largest = 8 << 20
	from := 0
	sending := func(length int64) *http.Request { // each on its own connection
		from++
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = fmt.Sprintf("192.0.2.1:%d", from)
		r.ContentLength = length
		return r
	}
	s := NewPreAuthLimit(8, largest, time.Second)
	var all []func()
	for n := range 8 {
		release, err := s.Reserve(sending(10), largest)
		all = append(all, release)
		if (err == nil) != (n < 6) || err != nil && fault.From(err).Code != fault.Overloaded {
			t.Errorf("caller %d: %v", n, err)
		}
	}
	for _, release := range all {
		release()
	}
	if callers, bytes := s.Held(); callers != 0 || bytes != 0 {
		t.Fatalf("%d callers, %d bytes held", callers, bytes)
	}
	s = NewPreAuthLimit(1000, largest, time.Second)
	for n, length := range []int64{-1, largest + 1, 0, largest, largest, largest, largest, largest, largest, 1} {
		if _, err := s.Reserve(sending(length), largest); (err == nil) != (n < 9) {
			t.Errorf("caller %d of %d bytes: %v", n, length, err)
		}
	}
	if callers, bytes := s.Held(); callers != 9 || bytes != 8*largest {
		t.Errorf("%d callers, %d bytes held", callers, bytes)
	}
}

// TestPreAuthLimit_OneConnectionLeavesSomething: connections with more streams than there are places leave places and
// bytes to one that comes later, and what they gave back is free again.
func TestPreAuthLimit_OneConnectionLeavesSomething(t *testing.T) {
	const largest, places, connections = 8 << 20, 1024, 10
	for name, length := range map[string]int64{"few bytes": 1, "64 KiB": 64 << 10, "as many as are allowed": largest} {
		s := NewPreAuthLimit(places, largest, time.Second)
		var all []func()
		most := int64(0)
		for round := range 250 {
			for n := range connections {
				r := httptest.NewRequest(http.MethodPost, "/", nil)
				r.RemoteAddr, r.ContentLength = fmt.Sprintf("192.0.2.1:%d", n), length
				if length == largest && n > 5 { // six of the largest leave room for two more
					continue
				}
				release, err := s.Reserve(r, largest)
				if err != nil && round == 0 {
					t.Errorf("%s: the first of connection %d is refused: %v", name, n, err)
				}
				all = append(all, release)
				most = max(most, s.of[r.RemoteAddr].callers)
			}
		}
		callers, bytes := s.Held()
		if free := int64(places*3/4) - callers; free < most || callers < 6 {
			t.Errorf("%s: %d places are free, and one connection has %d", name, free, most)
		}
		late := httptest.NewRequest(http.MethodPost, "/", nil)
		late.RemoteAddr, late.ContentLength = "192.0.2.2:1", length
		release, err := s.Reserve(late, largest)
		if err != nil {
			t.Errorf("%s: a new connection is refused: %v (%d callers, %d bytes held)", name, err, callers, bytes)
		}
		release()
		for _, release := range all {
			release()
		}
		if callers, bytes := s.Held(); callers != 0 || bytes != 0 || len(s.of) != 0 {
			t.Errorf("%s: %d callers, %d bytes of %d connections held", name, callers, bytes, len(s.of))
		}
	}
}
