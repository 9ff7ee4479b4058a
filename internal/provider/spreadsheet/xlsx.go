package spreadsheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Bounds of the parts of an XLSX file (ECMA-376, part 1), unpacked.
const (
	maxToken   = 1 << 20   // bytes of one tag or text
	maxPart    = 2 << 30   // bytes of a sheet, which is read as a stream
	maxSmall   = 4 << 20   // bytes of a workbook and its relations
	maxStrings = 256 << 20 // bytes of the shared strings, of which the texts are kept
	maxKept    = 128 << 20 // bytes of those texts
	maxColumn  = 1000
	maxDepth   = 64 // elements inside one another: the decoder remembers each that is open
)

// xlsxReader reads one sheet of a workbook as a stream of rows. Formulas count by the value that was saved with them.
type xlsxReader struct {
	file    io.Closer
	in      *tokens
	shared  []string
	formats []*format // by the number that cells state
	era     int       // days to add to serial dates
	row     int
	record  []cell
	merged  []area // once the rows are read
}

// area is a rectangle of cells: columns from 0, rows from 1.
type area struct{ left, right, top, bottom int }

// maxMerged bounds how many merged cells are kept; more are as wrong as these.
const maxMerged = 10_000

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
		return 0, partLarge
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
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, partError(err)
	}
	switch tok.(type) {
	case xml.Directive:
		return nil, hasDoctype
	case xml.StartElement:
		if t.depth++; t.depth > maxDepth {
			return nil, partDeep
		}
	case xml.EndElement:
		t.depth--
	}
	return tok, err
}

// partError distinguishes what is wrong with the file and what with the disk it lies on.
func partError(err error) error {
	var known *flaw
	var syntax *xml.SyntaxError
	var disk *fs.PathError
	switch {
	case errors.As(err, &known), errors.As(err, &disk):
		return err
	case errors.As(err, &syntax):
		return notXML
	}
	return damaged // the checksum, or what is packed
}

// strings keeps the texts that cells refer to by number.
func (x *xlsxReader) strings(f *zip.File) error {
	body, err := f.Open()
	if err != nil {
		return partError(err)
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
				return manyTexts
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
				return "", longCell
			}
		case xml.EndElement:
			inside = false
			switch e.Name.Local {
			case "rPh":
				hint--
			case end:
				return unescaped(b.String()), nil
			}
		}
	}
}

// cut says of an end in the middle that it is one.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return partCut
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
		if ok && start.Name.Local == "mergeCell" && len(x.merged) < maxMerged {
			if a, ok := areaOf(attribute(start, "ref")); ok {
				x.merged = append(x.merged, a)
			}
		}
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
			if c.text != "" || c.flaw != nil {
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
			one, err := x.cell(attribute(e, "t"), attribute(e, "s"))
			if err != nil {
				return err
			}
			if at < 0 || at >= maxColumn {
				if one.text == "" && one.flaw == nil {
					continue // a cell that has a look and nothing else
				}
				return manyFields
			}
			for len(x.record) <= at {
				x.record = append(x.record, cell{})
			}
			x.record[at] = one
		}
	}
}

// areaOf reads "B2:C5", or one cell.
func areaOf(ref string) (a area, ok bool) {
	first, last, two := strings.Cut(strings.ReplaceAll(ref, "$", ""), ":")
	if !two {
		last = first
	}
	a.left, a.right = column(first), column(last)
	var err, err2 error
	a.top, err = strconv.Atoi(strings.TrimLeft(strings.ToUpper(first), "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	a.bottom, err2 = strconv.Atoi(strings.TrimLeft(strings.ToUpper(last), "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	return a, err == nil && err2 == nil && a.left >= 0 && a != area{a.left, a.left, a.top, a.top}
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

// content is what stands in a cell.
type content struct {
	value, text    string // of v; of is
	stated, formed bool   // a v is there; a formula is
}

// cell reads the cell that has begun, of that type and style (ECMA-376, part 1, 18.3.1.4 and 18.18.11).
func (x *xlsxReader) cell(kind, style string) (cell, error) {
	var in content
	var value strings.Builder
	inside := false
	for {
		tok, err := x.in.next()
		if err != nil {
			return cell{}, cut(err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			inside = e.Name.Local == "v"
			in.stated, in.formed = in.stated || inside, in.formed || e.Name.Local == "f"
			if e.Name.Local == "is" {
				if in.text, err = x.in.text("is"); err != nil {
					return cell{}, err
				}
			}
		case xml.CharData:
			if inside {
				value.Write(e)
			}
		case xml.EndElement:
			inside = false
			if e.Name.Local == "c" {
				in.value = value.String()
				return x.settle(in, kind, style), nil
			}
		}
	}
}

// settle makes the value of what stands in a cell.
func (x *xlsxReader) settle(in content, kind, style string) cell {
	value := strings.TrimSpace(in.value)
	if in.formed && kind != "inlineStr" && (!in.stated || value == "" && kind != "str") {
		return cell{flaw: unsolved}
	}
	switch kind {
	case "s":
		n, err := strconv.Atoi(value)
		if value == "" {
			return cell{}
		}
		if err != nil || n < 0 || n >= len(x.shared) {
			return cell{flaw: lostText}
		}
		return cell{text: x.shared[n]}
	case "inlineStr":
		return cell{text: in.text}
	case "e":
		return cell{flaw: errorCell}
	case "b":
		return cell{text: map[string]string{"1": "true", "0": "false"}[value]}
	case "str":
		return cell{text: unescaped(in.value)}
	case "d":
		return cell{text: value}
	}
	c := cell{text: value, serial: value != "", era: x.era}
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(x.formats) {
		c.format = x.formats[n]
	}
	return c
}

// unescaped undoes the escapes by which texts of workbooks hold what XML cannot (ECMA-376, part 1, 22.9.2.19): _x000D_.
func unescaped(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var units []uint16
	var b strings.Builder
	flush := func() {
		b.WriteString(string(utf16.Decode(units)))
		units = units[:0]
	}
	for i := 0; i < len(s); {
		if i+7 <= len(s) && s[i] == '_' && s[i+1] == 'x' && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil {
				units = append(units, uint16(n))
				i += 7
				continue
			}
		}
		flush()
		b.WriteByte(s[i])
		i++
	}
	flush()
	return b.String()
}
