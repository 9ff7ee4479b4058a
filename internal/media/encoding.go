package media

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is a character encoding that peers use. The zero Encoding is UTF-8.
type Encoding struct {
	name  string
	table *charmap.Charmap // nil: UTF-8, or wide
	wide  bool             // UTF-16
	big   bool             // big-endian, where the text itself does not show it
}

// UTF8 is the encoding of everything that states none.
var UTF8 = Encoding{}

var known = map[string]Encoding{
	"utf8": UTF8, "usascii": UTF8, "ascii": UTF8,
	"utf16": {name: "utf-16", wide: true}, "utf16le": {name: "utf-16le", wide: true},
	"utf16be": {name: "utf-16be", wide: true, big: true}, "ucs2": {name: "utf-16", wide: true},
	"unicode": {name: "utf-16", wide: true}, "iso10646ucs2": {name: "utf-16", wide: true},
	"windows1250": {name: "windows-1250", table: charmap.Windows1250},
	"cp1250":      {name: "windows-1250", table: charmap.Windows1250},
	"windows1251": {name: "windows-1251", table: charmap.Windows1251},
	"cp1251":      {name: "windows-1251", table: charmap.Windows1251},
	"windows1252": {name: "windows-1252", table: charmap.Windows1252},
	"cp1252":      {name: "windows-1252", table: charmap.Windows1252},
	"iso88591":    {name: "iso-8859-1", table: charmap.ISO8859_1},
	"latin1":      {name: "iso-8859-1", table: charmap.ISO8859_1},
	"iso88592":    {name: "iso-8859-2", table: charmap.ISO8859_2},
	"latin2":      {name: "iso-8859-2", table: charmap.ISO8859_2},
	"iso88595":    {name: "iso-8859-5", table: charmap.ISO8859_5},
	"iso885916":   {name: "iso-8859-16", table: charmap.ISO8859_16},
	"latin10":     {name: "iso-8859-16", table: charmap.ISO8859_16},
}

// Encodings are the names that a manifest may write.
const Encodings = "utf-8, utf-16, windows-1250, windows-1251, windows-1252, iso-8859-1, iso-8859-2, iso-8859-5, iso-8859-16"

var punctuation = strings.NewReplacer("-", "", "_", "", " ", "")

// Lookup finds an encoding by any of its usual names, without case: "utf-8", "UTF8", "cp1251". "" is UTF-8.
func Lookup(name string) (Encoding, bool) {
	plain := punctuation.Replace(strings.ToLower(name))
	if plain == "" {
		return UTF8, true
	}
	e, ok := known[strings.TrimPrefix(plain, "x")]
	return e, ok
}

// Name is the usual name, in lower case.
func (e Encoding) Name() string {
	if e.name == "" {
		return "utf-8"
	}
	return e.name
}

// IsUTF8 reports UTF-8, of which ASCII is a part.
func (e Encoding) IsUTF8() bool { return e.table == nil && !e.wide }

// IsWide reports UTF-16.
func (e Encoding) IsWide() bool { return e.wide }

var marks = []struct {
	bytes string
	means Encoding
}{
	{"\xEF\xBB\xBF", UTF8},
	{"\xFF\xFE", Encoding{name: "utf-16le", wide: true}},
	{"\xFE\xFF", Encoding{name: "utf-16be", wide: true, big: true}},
}

// marked is the encoding that a byte order mark at the front of data states.
func marked(data []byte) (e Encoding, size int) {
	for _, m := range marks {
		if bytes.HasPrefix(data, []byte(m.bytes)) {
			return m.means, len(m.bytes)
		}
	}
	return UTF8, 0
}

// WithoutMark returns a UTF-8 text without the byte order mark that some programs put before it (RFC 8259, 8.1).
func WithoutMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")) }

// Text returns data in UTF-8, without a byte order mark. It reports false where a byte or a pair of bytes means no
// character in this encoding; nothing is replaced. A byte order mark counts more than e.
func (e Encoding) Text(data []byte) ([]byte, bool) {
	if m, size := marked(data); size > 0 {
		e, data = m, data[size:]
	} else if e.wide {
		e.big = looksBig(data, e.big)
	}
	switch {
	case e.wide:
		return wideText(data, e.big)
	case e.table == nil:
		return data, utf8.Valid(data)
	}
	out := make([]byte, 0, len(data)+len(data)/4)
	for _, b := range data {
		r := e.rune(b)
		if r == utf8.RuneError {
			return nil, false
		}
		out = utf8.AppendRune(out, r)
	}
	return out, true
}

// rune is the character of a byte. The ISO encodings have controls from 0x80 to 0x9F that no text holds: there, such
// bytes say that the encoding is another one.
func (e Encoding) rune(b byte) rune {
	if b >= 0x80 && b < 0xA0 && strings.HasPrefix(e.name, "iso-") {
		return utf8.RuneError
	}
	return e.table.DecodeByte(b)
}

// looksBig finds the byte order of a text in UTF-16 that has no mark: in texts of our alphabets most high bytes of the
// first characters are 0 or 4.
func looksBig(data []byte, usual bool) bool {
	low, high := 0, 0
	for i := 0; i+1 < min(len(data), 512); i += 2 {
		if data[i] <= 4 {
			high++
		}
		if data[i+1] <= 4 {
			low++
		}
	}
	if low == high {
		return usual
	}
	return high > low
}

func wideText(data []byte, big bool) ([]byte, bool) {
	if len(data)%2 != 0 {
		return nil, false
	}
	order := unicode.LittleEndian
	if big {
		order = unicode.BigEndian
	}
	out, err := unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder().Bytes(data)
	return out, err == nil && !bytes.ContainsRune(out, utf8.RuneError)
}

// Reader reads a text of any length as UTF-8; a byte order mark counts more than e. What means no character comes as
// U+FFFD.
func (e Encoding) Reader(r io.Reader) io.Reader {
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	all := io.Reader(bytes.NewReader(head))
	if err == nil {
		all = io.MultiReader(all, r)
	} else if err != io.EOF && err != io.ErrUnexpectedEOF {
		all = io.MultiReader(all, failing{err})
	}
	if m, size := marked(head); size > 0 {
		e = m
		_, _ = io.CopyN(io.Discard, all, int64(size)) // it is in memory
	} else if e.wide {
		e.big = looksBig(head, e.big)
	}
	var from encoding.Encoding
	switch {
	case e.wide && e.big:
		from = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case e.wide:
		from = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case e.table != nil:
		from = e.table
	default:
		return all
	}
	return from.NewDecoder().Reader(all)
}

// failing passes on the error of a source that broke off.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
