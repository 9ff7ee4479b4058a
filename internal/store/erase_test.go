package store_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/test/must"
)

// secret is what is kept next to entry i; no two share a run of bytes worth finding.
func secret(i int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "<secret %04d>", i), 4)
}

// traces says in which files of a folder needle stands.
func traces(t *testing.T, dir string, needle []byte) (found []string) {
	t.Helper()
	files := must.Get(filepath.Glob(filepath.Join(dir, "*")))(t)
	for _, f := range files {
		content := must.Get(os.ReadFile(f))(t)
		if bytes.Contains(content, needle) {
			found = append(found, filepath.Base(f))
		}
	}
	return found
}

// TestErase_BesideALongReader erases while another session reads for long, as a backup does: appends are served
// meanwhile, and the erasure ends when the reading has.
func TestErase_BesideALongReader(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "journal", chain{})
		must.Get(l.Append(t.Context(), appendlog.Entry{Data: []byte("entry"), Aside: secret(1)}))(t)
		reading := must.Get(rawSQL(t, url).BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true}))(t)
		var size int64
		must.OK(t, reading.QueryRowContext(t.Context(), "SELECT size FROM log_head").Scan(&size))
		erased := make(chan error, 1)
		go func() { erased <- l.ReplaceAside(t.Context(), 0, nil) }()
		for i := range 100 {
			if _, err := l.Append(t.Context(), entry("meanwhile %d", i)); err != nil {
				t.Fatalf("append %d beside an erasure: %v", i, err)
			}
		}
		must.OK(t, reading.Rollback())
		if err := <-erased; err != nil {
			t.Errorf("the erasure: %v", err)
		}
		if all := whole(t, l); len(all[0].Aside) != 0 || len(all) != 101 {
			t.Errorf("%d entries, of which the first has %q", len(all), all[0].Aside)
		}
	})
}

func TestErasure_ReplacesOneAsideAndNothingElse(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		const n = 300
		for i := 0; i < n; i += 10 {
			var entries []appendlog.Entry
			for k := range 10 {
				entries = append(entries, appendlog.Entry{Data: fmt.Appendf(nil, "entry %d", i+k), Aside: secret(i + k)})
			}
			must.Get(l.Append(t.Context(), entries...))(t)
		}
		must.OK(t, l.ReplaceAside(t.Context(), 123, nil))
		must.OK(t, l.ReplaceAsides(t.Context(), []int64{0, 5, 299}, []byte("erased")))
		want := map[int]string{123: "", 0: "erased", 5: "erased", 299: "erased"}
		for i, e := range whole(t, l) { // which also finds hashes and notes as they were
			aside, erased := want[i]
			if !erased {
				aside = string(secret(i))
			}
			if string(e.Aside) != aside || string(e.Data) != fmt.Sprintf("entry %d", i) {
				t.Errorf("entry %d reads %q beside %q", i, e.Data, e.Aside)
			}
		}
		for _, index := range []int64{-1, n, n + 1000} {
			if err := l.ReplaceAside(t.Context(), index, nil); !is(err, fault.RecordUnknown) {
				t.Errorf("index %d: %v, want record.unknown", index, err)
			}
		}
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			dir := filepath.Dir(path)
			for i := range want {
				if f := traces(t, dir, secret(i)); len(f) > 0 {
					t.Errorf("what stood beside entry %d can still be found in %v", i, f)
				}
			}
			if len(traces(t, dir, secret(124))) == 0 {
				t.Error("the search for traces finds nothing at all")
			}
		}
		if err := db.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestErasure_OfAWholeBatchLeavesNoAsides(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "journal", chain{})
		big := bytes.Repeat(secret(7), 500) // over several pages
		must.Get(l.Append(t.Context(), appendlog.Entry{Data: []byte("a"), Aside: big}, entry("b")))(t)
		must.OK(t, l.ReplaceAside(t.Context(), 0, nil))
		if all := whole(t, l); len(all) != 2 || all[0].Aside != nil {
			t.Errorf("got %+v", all)
		}
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			if f := traces(t, filepath.Dir(path), secret(7)); len(f) > 0 {
				t.Errorf("found in %v", f)
			}
		}
	})
}
