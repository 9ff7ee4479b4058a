package spreadsheet

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

// twoColumns is a register of a code and one more column, as the small files of testdata/real have them.
func twoColumns(format, second string, kind schema.Base, change func(*catalog.File)) catalog.Service {
	file := &catalog.File{
		Format: format, Delimiter: ";", Keys: map[string]string{"Cod": "Cod"}, Facts: map[string]string{"ValidAt": "valid_at"}, Rows: "Rows",
		Columns: []catalog.Column{
			{Field: schema.Field{Name: "Cod", Type: schema.String}},
			{Field: schema.Field{Name: "V", Type: kind}, Header: second},
		},
	}
	if format == "xlsx" {
		file.Delimiter = ""
	}
	if change != nil {
		change(file)
	}
	return catalog.Service{Name: "GetRows", Version: mconnect.Version{Major: 1}, Endpoint: catalog.Endpoint{File: file}}
}

// every lists the rows of an index, in the file's order.
func every(t *testing.T, x *Index) (all []string) {
	t.Helper()
	rows := must.Get(x.db.QueryContext(t.Context(), "SELECT row FROM rows ORDER BY n"))(t)
	defer rows.Close()
	for rows.Next() {
		var row string
		must.OK(t, rows.Scan(&row))
		all = append(all, row)
	}
	must.OK(t, rows.Err())
	return all
}

// places lists what an error names, as "path code".
func places(err error) (all []string) {
	e := fault.From(err)
	if e == nil || e.Code != fault.FileInvalid {
		return []string{"not file.invalid: " + string(e.Code)}
	}
	for _, one := range e.Fields {
		all = append(all, one.Path+" "+string(one.Code))
	}
	return all
}

