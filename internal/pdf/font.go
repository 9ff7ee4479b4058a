package pdf

import (
	_ "embed" // the fonts
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// Onest under the SIL Open Font License (fonts/OFL.txt), at two weights and with the letters of the three languages.
var (
	//go:embed fonts/onest-regular.ttf
	regularFile []byte
	//go:embed fonts/onest-bold.ttf
	boldFile []byte
)

// typeface is a font as it was read: what a text needs of it. It never changes.
type typeface struct {
	name                  string
	file                  []byte
	glyphs                map[rune]glyph
	ascent, descent, caps int
	box                   [4]int // in thousandths of the size, as all its measures
}

type glyph struct {
	id    uint16
	width int
}

// face is a font in one document, with the glyphs that it uses.
type face struct {
	font *typeface
	used map[uint16]rune
}

// fonts reads the embedded fonts once.
var fonts = sync.OnceValue(func() [2]*typeface {
	return [2]*typeface{readFont("MCONNA+Onest-Regular", regularFile), readFont("MCONNB+Onest-Bold", boldFile)}
})

// last is the last character that the fonts may have: above it is nothing that they were made with.
const last = 0x2200

// readFont reads a font of our own. It panics at a damaged one, which only a damaged program has.
func readFont(name string, file []byte) *typeface {
	f, err := sfnt.Parse(file)
	if err != nil {
		panic("pdf: " + name + ": " + err.Error())
	}
	var buffer sfnt.Buffer
	size := fixed.I(1000)
	t := &typeface{name: name, file: file, glyphs: map[rune]glyph{}}
	for r := rune(' '); r < last; r++ {
		id, err := f.GlyphIndex(&buffer, r)
		if err != nil || id == 0 {
			continue
		}
		w, err := f.GlyphAdvance(&buffer, id, size, font.HintingNone)
		if err == nil {
			t.glyphs[r] = glyph{uint16(id), w.Round()}
		}
	}
	if m, err := f.Metrics(&buffer, size, font.HintingNone); err == nil {
		t.ascent, t.descent, t.caps = m.Ascent.Round(), -m.Descent.Round(), m.CapHeight.Round()
	}
	if b, err := f.Bounds(&buffer, size, font.HintingNone); err == nil { // its y grows downwards
		t.box = [4]int{b.Min.X.Round(), -b.Max.Y.Round(), b.Max.X.Round(), -b.Min.Y.Round()}
	}
	return t
}

// alike are characters that the font lacks and that another one shows as well.
var alike = strings.NewReplacer("\u2010", "-", "\u2011", "-", "\u00ad", "", "\u00a0", " ", "\u202f", " ", "\r\n", "\n",
	"\r", "\n", "\u2028", "\n", "\u2029", "\n", "\t", " ")

// clean gives a text only the characters of the font and line feeds. A character that the font lacks is written by its
// number, so that the paper never hides a difference.
func (t *typeface) clean(text string) string {
	text = alike.Replace(norm.NFC.String(strings.ToValidUTF8(text, "[U+FFFD]")))
	var b strings.Builder
	for _, r := range text {
		switch _, has := t.glyphs[r]; {
		case has || r == '\n':
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}

// width is how wide a clean text is, in points.
func (t *typeface) width(text string, size float64) float64 {
	sum := 0
	for _, r := range text {
		sum += t.glyphs[r].width
	}
	return float64(sum) * size / 1000
}

// fitting is how many bytes of a clean text fit, at least one character.
func (t *typeface) fitting(text string, size, wide float64) int {
	used := 0.0
	for i, r := range text {
		used += float64(t.glyphs[r].width) * size / 1000
		if used > wide && i > 0 {
			return i
		}
	}
	return len(text)
}

// encode writes a clean text as glyph numbers in hexadecimal, and notes them as used.
func (f *face) encode(text string) string {
	var b strings.Builder
	for _, r := range text {
		g := f.font.glyphs[r]
		if _, noted := f.used[g.id]; !noted {
			f.used[g.id] = r
		}
		fmt.Fprintf(&b, "%04X", g.id)
	}
	return b.String()
}
