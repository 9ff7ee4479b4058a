package store_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"mconnect/internal/store"
	"mconnect/test/must"
)

// TestLog_KilledProcessLosesNothingAcknowledged kills an appending process again and again: every
// acknowledged append is in the log where it was said to be, whole, and no append is there by half.
func TestLog_KilledProcessLosesNothingAcknowledged(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		self := must.Get(os.Executable())(t)
		acknowledged := map[int64]string{}
		for run := range 8 {
			c := exec.Command(self)
			c.Env = append(os.Environ(), childEnv+"=append", "CHILD_URL="+url, fmt.Sprintf("CHILD_RUN=%d", run))
			c.Stderr = os.Stderr
			out := must.Get(c.StdoutPipe())(t)
			must.OK(t, c.Start())
			lines := bufio.NewScanner(out)
			for n := 1; lines.Scan(); n++ {
				var index int64
				var name string
				if _, err := fmt.Sscanf(lines.Text(), "done %d %s", &index, &name); err != nil {
					continue // cut off by the kill
				}
				acknowledged[index] = name
				if n == 100+run*57 {
					must.OK(t, c.Process.Kill())
				}
			}
			_ = c.Wait() // it was killed
			db := must.Get(store.Open(t.Context(), store.Config{URL: url}))(t)
			holds(t, openLog(t, db, "journal", chain{}), acknowledged)
			if err := db.Check(t.Context()); err != nil {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
		if len(acknowledged) < 2000 {
			t.Errorf("only %d appends were acknowledged in all", len(acknowledged))
		}
	})
}

func holds(t *testing.T, l *store.Log, acknowledged map[int64]string) {
	t.Helper()
	all := whole(t, l)
	for i := 0; i < len(all); i += 2 {
		first, second := string(all[i].Data), ""
		if i+1 < len(all) {
			second = string(all[i+1].Data)
		}
		if strings.TrimSuffix(first, "/1") != strings.TrimSuffix(second, "/2") || string(all[i+1].Aside) != "beside" {
			t.Fatalf("entry %d is half of an append", i)
		}
	}
	for index, name := range acknowledged {
		if index >= int64(len(all)) || strings.TrimSuffix(strings.Fields(string(all[index].Data))[0], "/1") != name {
			t.Fatalf("append %s was acknowledged at %d and is not there", name, index)
		}
	}
}
