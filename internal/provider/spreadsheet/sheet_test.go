package spreadsheet

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/media"
	"mconnect/test/must"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// register is a household register as a town hall keeps it.
func register(change func(*catalog.File)) catalog.Service {
	file := &catalog.File{
		Delimiter: ";", Keys: map[string]string{"IDNP": "IDNP"}, Facts: map[string]string{"ValidAt": "valid_at"},
		Columns: []catalog.Column{
			{Field: schema.Field{Name: "IDNP", Type: schema.IDNP, Mandatory: true}, Header: "Cod personal"},
			{Field: schema.Field{Name: "Name", Type: schema.String, MaxLength: 40}, Header: "Nume, prenume"},
			{Field: schema.Field{Name: "Area", Type: schema.Decimal, Minimum: "0"}, Header: "Suprafața", Decimal: ","},
			{Field: schema.Field{Name: "Since", Type: schema.Date}, Header: "Din", Format: "DD.MM.YYYY"},
			{Field: schema.Field{Name: "Head", Type: schema.Boolean}, Header: "Cap"},
			{Field: schema.Field{Name: "Rooms", Type: schema.Integer}, Header: "Odăi"},
		},
	}
	if change != nil {
		change(file)
	}
	return catalog.Service{Name: "GetHousehold", Version: mconnect.Version{Major: 1}, Endpoint: catalog.Endpoint{File: file}}
}

const (
	header = "Nume, prenume;COD  PERSONAL;Suprafața;Din;Cap;Odăi;Observații\r\n"
	lines  = header + "\"Ceban; Ion\";2999000006393;1 234,50;01.02.2020;da;3;x\r\n\"Zis \"\"Ș\"\"\nArcan\";2999900000262;;;nu;;y\r\n"
)

var zone = civil.Zone()

// built builds the index of a file with that content.
func built(t testing.TB, s catalog.Service, name string, content []byte) (*Index, Statement, error) {
	t.Helper()
	dir := t.TempDir()
	table := must.Get(Compile(s, zone))(t)
	path := filepath.Join(dir, name)
	must.OK(t, os.WriteFile(path, content, 0o600))
	must.OK(t, os.Chtimes(path, noon, noon))
	at := filepath.Join(dir, "index.db")
	st, err := table.Build(t.Context(), Source{Path: path, Name: name, By: "test"}, at, noon)
	if err != nil {
		if _, left := os.Stat(at); !errors.Is(left, os.ErrNotExist) {
			t.Error("half an index is left")
		}
		return nil, st, err
	}
	x := must.Get(Open(t.Context(), at))(t)
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	if !x.Of(table) || x.Statement() != st {
		t.Errorf("the index says %+v, built %+v", x.Statement(), st)
	}
	return x, st, nil
}

func find(t testing.TB, x *Index, key ...string) []string {
	t.Helper()
	found := must.Get(x.Find(t.Context(), Key(key), 10))(t)
	return found
}

const ion = `{"IDNP":"2999000006393","Name":"Ceban; Ion","Area":1234.50,"Since":"2020-02-01","Head":true,"Rooms":3}`

func TestCSV_InEveryEncoding(t *testing.T) {
	utf16 := func(text string, e unicode.Endianness) []byte {
		out := must.Get(unicode.UTF16(e, unicode.UseBOM).NewEncoder().Bytes([]byte(text)))(t)
		return out
	}
	central, err := charmap.Windows1250.NewEncoder().Bytes([]byte(strings.NewReplacer("ț", "ţ", "Ș", "Ş").Replace(lines)))
	must.OK(t, err)
	cyrillic, err := charmap.Windows1251.NewEncoder().Bytes([]byte("Cod personal;Nume, prenume;Suprafa\n2999000006393;Чебан;\n"))
	must.OK(t, err)
	for _, one := range []struct {
		name, encoding string
		content        []byte
		want           string
	}{
		{"plain", "", []byte(lines), ion},
		{"with a mark", "utf-8", []byte("\xEF\xBB\xBF" + lines), ion},
		{"UTF-16 little", "utf-16", utf16(lines, unicode.LittleEndian), ion},
		{"UTF-16 big", "utf-16", utf16(lines, unicode.BigEndian), ion},
		{"Windows-1250", "windows-1250", central, ion},
		{"Windows-1251", "windows-1251", cyrillic, `{"IDNP":"2999000006393","Name":"Чебан"}`},
		{"what Excel writes for itself", "", []byte("sep=;\r\n" + lines), ion},
		{"line ends of old", "", []byte(strings.ReplaceAll(strings.ReplaceAll(lines, "\r\n", "\r"), "\n", "")), ion},
	} {
		t.Run(one.name, func(t *testing.T) {
			x, st, err := built(t, register(func(f *catalog.File) {
				f.Encoding = one.encoding
				if strings.HasPrefix(one.encoding, "windows-1250") {
					f.Columns[2].Header = "Suprafaţa"
				}
			}), "a.csv", one.content)
			if err != nil {
				t.Fatal(fault.From(err).Fields, err)
			}
			if got := find(t, x, "2999000006393"); len(got) != 1 || got[0] != one.want {
				t.Errorf("%s", got)
			}
			if st.Rows < 1 || len(st.SHA256) != 64 || st.Size != int64(len(one.content)) {
				t.Errorf("%+v", st)
			}
			if got := find(t, x, "2000000000008"); len(got) != 0 {
				t.Errorf("nobody's row: %s", got)
			}
		})
	}
}

