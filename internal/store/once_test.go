package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// signed is an entry that may be appended once until a time.
func signed(key byte, until time.Time) appendlog.Entry {
	return appendlog.Entry{Data: []byte{key}, Once: &appendlog.Once{Key: [32]byte{key}, Until: until}}
}

// TestOnce_CountsOverTwoHandles: two nodes get the same signed messages at the same moment. Each message counts on one
// of them, and the journal holds it once.
func TestOnce_CountsOverTwoHandles(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		until := time.Now().Add(time.Hour)
		nodes := []*store.Log{openLog(t, open(t, url), "journal", chain{}), openLog(t, open(t, url), "journal", chain{})}
		const messages = 40
		results := make(chan error, messages*len(nodes))
		for n := range messages {
			for _, l := range nodes {
				go func() {
					_, err := l.Append(t.Context(), signed(byte(n), until))
					results <- err
				}()
			}
		}
		counted := 0
		for range cap(results) {
			switch err := <-results; {
			case err == nil:
				counted++
			case !is(err, fault.SignatureReplayed):
				t.Errorf("append: %v", err)
			}
		}
		there := map[byte]int{}
		for _, e := range whole(t, nodes[0]) {
			there[e.Data[0]]++
		}
		if counted != messages || len(there) != messages {
			t.Errorf("%d messages were sent to both nodes, %d counted, the journal holds %d", messages, counted, len(there))
		}
		for key, n := range there {
			if n != 1 {
				t.Errorf("message %d stands %d times", key, n)
			}
		}
	})
}

// TestOnce_RefusesTheWholeAppend: an append of several entries, one of them repeated, stores none of them and uses up
// none of their keys.
func TestOnce_RefusesTheWholeAppend(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		until := time.Now().Add(time.Hour)
		l := openLog(t, open(t, url), "journal", chain{})
		must.Get(l.Append(t.Context(), signed(1, until)))(t)
		if _, err := l.Append(t.Context(), signed(1, until), entry("beside it")); !is(err, fault.SignatureReplayed) {
			t.Errorf("repeated: %v", err)
		}
		if n := len(whole(t, l)); n != 1 {
			t.Errorf("%d entries stand, want the first alone", n)
		}
		if _, err := l.Append(t.Context(), signed(2, until), entry("beside it")); err != nil {
			t.Errorf("another key: %v", err)
		}
		if n := len(whole(t, l)); n != 3 {
			t.Errorf("%d entries stand, want 3", n)
		}
	})
}

// TestOnce_IsSweptWhenItsTimeIsOver: a key is forgotten some minutes after its time, for nodes whose clocks differ, and
// not before.
func TestOnce_IsSweptWhenItsTimeIsOver(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		until := time.Now().Add(time.Hour)
		for key := range byte(3) {
			must.Get(l.Append(t.Context(), signed(key, until.Add(time.Duration(key)*time.Hour))))(t)
		}
		for _, sweep := range []struct {
			at   time.Time
			keys int
		}{
			{time.Now(), 3},
			{until.Add(time.Minute), 3},
			{until.Add(10 * time.Minute), 2},
			{until.Add(24 * time.Hour), 0},
		} {
			must.Get(db.DropExpired(t.Context(), sweep.at))(t)
			if n := keys(t, url); n != sweep.keys {
				t.Errorf("swept %s after the first ends: %d keys are kept, want %d", sweep.at.Sub(until), n, sweep.keys)
			}
		}
	})
}

func keys(t *testing.T, url string) (n int) {
	t.Helper()
	must.OK(t, rawSQL(t, url).QueryRowContext(t.Context(), "SELECT count(*) FROM signature").Scan(&n))
	return n
}

// TestOnce_SurvivesABackup: what has counted counts for the restored store too, on its own engine and on the other.
func TestOnce_SurvivesABackup(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		until := time.Now().Add(time.Hour)
		must.Get(openLog(t, db, "journal", chain{}).Append(t.Context(), signed(7, until)))(t)
		dir := filepath.Join(t.TempDir(), "backup")
		must.Get(db.Backup(t.Context(), dir, store.BackupOptions{}))(t)
		for _, e := range engines {
			to := e.url(t)
			if err := restore(t, to, dir); err != nil {
				t.Fatalf("to %s: %v", e.name, err)
			}
			l := openLog(t, open(t, to), "journal", chain{})
			if _, err := l.Append(t.Context(), signed(7, until)); !is(err, fault.SignatureReplayed) {
				t.Errorf("to %s: a message that was used before the backup: %v", e.name, err)
			}
			if _, err := l.Append(t.Context(), signed(8, until)); err != nil {
				t.Errorf("to %s: another message: %v", e.name, err)
			}
		}
	})
}
