package spreadsheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/media"
	"mconnect/test/must"
)

// readAll reads every record as text.
func readAll(t *testing.T, in rows) (all [][]string, err error) {
	t.Helper()
	for {
		record, _, err := in.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		texts := make([]string, len(record))
		for i, c := range record {
			texts[i] = c.text
		}
		all = append(all, texts)
	}
}

// TestCSV_AgreesWithTheStandardLibrary: what encoding/csv writes is read as it was, on thousands of nasty tables.
func TestCSV_AgreesWithTheStandardLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	pieces := []string{"a", "ș", "\"", "\"\"", ";", ",", "\n", "\t", " ", "'", "=1+1", "2999000006393", "\u00a0", "", "я"}
	for round := range 3000 {
		delimiter := []rune{',', ';', '\t', '|'}[rng.IntN(4)]
		var want [][]string
		for range 1 + rng.IntN(4) {
			record := []string{"x"} // no record of one empty field: a blank line is none
			for range rng.IntN(4) {
				var b strings.Builder
				for range rng.IntN(4) {
					b.WriteString(pieces[rng.IntN(len(pieces))])
				}
				record = append(record, b.String())
			}
			want = append(want, record)
		}
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma, w.UseCRLF = delimiter, rng.IntN(2) == 0
		must.OK(t, w.WriteAll(want))
		if w.UseCRLF { // it also turns line ends inside fields
			for _, record := range want {
				for i := range record {
					record[i] = strings.ReplaceAll(record[i], "\n", "\r\n")
				}
			}
		}
		got, err := readAll(t, newCSV(&b, media.UTF8, byte(delimiter), '"'))
		if err != nil || !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("round %d: %v\n%q\nwant\n%q", round, err, got, want)
		}
	}
}

// TestTable_NumbersOfEveryForm: one value, as people and programs write it.
func TestTable_NumbersOfEveryForm(t *testing.T) {
	for _, one := range []struct {
		kind    schema.Base
		decimal string
		cell    cell
		want    string // "" where it is refused
	}{
		{schema.Decimal, "", cell{text: "1234.50"}, "1234.50"}, {schema.Decimal, "", cell{text: "-0.5"}, "-0.5"},
		{schema.Decimal, "", cell{text: "007"}, "7"}, {schema.Decimal, "", cell{text: "000"}, "0"},
		{schema.Decimal, "", cell{text: "1,5"}, ""}, {schema.Decimal, "", cell{text: "1 000"}, ""},
		{schema.Decimal, "", cell{text: ".5"}, ""}, {schema.Decimal, "", cell{text: "5."}, ""},
		{schema.Decimal, "", cell{text: "1e3"}, ""}, {schema.Decimal, "", cell{text: "--1"}, ""},
		{schema.Decimal, "", cell{text: "NaN"}, ""}, {schema.Decimal, "", cell{text: strings.Repeat("9", 80)}, ""},
		{schema.Decimal, ",", cell{text: "1 234,50"}, "1234.50"}, {schema.Decimal, ",", cell{text: "1\u00a0234\u202f567,5"}, "1234567.5"},
		{schema.Decimal, ",", cell{text: "1.234,50"}, ""}, {schema.Decimal, ",", cell{text: "1,2,3"}, ""}, {schema.Decimal, ",", cell{text: "12"}, "12"},
		{schema.Decimal, "", cell{text: "1.5E3", serial: true}, "1500"}, {schema.Decimal, "", cell{text: "0.1", serial: true}, "0.1"},
		{schema.Decimal, "", cell{text: "Inf", serial: true}, ""}, {schema.Decimal, ",", cell{text: "x", serial: true}, ""},
		{schema.Integer, "", cell{text: "42"}, "42"}, {schema.Integer, "", cell{text: "9007199254740993"}, "9007199254740993"},
		{schema.String, "", cell{text: "2.999000006393E12", serial: true}, `"2999000006393"`},
		{schema.String, "", cell{text: "1.5", serial: true}, `"1.5"`}, {schema.String, "", cell{text: "1e400", serial: true}, ""},
		{schema.String, "", cell{text: "a\"b\\c\nd\te"}, `"a\"b\\c\nd\te"`},
		{schema.Boolean, "", cell{text: "DA"}, "true"}, {schema.Boolean, "", cell{text: "нет"}, "false"}, {schema.Boolean, "", cell{text: "2"}, ""},
	} {
		c := col{Column: catalog.Column{Field: schema.Field{Name: "x", Type: one.kind}, Decimal: one.decimal}}
		out, bad := c.value(nil, one.cell, zone)
		if (bad != nil) != (one.want == "") || bad == nil && string(out) != one.want {
			t.Errorf("%s %q: %s (%v), want %s", one.kind, one.cell.text, out, bad, one.want)
		}
	}
}

var aDate = &format{code: "dd.mm.yyyy", date: true}

