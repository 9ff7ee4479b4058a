package store_test

import (
	"database/sql"
	"testing"

	"mconnect/internal/store"
	"mconnect/test/must"
)

// TestStart_BesideALongReader opens a store while another session reads from every table in one long transaction, as a
// backup does for hours: the start takes no lock for which it, or the appends of other nodes, would have to wait.
func TestStart_BesideALongReader(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		first := openLog(t, open(t, url), "journal", chain{})
		must.Get(first.Append(t.Context(), entry("before")))(t)
		reading := must.Get(rawSQL(t, url).BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true}))(t)
		for _, table := range []string{"log_head", "log_batch", "revision", "resource", "body", "goose_db_version"} {
			must.Get(reading.ExecContext(t.Context(), "SELECT * FROM "+table))(t)
		}
		opened := make(chan error, 1)
		go func() {
			db, err := store.Open(t.Context(), store.Config{URL: url})
			if err == nil {
				err = db.Close()
			}
			opened <- err
		}()
		for started := false; !started; {
			select {
			case err := <-opened:
				if err != nil {
					t.Errorf("the second node does not start: %v", err)
				}
				started = true
			default:
			}
			if _, err := first.Append(t.Context(), entry("meanwhile")); err != nil {
				t.Fatalf("an append of the first node: %v", err)
			}
		}
		if err := reading.Rollback(); err != nil {
			t.Error(err)
		}
	})
}

// TestStart_StoresBatchesUncompressed looks at what the migrations left behind.
func TestStart_StoresBatchesUncompressed(t *testing.T) {
	if server == nil {
		return
	}
	url := database(t)
	open(t, url)
	var columns int
	const external = `SELECT count(*) FROM pg_attribute WHERE attrelid = 'log_batch'::regclass
		AND attname IN ('entries', 'asides', 'hashes') AND attstorage = 'e'`
	if err := rawSQL(t, url).QueryRowContext(t.Context(), external).Scan(&columns); err != nil || columns != 3 {
		t.Errorf("%d of 3 columns are stored uncompressed, %v", columns, err)
	}
}
