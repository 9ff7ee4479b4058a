package exchange

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mconnect/fault"
	"mconnect/test/must"
)

// The gate is tested by itself, in time that passes at will; the journal behind it in do_test.go.
func TestRefusals_GateCountsWhatItSuppresses(t *testing.T) {
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

func TestRefusals_UnrecordedSummaryIsAddedToTheNext(t *testing.T) {
	var recorded []tally
	failing, during := true, func() {}
	g := newGate(RefusalLimit{PerSecond: 1e-9, Burst: 1, Summary: time.Hour}, func(_ context.Context, c tally) error {
		if during(); failing {
			return errors.New("disk full")
		}
		recorded = append(recorded, c)
		return nil
	})
	during = func() { g.admit(fault.ServiceUnknown) } // while a summary waits for the disk, nobody waits for it
	for range 3 {
		g.admit(fault.MessageMalformed)
	}
	if err := g.flush(t.Context()); err == nil {
		t.Error("a summary that was not recorded counts as recorded")
	}
	failing, during = false, func() {}
	must.OK(t, g.close(t.Context()))
	if len(recorded) != 1 || recorded[0].count != 3 || recorded[0].byCode[fault.ServiceUnknown] != 1 || recorded[0].most() != fault.MessageMalformed {
		t.Errorf("recorded %+v", recorded)
	}
}

func TestRefusals_LimitsHaveDefaults(t *testing.T) {
	if l := (RefusalLimit{}).or(20); l != (RefusalLimit{PerSecond: 20, Burst: 200, Summary: 10 * time.Second}) {
		t.Errorf("%+v", l)
	}
	if l := (RefusalLimit{PerSecond: 0.01}).or(20); l.Burst != 1 {
		t.Errorf("%+v", l)
	}
}
