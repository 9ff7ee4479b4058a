package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// other is another process that appends to a store at full rate.
type other struct {
	c    *exec.Cmd
	out  *bufio.Scanner
	done map[string]int64 // what it was told is durable, by name
}

func startOther(t *testing.T, url, run string) *other {
	t.Helper()
	o := &other{c: exec.Command(os.Args[0]), done: map[string]int64{}}
	o.c.Env = append(os.Environ(), childEnv+"=append", "CHILD_URL="+url, "CHILD_RUN="+run)
	o.c.Stderr = os.Stderr
	pipe := must.Get(o.c.StdoutPipe())(t)
	must.OK(t, o.c.Start())
	t.Cleanup(func() { _ = o.c.Process.Kill(); _, _ = io.Copy(io.Discard, pipe); _ = o.c.Wait() })
	o.out = bufio.NewScanner(pipe)
	return o
}

// acknowledged reads on until n more appends of the process are durable.
func (o *other) acknowledged(t *testing.T, n int) {
	t.Helper()
	for ; n > 0; n-- {
		var index int64
		var name string
		if !o.out.Scan() {
			t.Fatalf("the other process ended: %v", o.out.Err())
		}
		if _, err := fmt.Sscanf(o.out.Text(), "done %d %s", &index, &name); err != nil {
			t.Fatalf("%q: %v", o.out.Text(), err)
		}
		o.done[name] = index
	}
}

// kill ends the process without notice and reads what it still said.
func (o *other) kill(t *testing.T) {
	t.Helper()
	must.OK(t, o.c.Process.Kill())
	for o.out.Scan() {
		var index int64
		var name string
		if _, err := fmt.Sscanf(o.out.Text(), "done %d %s", &index, &name); err == nil {
			o.done[name] = index
		}
	}
	_ = o.c.Wait()
}

// TestWriter_SecondProcessDoesNoHarm opens a store again and again while another process appends at full rate. On
// SQLite who wants to write is refused with the name of the writer, and who reads sees what is durable; on PostgreSQL
// both may write. After the other process was killed the store opens, is whole and holds every append that was
// acknowledged.
func TestWriter_SecondProcessDoesNoHarm(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		o := startOther(t, url, "a")
		o.acknowledged(t, 1)
		for range 25 {
			o.acknowledged(t, 40)
			db, err := store.Open(t.Context(), store.Config{URL: url})
			by, refused := errors.AsType[*store.HeldError](err)
			switch {
			case !strings.HasPrefix(url, "sqlite:"):
				if err != nil || db.Close() != nil {
					t.Fatal("a second writer on PostgreSQL:", err)
				}
			case !refused || !is(err, fault.StoreHeld) || by.Holder.PID != o.c.Process.Pid:
				t.Fatalf("a second writer: %v, held by %+v", err, by)
			}
			reader := must.Get(store.Open(t.Context(), store.Config{URL: url, ReadOnly: true}))(t)
			h, err := openLog(t, reader, "journal", nil).Head(t.Context())
			if err := errors.Join(err, reader.Close()); err != nil || h.Size < int64(len(o.done)) {
				t.Fatalf("a reader sees %d entries of %d: %v", h.Size, len(o.done), err)
			}
		}
		o.kill(t)
		if by, is, err := store.HolderOf(url); is || err != nil {
			t.Errorf("after its end the store is held by %v, %v", by, err)
		}
		db := open(t, url)
		if err := db.Check(t.Context()); err != nil {
			t.Error(err)
		}
		entries := whole(t, openLog(t, db, "journal", chain{}))
		for name, index := range o.done {
			if index >= int64(len(entries)) || !strings.HasPrefix(string(entries[index].Data), name) {
				t.Errorf("%s was acknowledged at %d and is not there", name, index)
			}
		}
	})
}

// TestWriter_IsNamed says who holds a store, where its management API is, and nothing once it is closed.
func TestWriter_IsNamed(t *testing.T) {
	url := engines[0].url(t)
	if _, is, err := store.HolderOf(url); is || err != nil {
		t.Fatal("a store that is not there is held", err)
	}
	db, err := store.Open(t.Context(), store.Config{URL: url, Holder: store.Holder{Command: "mconnect serve", Node: "n1"}})
	must.OK(t, err)
	must.OK(t, db.Announce("https://127.0.0.1:8445"))
	by, is, err := store.HolderOf(url)
	if err != nil || !is || by.PID != os.Getpid() || by.Command != "mconnect serve" || by.Node != "n1" || !by.Serves() {
		t.Errorf("held %t by %+v, %v", is, by, err)
	}
	must.OK(t, db.Close())
	if by, is, err := store.HolderOf(url); is || err != nil {
		t.Errorf("a closed store is held by %+v, %v", by, err)
	}
}

// TestFiles_BelongToTheOwnerAlone holds the database, the index and what SQLite keeps next to them to mode 0600.
func TestFiles_BelongToTheOwnerAlone(t *testing.T) {
	url := engines[0].url(t)
	db := open(t, url)
	must.Get(openLog(t, db, "journal", nil).Append(t.Context(), entry("a")))(t)
	files, err := filepath.Glob(strings.TrimPrefix(url, "sqlite:") + "*")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if fi, err := os.Stat(f); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, fi.Mode(), err)
		}
	}
}

// TestTables_ReadersLeaveOlderOnesUnchanged opens a store of an older program: a reader, and a command that must not
// migrate, say so; who reads logs alone may.
func TestTables_ReadersLeaveOlderOnesUnchanged(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		must.OK(t, open(t, url).Close())
		raw := rawSQL(t, url)
		if _, err := raw.Exec("DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)"); err != nil {
			t.Fatal(err)
		}
		for _, cfg := range []store.Config{{URL: url, ReadOnly: true}, {URL: url, NoMigrate: true}} {
			if _, err := store.Open(t.Context(), cfg); !is(err, fault.StoreVersion) {
				t.Errorf("%+v: %v", cfg, err)
			}
		}
		db := must.Get(store.Open(t.Context(), store.Config{URL: url, ReadOnly: true, OldTables: true}))(t)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}
