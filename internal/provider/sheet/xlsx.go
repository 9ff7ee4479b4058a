package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// Bounds of the parts of an XLSX file (ECMA-376, part 1), unpacked.
const (
	maxToken   = 1 << 20   // bytes of one tag or text
	maxPart    = 8 << 30   // bytes of a sheet, which is read as a stream
	maxSmall   = 4 << 20   // bytes of a workbook and its relations
	maxStrings = 256 << 20 // bytes of the shared strings, of which the texts are kept
	maxKept    = 128 << 20 // bytes of those texts
	maxColumn  = 1000
	maxDepth   = 64 // elements inside one another: the decoder remembers each that is open
)

// xlsxReader reads one sheet of a workbook as a stream of rows. Formulas count by the value that was saved with them.
type xlsxReader struct {
	file   io.Closer
	in     *tokens
	shared []string
	row    int
	record []cell
}

// tokens is an XML decoder that bounds each token and the whole.
type tokens struct {
	*xml.Decoder
	meter *meter
	depth int
}

type meter struct {
	r     io.Reader
	token int64 // left of the present one
	whole int64 // left of the part
}

func (m *meter) Read(p []byte) (int, error) {
	most := min(m.token, m.whole, int64(len(p)))
	if most <= 0 && len(p) > 0 {
		return 0, flaw("a part of the workbook is too large")
	}
	n, err := m.r.Read(p[:most])
	m.token, m.whole = m.token-int64(n), m.whole-int64(n)
	return n, err
}

func newTokens(r io.Reader, whole int64) *tokens {
	m := &meter{r: r, token: maxToken, whole: whole}
	return &tokens{Decoder: xml.NewDecoder(m), meter: m}
}

func (t *tokens) next() (xml.Token, error) {
	t.meter.token = maxToken
	tok, err := t.Decoder.Token()
	if syntax := (*xml.SyntaxError)(nil); errors.As(err, &syntax) {
		return nil, flaw("a part of the workbook is not well-formed XML")
	}
	switch tok.(type) {
	case xml.Directive:
		return nil, flaw("a part of the workbook has a document type")
	case xml.StartElement:
		if t.depth++; t.depth > maxDepth {
			return nil, flaw("a part of the workbook is too deep")
		}
	case xml.EndElement:
		t.depth--
	}
	return tok, err
}

// openXLSX finds the sheet of that name, or the first one.
func openXLSX(r io.ReaderAt, size int64, sheet string) (*xlsxReader, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, flaw("not an XLSX workbook")
	}
	parts := map[string]*zip.File{}
	for _, f := range z.File {
		parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	x := &xlsxReader{}
	at, err := x.workbook(parts, sheet)
	if err != nil {
		return nil, err
	}
	if f := parts["xl/sharedStrings.xml"]; f != nil {
		if err := x.strings(f); err != nil {
			return nil, err
		}
	}
	f := parts[at]
	if f == nil {
		return nil, flaw("the workbook lacks its sheet")
	}
	body, err := f.Open()
	if err != nil {
		return nil, flaw("a part of the workbook cannot be unpacked")
	}
	x.file, x.in = body, newTokens(body, maxPart)
	return x, nil
}

// elements calls see for every start tag of a small part.
func elements(f *zip.File, most int64, see func(xml.StartElement) error) error {
	if f == nil {
		return flaw("not an XLSX workbook")
	}
	body, err := f.Open()
	if err != nil {
		return flaw("a part of the workbook cannot be unpacked")
	}
	defer body.Close()
	in := newTokens(body, most)
	for {
		tok, err := in.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := tok.(xml.StartElement); ok {
			if err := see(start); err != nil {
				return err
			}
		}
	}
}

