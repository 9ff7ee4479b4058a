package demo

import (
	"testing"
	"time"

	"mconnect/internal/domain/access"
)

// TestNeeds_ShowEveryState that a request can reach without waiting, each once, with answers of its own.
func TestNeeds_ShowEveryState(t *testing.T) {
	later := map[access.State]bool{access.Testing: true, access.Lapsed: true} // by failed tests, and by time
	seen, codes := map[access.State]int{}, map[string]bool{}
	for _, n := range needs() {
		seen[n.state]++
		if codes[string(n.purpose)] {
			t.Errorf("%s is asked for twice", n.purpose)
		}
		codes[string(n.purpose)] = true
		if len(n.fields) == 0 || n.title.RO == "" || n.title.EN == "" || n.title.RU == "" || n.why == "" {
			t.Errorf("%s is not complete: %+v", n.purpose, n)
		}
		for block, answers := range n.answers(time.Now()) {
			if len(answers) == 0 {
				t.Errorf("%s: nothing is answered in block %s", n.purpose, block)
			}
		}
	}
	for _, state := range access.States() {
		if want := map[bool]int{true: 0, false: 1}[later[state]]; seen[state] != want {
			t.Errorf("%d requests are %s, want %d", seen[state], state, want)
		}
	}
}
