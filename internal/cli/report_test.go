package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect/internal/surface/admin"
	"mconnect/test/must"
)

// uses are what a journal tells: an answered call, a refused one whose caller writes for spreadsheets and terminals,
// and an open one.
func uses() []admin.Reported {
	outcome := int64(18)
	return []admin.Reported{
		{Index: 17, Outcome: &outcome, Kind: "call", At: time.Date(2026, 3, 28, 23, 30, 0, 0, time.UTC), Call: "c-1", Consumer: "hall", Name: "Primăria Exemplu",
			System: "hall.app", Official: "2999900000262", Entity: "1999900000014", Basis: "Legea 1", LegalBasis: "Legea exemplu, art. 1", Reason: "DOS-0001",
			Purpose: "ajutor", Agreement: "hall.person", Service: "GetPerson/1.0.0", Provider: "registry", Fields: []string{"IDNP", "LastName"}, Verdict: "answered"},
		{Index: 16, Kind: "call", At: time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC), Consumer: "hall", Reason: "=HYPERLINK(\"x\")\x1b[2J", Basis: "+1", Entity: "@a",
			Verdict: "refused", Code: "purpose.reason"},
		{Index: 15, Kind: "call", At: time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), Consumer: "hall", Verdict: "open", Code: "no.such.code"},
	}
}

func reported(t *testing.T, lang, output string, asCSV bool, all []admin.Reported) string {
	t.Helper()
	s, out, _ := terminal(output)
	s.lang = lang
	print := s.reportText
	if asCSV {
		print = func(all []admin.Reported, _ reportFlags) error { return s.reportCSV(all) }
	}
	must.OK(t, print(all, reportFlags{}))
	return out.String()
}

// TestReport_IsReadInThreeLanguages: the same uses, with the times of Chișinău before and after the clocks change.
func TestReport_IsReadInThreeLanguages(t *testing.T) {
	for lang, want := range map[string][]string{
		"ro": {"Utilizarea datelor conform jurnalului\n", "Data și ora: 29.03.2026 01:30:00\n", "Data și ora: 29.03.2026 04:30:00\n", "Data și ora: 25.10.2026 03:30:00\n",
			"Instituția: Primăria Exemplu (hall)\n", "Funcționarul (CallingUser): 2999900000262\n", "Temeiul juridic al scopului: Legea exemplu, art. 1\n",
			"Câmpurile acordate: IDNP, LastName\n", "Rezultatul: datele au fost transmise\n", "Rezultatul: refuzat, nicio dată nu a fost transmisă (purpose.reason)\n",
			"Înregistrarea din jurnal: 17, 18\n", "Înregistrarea din jurnal: 16\n", "\nTotal utilizări: 3\n"},
		"en": {"Use of data according to the journal\n", "Date and time: 29.03.2026 01:30:00\n", "Institution: Primăria Exemplu (hall)\n", "Stated reason (CallReason): DOS-0001\n",
			"Outcome: the data were handed over\n", "Outcome: no outcome is recorded", "Institution: hall\n", "\nUses in total: 3\n"},
		"ru": {"Использование данных согласно журналу\n", "Дата и время: 29.03.2026 01:30:00\n", "Учреждение: Primăria Exemplu (hall)\n", "Результат: данные переданы\n",
			"Результат: отказано, данные не передавались (purpose.reason)\n", "\nВсего случаев использования: 3\n"},
	} {
		text := reported(t, lang, "table", false, uses())
		for _, line := range want {
			if !strings.Contains(text, line) {
				t.Errorf("%s: no %q in\n%s", lang, line, text)
			}
		}
		if strings.ContainsAny(text, "\x1b\x00") || strings.Contains(text, "no.such.code") {
			t.Errorf("%s: control characters or an unknown code are shown: %q", lang, text)
		}
		if empty := reported(t, lang, "table", false, nil); !strings.HasSuffix(empty, ": 0\n") || strings.Count(empty, "\n\n") != 2 {
			t.Errorf("%s: without uses: %q", lang, empty)
		}
	}
	words := append(slices.Collect(maps.Values(reportResult)), reportTitle, reportZone, reportNone, reportTotal)
	if len(words) != 8 {
		t.Errorf("%d words", len(words))
	}
	for _, w := range append(words, reportColumns...) {
		if w.RO == "" || w.EN == "" || w.RU == "" {
			t.Errorf("lacks a language: %+v", w)
		}
	}
}

