//go:build whole

package fault

import (
	"bytes"
	"database/sql"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the two engines, without the store
	_ "modernc.org/sqlite"

	"mconnect/test/must"
)

// batch is one row of the stored journal.
type batch struct {
	first, count          int64
	entries, hashes, note []byte
}

// edit is one way to falsify the stored journal. It gets the rows and returns SQL to run; the checker must
// then name a record from at to through.
type edit struct {
	name string
	do   func(t *testing.T, db *sql.DB, rows []batch) (at, through int64)
}

func exec1(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// middle is a batch well inside the journal.
func middle(rows []batch) batch { return rows[len(rows)/2] }

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

var edits = []edit{
	{"one byte of a record", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		b := middle(rows)
		exec1(t, db, `UPDATE log_batch SET entries = $1 WHERE log = 'journal' AND first = $2`, flipped(b.entries, len(b.entries)/2), b.first)
		return b.first, b.first + b.count - 1
	}},
	{"the first byte of the framing", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		b := middle(rows)
		exec1(t, db, `UPDATE log_batch SET entries = $1 WHERE log = 'journal' AND first = $2`, flipped(b.entries, 0), b.first)
		return b.first, b.first + b.count - 1
	}},
	{"a word replaced by one of the same length", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		for _, b := range slices.Backward(rows) { // the newest calls
			if forged := bytes.Replace(b.entries, []byte("DOS-2026-00017"), []byte("DOS-2026-00018"), 1); !bytes.Equal(forged, b.entries) {
				exec1(t, db, `UPDATE log_batch SET entries = $1 WHERE log = 'journal' AND first = $2`, forged, b.first)
				return b.first, b.first + b.count - 1
			}
		}
		t.Fatal("no record holds the reason")
		return 0, 0
	}},
	{"one byte of a hash", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		b := middle(rows)
		exec1(t, db, `UPDATE log_batch SET hashes = $1 WHERE log = 'journal' AND first = $2`, flipped(b.hashes, 5), b.first)
		return b.first, b.first + b.count - 1
	}},
	{"one byte of a signature", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		b := middle(rows)
		exec1(t, db, `UPDATE log_batch SET note = $1 WHERE log = 'journal' AND first = $2`, flipped(b.note, len(b.note)-8), b.first)
		return b.first, b.first + b.count
	}},
	{"a batch deleted", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		b := middle(rows)
		exec1(t, db, `DELETE FROM log_batch WHERE log = 'journal' AND first = $1`, b.first)
		return b.first, b.first + b.count
	}},
	{"the first batch deleted", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		exec1(t, db, `DELETE FROM log_batch WHERE log = 'journal' AND first = 0`)
		return 0, rows[0].count
	}},
	{"the last batch deleted, the head left", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		b := rows[len(rows)-1]
		exec1(t, db, `DELETE FROM log_batch WHERE log = 'journal' AND first = $1`, b.first)
		return b.first, b.first + b.count
	}},
	{"the end rolled back together with the head", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		b := rows[len(rows)-3]
		exec1(t, db, `DELETE FROM log_batch WHERE log = 'journal' AND first > $1`, b.first)
		exec1(t, db, `UPDATE log_head SET size = $1, note = $2 WHERE log = 'journal'`, b.first+b.count, b.note)
		return b.first, rows[len(rows)-1].first + rows[len(rows)-1].count
	}},
	{"the head one record short, the batches left", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		exec1(t, db, `UPDATE log_head SET size = size - 1 WHERE log = 'journal'`)
		last := rows[len(rows)-1]
		return last.first + last.count - 1, last.first + last.count - 1
	}},
	{"one byte of the head's frontier", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		var frontier []byte
		must.OK(t, db.QueryRow(`SELECT frontier FROM log_head WHERE log = 'journal'`).Scan(&frontier))
		exec1(t, db, `UPDATE log_head SET frontier = $1 WHERE log = 'journal'`, flipped(frontier, len(frontier)/2))
		last := rows[len(rows)-1]
		return last.first, last.first + last.count - 1
	}},
	{"one byte of a subject's key", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		var first, count int64
		var asides []byte
		must.OK(t, db.QueryRow(`SELECT first, count, asides FROM log_batch WHERE log = 'journal' AND asides IS NOT NULL ORDER BY first DESC LIMIT 1`).Scan(&first, &count, &asides))
		exec1(t, db, `UPDATE log_batch SET asides = $1 WHERE log = 'journal' AND first = $2`, flipped(asides, len(asides)-1), first)
		return first, first + count - 1
	}},
	{"two batches exchanged", func(t *testing.T, db *sql.DB, rows []batch) (int64, int64) {
		a, b := pairOfEqualCount(t, rows)
		exec1(t, db, `UPDATE log_batch SET entries = $1, hashes = $2 WHERE log = 'journal' AND first = $3`, b.entries, b.hashes, a.first)
		exec1(t, db, `UPDATE log_batch SET entries = $1, hashes = $2 WHERE log = 'journal' AND first = $3`, a.entries, a.hashes, b.first)
		return a.first, a.first + a.count - 1
	}},
}

