package store_test

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"mconnect/fault"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// rawSQL opens the database behind a store, to do what the store would never do.
func rawSQL(t testing.TB, url string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, url = "sqlite", path
	}
	db := must.Get(sql.Open(driver, url))(t)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestOpen_ManyAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				db, err := store.Open(t.Context(), store.Config{URL: url})
				if err != nil {
					t.Error(err)
					return
				}
				if err := db.Ping(t.Context()); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestOpen_NamesWhatItCannotReach(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "sqlite:" + filepath.Join(t.TempDir(), "no", "such", "folder"),
		"postgres://nobody@127.0.0.1:1/none?connect_timeout=1", "postgres://%zz"} {
		if db, err := store.Open(t.Context(), store.Config{URL: url}); !is(err, fault.StoreUnavailable) {
			t.Errorf("%q: %v", url, err)
			_ = db.Close()
		}
	}
	if _, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "none"), ReadOnly: true}); !is(err, fault.StoreUnavailable) {
		t.Errorf("reading a file that is not there: %v", err)
	}
}

// TestReadOnly_NextToAServer reads a store that is being written, and sees what is written later.
func TestReadOnly_NextToAServer(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "journal", chain{})
		must.Get(l.Append(t.Context(), entry("a")))(t)
		db := must.Get(store.Open(t.Context(), store.Config{URL: url, ReadOnly: true}))(t)
		defer db.Close()
		reader := openLog(t, db, "journal", nil)
		for range 3 {
			p := must.Get(l.Append(t.Context(), entry("b")))(t)
			if n := int64(len(whole(t, reader))); n != p.Size {
				t.Errorf("reads %d entries of %d", n, p.Size)
			}
		}
		none := openLog(t, db, "none", nil)
		if h, err := none.Head(t.Context()); err != nil || h.Size != 0 {
			t.Errorf("a log that is not there: %+v, %v", h, err)
		}
		if _, err := reader.Append(t.Context(), entry("c")); !is(err, fault.RecordUnavailable) {
			t.Errorf("append: %v", err)
		}
		for what, err := range map[string]error{
			"body": db.KeepBody(t.Context(), "c", "p", nil, noon), "erase": reader.ReplaceAside(t.Context(), 0, nil),
			"index": db.WriteIndex(t.Context(), 0, 1, nil), "reset": db.ResetIndex(t.Context()),
		} {
			if !is(err, fault.StoreUnavailable) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// TestReadOnly_OnReadOnlyFiles reads, as a user who may change nothing, a store in the two states in which it
// can be left: closed in order, and cut off with its newest entries still in the write-ahead log.
func TestReadOnly_OnReadOnlyFiles(t *testing.T) {
	for _, state := range []string{"closed", "cut off"} {
		t.Run(state, func(t *testing.T) {
			dir := must.Get(os.MkdirTemp("", "store-read-"))(t) // whose parents others may pass
			t.Cleanup(func() { _ = os.Chmod(dir, 0o700); _ = os.RemoveAll(dir) })
			url := engines[0].url(t)
			db := open(t, url)
			l := openLog(t, db, "journal", chain{})
			for range 5 {
				must.Get(l.Append(t.Context(), entry("a")))(t)
			}
			suffixes := []string{"", "-wal"}
			if state == "closed" {
				must.OK(t, db.Close())
				suffixes = suffixes[:1]
			}
			for _, suffix := range suffixes {
				content := must.Get(os.ReadFile(strings.TrimPrefix(url, "sqlite:") + suffix))(t)
				must.OK(t, os.WriteFile(filepath.Join(dir, "store.db"+suffix), content, 0o444))
			}
			must.OK(t, os.Chmod(dir, 0o555))
			c := exec.Command(copyOfTest(t))
			c.Dir = "/"
			c.Env = append(os.Environ(), childEnv+"=read", "CHILD_URL=sqlite:"+filepath.Join(dir, "store.db"))
			if os.Geteuid() == 0 {
				c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			}
			out, err := c.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "size 5") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// copyOfTest copies this test's program to where every user may run it.
func copyOfTest(t *testing.T) string {
	t.Helper()
	dir := must.Get(os.MkdirTemp("", "store-test-"))(t)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must.OK(t, os.Chmod(dir, 0o755))
	self := must.Get(os.Executable())(t)
	content := must.Get(os.ReadFile(self))(t)
	program := filepath.Join(dir, "child")
	must.OK(t, os.WriteFile(program, content, 0o755))
	return program
}

func TestReadOnly_RefusesAStoreOfANewerProgram(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		must.OK(t, db.Close())
		must.Get(rawSQL(t, url).Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)"))(t)
		if _, err := store.Open(t.Context(), store.Config{URL: url}); err == nil || !strings.Contains(err.Error(), "version 99") {
			t.Fatalf("error %v", err)
		}
	})
}

func TestOpen_RefusesAStoreOfALaterProgram(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		must.OK(t, open(t, url).Close())
		if err := open(t, url).Close(); err != nil { // once more, with nothing to do
			t.Fatal(err)
		}
		must.Get(rawSQL(t, url).Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, '1')"))(t)
		if db, err := store.Open(t.Context(), store.Config{URL: url}); !is(err, fault.StoreUnavailable) || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("got %v", err)
			_ = db.Close()
		}
	})
}
