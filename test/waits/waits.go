// Package waits has the waits of tests. A busy machine is late, not wrong: a test waits until what it expects has come,
// and gives up only where nothing else would end the wait.
package waits

import (
	"context"
	"testing"
	"time"
)

// Limit is when a test gives a wait up: far beyond what the busiest machine takes, and below the limit of "go test".
const Limit = 5 * time.Minute

// Until waits until holds is true, which it asks every few milliseconds, and fails the test after Limit.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	given := time.After(Limit)
	for !holds() {
		select {
		case <-t.Context().Done():
			t.Fatalf("%s: the test ended before", what)
		case <-given:
			t.Fatalf("%s: not within %s", what, Limit)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Context ends after Limit, or with the test.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Limit)
	t.Cleanup(cancel)
	return ctx
}
