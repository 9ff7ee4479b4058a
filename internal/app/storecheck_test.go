package app_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/app"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/test/must"
	"mconnect/test/waits"
	"mconnect/verify"
)

// intruded is a stopped installation with calls, kept bodies, events and a dead event, its tables saved so that every
// manipulation begins with them.
type intruded struct {
	*testPlatform
	known []byte // the newest checkpoint kept outside
	key   verify.Key
}

var savedTables = []string{"log_batch", "log_head", "resource", "revision", "body", "event_dead", "event_position"}

func newIntruded(t *testing.T, w *testPlatform) *intruded {
	t.Helper()
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	must.Get(r.Country.Apply(t.Context(), "tester", w.eventManifests("active"), false))(t)
	r.rewrite("Service", "GetPerson/1.0.0", `"read_only":true`, `"read_only":true,"keep_bodies":"1h"`)
	reader := r.instance("all")
	for i := range 3 {
		if status, _, body := r.ask("DOS-0001"); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		if status, body := r.produce("urn:registry:orhei", fmt.Sprint("e", i), fmt.Sprintf(born, fmt.Sprint("R", i))); status != http.StatusAccepted {
			t.Fatalf("%d %s", status, body)
		}
	}
	r.hears(t, reader, "R0", "R1", "R2")
	if status := r.bury(reader, "e1"); status != http.StatusAccepted {
		t.Fatalf("burying: %d", status)
	}
	waits.Until(t, "the events are recorded as accepted", func() bool {
		n := 0
		for index := int64(0); ; index++ {
			e, _, err := r.Journal.Entry(t.Context(), index)
			if err != nil {
				return n >= 3
			}
			if e.Kind == journal.Accepted {
				n += e.Event.Count
			}
		}
	})
	head := must.Get(r.Log().Head(t.Context()))(t)
	waits.Until(t, "the search index has come so far", func() bool {
		at, err := r.Store.IndexPosition(t.Context())
		return err == nil && at >= head.Size
	})
	key := r.Key
	r.end()
	i := &intruded{testPlatform: w, key: key}
	var save []string
	for _, table := range savedTables {
		save = append(save, "CREATE TABLE saved_"+table+" AS SELECT * FROM "+table)
	}
	w.behind(save...)
	db := must.Get(store.Open(t.Context(), store.Config{URL: w.cfg.Store.URL, ReadOnly: true}))(t)
	i.known = must.Get(must.Get(db.OpenLog(t.Context(), app.LogName, nil))(t).Head(t.Context()))(t).Note
	must.OK(t, db.Close())
	return i
}

// checked is what a check with the installation's keys finds; with a kept checkpoint or without.
func (i *intruded) checked(kept bool) string {
	i.t.Helper()
	db := must.Get(store.Open(i.t.Context(), store.Config{URL: i.cfg.Store.URL, ReadOnly: true}))(i.t)
	defer func() { _ = db.Close() }()
	keys := must.Get(journal.LoadKeys(i.cfg.Journal.Keys))(i.t)
	var o verify.Options
	if kept {
		o.Known = [][]byte{i.known}
	}
	_, lies, err := app.CheckStore(i.t.Context(), db, must.Get(db.OpenLog(i.t.Context(), app.LogName, nil))(i.t), &keys, i.key, o)
	if found := (*verify.Problem)(nil); errors.As(err, &found) {
		return string(found.What)
	}
	must.OK(i.t, err)
	return strings.Join(lies, "\n")
}

// edit runs on the database as somebody who can write it.
func (i *intruded) edit(do func(tx statementer) error) {
	i.t.Helper()
	db := must.Get(store.Open(i.t.Context(), store.Config{URL: i.cfg.Store.URL}))(i.t)
	defer func() { _ = db.Close() }()
	other := must.Get(db.OpenLog(i.t.Context(), "scratch", nil))(i.t)
	if _, err := other.AppendWith(i.t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) { return nil, do(tx.(statementer)) }); err != nil {
		i.t.Fatal(err)
	}
}

// statementer is the transaction of the store with its SQL, as somebody who can write the database has it.
type statementer interface {
	Exec(query string, args ...any) (sql.Result, error)
	Query(query string, args ...any) (*sql.Rows, error)
	QueryRow(query string, args ...any) *sql.Row
}

func statements(all ...string) func(statementer) error {
	return func(tx statementer) error {
		for _, one := range all {
			if _, err := tx.Exec(one); err != nil {
				return fmt.Errorf("%s: %w", one, err)
			}
		}
		return nil
	}
}