func attribute(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// workbook finds the sheet's part.
func (x *xlsxReader) workbook(parts map[string]*zip.File, sheet string) (part string, err error) {
	var relation string
	err = elements(parts["xl/workbook.xml"], maxSmall, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			if days := attribute(e, "date1904"); days == "1" || days == "true" {
				return flaw("the workbook counts days from 1904: switch that off and save it anew")
			}
		case "sheet":
			if relation == "" && (sheet == "" || strings.EqualFold(attribute(e, "name"), sheet)) {
				relation = attribute(e, "id")
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if relation == "" {
		return "", flaw("the workbook has no such sheet")
	}
	err = elements(parts["xl/_rels/workbook.xml.rels"], maxSmall, func(e xml.StartElement) error {
		if e.Name.Local == "Relationship" && attribute(e, "Id") == relation {
			part = attribute(e, "Target")
		}
		return nil
	})
	if rest, ok := strings.CutPrefix(part, "/"); ok {
		return rest, err
	}
	return path.Join("xl", part), err
}

// strings keeps the texts that cells refer to by number.
func (x *xlsxReader) strings(f *zip.File) error {
	body, err := f.Open()
	if err != nil {
		return flaw("a part of the workbook cannot be unpacked")
	}
	defer body.Close()
	in := newTokens(body, maxStrings)
	kept := 0
	for {
		tok, err := in.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name.Local == "si" {
			text, err := in.text("si")
			if err != nil {
				return err
			}
			if kept += len(text) + 16; kept > maxKept {
				return flaw("the texts of the workbook are too large: save it as CSV")
			}
			x.shared = append(x.shared, text)
		}
	}
}

// text joins what stands in the t elements up to the end of the element named end, phonetic hints left out.
func (t *tokens) text(end string) (string, error) {
	var b strings.Builder
	inside, hint := false, 0
	for {
		tok, err := t.next()
		if err != nil {
			return "", cut(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			inside = e.Name.Local == "t"
			if e.Name.Local == "rPh" {
				hint++
			}
		case xml.CharData:
			if inside && hint == 0 {
				b.Write(e)
			}
			if b.Len() > maxToken {
				return "", flaw("a cell of more than 1 MiB")
			}
		case xml.EndElement:
			inside = false
			switch e.Name.Local {
			case "rPh":
				hint--
			case end:
				return b.String(), nil
			}
		}
	}
}

// cut says of an end in the middle that it is one.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return flaw("a part of the workbook ends too early")
	}
	return err
}

func (x *xlsxReader) next() ([]cell, int, error) {
	for {
		tok, err := x.in.next()
		if err != nil {
			return nil, x.row + 1, err
		}
		start, ok := tok.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		x.row++
		if n, err := strconv.Atoi(attribute(start, "r")); err == nil && n > x.row {
			x.row = n
		}
		if err := x.cells(); err != nil {
			return nil, x.row, err
		}
		for _, c := range x.record {
			if c.text != "" || c.broken {
				return x.record, x.row, nil
			}
		}
	}
}

// cells reads the cells of a row up to its end.
func (x *xlsxReader) cells() error {
	x.record = x.record[:0]
	for {
		tok, err := x.in.next()
		if err != nil {
			return cut(err)
		}
		switch e := tok.(type) {
		case xml.EndElement:
			if e.Name.Local == "row" {
				return nil
			}
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			at := len(x.record)
			if ref := attribute(e, "r"); ref != "" {
				at = column(ref)
			}
			if at < 0 || at >= maxColumn {
				return flaw("more than 1000 columns")
			}
			for len(x.record) <= at {
				x.record = append(x.record, cell{})
			}
			if x.record[at], err = x.cell(attribute(e, "t")); err != nil {
				return err
			}
		}
	}
}

// column reads the letters of "BC12": 54.
func column(ref string) int {
	n := 0
	for i := range len(ref) {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' || i > 3 {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}

// cell reads the value of the cell that has begun (ECMA-376, part 1, 18.3.1.4 and 18.18.11).
func (x *xlsxReader) cell(kind string) (c cell, err error) {
	var value strings.Builder
	inside := false
	for {
		tok, err := x.in.next()
		if err != nil {
			return c, cut(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			inside = e.Name.Local == "v"
			if e.Name.Local == "is" {
				if c.text, err = x.in.text("is"); err != nil {
					return c, err
				}
			}
		case xml.CharData:
			if inside {
				value.Write(e)
			}
		case xml.EndElement:
			inside = false
			if e.Name.Local == "c" {
				return x.settle(c, kind, value.String()), nil
			}
		}
	}
}

func (x *xlsxReader) settle(c cell, kind, value string) cell {
	switch kind {
	case "s":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n >= len(x.shared) {
			return cell{broken: true}
		}
		return cell{text: x.shared[n]}
	case "inlineStr":
		return c
	case "e":
		return cell{broken: true}
	case "b":
		return cell{text: map[string]string{"1": "true", "0": "false"}[value]}
	case "str", "d":
		return cell{text: value}
	}
	return cell{text: value, serial: value != ""}
}