func TestBuild_NamesEveryMistakeByRowAndColumn(t *testing.T) {
	row := func(cells string) string { return header + cells + "\n" }
	good := ";2999000006393;;;;;\n"
	for _, one := range []struct{ name, content, place, code string }{
		{"check digit", row(";2999000006390;;;;;"), "/row/2/Cod personal", "input.checkDigit"},
		{"missing", row("Ion;;;;;;"), "/row/2/Cod personal", "input.missing"},
		{"too long", row(strings.Repeat("ș", 41) + ";2999000006393;;;;;"), "/row/2/Nume, prenume", "input.length"},
		{"decimal with a point", row(";2999000006393;1.5;;;;"), "/row/2/Suprafața", "input.format"},
		{"below the minimum", row(";2999000006393;-1,5;;;;"), "/row/2/Suprafața", "input.range"},
		{"the date of nobody", row(";2999000006393;;31.02.2020;;;"), "/row/2/Din", "input.format"},
		{"another form of date", row(";2999000006393;;2020-02-01;;;"), "/row/2/Din", "input.format"},
		{"neither yes nor no", row(";2999000006393;;;poate;;"), "/row/2/Cap", "input.format"},
		{"no number", row(";2999000006393;;;;trei;"), "/row/2/Odăi", "input.format"},
		{"a fraction of rooms", row(";2999000006393;;;;1,5;"), "/row/2/Odăi", "input.format"},
		{"bytes of another encoding", row("\xfe;2999000006393;;;;;"), "/row/2/Nume, prenume", "file.flaw"},
		{"twice the same key", header + good + good, "/row/3/Cod personal", "message.duplicateKey"},
		{"no such column", "Nume;Adresa\nIon;x\n", "/row/1/Cod personal", "input.missing"},
		{"a column twice", "Cod personal;cod personal\n2999000006393;1\n", "/row/1/Cod personal", "file.flaw"},
		{"header only", header, "/row/2", "input.missing"},
		{"nothing", "", "/row/1", "file.flaw"},
		{"a quote that does not end", header + good + "\"Ion;2999000006393;;;;;\n", "/row/3", "file.flaw"},
		{"a row without end", header + strings.Repeat("x", maxRecord+1), "/row/2", "file.flaw"},
		{"too many fields", header + strings.Repeat(";", 2000), "/row/2", "file.flaw"},
	} {
		t.Run(one.name, func(t *testing.T) {
			_, _, err := built(t, register(nil), "a.csv", []byte(one.content))
			e := fault.From(err)
			if e == nil || e.Code != fault.FileInvalid || len(e.Fields) == 0 {
				t.Fatalf("%v", err)
			}
			if e.Fields[0].Path != one.place || string(e.Fields[0].Code) != one.code {
				t.Errorf("%+v", e.Fields)
			}
		})
	}
	_, _, err := built(t, register(nil), "a.csv", []byte(header+strings.Repeat(";1;;;;;\n", 300)))
	if e := fault.From(err); e.Params["count"] != "300" || len(e.Fields) != fault.MaxFields {
		t.Errorf("of 300 wrong rows: %v, %d listed", e.Params, len(e.Fields))
	}
}