// payload changes a word of the same length in every event.
func payload(tx statementer) error {
	rows, err := tx.Query(`SELECT first, entries FROM log_batch WHERE log = 'events'`)
	if err != nil {
		return err
	}
	changed := map[int64][]byte{}
	for rows.Next() {
		var first int64
		var entries []byte
		if err := rows.Scan(&first, &entries); err != nil {
			return err
		}
		changed[first] = bytes.ReplaceAll(entries, []byte(`"act 7"`), []byte(`"act 8"`))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for first, entries := range changed {
		if _, err := tx.Exec(`UPDATE log_batch SET entries = $1 WHERE log = 'events' AND first = $2`, entries, first); err != nil {
			return err
		}
	}
	return nil
}

// The batches that the manipulations are about: two of single changes, and two that carry sealed subjects.
const (
	last    = `(SELECT MAX(first) FROM saved_log_batch WHERE log = 'journal')`
	before  = `(SELECT MAX(first) FROM saved_log_batch WHERE log = 'journal' AND first < ` + last + `)`
	sealed1 = `(SELECT MIN(first) FROM saved_log_batch WHERE log = 'journal' AND asides IS NOT NULL)`
	sealed2 = `(SELECT MAX(first) FROM saved_log_batch WHERE log = 'journal' AND asides IS NOT NULL)`
	at      = ` WHERE log = 'journal' AND first = `
)

func other(column, batch string) string {
	return `(SELECT ` + column + ` FROM saved_log_batch` + at + batch + `)`
}

// TestCheckStore_EveryManipulation performs the manipulations of docs/JOURNAL.md, "What is found, and with what", one
// by one, and holds the table: what is found with the store alone, and with a kept checkpoint.
func TestCheckStore_EveryManipulation(t *testing.T) { onEach(t, everyManipulation) }

func everyManipulation(t *testing.T, w *testPlatform) {
	i := newIntruded(t, w)
	const same = "\x00" // as with the store alone
	const desk = `kind = 'System' AND id = 'hall.app'`
	for _, c := range []struct {
		name        string
		do          func(statementer) error
		alone, kept string // "" finds nothing
	}{
		{"nothing", statements(), "", same},
		{"a record altered", statements(`UPDATE log_batch SET entries = ` + other("entries", before) + at + last), "recordAltered", same},
		{"two records exchanged", statements(`UPDATE log_batch SET entries = `+other("entries", before)+`, hashes = `+other("hashes", before)+at+last,
			`UPDATE log_batch SET entries = `+other("entries", last)+`, hashes = `+other("hashes", last)+at+before), "hashAltered", same},
		{"a batch removed", statements(`DELETE FROM log_batch` + at + before), "gap", same},
		{"a hash altered", statements(`UPDATE log_batch SET hashes = ` + other("hashes", before) + at + last), "hashAltered", same},
		{"a checkpoint exchanged", statements(`UPDATE log_batch SET note = ` + other("note", before) + at + last), "checkpointWrong", same},
		{"a checkpoint removed", statements(`UPDATE log_batch SET note = NULL` + at + last), "checkpointAbsent", same},
		{"the head's size", statements(`UPDATE log_head SET size = size + 1 WHERE log = 'journal'`), "gap", same},
		{"the head's checkpoint", statements(`UPDATE log_head SET note = ` + other("note", before) + ` WHERE log = 'journal'`), "headAltered", same},
		{"the head's frontier", statements(`UPDATE log_head SET frontier = note WHERE log = 'journal'`), "headAltered", same},
		{"a batch behind the head", statements(`INSERT INTO log_batch (log, first, count, entries, asides, hashes, note)
			SELECT log, first + count, count, entries, asides, hashes, note FROM saved_log_batch` + at + last), "hashAltered", same},
		{"all keys of subjects removed", statements(`UPDATE log_batch SET asides = NULL WHERE log = 'journal'`), "asideAltered", same},
		{"keys of subjects exchanged", statements(`UPDATE log_batch SET asides = ` + other("asides", sealed2) + at + sealed1), "asideAltered|unreadable", same},
		{"the journal wiped", statements(`DELETE FROM log_batch WHERE log = 'journal'`,
			`UPDATE log_head SET size = 0, frontier = NULL, note = NULL WHERE log = 'journal'`), "no change record made this state", "rolledBack"},
		{"batches merged", merge, "", same},
		{"a resource planted", statements(`INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
			SELECT 1000, kind, 'planted', 1, 0, doc, changed_by, changed_at, reason, proof FROM saved_resource WHERE kind = 'Agreement' AND newest = 1 AND id = 'hall.person'`,
			`UPDATE revision SET value = 1000`), "Agreement planted: no change record", same},
		{"a resource widened in place", statements(`UPDATE resource SET doc = (SELECT doc FROM saved_resource WHERE id = 'hall' AND newest = 1) WHERE id = 'hall.person'`),
			"the document is not the recorded one", same},
		{"its author rewritten", statements(`UPDATE resource SET changed_by = 'nobody' WHERE ` + desk), `changed by "nobody" as stored`, same},
		{"a resource removed", statements(`DELETE FROM resource WHERE ` + desk), "recorded, and missing in the store", same},
		{"payloads of events altered", payload, "at least one of them was altered", same},
		{"events removed", statements(`DELETE FROM log_batch WHERE log = 'events'`), "are recorded as accepted, 0 are stored", same},
		{"dead events removed", statements(`DELETE FROM event_dead`), "it is recorded and not stored", same},
		{"a dead event planted", statements(`UPDATE event_dead SET event = 'e2'`), "no record says that it was buried", same},
		{"positions removed", statements(`DELETE FROM event_position`), "", same},
		{"kept bodies overwritten", statements(`UPDATE body SET sealed = (SELECT doc FROM saved_resource WHERE id = 'hall' AND newest = 1)`), "it was altered, or belongs to another call", same},
		{"kept bodies exchanged", statements(`UPDATE body SET sealed = (SELECT sealed FROM saved_body ORDER BY call, part LIMIT 1)`), "it was altered, or belongs to another call", same},
	} {
		i.edit(c.do)
		if c.kept == same {
			c.kept = c.alone
		}
		for kept, want := range map[bool]string{false: c.alone, true: c.kept} {
			if got := i.checked(kept); want == "" && got != "" || !slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool { return strings.Contains(got, w) }) {
				t.Errorf("%s, with a kept checkpoint %t: found %q, want %q", c.name, kept, got, want)
			}
		}
		var back []string
		for _, table := range savedTables {
			back = append(back, "DELETE FROM "+table, "INSERT INTO "+table+" SELECT * FROM saved_"+table)
		}
		i.edit(statements(back...))
	}
	if got := i.checked(true); got != "" {
		t.Errorf("put back as it was: found %q", got)
	}
	i.emptyIndex()
	if got := i.checked(true); !strings.Contains(got, "the search index holds 0 rows") {
		t.Errorf("an emptied search index: found %q", got)
	}
}