// TestReport_CSVIsReadBySpreadsheets: every row has every column, and what a caller stated is no formula.
func TestReport_CSVIsReadBySpreadsheets(t *testing.T) {
	for _, lang := range []string{"ro", "en", "ru"} {
		rows, err := csv.NewReader(strings.NewReader(reported(t, lang, "table", true, uses()))).ReadAll()
		if err != nil || len(rows) != 4 {
			t.Fatalf("%s: %d rows, %v", lang, len(rows), err)
		}
		for n, row := range rows {
			if len(row) != 16 {
				t.Errorf("%s: row %d has %d columns", lang, n, len(row))
			}
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("%s: row %d holds the formula %q", lang, n, cell)
				}
			}
		}
		if rows[1][3] != "2999900000262" || rows[1][11] != "IDNP, LastName" || !strings.HasPrefix(rows[2][10], "'=HYPERLINK") {
			t.Errorf("%s: %q", lang, rows[1:3])
		}
	}
}

// TestReport_PeriodsAreDaysInChisinau: a day ends where the next begins, also when it has 23 or 25 hours.
func TestReport_PeriodsAreDaysInChisinau(t *testing.T) {
	for _, c := range []struct {
		since, until, from, to string
	}{
		{"2026-03-28", "2026-03-28", "2026-03-27T22:00:00Z", "2026-03-28T22:00:00Z"},
		{"2026-03-29", "2026-03-29", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"}, // 23 hours
		{"2026-03-30", "30.03.2026", "2026-03-29T21:00:00Z", "2026-03-30T21:00:00Z"},
		{"25.10.2026", "2026-10-25", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z"}, // 25 hours
		{"2026-12-31", "2026-12-31", "2026-12-30T22:00:00Z", "2026-12-31T22:00:00Z"},
		{"2028-02-29", "2028-02-29", "2028-02-28T22:00:00Z", "2028-02-29T22:00:00Z"},
		// a time is a time
		{"2026-03-29T03:30:00+03:00", "2026-03-29T03:30:00+03:00", "2026-03-29T00:30:00Z", "2026-03-29T00:30:00Z"},
	} {
		from, err := parseTime(c.since)
		to, bad := parseEnd(c.until)
		if err != nil || bad != nil || from.UTC().Format(time.RFC3339) != c.from || to.UTC().Format(time.RFC3339) != c.to {
			t.Errorf("%s to %s: %s to %s, %v %v", c.since, c.until, from.UTC(), to.UTC(), err, bad)
		}
	}
	for _, wrong := range []string{"2027-02-29", "30.02.2026", "2026-13-01", "2026-3-1", "0h"} {
		if code, _, said := run(t, t.TempDir(), nil, "journal report --since "+wrong); code != exitUsage || !strings.Contains(said, wrong) {
			t.Errorf("%s: %d %s", wrong, code, said)
		}
	}
}

// ledger answers questions for a report as the management API does: newest first, two uses a page.
type ledger struct {
	*httptest.Server
	bodies []map[string]any
	proofs []string
}

func ledgerOf(t *testing.T, size int) *ledger {
	t.Helper()
	l := &ledger{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			l.proofs = append(l.proofs, r.URL.String())
			_, _ = fmt.Fprintf(w, "proof of %s", r.URL.Path)
			return
		}
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		l.bodies = append(l.bodies, in)
		top := size
		if at, ok := in["cursor"].(string); ok {
			_, _ = fmt.Sscan(at, &top)
		}
		var items []admin.Reported
		for limit := int(in["limit"].(float64)); top > 0 && len(items) < min(limit, 2); top-- {
			items = append(items, admin.Reported{Index: int64(top), Kind: "call", Verdict: "answered"})
		}
		page := map[string]any{"items": items}
		if top > 0 {
			page["next"] = fmt.Sprint(top)
		}
		if err := json.NewEncoder(w).Encode(page); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

// TestReport_ReadsEveryPage up to the limit, states what was asked for once a page, and writes one proof a record.
func TestReport_ReadsEveryPage(t *testing.T) {
	for _, c := range []struct {
		flags     string
		size      int
		want, ask int
	}{{"", 5, 5, 3}, {"", 0, 0, 1}, {"", 2, 2, 1}, {"--limit 3", 5, 3, 2}, {"--limit 2", 5, 2, 1}, {"--limit 9", 5, 5, 3}} {
		l := ledgerOf(t, c.size)
		code, out, said := run(t, t.TempDir(), nil, "journal report --json --official 2999900000262 --since 2026-03-29 --until 2026-03-29 --reason control "+
			c.flags+" --admin-url "+l.URL)
		var all []admin.Reported
		if err := json.Unmarshal([]byte(out), &all); err != nil || code != exitDone || len(all) != c.want || len(l.bodies) != c.ask {
			t.Errorf("%q of %d: %d uses in %d questions, %d %v %s", c.flags, c.size, len(all), len(l.bodies), code, err, said)
		}
		for i, one := range all {
			if one.Index != int64(c.size-i) {
				t.Errorf("%q of %d: use %d is record %d", c.flags, c.size, i, one.Index)
			}
		}
		for _, in := range l.bodies {
			if in["official"] != "2999900000262" || in["why"] != "control" || in["subject"] != nil || in["from"] == nil || in["to"] == nil {
				t.Errorf("asked for %v", in)
			}
		}
	}
	l, folder := ledgerOf(t, 3), filepath.Join(t.TempDir(), "proofs")
	line := "journal report --evidence " + folder + " --reason control --admin-url " + l.URL
	if code, _, said := run(t, t.TempDir(), nil, line); code != exitDone || len(l.proofs) != 3 || !strings.HasSuffix(l.proofs[0], "/v1/journal/3/evidence?reason=control") {
		t.Errorf("%d %s %q", code, said, l.proofs)
	}
	for n := 1; n <= 3; n++ {
		path := filepath.Join(folder, fmt.Sprintf("record-%d.proof", n))
		text, err := os.ReadFile(path)
		if want := fmt.Sprintf("proof of /v1/journal/%d/evidence", n); err != nil || string(text) != want {
			t.Errorf("%s: %q %v", path, text, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info, err)
		}
	}
	if code, _, said := run(t, t.TempDir(), nil, line); code != exitUsage || !strings.Contains(said, folder) {
		t.Errorf("a folder that is there already: %d %s", code, said)
	}
	if code, _, said := run(t, t.TempDir(), nil, "journal report --csv --json --admin-url "+l.URL); code != exitUsage || !strings.Contains(said, "csv json") {
		t.Errorf("two forms at once: %d %s", code, said)
	}
}

// TestList_ReadsEveryPage of a kind, in the order of ids, and stops where enough was found.
func TestList_ReadsEveryPage(t *testing.T) {
	ids := []string{"e", "b", "d", "a", "c"}
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		at := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("cursor"), &at)
		next := ""
		if at+2 < len(ids) {
			next = fmt.Sprint(at + 2)
		}
		var items []string
		for _, id := range ids[at:min(at+2, len(ids))] {
			items = append(items, fmt.Sprintf(`{"kind":"System","id":%q,"revision":1,"document":{"owner":"hall","name":{"ro":"Sistem %s","ru":"Система"},"level":{"n":7}}}`, id, id))
		}
		_, _ = io.WriteString(w, `{"items":[`+strings.Join(items, ",")+`],"next":"`+next+`"}`)
	}))
	defer server.Close()
	for _, c := range []struct {
		flags string
		want  string
		pages int
	}{
		{"", "a b c d e", 3}, {"--limit 2", "b e", 1}, {"--limit 3", "b d e", 2}, {"--where owner=hall", "a b c d e", 3}, {"--where owner=asp", "", 3},
		{"--where level.n=7 --where id=", "a b c d e", 3}, {"--where name.ro=", "", 3}, {"--match sistem.c", "", 3}, {"--match SISTEM", "a b c d e", 3},
		{"--where owner.x=1", "", 3},
	} {
		asked = nil
		code, out, said := run(t, t.TempDir(), nil, "list system --output json --admin-url "+server.URL+" "+c.flags)
		var all []admin.Resource
		if err := json.Unmarshal([]byte(out), &all); err != nil || code != exitDone || len(asked) != c.pages {
			t.Errorf("%q: %d after %d pages, %v %s", c.flags, code, len(asked), err, said)
		}
		var got []string
		for _, one := range all {
			got = append(got, one.ID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %v; want %s", c.flags, got, c.want)
		}
	}
	if code, out, _ := run(t, t.TempDir(), nil, "list Systems --lang ru --admin-url "+server.URL); code != exitDone || !strings.HasPrefix(out, "ID ") || strings.Count(out, "Система") != 5 {
		t.Errorf("%d %s", code, out)
	}
	if code, _, said := run(t, t.TempDir(), nil, "list system --where owner --admin-url "+server.URL); code != exitUsage || !strings.Contains(said, "FIELD=VALUE") {
		t.Errorf("%d %s", code, said)
	}
}
