package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mconnect/internal/config"
	"mconnect/internal/relay"
)

// TestEventLimitsReachTheEngine: each key of the configuration bounds what its text says, and the defaults are the engine's.
func TestEventLimitsReachTheEngine(t *testing.T) {
	defaults := relay.Limits{Batch: 10_000, Event: 1 << 20, Readers: 4096, PerSystem: 256, Window: 4096, WindowSize: 4 << 20, Delivered: 65_536}
	if d := cmp.Diff(defaults, eventLimits(config.Config{}.WithDefaults().Events)); d != "" {
		t.Error(d)
	}
	stated := config.Events{Readers: 1, PerSystem: 2, Batch: 3, Event: 4, Window: 5, WindowSize: 6, Unconfirmed: 7}
	if d := cmp.Diff(relay.Limits{Readers: 1, PerSystem: 2, Batch: 3, Event: 4, Window: 5, WindowSize: 6, Delivered: 7}, eventLimits(stated)); d != "" {
		t.Error(d)
	}
}