func TestCSV_QuotesAndDelimitersAsDeclared(t *testing.T) {
	for _, one := range []struct{ delimiter, quote, content, want string }{
		{"tab", "", "Cod personal\tNume, prenume\n2999000006393\tA;B\n", "A;B"},
		{"|", "'", "Cod personal|Nume, prenume\n2999000006393|'A''|B'\n", "A'|B"},
		{",", "none", "Cod personal,\"Nume\n2999000006393,\"B\n", ""},
		{"", "", "Cod personal,\"Nume, prenume\"\n2999000006393,5\" tub\n", `5\" tub`},
		{"", "", "Cod personal,\"Nume, prenume\"\n\n  \n2999000006393,\u00a0 B \n", "B"},
	} {
		x, _, err := built(t, register(func(f *catalog.File) { f.Delimiter, f.Quote = one.delimiter, one.quote }), "a.csv", []byte(one.content))
		if err != nil {
			t.Fatal(err, fault.From(err).Fields)
		}
		want := `{"IDNP":"2999000006393","Name":"` + one.want + `"}`
		if one.want == "" {
			want = `{"IDNP":"2999000006393"}`
		}
		if got := find(t, x, "2999000006393"); !slices.Equal(got, []string{want}) {
			t.Errorf("%q: %s", one.content, got)
		}
	}
}

func TestIndex_SeveralRowsAndSeveralKeys(t *testing.T) {
	s := register(func(f *catalog.File) {
		f.Rows, f.Keys = "Members", map[string]string{"House": "Rooms", "IDNP": "IDNP"}
	})
	x, _, err := built(t, s, "a.csv", []byte(header+"B;2999000006393;;;;2;\nA;2999000006393;;;;2;\nC;2999000006393;;;;3;\n"))
	must.OK(t, err)
	got := find(t, x, "2", "2999000006393")
	if len(got) != 2 || !strings.Contains(got[0], `"B"`) || !strings.Contains(got[1], `"A"`) {
		t.Errorf("not the two rows in the file's order: %s", got)
	}
	if got := find(t, x, "22999000006393", ""); len(got) != 0 {
		t.Errorf("keys run into one another: %s", got)
	}
}

func TestBuild_WhenTheDataWereValid(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, zone) }
	row := ";2999000006393;;%s;;;\n"
	for _, one := range []struct {
		name    string
		valid   catalog.ValidAt
		content string
		want    time.Time
		code    fault.Code
	}{
		{"lista-2026-02-28.csv", catalog.ValidAt{Name: `lista-(\d{4}-\d\d-\d\d)`}, "", day(2026, 2, 28), ""},
		{"lista 28.02.2026.csv", catalog.ValidAt{Name: `(\d\d\.\d\d\.\d{4})`}, "", day(2026, 2, 28), ""},
		{"lista.csv", catalog.ValidAt{Name: `(\d{8})`}, "", time.Time{}, fault.FileInvalid},
		{"lista-20270101.csv", catalog.ValidAt{Name: `(\d{8})`}, "", time.Time{}, fault.FileInvalid},
		{"a.csv", catalog.ValidAt{Column: "Since"}, "02.03.2026", day(2026, 3, 2), ""},
		{"a.csv", catalog.ValidAt{Column: "Since"}, "", time.Time{}, fault.FileInvalid},
	} {
		s := register(func(f *catalog.File) { f.ValidAt, f.Rows = one.valid, "Rows" })
		_, st, err := built(t, s, one.name, []byte(header+";2999000006393;;01.01.2026;;;\n"+fmt.Sprintf(row, one.content)))
		if one.valid.Column != "" && one.content == "" {
			_, st, err = built(t, s, one.name, []byte(header+fmt.Sprintf(row, "")))
		}
		if one.code != "" {
			if fault.From(err) == nil || fault.From(err).Code != one.code {
				t.Errorf("%s: %v", one.name, err)
			}
			continue
		}
		if err != nil || !st.ValidAt.Equal(one.want) {
			t.Errorf("%s: %v, want %v (%v)", one.name, st.ValidAt, one.want, err)
		}
	}
	st := Statement{ValidAt: day(2026, 2, 28), SHA256: "ab", Rows: 3, ReceivedAt: noon}
	if f := st.Facts(true, true, zone); f[catalog.FactValidAt] != `"2026-02-28"` || f[catalog.FactStale] != "true" || f[catalog.FactRows] != "3" {
		t.Errorf("%v", f)
	}
	if f := st.Facts(false, false, zone); f[catalog.FactValidAt] != `"2026-02-27T22:00:00Z"` || f[catalog.FactReceived] != `"2026-03-02T12:00:00Z"` {
		t.Errorf("%v", f)
	}
}

