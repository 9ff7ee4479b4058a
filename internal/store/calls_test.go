package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/internal/appendlog"
	"mconnect/test/must"
)

// TestIndex_CountsCallsBySystem: of one service, since a time, and refused ones do not count.
func TestIndex_CountsCallsBySystem(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		got, err := db.Calls(t.Context(), "Get0", noon)
		if err != nil || len(got) != 0 {
			t.Fatalf("before the first call: %v %v", got, err)
		}
		want, later := map[string]int64{}, map[string]int64{}
		var all []appendlog.IndexRow
		for n := range 300 {
			c := call(int64(2*n), n)
			if n%10 == 0 {
				c.Verdict = "refused"
			}
			all = append(all, c)
			if c.Service != "Get0" || c.Verdict == "refused" {
				continue
			}
			want[c.System]++
			if n >= 200 {
				later[c.System]++
			}
		}
		all = append(all, appendlog.IndexRow{Seq: 600, At: noon.Add(time.Hour), Kind: "change", Service: "Get0", System: "system-0"})
		write(t, db, 601, all...)
		for since, counts := range map[time.Duration]map[string]int64{0: want, 200 * time.Second: later, 2 * time.Hour: {}} {
			got := must.Get(db.Calls(t.Context(), "Get0", noon.Add(since)))(t)
			if diff := cmp.Diff(counts, got); diff != "" {
				t.Errorf("since %v: %s", since, diff)
			}
		}
	})
}
