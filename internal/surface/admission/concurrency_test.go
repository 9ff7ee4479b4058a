package admission

import "testing"

// TestConcurrencyLimit_IsShared: all calls together are bounded, and those of one system to three quarters.
func TestConcurrencyLimit_IsShared(t *testing.T) {
	l := NewConcurrencyLimit(4)
	for n := range 4 {
		if !l.Enter() {
			t.Fatalf("call %d is refused", n)
		}
		leave, ok := l.Admit("hall.app")
		if ok != (n < 3) {
			t.Errorf("call %d of one system: %t", n, ok)
		}
		defer leave()
	}
	if _, ok := l.Admit("school.app"); !ok {
		t.Error("another system is refused")
	}
	if l.Enter() {
		t.Error("a fifth call is let in")
	}
	l.Leave()
	if l.InFlight() != 4 {
		t.Errorf("%d in flight", l.InFlight())
	}
}
