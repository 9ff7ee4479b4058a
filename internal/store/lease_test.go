package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// childLeases takes the name of a node and keeps it until it is killed.
func childLeases() error {
	db, err := store.Open(context.Background(), store.Config{URL: os.Getenv("CHILD_URL")})
	if err != nil {
		return err
	}
	l, err := db.LeaseName(context.Background(), "node")
	if err != nil {
		return err
	}
	fmt.Println("leased", l.ID())
	<-l.Lost()
	fmt.Println("lost", l.Err())
	return nil
}

// leasing starts a process that has taken the name.
func leasing(t *testing.T, url string) (c *exec.Cmd, says func() string) {
	t.Helper()
	c, says, _ = process(t, "lease", url)
	return c, says
}

// process starts a process with a part of its own, whose output says reads and to whose input tell writes a line.
func process(t *testing.T, part, url string) (c *exec.Cmd, says func() string, tell func(string)) {
	t.Helper()
	self := must.Get(os.Executable())(t)
	c = exec.Command(self)
	c.Env = append(os.Environ(), childEnv+"="+part, "CHILD_URL="+url)
	out := must.Get(c.StdoutPipe())(t)
	in := must.Get(c.StdinPipe())(t)
	c.Stderr = os.Stderr
	must.OK(t, c.Start())
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	buffer := make([]byte, 4096)
	says = func() string {
		n := must.Get(out.Read(buffer))(t)
		return string(buffer[:n])
	}
	return c, says, func(line string) {
		must.Get(fmt.Fprintln(in, line))(t)
	}
}

// TestLease_ANameHasOneProcess: on PostgreSQL a second process is refused while the first one lives, and has the name
// at once when it was killed. One that was frozen past its lease loses the name and all that was leased to it.
func TestLease_ANameHasOneProcess(t *testing.T) {
	if server == nil {
		return
	}
	url := database(t)
	db := open(t, url)
	first, says := leasing(t, url)
	if said := says(); said != "leased node#1\n" {
		t.Fatalf("the first says %q", said)
	}
	_, err := db.LeaseName(t.Context(), "node")
	if !errors.Is(err, store.ErrNameTaken) || !strings.Contains(err.Error(), fmt.Sprint("process ", first.Process.Pid)) {
		t.Fatalf("beside a process that lives: %v", err)
	}
	if other, err := db.LeaseName(t.Context(), "other"); err != nil || other.ID() != "other#1" {
		t.Fatalf("another name: %v, %v", other, err)
	}
	must.OK(t, first.Process.Kill())
	_ = first.Wait()

	second, says := leasing(t, url)
	if said := says(); said != "leased node#2\n" {
		t.Fatalf("after the first was killed the second says %q", said)
	}
	parts := []appendlog.Partition{{System: "bank.app", Group: "g", Part: 3}}
	if got, err := db.LeasePartitions(t.Context(), "node#2", parts, 1, time.Hour); err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	must.OK(t, second.Process.Signal(syscall.SIGSTOP))
	third, err := db.LeaseName(t.Context(), "node") // waits for the end of the lease
	if err != nil || third.ID() != "node#3" {
		t.Fatalf("beside a frozen process: %v", err)
	}
	if got, err := db.LeasePartitions(t.Context(), third.ID(), parts, 1, time.Hour); err != nil || len(got) != 1 {
		t.Errorf("what was leased to the frozen process is not free: %v, %v", got, err)
	}
	must.OK(t, second.Process.Signal(syscall.SIGCONT))
	if said := says(); !strings.HasPrefix(said, "lost ") {
		t.Errorf("the process that was frozen says %q", said)
	}
}

// childStalls appends under a name that it has leased, and says after each line of its input what became of the next
// append.
func childStalls() error {
	db, err := store.Open(context.Background(), store.Config{URL: os.Getenv("CHILD_URL")})
	if err != nil {
		return err
	}
	l, err := db.OpenLog(context.Background(), "journal", chain{})
	if err != nil {
		return err
	}
	if _, err := db.LeaseName(context.Background(), "node"); err != nil {
		return err
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		_, err := l.Append(context.Background(), appendlog.Entry{Data: []byte(in.Text())})
		saved := db.SaveCursors(context.Background(), []appendlog.Cursor{{System: "a.b", Group: in.Text(), Next: 1}})
		fmt.Println("append", err == nil, errors.Is(err, store.ErrNameTaken), "position", saved == nil, errors.Is(saved, store.ErrNameTaken))
	}
	return nil
}

