package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// TestBackup_UnderLoadRestoresOnEveryEngine takes a backup while entries arrive and restores it to each
// engine, its own and the other.
func TestBackup_UnderLoadRestoresOnEveryEngine(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		changed, err := put(t, db, l, 0, appendlog.Resource{Kind: "System", ID: "a", Doc: []byte(`{}`), ChangedAt: noon})
		must.OK(t, err)
		must.OK(t, db.KeepBody(t.Context(), "call", "answer", []byte("body"), time.Now().Add(time.Hour)))
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					e := appendlog.Entry{Data: []byte(strings.Repeat("x", i%500)), Aside: []byte{byte(w)}}
					if _, err := l.Append(ctx, e); err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				}
			})
		}
		before := must.Get(l.Head(t.Context()))(t)
		dir := filepath.Join(t.TempDir(), "backup")
		must.Get(db.Backup(t.Context(), dir, store.BackupOptions{}))(t)
		cancel()
		wg.Wait()
		for _, e := range engines {
			to := e.url(t)
			if err := restore(t, to, dir); err != nil {
				t.Fatalf("to %s: %v", e.name, err)
			}
			restored := open(t, to)
			again := openLog(t, restored, "journal", chain{})
			if n := int64(len(whole(t, again))); n < before.Size {
				t.Errorf("restored %d entries, %d stood before the backup", n, before.Size)
			}
			if p, err := again.Append(t.Context(), entry("goes on")); err != nil || p.Size != int64(len(whole(t, again))) {
				t.Errorf("append after a restore: %+v, %v", p, err)
			}
			if r, err := restored.Resource(t.Context(), "System", "a"); err != nil || !cmp.Equal(r, changed[0]) {
				t.Errorf("resource %+v, %v", r, err)
			}
			if b, err := restored.Body(t.Context(), "call", "answer"); err != nil || string(b) != "body" {
				t.Errorf("body %q, %v", b, err)
			}
			if err := restore(t, to, dir); !is(err, fault.ResourceConflict) {
				t.Errorf("a restore over a store in use: %v", err)
			}
		}
	})
}

// restore puts a backup into the store at url.
func restore(t testing.TB, url string, folders ...string) error {
	t.Helper()
	b, err := store.OpenBackup(t.Context(), folders...)
	if err != nil {
		return err
	}
	defer b.Close()
	return b.Restore(t.Context(), store.Config{URL: url}, nil)
}

func TestBackup_RefusesAnExistingFolder(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		if _, err := open(t, url).Backup(t.Context(), t.TempDir(), store.BackupOptions{}); !errors.Is(err, os.ErrExist) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRestore_RefusesADamagedBackup(t *testing.T) {
	db := open(t, engines[0].url(t))
	l := openLog(t, db, "journal", chain{})
	for range 50 {
		must.Get(l.Append(t.Context(), appendlog.Entry{Data: bytes.Repeat([]byte("payload "), 2000)}))(t)
	}
	for name, damage := range map[string]func(dir string) error{
		"manifest gone": func(dir string) error { return os.Remove(filepath.Join(dir, "backup.json")) },
		"manifest wrong": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "backup.json"), []byte(`{"format":1,"revision":0,"logs":{"journal":49}}`), 0o600)
		},
		"other format": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "backup.json"), []byte(`{"format":3}`), 0o600)
		},
		"file gone": func(dir string) error { return os.Remove(filepath.Join(dir, "store.sqlite")) },
		"one byte": func(dir string) error {
			f, err := os.OpenFile(filepath.Join(dir, "store.sqlite"), os.O_RDWR, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt([]byte("X"), 50<<10)
			return errors.Join(err, f.Close())
		},
		"file cut": func(dir string) error { return os.Truncate(filepath.Join(dir, "store.sqlite"), 100<<10) },
	} {
		dir := filepath.Join(t.TempDir(), "backup")
		must.Get(db.Backup(t.Context(), dir, store.BackupOptions{}))(t)
		must.OK(t, damage(dir))
		to := engines[0].url(t)
		if err := restore(t, to, dir); err == nil {
			t.Errorf("%s: restored", name)
		}
		if rev, err := open(t, to).Revision(t.Context()); err != nil || rev != 0 {
			t.Errorf("%s: the target holds revision %d, %v", name, rev, err)
		}
	}
}

func TestCheck_FindsWhatIsWrong(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		for range 3 {
			must.Get(l.Append(t.Context(), entry("a"), entry("b")))(t)
		}
		must.OK(t, db.Check(t.Context()))
		raw := rawSQL(t, url)
		must.Get(raw.Exec("DELETE FROM log_batch WHERE first = 2"))(t)
		err := db.Check(t.Context())
		if !is(err, fault.StoreUnavailable) || !strings.Contains(err.Error(), "begins at 4 where 2 was due") {
			t.Errorf("got %v", err)
		}
	})
}
