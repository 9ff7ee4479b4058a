package app

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/internal/broker"
	"mconnect/internal/config"
	"mconnect/internal/eventlog"
)

// TestEvents_LimitsReachTheEngine: each key of the configuration bounds what its text says, and the defaults are the
// engine's.
func TestEvents_LimitsReachTheEngine(t *testing.T) {
	limits := eventlog.Limits{
		Readers: 4096, PerSystem: 256, Groups: 1024, Window: 4096, WindowSize: 4 << 20, Delivered: 65_536, Tests: time.Hour,
	}
	costs := broker.Limits{
		Batch: 10_000, Event: 1 << 20,
		Produced: broker.Writes{PerSecond: 256 << 20, PerDay: 512 << 30}, Asides: broker.Writes{PerSecond: 1 << 20, PerDay: 1 << 30},
	}
	compare := func(c config.Events) {
		t.Helper()
		gotLimits, gotCosts := eventLimits(c)
		if d := cmp.Diff(limits, gotLimits) + cmp.Diff(costs, gotCosts); d != "" {
			t.Error(d)
		}
	}
	compare(config.Config{}.WithDefaults().Events)
	limits = eventlog.Limits{Readers: 1, PerSystem: 2, Window: 5, WindowSize: 6, Delivered: 7, Groups: 8, Tests: 9}
	costs = broker.Limits{
		Batch: 3, Event: 4,
		Produced: broker.Writes{PerSecond: 10, PerDay: 11}, Asides: broker.Writes{PerSecond: 12, PerDay: 13},
	}
	compare(config.Events{Readers: 1, PerSystem: 2, Batch: 3, Event: 4, Window: 5, WindowSize: 6, Unconfirmed: 7, Groups: 8,
		TestRetention: 9, ProduceRate: 10, ProduceVolume: 11, AsideRate: 12, AsideVolume: 13})
}