// TestTable_DaysOfEveryForm: dates as text and as a spreadsheet's number of days.
func TestTable_DaysOfEveryForm(t *testing.T) {
	for _, one := range []struct {
		kind   schema.Base
		format string
		cell   cell
		want   string
	}{
		{schema.Date, "", cell{text: "2026-02-28"}, "2026-02-28"}, {schema.Date, "", cell{text: "28.02.2026"}, ""},
		{schema.Date, "DD.MM.YYYY", cell{text: "29.02.2024"}, "2024-02-29"}, {schema.Date, "DD.MM.YYYY", cell{text: "29.02.2026"}, ""},
		{schema.Date, "DD.MM.YYYY", cell{text: "45000", serial: true}, "2023-03-15"}, {schema.Date, "", cell{text: "61", serial: true, format: aDate}, "1900-03-01"},
		{schema.Date, "", cell{text: "60", serial: true, format: aDate}, ""}, {schema.Date, "", cell{text: "1e9", serial: true, format: aDate}, ""},
		{schema.Date, "", cell{text: "x", serial: true}, ""}, {schema.Date, "", cell{text: "2026", serial: true}, ""},
		{schema.Date, "", cell{text: "46023", serial: true, format: &format{code: "0.00"}}, ""},
		{schema.Date, "", cell{text: "44561", serial: true, era: era1904, format: aDate}, "2026-01-01"},
		{schema.Date, "D.M.YYYY", cell{text: "1.2.2026"}, "2026-02-01"}, {schema.Date, "D.M.YYYY", cell{text: "01.02.2026"}, "2026-02-01"},
		{schema.Date, "DD.MM.YY", cell{text: "01.02.29"}, "2029-02-01"}, {schema.Date, "DD.MM.YY", cell{text: "01.02.30"}, "1930-02-01"},
		{schema.Date, "D/M/YY", cell{text: "1/2/99"}, "1999-02-01"}, {schema.Date, "DD.MM.YYYY", cell{text: "1.2.2026"}, ""},
		{schema.DateTime, "", cell{text: "2026-07-01T10:00:00Z"}, "2026-07-01T10:00:00Z"},
		{schema.DateTime, "", cell{text: "2026-07-01T10:00:00"}, "2026-07-01T10:00:00+03:00"},
		{schema.DateTime, "DD.MM.YYYY hh:mm", cell{text: "01.01.2026 08:30"}, "2026-01-01T08:30:00+02:00"},
		{schema.DateTime, "", cell{text: "45000.5", serial: true}, "2023-03-15T12:00:00+02:00"},
		{schema.DateTime, "", cell{text: "ieri"}, ""},
	} {
		c := col{Column: catalog.Column{Field: schema.Field{Type: one.kind}, Format: one.format}}
		c.layout = c.Layout()
		got, bad := c.moment(one.cell, zone)
		if ok := bad == nil; ok != (one.want != "") || ok && got != one.want {
			t.Errorf("%s %s %q: %s %v, want %s", one.kind, one.format, one.cell.text, got, bad, one.want)
		}
	}
}

func TestTable_WhichDayIsLater(t *testing.T) {
	days := []string{"", "2025-12-31", "2026-01-01"}
	for i := range days[1:] {
		if !later(days[i+1], days[i]) || later(days[i], days[i+1]) {
			t.Errorf("%q and %q", days[i], days[i+1])
		}
	}
	if !later("2026-01-01T00:30:00+02:00", "2026-01-01T00:00:00+03:00") || later("2026-01-01T01:00:00+03:00", "2025-12-31T22:00:00Z") {
		t.Error("moments are compared as text")
	}
}

// TestIndex_IsReadAsBuilt: opened again, and by another process's eyes, it says the same; a file that is none is
// refused.
func TestIndex_IsReadAsBuilt(t *testing.T) {
	x, st, err := built(t, register(nil), "a.csv", []byte(lines))
	must.OK(t, err)
	if st.By != "test" || st.ReceivedAt != noon || !st.ValidAt.Equal(noon) || st.Rows != 2 {
		t.Errorf("%+v", st)
	}
	other, err := Compile(register(func(f *catalog.File) { f.Columns[1].MaxLength = 41 }), zone)
	if err != nil || x.Of(other) {
		t.Errorf("%v: an index of another declaration passes for its own", err)
	}
	if _, err := Open(t.Context(), "property_test.go"); err == nil {
		t.Error("opened what is no index")
	}
	if _, err := Open(t.Context(), "nothing"); err == nil {
		t.Error("opened what is not there")
	}
	if _, err := other.Build(t.Context(), Source{Path: "nothing"}, "x", time.Now()); err == nil {
		t.Error("built from nothing")
	}
}

func TestBuild_ListedPlacesAreBounded(t *testing.T) {
	var found fault.Findings
	for i := range 50 {
		found.Add(fmt.Sprintf("/row/%d", i), fault.InputType)
	}
	if e := fault.From(invalid(found, 7)); len(e.Fields) > fault.MaxFields || e.Code != fault.FileInvalid {
		t.Errorf("%d places", len(e.Fields))
	}
}
