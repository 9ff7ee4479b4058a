package spreadsheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// book is a workbook's parts by their names, which are compared without case (ECMA-376, part 2, 6.2.2).
type book map[string]*zip.File

func partName(name string) string {
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return strings.ToLower(path.Clean(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/")))
}

// openXLSX finds the sheet of that name, or the first that is not hidden.
func openXLSX(r io.ReaderAt, size int64, sheet string) (*xlsxReader, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		head := make([]byte, 8)
		if _, err := r.ReadAt(head, 0); err == nil && bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0")) {
			return nil, locked
		}
		return nil, noWorkbook
	}
	parts := book{}
	for _, f := range z.File {
		if name := partName(f.Name); parts[name] == nil {
			parts[name] = f
		}
	}
	main := "xl/workbook.xml"
	for _, rel := range parts.relations("") {
		if rel.kind == "officeDocument" {
			main = rel.target
		}
	}
	x := &xlsxReader{}
	part, err := x.workbook(parts, main, sheet)
	if err != nil {
		return nil, err
	}
	f := parts[part]
	if f == nil {
		return nil, noSheet
	}
	body, err := f.Open()
	if err != nil {
		return nil, partError(err)
	}
	x.file, x.in = body, newTokens(body, maxPart)
	return x, nil
}

// relation leads from a part to another.
type relation struct{ id, kind, target string }

// relations are those of the part of that name; "" are those of the package. A part that has none that can be read has
// none.
func (b book) relations(part string) (all []relation) {
	dir, name := path.Split(part)
	_ = elements(b[dir+"_rels/"+name+".rels"], maxSmall, func(e xml.StartElement) error {
		if e.Name.Local != "Relationship" || attribute(e, "TargetMode") == "External" {
			return nil
		}
		target := strings.ReplaceAll(attribute(e, "Target"), `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = dir + target
		}
		kind := attribute(e, "Type")
		all = append(all, relation{attribute(e, "Id"), kind[strings.LastIndexByte(kind, '/')+1:], partName(target)})
		return nil
	})
	return all
}

// elements calls see for every start tag of a small part.
func elements(f *zip.File, most int64, see func(xml.StartElement) error) error {
	if f == nil {
		return noWorkbook
	}
	body, err := f.Open()
	if err != nil {
		return partError(err)
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

// listed is a sheet as the workbook lists it.
type listed struct {
	name, id string
	hidden   bool
}

// workbook reads the list of sheets, the texts and the formats, and finds the part of the sheet.
func (x *xlsxReader) workbook(parts book, main, sheet string) (part string, err error) {
	var sheets []listed
	err = elements(parts[main], maxSmall, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			if days := attribute(e, "date1904"); days == "1" || days == "true" {
				x.era = era1904
			}
		case "sheet":
			state := attribute(e, "state")
			sheets = append(sheets, listed{attribute(e, "name"), attribute(e, "id"), state == "hidden" ||
				state == "veryHidden"})
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	targets := map[string]string{}
	related := parts.relations(main)
	for _, kind := range []string{"sharedStrings", "styles"} { // where programs that forget the relation put the part
		if !slices.ContainsFunc(related, func(r relation) bool { return r.kind == kind }) {
			related = append(related, relation{kind: kind, target: partName(path.Dir(main) + "/" + kind + ".xml")})
		}
	}
	for _, rel := range related {
		switch rel.kind {
		case "sharedStrings":
			if f := parts[rel.target]; f != nil {
				err = errors.Join(err, x.strings(f))
			}
		case "styles":
			if f := parts[rel.target]; f != nil {
				err = errors.Join(err, x.styles(f))
			}
		case "worksheet", "":
			targets[rel.id] = rel.target
		}
	}
	if err != nil {
		return "", err
	}
	return chosen(sheets, targets, sheet)
}

// chosen is the part of the sheet of that name; without one, of the first sheet of cells that is not hidden, else of
// the first.
func chosen(sheets []listed, targets map[string]string, name string) (string, error) {
	hidden := ""
	for _, s := range sheets {
		target, cells := targets[s.id]
		switch {
		case !cells || name != "" && !strings.EqualFold(strings.TrimSpace(s.name), strings.TrimSpace(name)):
		case !s.hidden || name != "":
			return target, nil
		case hidden == "":
			hidden = target
		}
	}
	if hidden == "" {
		return "", noSheet
	}
	return hidden, nil
}

// styles keeps the number formats that cells refer to.
func (x *xlsxReader) styles(f *zip.File) error {
	custom, inside := map[int]string{}, false
	var ids []int
	err := elements(f, maxStrings, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			if id, err := strconv.Atoi(attribute(e, "numFmtId")); err == nil && len(custom) < maxFormats {
				custom[id] = attribute(e, "formatCode")
			}
		case "cellXfs":
			inside = true
		case "cellStyles", "dxfs", "cellStyleXfs", "tableStyles":
			inside = false
		case "xf":
			if inside && len(ids) < maxFormats {
				id, _ := strconv.Atoi(attribute(e, "numFmtId")) // without one it is 0, General
				ids = append(ids, id)
			}
		}
		return nil
	})
	made := map[int]*format{}
	for _, id := range ids {
		if _, ok := made[id]; !ok {
			made[id] = formatOf(id, custom)
		}
		x.formats = append(x.formats, made[id])
	}
	return err
}

// maxFormats is more than any program writes.
const maxFormats = 1 << 16