// workbook packs parts into an XLSX file.
func workbook(t testing.TB, sheet, shared string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="Alta" r:id="rId9"/><sheet name="Gospodării" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId9" Target="/xl/worksheets/none.xml"/></Relationships>`,
		"xl/sharedStrings.xml":       shared,
		"xl/worksheets/sheet1.xml":   sheet,
	} {
		w := must.Get(z.Create(name))(t)
		must.Get(io.WriteString(w, text))(t)
	}
	must.OK(t, z.Close())
	return b.Bytes()
}

const (
	sharedTexts = `<sst><si><t>Cod personal</t></si><si><r><t>Nume, </t></r><r><t>prenume</t></r><rPh><t>zzz</t></rPh></si><si><t>Ceban; Ion</t></si></sst>`
	sheetText   = `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>Suprafața</t></is></c>` +
		`<c r="D1" t="str"><v>Din</v></c><c r="E1" t="inlineStr"><is><t>Cap</t></is></c><c r="F1" t="inlineStr"><is><t>Odăi</t></is></c></row>` +
		`<row r="2"/><row r="4"><c r="A4"><v>2.999000006393E12</v></c><c r="B4" t="s"><v>2</v></c><c r="C4"><f>A1+1</f><v>1234.5</v></c><c r="D4"><v>43862</v></c><c r="E4" t="b"><v>1</v></c><c r="F4"><v>3</v></c></row></sheetData></worksheet>`
)

