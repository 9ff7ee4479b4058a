package pdf

import (
	"bytes"
	"fmt"
	"strings"
)

// page is one page: its drawing, and the element that each piece of marked content belongs to.
type page struct {
	drawing bytes.Buffer
	marks   []*element
}

// element is one element of the structure. It holds elements or marked content, in the order of reading.
type element struct {
	tag, scope string // scope: "Row" or "Column" of a heading of a table
	parent     *element
	kids       []*element
	content    []content
	object     int // its number in the file
}

// content is one piece of marked content: its page and its number there.
type content struct{ page, mark int }

func (e *element) add(tag, scope string) *element {
	kid := &element{tag: tag, scope: scope, parent: e}
	e.kids = append(e.kids, kid)
	return kid
}

// walk visits an element and all below it, in the order of reading.
func (e *element) walk(visit func(*element)) {
	visit(e)
	for _, k := range e.kids {
		k.walk(visit)
	}
}

// feed begins a page.
func (d *Document) feed() {
	d.pages = append(d.pages, &page{})
	d.y = top
}

// mark draws lines as content of an element, the first one below y.
func (d *Document) mark(in *element, x, y float64, lines []string, s style) {
	if len(lines) == 0 {
		return
	}
	p := d.pages[len(d.pages)-1]
	fmt.Fprintf(&p.drawing, "/%s <</MCID %d>> BDC\n", in.tag, len(p.marks))
	in.content = append(in.content, content{len(d.pages) - 1, len(p.marks)})
	p.marks = append(p.marks, in)
	d.text(p, x, y, lines, s)
	p.drawing.WriteString("EMC\n")
}

// text draws lines. All but the last end with a space, so that words of two lines do not become one when a reader
// takes the text.
func (d *Document) text(p *page, x, y float64, lines []string, s style) {
	fmt.Fprintf(&p.drawing, "BT /G cs 0 sc /F%d %g Tf %g TL 1 0 0 1 %.2f %.2f Tm\n", s.face, s.size, s.lead, x, y-s.size)
	for i, line := range lines {
		if i < len(lines)-1 {
			line += " "
		}
		fmt.Fprintf(&p.drawing, "<%s> Tj T*\n", d.faces[s.face].encode(line))
	}
	p.drawing.WriteString("ET\n")
}

// rule draws a thin line across the page, which is no content.
func (d *Document) rule() {
	fmt.Fprintf(&d.pages[len(d.pages)-1].drawing, "/Artifact BMC /G CS 0.7 SC 0.5 w %g %.2f m %.2f %.2f l S EMC\n",
		side, d.y, width-side, d.y)
}

// feet draws the last line of every page, which is no content either.
func (d *Document) feet() {
	f := d.faces[footStyle.face].font
	for i, p := range d.pages {
		n := fmt.Sprintf("%d / %d", i+1, len(d.pages))
		p.drawing.WriteString("/Artifact <</Type /Pagination>> BDC\n")
		if foot := strings.Join(strings.Fields(f.clean(d.cfg.Foot)), " "); foot != "" {
			end := f.fitting(foot, footStyle.size, inner-60)
			d.text(p, side, bottom-18, []string{foot[:end]}, footStyle)
		}
		d.text(p, width-side-f.width(n, footStyle.size), bottom-18, []string{n}, footStyle)
		p.drawing.WriteString("EMC\n")
	}
}