// TestSheet_RealFiles: small files as programs and people write them. want are the rows, or the places of refusal.
func TestSheet_RealFiles(t *testing.T) {
	text := func(second string) catalog.Service { return twoColumns("csv", second, schema.String, nil) }
	in := func(second, encoding string) catalog.Service {
		return twoColumns("csv", second, schema.String, func(f *catalog.File) { f.Encoding = encoding })
	}
	book := func(second string, kind schema.Base) catalog.Service { return twoColumns("xlsx", second, kind, nil) }
	for _, c := range []struct {
		file    string
		service catalog.Service
		want    []string
	}{
		{"ragged-long.csv", text("Nota"), []string{"/row/2 file.flaw"}},
		{"ragged-short.csv", text("Nota"), []string{`{"Cod":"1"}`, `{"Cod":"2","V":"bun"}`}},
		{"trailing.csv", text("Nume"), []string{`{"Cod":"1","V":"Ion"}`, `{"Cod":"2","V":"Ana"}`}},
		{"trailing-rows-only.csv", text("Nume"), []string{`{"Cod":"1","V":"Ion"}`, `{"Cod":"2","V":"Ana"}`}},
		{"quotes.csv", text("Nume"), []string{"/row/2/Nume file.flaw", "/row/4/Nume file.flaw"}},
		{"control-characters.csv", text("Nota"), []string{"/row/2/Nota file.flaw", "/row/3/Nota file.flaw"}},
		{"nul.csv", text("Nume"), []string{"/row/2/Nume file.flaw", "/row/3/Nume file.flaw"}},
		{"cr.csv", text("Nume"), []string{`{"Cod":"1","V":"Ion"}`, `{"Cod":"2","V":"Ana"}`}},
		{"sep3.csv", text("Nume"), []string{`{"Cod":"1","V":"Ion"}`}},
		{"bom-nl.csv", text("Nume"), []string{`{"Cod":"1","V":"linia 1\nlinia 2"}`, `{"Cod":"2","V":"a;b"}`}},
		{"cedilla.csv", text("Oraș"), []string{`{"Cod":"1","V":"Bălţi"}`}},
		{"w1250.csv", in("Nume", "windows-1250"), []string{`{"Cod":"1","V":"Ştefan Ţăran"}`}},
		{"utf8-as-1250.csv", in("Nume", "windows-1250"), []string{`{"Cod":"1","V":"Ștefană Țurcanî"}`}},
		{"utf16nobom.csv", twoColumns("csv", "Nume", schema.String, func(f *catalog.File) { f.Encoding, f.Delimiter = "utf-16", "tab" }),
			[]string{`{"Cod":"1","V":"Ion"}`}},
		{"dmyyyy.csv", twoColumns("csv", "Data", schema.Date, func(f *catalog.File) { f.Columns[1].Format = "D.M.YYYY" }),
			[]string{`{"Cod":"1","V":"2026-02-01"}`, `{"Cod":"2","V":"2026-02-01"}`}},
		{"nokey.csv", twoColumns("csv", "Nume", schema.String, func(f *catalog.File) { f.Delimiter, f.Columns[0].Header = ",", "IDNP" }),
			[]string{"/row/1/IDNP input.missing"}},
		{"nums.csv", twoColumns("csv", "Suma", schema.Decimal, func(f *catalog.File) { f.Columns[1].Decimal = "," }), []string{
			"/row/2/Suma input.format", "/row/3/Suma input.format", "/row/4/Suma input.format", "/row/5/Suma input.format", "/row/6/Suma input.format",
			"/row/7/Suma input.format", "/row/8/Suma input.format", "/row/9/Suma input.format"}},

		{"formula-without-value.xlsx", book("Suma", schema.Decimal), []string{"/row/2/Suma file.flaw"}},
		{"date-in-text-column.xlsx", book("Nota", schema.String), []string{`{"Cod":"a","V":"01.01.2026"}`, `{"Cod":"b","V":"31.12.2025"}`}},
		{"leading-zeros.xlsx", book("Nume", schema.String), []string{`{"Cod":"0123","V":"a"}`, `{"Cod":"2001","V":"b"}`}},
		{"big-number-in-text.xlsx", twoColumns("xlsx", "Nume", schema.String, func(f *catalog.File) { f.Columns[0].Header = "Cont" }),
			[]string{"/row/2/Cont file.flaw"}},
		{"decimal-artifact.xlsx", book("Suma", schema.Decimal), []string{`{"Cod":"a","V":0.3}`, `{"Cod":"b","V":1234.56}`, `{"Cod":"c","V":60.565}`}},
		{"dates.xlsx", twoColumns("xlsx", "Data", schema.Date, func(f *catalog.File) { f.Columns[1].Format = "DD.MM.YYYY" }),
			[]string{"/row/5/Data input.format"}},
		{"corrupt.xlsx", book("Nume", schema.String), []string{"/row/1 file.flaw"}},
		{"truncated.xlsx", book("Nume", schema.String), []string{"/row/1 file.flaw"}},
		{"dup-undeclared.xlsx", book("Nume", schema.String), []string{`{"Cod":"a","V":"Ion"}`}},
		{"empty-shared.xlsx", book("Nume", schema.String), []string{`{"Cod":"a"}`}},
		{"hidden-first.xlsx", book("Nume", schema.String), []string{`{"Cod":"a","V":"Ion"}`}},
		{"sharedstrings-case.xlsx", book("Nume", schema.String), []string{`{"Cod":"a","V":"Ion"}`}},
		{"workbook-elsewhere.xlsx", book("Nume", schema.String), []string{`{"Cod":"a","V":"Ion"}`}},
		{"x000D.xlsx", book("Adresa", schema.String), []string{`{"Cod":"a","V":"str. Mare 1\r\nap. 2"}`}},
		{"merged.xlsx", book("Raion", schema.String), []string{"/row/2/Raion file.flaw"}},
		{"title-rows.xlsx", book("Nume", schema.String), []string{"/row/1/Cod input.missing"}},
		{"title-rows.xlsx", twoColumns("xlsx", "Nume", schema.String, func(f *catalog.File) { f.HeaderRow = 2 }), []string{`{"Cod":"a","V":"Ion"}`}},
	} {
		t.Run(c.file, func(t *testing.T) {
			content := must.Get(os.ReadFile(filepath.Join("testdata", "real", c.file)))(t)
			x, st, err := built(t, c.service, c.file, content)
			var got []string
			if err != nil {
				got = places(err)
				for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.Russian} {
					for _, one := range fault.From(err).Fields {
						if s := one.Sentence(lang); strings.Contains(s, "—") || strings.Contains(s, " the ") {
							t.Errorf("%s: %s", lang, s)
						}
					}
				}
			} else {
				got = every(t, x)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if c.file == "ragged-short.csv" && (st.Short != 1 || st.ShortRows != "2") {
				t.Errorf("short rows: %d, %s", st.Short, st.ShortRows)
			}
		})
	}
}

