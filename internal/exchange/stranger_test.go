package exchange

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mconnect/fault"
)

// The gate is tested by itself, in time that passes at will; the journal behind it in do_test.go.
func TestGateCountsWhatItHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var summaries []tally
		var failing error
		g := newGate(RefusalLimit{PerSecond: 1, Burst: 2, Summary: 10 * time.Second}, func(_ context.Context, c tally) error {
			mu.Lock()
			defer mu.Unlock()
			if failing != nil {
				return failing
			}
			summaries = append(summaries, c)
			return nil
		})
		admitted := 0
		for range 100 {
			if g.admit(fault.CertificateMissing) {
				admitted++
			}
		}
		if admitted != 2 {
			t.Errorf("%d admitted at once, want the burst of 2", admitted)
		}
		<-time.After(11 * time.Second)
		synctest.Wait()
		if len(summaries) != 1 || summaries[0].count != 98 || summaries[0].byCode[fault.CertificateMissing] != 98 {
			t.Fatalf("summaries %+v", summaries)
		}
		if !g.admit(fault.CertificateUnknown) {
			t.Error("after a while nothing is admitted")
		}
		mu.Lock()
		failing = errors.New("disk full")
		mu.Unlock()
		for range 10 {
			g.admit(fault.CertificateUnknown)
		}
		<-time.After(15 * time.Second)
		synctest.Wait()
		mu.Lock()
		failing = nil
		mu.Unlock()
		<-time.After(10 * time.Second)
		synctest.Wait()
		if len(summaries) != 2 || summaries[1].count != 9 {
			t.Fatalf("a summary that failed was not made up for: %+v", summaries)
		}
		if err := g.close(t.Context()); err != nil || len(summaries) != 2 {
			t.Errorf("close: %v %+v", err, summaries)
		}
	})
}