// TestLease_FencesWhatIsWritten: a process that was frozen past its lease, while another took the name, writes neither
// an entry nor a position when it wakes, not even the very first.
func TestLease_FencesWhatIsWritten(t *testing.T) {
	if server == nil {
		return
	}
	url := database(t)
	frozen, says, tell := process(t, "stall", url)
	tell("before")
	if said := says(); said != "append true false position true false\n" {
		t.Fatalf("before: %q", said)
	}
	must.OK(t, frozen.Process.Signal(syscall.SIGSTOP))
	db := open(t, url)
	if _, err := db.LeaseName(t.Context(), "node"); err != nil { // waits for the end of the lease
		t.Fatal(err)
	}
	tell("after")
	must.OK(t, frozen.Process.Signal(syscall.SIGCONT))
	if said := says(); said != "append false true position false true\n" {
		t.Errorf("after: %q", said)
	}
	if all := whole(t, openLog(t, db, "journal", chain{})); len(all) != 1 || string(all[0].Data) != "before" {
		t.Errorf("the log holds %d entries", len(all))
	}
	if at := positionsOf(t, db, "a.b", "after"); len(at) != 0 {
		t.Errorf("a position was saved: %v", at)
	}
}

// TestLease_EndsWithTheStore: a process that stops in order leaves its name to the next one at once.
func TestLease_EndsWithTheStore(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		for n := range 3 {
			db := must.Get(store.Open(t.Context(), store.Config{URL: url}))(t)
			l, err := db.LeaseName(t.Context(), "node")
			if err != nil || l.ID() != fmt.Sprint("node#", n+1) {
				t.Errorf("%v, %v", l, err)
			}
			must.OK(t, db.Close())
		}
	})
}

// TestLease_ReadyByTheLastCommit: a log is ready as long as commits succeed, and a lease makes some when nobody else
// does.
func TestLease_ReadyByTheLastCommit(t *testing.T) {
	if server == nil {
		return
	}
	db := open(t, database(t))
	l := openLog(t, db, "journal", chain{})
	must.Get(db.LeaseName(t.Context(), "node"))(t)
	if err := l.Ready(); err != nil {
		t.Errorf("at first: %v", err)
	}
	must.OK(t, server.Stop())
	await(t, "that it is not ready", func() bool { return is(l.Ready(), fault.RecordUnavailable) })
	must.OK(t, server.Resume())
	await(t, "that it is ready again", func() bool { return l.Ready() == nil })
}

// TestOnce_CountsForAllProcesses: a key stands once, whichever process appends it, to whatever log, also in one batch
// with others and after a restart; nobody else's append is touched.
func TestOnce_CountsForAllProcesses(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		logs := []*store.Log{openLog(t, db, "journal", chain{}), openLog(t, db, "sandbox", chain{})}
		key := func(n byte) *appendlog.Once {
			return &appendlog.Once{Key: [32]byte{n}, Until: time.Now().Add(time.Hour)}
		}
		signed := func(n byte) appendlog.Entry { return appendlog.Entry{Data: []byte{n}, Once: key(n)} }
		must.Get(logs[0].Append(t.Context(), signed(1)))(t)
		for n, l := range logs {
			if at, err := l.Append(t.Context(), signed(1)); !is(err, fault.SignatureReplayed) {
				t.Errorf("again on log %d: %+v, %v", n, at, err)
			}
			if _, err := l.Append(t.Context(), entry("unsigned")); err != nil {
				t.Errorf("after a replay: %v", err)
			}
		}
		results := make(chan error, 64)
		for n := range cap(results) {
			go func() {
				at, err := logs[0].Append(t.Context(), signed(byte(100+n%8)))
				if err == nil && at.Size <= at.Index {
					err = fmt.Errorf("stands at %+v", at)
				}
				results <- err
			}()
		}
		counted := 0
		for range cap(results) {
			switch err := <-results; {
			case err == nil:
				counted++
			case !is(err, fault.SignatureReplayed):
				t.Errorf("at once: %v", err)
			}
		}
		if stand := len(whole(t, logs[0])); counted != 8 || stand != 2+8 {
			t.Errorf("%d of 8 keys counted, %d entries stand", counted, stand)
		}
		must.OK(t, db.Close())
		later := open(t, url)
		l := openLog(t, later, "journal", chain{})
		if _, err := l.Append(t.Context(), signed(1)); !is(err, fault.SignatureReplayed) {
			t.Errorf("after a restart: %v", err)
		}
		must.Get(later.DropExpired(t.Context(), time.Now().Add(2*time.Hour)))(t)
		if _, err := l.Append(t.Context(), signed(1)); err != nil {
			t.Errorf("after its time: %v", err)
		}
	})
}