func TestXLSX_IsRead(t *testing.T) {
	s := func(change func(*catalog.File)) catalog.Service {
		return register(func(f *catalog.File) {
			f.Format, f.Sheet = "xlsx", "gospodării"
			if change != nil {
				change(f)
			}
		})
	}
	x, _, err := built(t, s(nil), "a.xlsx", workbook(t, sheetText, sharedTexts))
	if err != nil {
		t.Fatal(err, fault.From(err).Fields)
	}
	if got := find(t, x, "2999000006393"); !slices.Equal(got, []string{strings.Replace(ion, "1234.50", "1234.5", 1)}) {
		t.Errorf("%s", got)
	}
	for name, content := range map[string][]byte{
		"no zip":             []byte("PK nothing"),
		"a text that is not": workbook(t, strings.Replace(sheetText, "<v>2</v>", "<v>7</v>", 1), sharedTexts),
		"an error value":     workbook(t, strings.Replace(sheetText, `t="b"><v>1`, `t="e"><v>#REF!`, 1), sharedTexts),
		"cut off":            workbook(t, sheetText[:len(sheetText)-60], sharedTexts),
		"column ZZZ":         workbook(t, strings.Replace(sheetText, `r="F4"`, `r="ZZZ4"`, 1), sharedTexts),
		"a document type":    workbook(t, `<!DOCTYPE a [<!ENTITY b "c">]>`+sheetText, sharedTexts),
		"a huge text":        workbook(t, sheetText, "<sst><si><t>"+strings.Repeat("x", maxToken+1)+"</t></si></sst>"),
	} {
		if _, _, err := built(t, s(nil), "a.xlsx", content); fault.From(err) == nil || fault.From(err).Code != fault.FileInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, sheet := range []string{"Alta", "Nu există"} {
		if _, _, err := built(t, s(func(f *catalog.File) { f.Sheet = sheet }), "a.xlsx", workbook(t, sheetText, sharedTexts)); fault.From(err) == nil || fault.From(err).Code != fault.FileInvalid {
			t.Errorf("sheet %s: %v", sheet, err)
		}
	}
}

// TestXLSX_UnpacksWithinBounds: a few kilobytes that become gigabytes are refused by what they are, not by the
// memory that they take.
func TestXLSX_UnpacksWithinBounds(t *testing.T) {
	const head = `<sst>`
	good := `<worksheet><sheetData></sheetData></worksheet>`
	for want, parts := range map[string][2]string{
		"nested too deep":           {good, head + strings.Repeat("<a>", 1<<20)},
		"is nested too deep":        {strings.Repeat("<a>", 1<<20), head + "</sst>"},
		"of more than 1 MiB":        {good, head + "<si><t>" + strings.Repeat("x", 3<<20) + "</t></si></sst>"},
		"workbook is too large":     {"<worksheet " + strings.Repeat(" ", 3<<20) + ">", head + "</sst>"},
		"a cell of more than 1 MiB": {good, head + "<si>" + strings.Repeat("<t>"+strings.Repeat("x", 1000)+"</t>", 2000) + "</si></sst>"},
	} {
		text := workbook(t, parts[0], parts[1])
		if len(text) > 64<<10 {
			t.Errorf("%s: %d bytes", want, len(text))
		}
		_, _, err := built(t, register(func(f *catalog.File) { f.Format, f.Sheet = "xlsx", "gospodării" }), "a.xlsx", text)
		if f := fault.From(err); f == nil || f.Code != fault.FileInvalid || !strings.Contains(f.Fields[0].Params["what"], want) {
			t.Errorf("%s: %v %v", want, err, f.Fields)
		}
	}
}

func TestBuild_LeavesNothingWhenStopped(t *testing.T) {
	table := must.Get(Compile(register(nil), zone))(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	must.OK(t, os.WriteFile(path, []byte(lines), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := table.Build(ctx, Source{Path: path, Name: "a.csv"}, filepath.Join(dir, "i.db"), noon); err == nil {
		t.Error("built by nobody's leave")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "i.db*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestBuild_MemoryDoesNotGrowWithTheFile: fifty times the rows, and what is held stays about the same.
func TestBuild_MemoryDoesNotGrowWithTheFile(t *testing.T) {
	held := func(count int) uint64 {
		var b bytes.Buffer
		b.WriteString(header)
		for i := range count {
			fmt.Fprintf(&b, "Nume %d;2999000006393;%d,5;01.02.2020;da;%d;x\n", i, i, i)
		}
		content := b.Bytes()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		x, st, err := built(t, register(func(f *catalog.File) { f.Rows, f.Keys = "Rows", map[string]string{"n": "Rooms"} }), "a.csv", content)
		if err != nil || st.Rows != count {
			t.Fatal(st.Rows, err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if got := find(t, x, fmt.Sprint(count-1)); len(got) != 1 {
			t.Fatalf("%s", got)
		}
		runtime.KeepAlive(content)
		return max(after.HeapAlloc, before.HeapAlloc) - before.HeapAlloc
	}
	if small, large := held(1000), held(50_000); large > small+4<<20 {
		t.Errorf("1000 rows hold %d bytes, 50 000 hold %d", small, large)
	}
}

// FuzzCSV: reading any file ends, and what passes is what the columns allow.
func FuzzCSV(f *testing.F) {
	f.Add([]byte(lines), "utf-8", byte(';'), byte('"'))
	f.Add([]byte("\xff\xfea\x00;\x00"), "utf-16", byte(','), byte(0))
	f.Add([]byte("a\rb\r\n\"c\"\"\n"), "windows-1251", byte('\t'), byte('\''))
	table := must.Get(Compile(register(nil), zone))(f)
	f.Fuzz(func(t *testing.T, content []byte, encoding string, delimiter, quote byte) {
		read, _ := media.Lookup(encoding)
		in := newCSV(bytes.NewReader(content), read, delimiter, quote)
		last := 0
		for {
			record, n, err := in.next()
			if err != nil {
				return
			}
			if n <= last || len(record) == 0 || len(record) > maxFields {
				t.Fatalf("row %d after %d with %d fields", n, last, len(record))
			}
			last = n
			at := make([]int, len(table.cols))
			for i := range at {
				at[i] = i
			}
			row := table.row(nil, record, at, func(*col, fault.Code, map[string]string) {})
			if _, err := table.schema.Read(row); err != nil && fault.From(err).Code != fault.InputInvalid {
				t.Fatalf("%v: %q", err, row)
			}
		}
	})
}

// FuzzXLSX: a workbook of any bytes ends in rows or in a flaw.
func FuzzXLSX(f *testing.F) {
	f.Add([]byte(sheetText), []byte(sharedTexts))
	f.Fuzz(func(t *testing.T, sheet, shared []byte) {
		packed := workbook(t, string(sheet), string(shared))
		x, err := openXLSX(bytes.NewReader(packed), int64(len(packed)), "gospodării")
		if err != nil {
			return
		}
		defer x.file.Close()
		for last := 0; ; {
			record, n, err := x.next()
			if err != nil {
				return
			}
			if n <= last || len(record) > maxColumn {
				t.Fatalf("row %d after %d with %d cells", n, last, len(record))
			}
			last = n
		}
	})
}