// pairOfEqualCount finds two batches with different entries and the same number of them.
func pairOfEqualCount(t *testing.T, rows []batch) (a, b batch) {
	t.Helper()
	for i := len(rows) / 2; i > 0; i-- {
		for j := i + 1; j < len(rows); j++ {
			if rows[i].count == rows[j].count && !bytes.Equal(rows[i].entries, rows[j].entries) {
				return rows[i], rows[j]
			}
		}
	}
	t.Fatal("no two batches of the same size")
	return a, b
}

// TestTamper_IsFound edits the stored journal behind the platform's back, one way after another, each undone
// before the next. The checker finds every one and says where.
func TestTamper_IsFound(t *testing.T) {
	engines(t, func(t *testing.T, url string) {
		l := newLand(t, t.TempDir(), url)
		l.settle()
		for range 30 {
			l.answers("before tampering")
		}
		l.Stop()
		l.verifyClean()
		driver, source := "pgx", l.url
		if url == "" {
			driver, source = "sqlite", strings.TrimPrefix(l.url, "sqlite:")
		}
		db := must.Get(sql.Open(driver, source))(t)
		defer db.Close()
		exec1(t, db, `CREATE TABLE kept_batch AS SELECT * FROM log_batch`)
		exec1(t, db, `CREATE TABLE kept_head AS SELECT * FROM log_head`)
		rows := batches(t, db)
		for _, e := range edits {
			t.Run(e.name, func(t *testing.T) {
				at, through := e.do(t, db, rows)
				l.t = t
				out, err := l.verify()
				if err == nil {
					t.Fatalf("not found:\n%s", out)
				}
				if !names(out, at, through) {
					t.Errorf("found, but no record from %d to %d is named:\n%s", at, through, out)
				}
			})
			for _, table := range []string{"batch", "head"} {
				exec1(t, db, `DELETE FROM log_`+table)
				exec1(t, db, `INSERT INTO log_`+table+` SELECT * FROM kept_`+table)
			}
		}
		l.t = t
		l.verifyClean()
	})
}

func batches(t *testing.T, db *sql.DB) []batch {
	t.Helper()
	found, err := db.Query(`SELECT first, count, entries, hashes, note FROM log_batch WHERE log = 'journal' ORDER BY first`)
	must.OK(t, err)
	defer found.Close()
	var rows []batch
	for found.Next() {
		var b batch
		must.OK(t, found.Scan(&b.first, &b.count, &b.entries, &b.hashes, &b.note))
		rows = append(rows, b)
	}
	must.OK(t, found.Err())
	if len(rows) < 10 {
		t.Fatalf("only %d batches", len(rows))
	}
	return rows
}

var named = regexp.MustCompile(`records? (\d+)`)

// names reports whether the checker names a record from at to through as the first bad one.
func names(out string, at, through int64) bool {
	m := named.FindStringSubmatch(out)
	if m == nil {
		return false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	return err == nil && n >= at && n <= through
}
