package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// The numbers of the objects that every document has. Those of the fonts, the pages and the structure follow.
const (
	catalogObject = iota + 1
	pagesObject
	metadataObject
	infoObject
	treeObject
	firstFont
)

const (
	objectsOfFont = 5
	firstPage     = firstFont + 2*objectsOfFont
)

// file is a file that is being written.
type file struct {
	bytes.Buffer
	offsets map[int]int
}

func (f *file) object(n int, format string, args ...any) {
	f.offsets[n] = f.Len()
	fmt.Fprintf(f, "%d 0 obj\n", n)
	fmt.Fprintf(f, format, args...)
	f.WriteString("\nendobj\n")
}

func (f *file) stream(n int, entries string, data []byte) {
	f.offsets[n] = f.Len()
	fmt.Fprintf(f, "%d 0 obj\n<<%s /Length %d>>\nstream\n", n, entries, len(data))
	f.Write(data)
	f.WriteString("\nendstream\nendobj\n")
}

// Bytes ends the document and returns its file. It is called once.
func (d *Document) Bytes() []byte {
	d.feet()
	f := &file{offsets: map[int]int{}}
	f.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	next := firstPage + 2*len(d.pages)
	d.root.walk(func(e *element) { e.object, next = next, next+1 })
	f.object(catalogObject, "<</Type /Catalog /Pages %d 0 R /Metadata %d 0 R /StructTreeRoot %d 0 R /Lang %s "+
		"/MarkInfo <</Marked true>> /ViewerPreferences <</DisplayDocTitle true>>>>",
		pagesObject, metadataObject, treeObject, textOf(d.cfg.Lang))
	f.stream(metadataObject, "/Type /Metadata /Subtype /XML", d.metadata())
	f.object(infoObject, "<</Title %s /Producer (MConnect) /CreationDate (D:%s)>>", textOf(d.cfg.Title),
		d.cfg.Created.UTC().Format("20060102150405+00'00'"))
	for i, one := range d.faces {
		one.write(f, firstFont+i*objectsOfFont)
	}
	d.writePages(f)
	d.writeTree(f)
	return f.end(next)
}

// end writes the table of references and the trailer.
func (f *file) end(size int) []byte {
	sum := sha256.Sum256(f.Bytes())
	start := f.Len()
	fmt.Fprintf(f, "xref\n0 %d\n0000000000 65535 f \n", size)
	for n := 1; n < size; n++ {
		fmt.Fprintf(f, "%010d 00000 n \n", f.offsets[n])
	}
	fmt.Fprintf(f, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%X> <%[4]X>]>>\nstartxref\n%[5]d\n%%%%EOF\n",
		size, catalogObject, infoObject, sum[:16], start)
	return f.Bytes()
}

func (d *Document) writePages(f *file) {
	var kids []string
	for i, p := range d.pages {
		n := firstPage + 2*i
		kids = append(kids, fmt.Sprintf("%d 0 R", n))
		f.object(n, "<</Type /Page /Parent %d 0 R /MediaBox [0 0 %g %g] /Contents %d 0 R /StructParents %d /Tabs /S "+
			"/Resources <</Font <</F0 %d 0 R /F1 %d 0 R>> "+
			"/ColorSpace <</G [/CalGray <</WhitePoint [0.9505 1 1.089] /Gamma 2.2>>]>>>>>>",
			pagesObject, width, height, n+1, i, firstFont, firstFont+objectsOfFont)
		f.stream(n+1, "", p.drawing.Bytes())
	}
	f.object(pagesObject, "<</Type /Pages /Kids [%s] /Count %d>>", strings.Join(kids, " "), len(kids))
}

// writeTree writes the structure, and for each page the elements of its marked content.
func (d *Document) writeTree(f *file) {
	var parents strings.Builder
	for i, p := range d.pages {
		fmt.Fprintf(&parents, "%d [", i)
		for _, e := range p.marks {
			fmt.Fprintf(&parents, "%d 0 R ", e.object)
		}
		parents.WriteString("] ")
	}
	f.object(treeObject, "<</Type /StructTreeRoot /K [%d 0 R] /ParentTree <</Nums [%s]>> /ParentTreeNextKey %d>>",
		d.root.object, parents.String(), len(d.pages))
	d.root.walk(func(e *element) {
		up, attributes := treeObject, ""
		if e.parent != nil {
			up = e.parent.object
		}
		if e.scope != "" {
			attributes = " /A <</O /Table /Scope /" + e.scope + ">>"
		}
		var kids []string
		for _, k := range e.kids {
			kids = append(kids, fmt.Sprintf("%d 0 R", k.object))
		}
		for _, c := range e.content {
			kids = append(kids, fmt.Sprintf("<</Type /MCR /Pg %d 0 R /MCID %d>>", firstPage+2*c.page, c.mark))
		}
		f.object(e.object, "<</Type /StructElem /S /%s /P %d 0 R%s /K [%s]>>", e.tag, up, attributes,
			strings.Join(kids, " "))
	})
}

// write writes a font as five objects: the font, its descendant, its description, its file, and which character each
// glyph is.
func (f *face) write(out *file, n int) {
	t := f.font
	out.object(n, "<</Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] "+
		"/ToUnicode %d 0 R>>", t.name, n+1, n+4)
	ids := slices.Sorted(maps.Keys(f.used))
	var widths strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&widths, "%d [%d] ", id, t.glyphs[f.used[id]].width)
	}
	out.object(n+1, "<</Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDToGIDMap /Identity /FontDescriptor %d 0 R "+
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> /DW 1000 /W [%s]>>",
		t.name, n+2, widths.String())
	out.object(n+2, "<</Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d "+
		"/Descent %d /CapHeight %d /StemV 90 /FontFile2 %d 0 R>>", t.name, t.box[0], t.box[1], t.box[2], t.box[3],
		t.ascent, t.descent, t.caps, n+3)
	out.stream(n+3, fmt.Sprintf("/Length1 %d", len(t.file)), t.file)
	var unicode strings.Builder
	unicode.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) " +
		"/Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for part := range slices.Chunk(ids, 100) {
		fmt.Fprintf(&unicode, "%d beginbfchar\n", len(part))
		for _, id := range part {
			fmt.Fprintf(&unicode, "<%04X> <%04X>\n", id, f.used[id])
		}
		unicode.WriteString("endbfchar\n")
	}
	unicode.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")
	out.stream(n+4, "", []byte(unicode.String()))
}

// metadata is the XMP packet, which says the same as the dictionary of information.
func (d *Document) metadata() []byte {
	var title, lang strings.Builder
	_ = xml.EscapeText(&title, []byte(d.cfg.Title)) // a Builder takes everything
	_ = xml.EscapeText(&lang, []byte(d.cfg.Lang))
	return []byte("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" ` +
		`xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">` +
		`<dc:format>application/pdf</dc:format>` +
		`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + title.String() + `</rdf:li></rdf:Alt></dc:title>` +
		`<dc:language><rdf:Bag><rdf:li>` + lang.String() + `</rdf:li></rdf:Bag></dc:language>` +
		`<pdf:Producer>MConnect</pdf:Producer>` +
		`<xmp:CreateDate>` + d.cfg.Created.UTC().Format("2006-01-02T15:04:05Z") + `</xmp:CreateDate>` +
		`<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>` +
		"</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>")
}

// textOf writes a text as a string of a PDF: UTF-16 in hexadecimal.
func textOf(text string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String() + ">"
}
