package admission_test

import (
	"testing"
	"testing/synctest"
	"time"

	"mconnect"
	"mconnect/internal/surface/admission"
)

// TestRateLimit_IsOfEachSystem: one that uses up its rate leaves the others theirs.
func TestRateLimit_IsOfEachSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := admission.NewRateLimit(2)
		allowed := func(system string, of int) (n int) {
			for range of {
				if p.Allow(mconnect.SystemID(system)) {
					n++
				}
			}
			return n
		}
		if n := allowed("hall.app", 100); n != 20 {
			t.Errorf("%d at once, want 20", n)
		}
		if n := allowed("school.app", 100); n != 20 {
			t.Errorf("another system: %d at once, want 20", n)
		}
		<-time.After(3 * time.Second)
		if n := allowed("hall.app", 100); n != 6 {
			t.Errorf("%d after 3 s, want 6", n)
		}
	})
}
