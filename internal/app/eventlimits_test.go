package app

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/internal/broker"
	"mconnect/internal/config"
)

// TestEventLimitsReachTheEngine: each key of the configuration bounds what its text says, and the defaults are the engine's.
func TestEventLimitsReachTheEngine(t *testing.T) {
	defaults := broker.Limits{
		Batch: 10_000, Event: 1 << 20, Readers: 4096, PerSystem: 256, Groups: 1024, Window: 4096, WindowSize: 4 << 20, Delivered: 65_536,
		Produced: broker.Writes{PerSecond: 256 << 20, PerDay: 512 << 30}, Asides: broker.Writes{PerSecond: 1 << 20, PerDay: 1 << 30}, Tests: time.Hour,
	}
	if d := cmp.Diff(defaults, eventLimits(config.Config{}.WithDefaults().Events)); d != "" {
		t.Error(d)
	}
	stated := config.Events{Readers: 1, PerSystem: 2, Batch: 3, Event: 4, Window: 5, WindowSize: 6, Unconfirmed: 7, Groups: 8, TestRetention: 9,
		ProduceRate: 10, ProduceVolume: 11, AsideRate: 12, AsideVolume: 13}
	want := broker.Limits{
		Readers: 1, PerSystem: 2, Batch: 3, Event: 4, Window: 5, WindowSize: 6, Delivered: 7, Groups: 8, Tests: 9,
		Produced: broker.Writes{PerSecond: 10, PerDay: 11}, Asides: broker.Writes{PerSecond: 12, PerDay: 13},
	}
	if d := cmp.Diff(want, eventLimits(stated)); d != "" {
		t.Error(d)
	}
}
