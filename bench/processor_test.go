package main

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"mconnect/test/must"
)

// TestProcessorTime_IsThatOfTheServer burns some time in a child and finds it there, not here.
func TestProcessorTime_IsThatOfTheServer(t *testing.T) {
	child := exec.Command("sh", "-c", "while :; do :; done")
	must.OK(t, child.Start())
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	pid := child.Process.Pid
	own := target{pids: []int{pid}}
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for own.used() < 50*time.Millisecond {
		select {
		case <-deadline:
			t.Fatalf("the child used %v in 20 s", own.used())
		case <-tick.C:
		}
	}
	if processor(1<<30) != 0 {
		t.Error("a process that is not there used time")
	}
	if pids := family(os.Getpid()); !slices.Contains(pids, os.Getpid()) {
		t.Errorf("the family of %d is %v", os.Getpid(), pids)
	}
	if pids := family(pid); !slices.Equal(pids, []int{pid}) {
		t.Errorf("a process without children has the family %v", pids)
	}
}

func TestCost_OfACallIsOverAllRuns(t *testing.T) {
	runs := []result{{calls: 10, used: time.Millisecond, elapsed: time.Second}, {calls: 30, used: 3 * time.Millisecond, elapsed: time.Second}}
	if got := join(runs).each(); got != 100*time.Microsecond {
		t.Errorf("got %v a call, want 100 µs", got)
	}
	if got := (result{}).each(); got != 0 {
		t.Errorf("no call used %v", got)
	}
}
