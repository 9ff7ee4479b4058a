package xconnect

import (
	"os"
	"strings"
	"testing"
)

// TestXConnect_AddsToTheEnvironment; that it comes early enough is held by TestConsumingBySocketOverHTTP2.
func TestXConnect_AddsToTheEnvironment(t *testing.T) {
	if !strings.HasSuffix(Enabled, "http2xconnect=1") || os.Getenv("GODEBUG") != Enabled {
		t.Errorf("%q, GODEBUG is %q", Enabled, os.Getenv("GODEBUG"))
	}
	for before, want := range map[string]string{"": "http2xconnect=1", "gctrace=0": "gctrace=0,http2xconnect=1"} {
		t.Setenv("GODEBUG", before)
		if got := enable(); got != want || os.Getenv("GODEBUG") != want {
			t.Errorf("%q becomes %q", before, got)
		}
	}
}
