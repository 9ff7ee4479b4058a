package store_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// tries appends until ok says that the outcome is the awaited one.
func tries(t *testing.T, l *store.Log, what string, ok func(error) bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for {
		_, err := l.Append(ctx, appendlog.Entry{Data: make([]byte, 4000)})
		if ok(err) {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%s: %v, before that %v", what, err, last)
		}
		last = err
	}
}

func succeeded(err error) bool { return err == nil }
func refusedly(err error) bool { return is(err, fault.RecordUnavailable) }

// recovers spoils the store under appending callers, corrects it, and checks that the same open log goes on
// by itself with nothing acknowledged lost.
func recovers(t *testing.T, url string, spoil, mend func()) {
	db := open(t, url)
	l := openLog(t, db, "journal", chain{})
	tries(t, l, "before", succeeded)
	var acknowledged atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := l.Append(ctx, entry("under way"))
				switch {
				case err == nil:
					acknowledged.Add(1)
				case !refusedly(err) && !errors.Is(err, context.Canceled):
					t.Errorf("failed as %v", err)
				}
			}
		})
	}
	spoil()
	tries(t, l, "the refusal", refusedly)
	mend()
	tries(t, l, "recovery", succeeded)
	cancel()
	wg.Wait()
	if n := len(whole(t, l)); int64(n) < acknowledged.Load()+2 {
		t.Errorf("%d entries stand, %d were acknowledged", n, acknowledged.Load()+2)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// tmpfs mounts a small file system of its own, which takes root; without it the folder is an ordinary one.
func tmpfs(t *testing.T) (dir string, mounted bool) {
	t.Helper()
	dir = t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=32m", "none", dir).Run(); err != nil {
		t.Logf("no mount here: %v", err)
		return dir, false
	}
	t.Cleanup(func() { run(t, "umount", "-l", dir) })
	return dir, true
}

func TestLog_FullDiskRefusesAndRecovers(t *testing.T) {
	dir, mounted := tmpfs(t)
	if !mounted {
		return
	}
	filler := filepath.Join(dir, "filler")
	recovers(t, "sqlite:"+filepath.Join(dir, "store.db"), func() {
		f := must.Get(os.Create(filler))(t)
		defer f.Close()
		for size := 1 << 20; size > 0; {
			if _, err := f.Write(make([]byte, size)); err != nil {
				size /= 2
			}
		}
	}, func() {
		must.OK(t, os.Remove(filler))
	})
}

// freezes reports whether a file made immutable refuses who holds it open, which takes root and a file system
// that looks at each write.
func freezes(t *testing.T) bool {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "probe"))
	must.OK(t, err)
	defer f.Close()
	if err := exec.Command("chattr", "+i", f.Name()).Run(); err != nil {
		t.Logf("no immutable files here: %v", err)
		return false
	}
	_, err = f.WriteString("x")
	run(t, "chattr", "-i", f.Name())
	return err != nil
}

func TestLog_ReadOnlyFilesRefuseAndRecover(t *testing.T) {
	if !freezes(t) {
		return
	}
	path := filepath.Join(t.TempDir(), "store.db")
	files := func(flag string) func() {
		return func() { run(t, "chattr", flag, path, path+"-wal", path+"-shm") }
	}
	recovers(t, "sqlite:"+path, files("+i"), files("-i"))
}

func TestLog_IsWrittenAgainOnceTheServerIsBack(t *testing.T) {
	if server == nil {
		return
	}
	for name, end := range map[string]func() error{"killed": server.Kill, "stopped": server.Stop} {
		t.Run(name, func(t *testing.T) {
			recovers(t, database(t), func() {
				must.OK(t, end())
			}, func() {
				must.OK(t, server.Resume())
			})
		})
	}
}

func TestLog_ReadOnlyServerRefusesAndRecovers(t *testing.T) {
	if server == nil {
		return
	}
	set := func(value string) func() {
		return func() {
			for _, text := range []string{"ALTER SYSTEM SET default_transaction_read_only = " + value, "SELECT pg_reload_conf()"} {
				must.OK(t, server.Exec(context.Background(), "postgres", text))
			}
		}
	}
	t.Cleanup(set("off"))
	recovers(t, database(t), set("on"), set("off"))
}

func TestFollow_SurvivesARestart(t *testing.T) {
	if server == nil {
		return
	}
	db := open(t, database(t))
	l := openLog(t, db, "journal", chain{})
	seen := make(chan int64, 100)
	go func() {
		// ends with the test
		_ = l.Follow(t.Context(), 0, func(b appendlog.Batch) error { seen <- b.First; return nil })
	}()
	tries(t, l, "before", succeeded)
	if first := <-seen; first != 0 {
		t.Errorf("saw %d first", first)
	}
	must.OK(t, server.Stop())
	must.OK(t, server.Resume())
	tries(t, l, "after", succeeded)
	select {
	case next := <-seen:
		if next != 1 {
			t.Errorf("saw %d next", next)
		}
	case <-time.After(waits.Limit):
		t.Error("the follower died with the server")
	}
}

// TestWriteAheadLog_StaysBounded writes several times the size at which it is moved, with a reader that
// follows.
func TestWriteAheadLog_StaysBounded(t *testing.T) {
	url := engines[0].url(t)
	l := openLog(t, open(t, url), "journal", nil)
	go func() {
		_ = l.Follow(t.Context(), 0, func(appendlog.Batch) error { return nil }) // ends with the test
	}()
	var largest int64
	for range 400 {
		must.Get(l.Append(t.Context(), appendlog.Entry{Data: make([]byte, 512<<10)}))(t)
		fi := must.Get(os.Stat(strings.TrimPrefix(url, "sqlite:") + "-wal"))(t)
		largest = max(largest, fi.Size())
	}
	if largest > 128<<20 {
		t.Errorf("the write-ahead log grew to %d MiB while 200 MiB were written", largest>>20)
	}
	t.Logf("largest: %d MiB", largest>>20)
}
