package media

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"unicode/utf8"
)

// EncodingError says that a text is not in the encoding that it states, or states one that is not known.
type EncodingError struct {
	Stated  string // as the peer wrote it
	Unknown bool   // no encoding of this package
}

// Error implements error.
func (e *EncodingError) Error() string {
	if e.Unknown {
		return "media: encoding " + e.Stated + " is not known"
	}
	return "media: the bytes are not " + e.Stated
}

var declaration = regexp.MustCompile(`^<\?xml[ \t\r\n][^<>]*?encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']`)

// XML returns an XML document in UTF-8. Its encoding is that of the byte order mark, else of the charset parameter,
// else of the XML declaration (RFC 7303, 3), else usual. The declaration remains and may name another encoding: whoever
// parses the text is to pass over it. Labels that the bytes disprove do not count:
//
//   - UTF-16 without a zero byte: no XML is written so, and the bytes are UTF-8;
//   - an 8-bit charset over bytes that are UTF-8 beyond ASCII and declare themselves so: servers add charsets unasked;
//   - UTF-8 over bytes that are not, where usual is another encoding.
//
// Errors are *EncodingError.
func XML(data []byte, charset string, usual Encoding) ([]byte, error) {
	if e, ok := Lookup(charset); ok && charset != "" && e.IsUTF8() {
		return text(data, charset, "", usual) // what is declared does not count
	}
	return text(data, charset, declared(data), usual)
}

// JSON returns a JSON text in UTF-8, which it is unless the media type or usual says otherwise (RFC 8259, 8.1).
func JSON(data []byte, charset string, usual Encoding) ([]byte, error) {
	return text(data, charset, "", usual)
}

func text(data []byte, charset, declared string, usual Encoding) ([]byte, error) {
	if m, size := marked(data); size > 0 {
		return m.decode(data)
	}
	stated := charset
	stated = cmp.Or(stated, declared)
	e, ok := Lookup(stated)
	switch {
	case !ok:
		return nil, &EncodingError{Stated: stated, Unknown: true}
	case stated == "" && bytes.IndexByte(data, 0) >= 0:
		e = known["utf16"] // XML 1.0, appendix F: what begins with < in two bytes
	case stated == "":
		e = usual
	}
	said, _ := Lookup(declared)
	switch {
	case e.wide && bytes.IndexByte(data, 0) < 0:
		e = UTF8
	case e.table != nil && charset != "" && declared != "" && said.IsUTF8() && !ascii(data) && utf8.Valid(data):
		e = UTF8
	case e.IsUTF8() && !usual.IsUTF8() && !utf8.Valid(data):
		e = usual
	}
	return e.decode(data)
}

func (e Encoding) decode(data []byte) ([]byte, error) {
	out, ok := e.Text(data)
	if !ok {
		return nil, &EncodingError{Stated: e.Name()}
	}
	return out, nil
}

// declared is the encoding that an XML declaration names; "" where there is none that can be read as ASCII.
func declared(data []byte) string {
	if !bytes.HasPrefix(data, []byte("<?xml")) {
		return ""
	}
	if m := declaration.FindSubmatch(data[:min(len(data), 256)]); m != nil {
		return string(m[1])
	}
	return ""
}

func ascii(data []byte) bool {
	return !slices.ContainsFunc(data, func(b byte) bool { return b >= utf8.RuneSelf })
}