// TestSheet_EveryRealFileIsRead: no file lies in testdata that no test reads.
func TestSheet_EveryRealFileIsRead(t *testing.T) {
	text := must.Get(os.ReadFile("real_test.go"))(t)
	files, err := os.ReadDir(filepath.Join("testdata", "real"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		if !bytes.Contains(text, []byte(`{"`+f.Name()+`"`)) {
			t.Errorf("%s: no row of TestSheet_RealFiles reads it", f.Name())
		}
	}
}

// TestSheet_HostileWorkbooks: a small archive that unpacks to a gigabyte of blanks, or to one text of that size, is
// refused long before it is unpacked, as a flaw of the file.
func TestSheet_HostileWorkbooks(t *testing.T) {
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	book := map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="b" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook ` + ns + ` xmlns:r="r"><sheets><sheet name="A" r:id="s"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="s" Type="x/worksheet" Target="s.xml"/><Relationship Id="t" Type="x/sharedStrings" Target="t.xml"/></Relationships>`,
		"xl/s.xml":                   `<worksheet ` + ns + `><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>`,
		"xl/t.xml":                   `<sst ` + ns + `><si><t>Cod</t></si></sst>`,
	}
	large := strings.Repeat(" ", 8<<20)
	for name, change := range map[string][2]string{
		"blanks in a sheet":       {"xl/s.xml", `<worksheet ` + ns + `><sheetData>` + large + `</sheetData></worksheet>`},
		"one text":                {"xl/t.xml", `<sst ` + ns + `><si><t>` + large + `</t></si></sst>`},
		"one attribute":           {"xl/s.xml", `<worksheet ` + ns + ` x="` + large + `"><sheetData/></worksheet>`},
		"a workbook of blanks":    {"xl/workbook.xml", `<workbook>` + large + `</workbook>`},
		"elements without end":    {"xl/s.xml", strings.Repeat("<a>", 100_000)},
		"a document type":         {"xl/s.xml", `<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>`},
		"a sheet without its end": {"xl/s.xml", `<worksheet ` + ns + `><sheetData><row><c t="s"><v>0</v></c></row>`},
	} {
		parts := maps.Clone(book)
		parts[change[0]] = change[1]
		_, _, err := built(t, twoColumns("xlsx", "V", schema.String, nil), "a.xlsx", packed(t, parts))
		if fault.From(err).Code != fault.FileInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// packed makes a workbook of these parts.
func packed(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w := must.Get(z.Create(name))(t)
		must.Get(io.WriteString(w, text))(t)
	}
	must.OK(t, z.Close())
	return b.Bytes()
}

// TestSheet_CellsOfWorkbooks: what Excel, Calc, openpyxl and exceljs write into a cell, in the column V of that type.
func TestSheet_CellsOfWorkbooks(t *testing.T) {
	const ns = `xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"` // the strict form of the standard
	styles := `<styleSheet ` + ns + `><numFmts><numFmt numFmtId="170" formatCode="000\-000"/><numFmt numFmtId="171" formatCode="[$-418]d mmmm yyyy"/>` +
		`<numFmt numFmtId="172" formatCode="yyyy\-mm\-dd hh:mm"/><numFmt numFmtId="173" formatCode="0&quot; ani&quot;"/><numFmt numFmtId="174" formatCode="[h]:mm"/>` +
		`<numFmt numFmtId="175" formatCode="d/m/yy;@"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>` +
		`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="2"/><xf numFmtId="4"/><xf numFmtId="49"/><xf numFmtId="170"/>` +
		`<xf numFmtId="171"/><xf numFmtId="172"/><xf numFmtId="173"/><xf numFmtId="174"/><xf numFmtId="20"/><xf numFmtId="175"/></cellXfs></styleSheet>`
	for name, c := range map[string]struct {
		kind       schema.Base
		cell, want string // "" : refused
	}{
		"rich text":                         {schema.String, `<c t="inlineStr"><is><r><t>Ion </t></r><r><t>Rusu</t></r></is></c>`, `"Ion Rusu"`},
		"a boolean":                         {schema.Boolean, `<c t="b"><v>1</v></c>`, `true`},
		"#N/A":                              {schema.String, `<c t="e"><v>#N/A</v></c>`, ``},
		"a formula of text":                 {schema.String, `<c t="str"><f>A1</f><v>Ion_x0009_R</v></c>`, `"Ion\tR"`},
		"a formula whose text is empty":     {schema.String, `<c t="str"><f>A1</f><v></v></c>`, `absent`},
		"openpyxl's formula":                {schema.Decimal, `<c><f>1+1</f><v></v></c>`, ``},
		"exceljs's formula":                 {schema.String, `<c t="str"><f>A1</f></c>`, ``},
		"a shared formula":                  {schema.Decimal, `<c><f t="shared" si="0"/><v>3</v></c>`, `3`},
		"an underscore that is one":         {schema.String, `<c t="inlineStr"><is><t>a_x005F_x000D_b_xZZZZ_</t></is></c>`, `"a_x000D_b_xZZZZ_"`},
		"a pair of surrogates":              {schema.String, `<c t="inlineStr"><is><t>_xD83D__xDE00_</t></is></c>`, `"😀"`},
		"an escaped control":                {schema.String, `<c t="inlineStr"><is><t>a_x0001_</t></is></c>`, ``},
		"a date in ISO form":                {schema.Date, `<c t="d"><v>2026-01-01</v></c>`, `"2026-01-01"`},
		"a date by number 14":               {schema.String, `<c s="1"><v>46023</v></c>`, `"01.01.2026"`},
		"a date with the name of a month":   {schema.String, `<c s="7"><v>46023</v></c>`, ``},
		"the same in a column of dates":     {schema.Date, `<c s="7"><v>46023</v></c>`, `"2026-01-01"`},
		"a time of day in text":             {schema.String, `<c s="8"><v>46023.354166666664</v></c>`, `"2026-01-01 08:30"`},
		"a time alone, in a column of days": {schema.Date, `<c s="11"><v>0.5</v></c>`, ``},
		"a time alone, in text":             {schema.String, `<c s="11"><v>0.5</v></c>`, ``},
		"hours that run on":                 {schema.String, `<c s="10"><v>1.5</v></c>`, ``},
		"a date of two digits":              {schema.String, `<c s="12"><v>46023</v></c>`, `"1/1/26"`},
		"a date among numbers":              {schema.Decimal, `<c s="1"><v>46023</v></c>`, ``},
		"per cent among numbers":            {schema.Decimal, `<c s="2"><v>0.12</v></c>`, `0.12`},
		"per cent in text":                  {schema.String, `<c s="2"><v>0.12</v></c>`, ``},
		"two decimals in text":              {schema.String, `<c s="3"><v>5.1</v></c>`, `"5.10"`},
		"two decimals that round":           {schema.String, `<c s="3"><v>5.125</v></c>`, ``},
		"thousands in text":                 {schema.String, `<c s="4"><v>5000</v></c>`, ``},
		"a number in a cell of text":        {schema.String, `<c s="5"><v>2.999000006393E12</v></c>`, `"2999000006393"`},
		"figures with a sign between":       {schema.String, `<c s="6"><v>12345</v></c>`, `"012-345"`},
		"more figures than places":          {schema.String, `<c s="6"><v>1234567</v></c>`, `"1234-567"`},
		"a unit in the format":              {schema.String, `<c s="9"><v>7</v></c>`, `"7 ani"`},
		"sixteen digits":                    {schema.String, `<c><v>1234567890123456</v></c>`, ``},
		"sixteen digits among numbers":      {schema.Decimal, `<c><v>1234567890123456</v></c>`, ``},
		"a year in a column of dates":       {schema.Date, `<c><v>2026</v></c>`, ``},
		"dust":                              {schema.Decimal, `<c><v>1234.5600000000002</v></c>`, `1234.56`},
		"dust in text":                      {schema.String, `<c><v>60.564999999999998</v></c>`, `"60.565"`},
		"minus zero":                        {schema.Decimal, `<c><v>-0</v></c>`, `0`},
		"nothing but a look":                {schema.String, `<c s="1"/>`, `absent`},
	} {
		t.Run(name, func(t *testing.T) {
			content := packed(t, map[string]string{
				`_rels\.rels`: `<Relationships><Relationship Id="r" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="XL\Book.xml"/></Relationships>`,
				`xl\book.xml`: `<workbook ` + ns + ` xmlns:r="r"><sheets><sheet name="Grafic" r:id="c"/><sheet name="Ascuns" state="hidden" r:id="h"/><sheet name="Date" r:id="d"/></sheets></workbook>`,
				`xl\_rels\book.xml.rels`: `<Relationships><Relationship Id="c" Type="x/chartsheet" Target="c.xml"/><Relationship Id="h" Type="x/worksheet" Target="h.xml"/>` +
					`<Relationship Id="d" Type="x/worksheet" Target="/xl/Sheets/D%20ate.xml"/><Relationship Id="s" Type="x/styles" Target="Stil.xml"/></Relationships>`,
				`xl\stil.xml`: styles,
				`xl\h.xml`:    `<worksheet ` + ns + `/>`,
				`xl\sheets\d%20ate.xml`: `<worksheet ` + ns + `><sheetData><row><c t="inlineStr"><is><t>Cod</t></is></c><c t="inlineStr"><is><t>V</t></is></c></row>` +
					`<row><c t="inlineStr"><is><t>a</t></is></c>` + c.cell + `</row><row r="9"><c s="1"/><c r="XFD9" s="1"/></row></sheetData></worksheet>`,
			})
			x, _, err := built(t, twoColumns("xlsx", "V", c.kind, nil), "a.xlsx", content)
			if c.want == "" {
				if got := places(err); len(got) != 1 || !strings.HasPrefix(got[0], "/row/2/V ") {
					t.Errorf("%v", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err, fault.From(err).Fields)
			}
			want := `{"Cod":"a","V":` + c.want + `}`
			if c.want == "absent" {
				want = `{"Cod":"a"}`
			}
			if got := every(t, x); !slices.Equal(got, []string{want}) {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

// TestSheet_RowsAndHeaders: what stands around the table, and rows that would lose something.
func TestSheet_RowsAndHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		change  func(*catalog.File)
		want    []string
	}{
		"a total without its key":        {"Cod;V\n1;a\n;12\n", nil, []string{"/row/3/Cod input.missing"}},
		"a header in row 4":              {"Registrul;\n\nla 01.01.2026\nCod;V\n1;a\n", func(f *catalog.File) { f.HeaderRow = 4 }, []string{`{"Cod":"1","V":"a"}`}},
		"its places are the file's":      {"Registrul\n\n\nCod;X\n1;a\n", func(f *catalog.File) { f.HeaderRow, f.Columns[1].Mandatory = 4, true }, []string{"/row/4/V input.missing"}},
		"no such row":                    {"Cod;V\n1;a\n", func(f *catalog.File) { f.HeaderRow = 7 }, []string{"/row/1 file.flaw"}},
		"no rows below":                  {"x\nCod;V\n", func(f *catalog.File) { f.HeaderRow = 2 }, []string{"/row/3 input.missing"}},
		"a value under no header":        {"Cod;V;;\n1;a; b;\n", nil, []string{"/row/2 file.flaw"}},
		"blanks under no header":         {"Cod;V;;\n1;a; ;\u00a0\n", nil, []string{`{"Cod":"1","V":"a"}`}},
		"a declared column twice":        {"Cod;V;v\n1;a;b\n", nil, []string{"/row/1/V file.flaw"}},
		"undeclared columns of one name": {"Cod;V;Obs;Obs;;\n1;a;b;c;;\n", nil, []string{`{"Cod":"1","V":"a"}`}},
		"a listed value with cedillas":   {"Cod;V\n1;înmatriculaţi\n", func(f *catalog.File) { f.Columns[1].Enum = []string{"înmatriculați"} }, []string{`{"Cod":"1","V":"înmatriculați"}`}},
		"ISO-8859-2":                     {"Cod;V\n1;\xaatefan\n", func(f *catalog.File) { f.Encoding = "iso-8859-2" }, []string{`{"Cod":"1","V":"Ştefan"}`}},
		"ISO-8859-1 that is Windows":     {"Cod;V\n1;\x93x\x94\n", func(f *catalog.File) { f.Encoding = "iso-8859-1" }, []string{"/row/2/V file.flaw"}},
		"UTF-16 that nobody declared":    {"C\x00o\x00d\x00;\x00V\x00\n\x00", nil, []string{"/row/1/Cod input.missing"}},
		"a space behind the quote":       {"Cod;V\n1;\"a\" \n", nil, []string{`{"Cod":"1","V":"a"}`}},
		"lines of old, in quotes":        {"Cod;V\r1;\"a\rb\"\r;x\r", nil, []string{"/row/4/Cod input.missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			x, _, err := built(t, twoColumns("csv", "V", schema.String, c.change), "a.csv", []byte(c.content))
			var got []string
			if err != nil {
				got = places(err)
			} else {
				got = every(t, x)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
