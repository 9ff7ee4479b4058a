package file

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect/internal/domain/catalog"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// workbook is a file of XLSX whose one sheet holds these rows, each the XML of its cells.
func workbook(t *testing.T, rows string) string {
	t.Helper()
	const main, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	parts := map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="r" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="` + main + `" xmlns:r="` + office + `"><sheets><sheet name="Date" sheetId="1" r:id="s"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="s" Type="` + office + `/worksheet" Target="sheet.xml"/></Relationships>`,
		"xl/sheet.xml":               `<worksheet xmlns="` + main + `"><sheetData>` + rows + `</sheetData></worksheet>`,
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w := must.Get(z.Create(name))(t)
		must.Get(w.Write([]byte(text)))(t)
	}
	must.OK(t, z.Close())
	return b.String()
}

func cellOf(text string) string { return `<c t="inlineStr"><is><t>` + text + `</t></is></c>` }

// TestDroppedWorkbook_ErrorsNameItsRows: what is wrong with a workbook is next to it by row, as the program that made
// it numbers them, and column; a whole one takes effect and the report goes.
func TestDroppedWorkbook_ErrorsNameItsRows(t *testing.T) {
	p, files, dir, clock, told := deskOf(t)
	s := households(func(s *catalog.Service) { s.Endpoint.File.Name, s.Endpoint.File.Format = "lista-*.xlsx", "xlsx" })
	folder := filepath.Join(dir, "primaria.gospodarii")
	must.OK(t, os.MkdirAll(folder, 0o700))
	path := filepath.Join(folder, "lista-20260301.xlsx")
	drop := func(content string) {
		t.Helper()
		must.OK(t, os.WriteFile(path, []byte(content), 0o600))
		must.OK(t, os.Chtimes(path, clock.Now(), clock.Now()))
		clock.add(time.Minute)
		files.Sweep(t.Context(), []catalog.Service{s})
		files.Sweep(t.Context(), []catalog.Service{s})
	}
	head, good := `<row r="1">`+cellOf("IDNP")+cellOf("Street")+`</row>`, `<row r="2">`+cellOf("2999000006393")+cellOf("str. Probei")+`</row>`
	drop(workbook(t, head+good+
		`<row r="3">`+cellOf("2999000006394")+cellOf("str. Modelului")+`</row>`+
		`<row r="5">`+cellOf("2999900000262")+`<c><f>A1</f></c></row>`+
		`<row r="9">`+cellOf("2999900000011")+`<c t="e"><v>#N/A</v></c></row>`+
		`<row r="10"><c/>`+cellOf("total")+`</row>`))
	report := read(t, path+".errors.txt")
	for _, place := range []string{"/row/3/IDNP", "/row/5/Street", "/row/9/Street", "/row/10/IDNP"} {
		if !strings.Contains(report, place) {
			t.Errorf("%s is missing in:\n%s", place, report)
		}
	}
	for _, none := range []string{"/row/2/", "/row/4/", "—", "2999000006394"} {
		if strings.Contains(report, none) {
			t.Errorf("%q stands in:\n%s", none, report)
		}
	}
	if len(*told) != 0 {
		t.Errorf("a file with errors took effect: %v", *told)
	}
	drop(workbook(t, head+good)[:600]) // cut off while it was copied
	if cut := read(t, path+".errors.txt"); strings.Contains(cut, "/row/3") || !strings.Contains(cut, "file.invalid") {
		t.Errorf("another file, the former report:\n%s", cut)
	}
	drop(workbook(t, head+good))
	if _, err := os.Stat(path + ".errors.txt"); !errors.Is(err, os.ErrNotExist) || len(*told) != 1 {
		t.Errorf("the report stayed, or the file was not taken: %v, %d", err, len(*told))
	}
	if reply, err := registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`); err != nil || !strings.Contains(string(reply.Body), "str. Probei") {
		t.Errorf("%s %v", reply.Body, err)
	}
}