// merge makes one batch of the last two that carry no keys of subjects: the checkpoint between them is gone.
func merge(tx statementer) error {
	var first, next int64
	const pair = `SELECT a.first, b.first FROM log_batch AS a JOIN log_batch AS b ON b.log = a.log AND b.first = a.first + a.count
		WHERE a.log = 'journal' AND a.asides IS NULL AND b.asides IS NULL ORDER BY a.first DESC LIMIT 1`
	if err := tx.QueryRow(pair).Scan(&first, &next); err != nil {
		return err
	}
	read := func(at int64) (count int64, entries, hashes, note []byte, err error) {
		err = tx.QueryRow(`SELECT count, entries, hashes, note FROM log_batch WHERE log = 'journal' AND first = $1`, at).Scan(&count, &entries, &hashes, &note)
		return count, entries, hashes, note, err
	}
	count, entries, hashes, _, err := read(first)
	more, others, above, note, wrong := read(next)
	if err := errors.Join(err, wrong); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM log_batch WHERE log = 'journal' AND first = $1`, next); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE log_batch SET count = $1, entries = $2, hashes = $3, note = $4 WHERE log = 'journal' AND first = $5`,
		count+more, append(entries, others...), append(hashes, above...), note, first)
	return err
}

// emptyIndex removes every row of the search index, which SQLite keeps in a file of its own.
func (i *intruded) emptyIndex() {
	path, own := strings.CutPrefix(i.cfg.Store.URL, "sqlite:")
	if !own {
		i.edit(statements(`DELETE FROM search_row`))
		return
	}
	db := must.Get(sql.Open("sqlite", path+"-index"))(i.t)
	defer func() { _ = db.Close() }()
	must.Get(db.Exec(`DELETE FROM search_row`))(i.t)
}
