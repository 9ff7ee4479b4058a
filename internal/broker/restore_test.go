package broker_test

import (
	"path/filepath"
	"strings"
	"testing"

	"mconnect/internal/broker"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestRestore_EventsAreDelivered: what was accepted and not confirmed when a backup was taken arrives after it was
// restored, from each engine to each; what was confirmed does not come again.
func TestRestore_EventsAreDelivered(t *testing.T) { engines.Each(t, restoredEventsAreDelivered) }

func restoredEventsAreDelivered(t *testing.T) {
	urls := []string{engines.URL(t)}
	if !strings.HasPrefix(urls[0], "sqlite:") {
		urls = append(urls, "sqlite:"+filepath.Join(t.TempDir(), "store.db"))
	}
	for _, url := range urls {
		dir, declared := backedUp(t, url)
		b := must.Get(store.OpenBackup(t.Context(), dir))(t)
		for _, to := range []string{engines.URL(t), "sqlite:" + filepath.Join(t.TempDir(), "restored.db")} {
			must.OK(t, b.Restore(t.Context(), store.Config{URL: to}, nil))
			restored := &fixture{t: t, url: to, rights: declared, ledger: &ledger{}}
			restored.start()
			again := restored.open(bank, broker.Options{})
			wantIDs(t, restored.take(again, 2), "2", "3")
			again.Close()
			restored.stop()
		}
		b.Close()
	}
}

// backedUp makes a store at url with three events of which one is confirmed, and a backup of it.
func backedUp(t *testing.T, url string) (dir string, declared *rights) {
	t.Helper()
	w := &fixture{t: t, url: url, rights: newRights(), ledger: &ledger{}}
	w.rights.producers[producer] = []string{source}
	w.rights.grant(bank, void)
	w.start()
	r := w.open(bank, broker.Options{})
	w.produce(ev("1", void, "k"), ev("2", void, "k"), ev("3", void, "k"))
	wantIDs(t, w.take(r, 3), "1", "2", "3")
	w.confirm(r, 1)
	w.restart() // the position is durable
	dir = filepath.Join(t.TempDir(), "backup")
	must.Get(w.db.Backup(t.Context(), dir, store.BackupOptions{}))(t)
	w.stop()
	return dir, w.rights
}
