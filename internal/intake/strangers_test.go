package intake

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mconnect/fault"
)

// TestStrangersAreBounded: by number, by the bytes that they declare, and by the largest request where they declare none.
func TestStrangersAreBounded(t *testing.T) {
	const largest = 8 << 20
	sending := func(length int64) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.ContentLength = length
		return r
	}
	s := NewStrangers(8, largest, time.Second)
	var all []func()
	for n := range 8 {
		release, err := s.Reserve(sending(10), largest)
		all = append(all, release)
		if (err == nil) != (n < 6) || err != nil && fault.From(err).Code != fault.Overloaded {
			t.Errorf("stranger %d: %v", n, err)
		}
	}
	for _, release := range all {
		release()
	}
	if callers, bytes := s.Held(); callers != 0 || bytes != 0 {
		t.Fatalf("%d strangers, %d bytes held", callers, bytes)
	}
	s = NewStrangers(1000, largest, time.Second)
	for n, length := range []int64{-1, largest + 1, 0, largest, largest, largest, largest, largest, largest, 1} {
		if _, err := s.Reserve(sending(length), largest); (err == nil) != (n < 9) {
			t.Errorf("stranger %d of %d bytes: %v", n, length, err)
		}
	}
	if callers, bytes := s.Held(); callers != 10 || bytes != 8*largest+1 {
		t.Errorf("%d strangers, %d bytes held", callers, bytes)
	}
}
