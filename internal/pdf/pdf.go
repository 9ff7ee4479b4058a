// Package pdf writes short official documents as accessible PDF 1.7: tagged, with the language and the title, and with
// the fonts inside the file.
//
// It owns the file: objects, the classic table of references, the tree of the structure, the embedded Onest, and the
// metadata of PDF/A-2a. It knows no document of the platform: callers add headings, paragraphs, facts, tables and
// lists from top to bottom. The same calls give the same bytes on every machine, so nothing is compressed: what
// compresses may change with the compiler.
//
// Flow: New → Heading, Paragraph, Facts, Table, List → Bytes.
package pdf

import (
	"strings"
	"time"
)

// Config of a Document.
type Config struct {
	Title   string
	Lang    string    // of its texts: "ro"
	Foot    string    // begins the last line of every page, before the number of the page
	Created time.Time // as the metadata say it
}

// Document is a document that grows from top to bottom. It is not safe for concurrent use.
type Document struct {
	cfg   Config
	faces [2]*face
	pages []*page
	y     float64 // of the next line's top on the last page
	root  *element
}

// A4 in points, and its margins.
const (
	width, height = 595.28, 841.89
	side          = 56.0
	top, bottom   = 785.0, 70.0
	inner         = width - 2*side
)

// style is how a line is set: the face, the size and the distance to the next line.
type style struct {
	face       int
	size, lead float64
}

// The faces.
const (
	regular = iota
	bold
)

var (
	bodyStyle  = style{regular, 10.5, 15}
	labelStyle = style{bold, 9.5, 13.5}
	cellStyle  = style{regular, 9.5, 13.5}
	footStyle  = style{regular, 8, 10}
	headStyles = [...]style{{bold, 19, 25}, {bold, 13, 18}, {bold, 11, 15.5}}
)

// New begins a document.
func New(cfg Config) *Document {
	d := &Document{cfg: cfg, root: &element{tag: "Document"}}
	for i, f := range fonts() {
		d.faces[i] = &face{font: f, used: map[uint16]rune{}}
	}
	d.feed()
	return d
}

// Heading adds a heading of level 1 to 3.
func (d *Document) Heading(level int, text string) {
	level = min(max(level, 1), len(headStyles))
	s := headStyles[level-1]
	if d.y < top {
		d.y -= s.lead * 0.6
	}
	if d.y-3*s.lead < bottom { // a heading stays with what it heads
		d.feed()
	}
	d.flow(d.root.add("H"+string(rune('0'+level)), ""), side, inner, text, s)
	d.y -= 4
}

// Paragraph adds a paragraph.
func (d *Document) Paragraph(text string) {
	d.flow(d.root.add("P", ""), side, inner, text, bodyStyle)
	d.y -= 6
}

// List adds a list with bullets.
func (d *Document) List(items []string) {
	if len(items) == 0 {
		return
	}
	list := d.root.add("L", "")
	for _, text := range items {
		if d.y-bodyStyle.lead < bottom {
			d.feed()
		}
		item, y := list.add("LI", ""), d.y
		d.flow(item.add("Lbl", ""), side, 12, "•", bodyStyle)
		d.y = y
		d.flow(item.add("LBody", ""), side+14, inner-14, text, bodyStyle)
		d.y -= 2
	}
	d.y -= 4
}

// Facts adds a table of names, each a heading of its row, and what is said of them.
func (d *Document) Facts(rows [][2]string) {
	if len(rows) == 0 {
		return
	}
	table := d.root.add("Table", "")
	for _, r := range rows {
		row := table.add("TR", "")
		d.row([]cell{{row.add("TH", "Row"), side, 150, r[0], labelStyle},
			{row.add("TD", ""), side + 158, inner - 158, r[1], cellStyle}})
	}
	d.y -= 6
}

// Table adds a table with a heading for each column. Each row has as many cells as head.
func (d *Document) Table(head []string, rows [][]string) {
	if len(head) == 0 || len(rows) == 0 {
		return
	}
	table := d.root.add("Table", "")
	wide := inner / float64(len(head))
	set := func(texts []string, tag, scope string, s style) {
		row, cells := table.add("TR", ""), make([]cell, len(head))
		for i := range cells {
			text := ""
			if i < len(texts) {
				text = texts[i]
			}
			cells[i] = cell{row.add(tag, scope), side + float64(i)*wide, wide - 8, text, s}
		}
		d.row(cells)
	}
	set(head, "TH", "Column", labelStyle)
	for _, r := range rows {
		set(r, "TD", "", cellStyle)
	}
	d.y -= 6
}

// cell is one cell of a row, with its place on the page.
type cell struct {
	in       *element
	x, width float64
	text     string
	style    style
}

// row sets cells side by side, over as many pages as the longest one takes, and draws a line below them.
func (d *Document) row(cells []cell) {
	left, most := make([][]string, len(cells)), 0
	lead := cells[0].style.lead
	for i, c := range cells {
		left[i] = d.wrap(c.text, c.style, c.width)
		most = max(most, len(left[i]))
	}
	if d.y-float64(min(most, 4))*lead < bottom { // four lines stay together
		d.feed()
	}
	d.y -= 3
	for most > 0 {
		fit := min(int((d.y-bottom)/lead), most)
		if fit < 1 {
			d.feed()
			continue
		}
		for i, c := range cells {
			n := min(fit, len(left[i]))
			d.mark(c.in, c.x, d.y, left[i][:n], c.style)
			left[i] = left[i][n:]
		}
		d.y -= float64(fit) * lead
		most -= fit
	}
	d.y -= 3
	d.rule()
}

// flow sets a text in lines below each other, over as many pages as it takes.
func (d *Document) flow(in *element, x, wide float64, text string, s style) {
	for lines := d.wrap(text, s, wide); len(lines) > 0; {
		fit := min(int((d.y-bottom)/s.lead), len(lines))
		if fit < 1 {
			d.feed()
			continue
		}
		d.mark(in, x, d.y, lines[:fit], s)
		d.y -= float64(fit) * s.lead
		lines = lines[fit:]
	}
}

// wrap breaks a text into lines that fit. A word that is wider than a line is broken between characters.
func (d *Document) wrap(text string, s style, wide float64) (lines []string) {
	f := d.faces[s.face].font
	for part := range strings.SplitSeq(f.clean(text), "\n") {
		line, used := "", 0.0
		for _, word := range strings.Fields(part) {
			w, gap := f.width(word, s.size), f.width(" ", s.size)
			if line != "" && used+gap+w <= wide {
				line, used = line+" "+word, used+gap+w
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for w > wide {
				n := f.fitting(word, s.size, wide)
				lines, word = append(lines, word[:n]), word[n:]
				w = f.width(word, s.size)
			}
			line, used = word, w
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
