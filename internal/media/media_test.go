package media

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestMedia_ParseTakesWhatPeersWrite: the forms of public reports, each with the parameter that matters.
func TestMedia_ParseTakesWhatPeersWrite(t *testing.T) {
	for header, want := range map[string][3]string{ // type, parameter, value
		`text/xml; charset=utf-8`:                {"text/xml", "charset", "utf-8"},
		`Text/XML;charset="utf-8"`:               {"text/xml", "charset", "utf-8"},
		`text/xml;charset='utf-8'`:               {"text/xml", "charset", "'utf-8'"},
		`text/xml; charset=utf-8; charset=utf-8`: {"text/xml", "charset", "utf-8"},
		`text/xml; charset=`:                     {"text/xml", "charset", ""},
		`text/xml;`:                              {"text/xml", "charset", ""},
		`application/soap+xml; charset=utf-8; action=http://x.y/z`:    {"application/soap+xml", "action", "http://x.y/z"},
		`application/soap+xml; action=urn:r/Find; charset=utf8`:       {"application/soap+xml", "charset", "utf8"},
		"multipart/related;\ttype=application/xop+xml;\tboundary=a":   {"multipart/related", "boundary", "a"},
		`multipart/related; boundary=----=_Part_1_2.3; start=<a@b>`:   {"multipart/related", "boundary", "----=_Part_1_2.3"},
		`multipart/related; boundary=uuid:1-2; start-info="a; \"b\""`: {"multipart/related", "start-info", `a; "b"`},
		`multipart/related; x=a:b; start="a;b`:                        {"multipart/related", "start", "a;b"},
		`application/json;odata=minimal;flag;charset=utf-8`:           {"application/json", "charset", "utf-8"},
		`application/json; a=/; = ; ;charset=utf-8`:                   {"application/json", "charset", "utf-8"},
	} {
		got, ok := Parse(header)
		if !ok || got.Name != want[0] || got.Params[want[1]] != want[2] {
			t.Errorf("%s: %+v %t, want %v", header, got, ok, want)
		}
	}
	for _, header := range []string{"", "text", "/xml", "text/", "text/ xml; a=/", "te xt/xml;b=/", ";a=b", "text/xml/x"} {
		if got, ok := Parse(header); ok {
			t.Errorf("%q: %+v", header, got)
		}
	}
	got, _ := Parse("text/xml; charset=a; charset=b; charset=c; action=/")
	if got.Params["charset"] != "a" || !slices.Equal(got.Twice, []string{"charset"}) {
		t.Errorf("stated twice: %+v", got)
	}
	if got, _ := Parse(`text/xml; charset='UTF-8'`); got.Charset() != "UTF-8" {
		t.Errorf("charset %q", got.Charset())
	}
}

// TestMedia_LookupKnowsUsualNames: spelling does not matter, and an unknown name is not taken for UTF-8.
func TestMedia_LookupKnowsUsualNames(t *testing.T) {
	for name, want := range map[string]string{
		"": "utf-8", "UTF-8": "utf-8", "utf8": "utf-8", "US-ASCII": "utf-8", "UTF_8": "utf-8", "cp1251": "windows-1251", "x-cp1250": "windows-1250",
		"Windows-1251": "windows-1251", "ISO-8859-2": "iso-8859-2", "iso8859_16": "iso-8859-16", "latin1": "iso-8859-1", "UTF-16LE": "utf-16le",
	} {
		if e, ok := Lookup(name); !ok || e.Name() != want || e.IsUTF8() != (want == "utf-8") {
			t.Errorf("%s: %s %t", name, e.Name(), ok)
		}
	}
	for name := range strings.SplitSeq(Encodings, ", ") {
		if e, ok := Lookup(name); !ok || e.Name() != name {
			t.Errorf("%s is declared and not known: %s", name, e.Name())
		}
	}
	for _, name := range []string{"utf-32", "koi8-r", "binary", "%"} {
		if _, ok := Lookup(name); ok {
			t.Errorf("%s is known", name)
		}
	}
}

const envelope = `<a>Ștefan</a>`

func wide(s string, big bool, mark bool) []byte {
	var out []byte
	if mark {
		s = "\uFEFF" + s
	}
	for _, r := range s {
		hi, lo := byte(r>>8), byte(r)
		if !big {
			hi, lo = lo, hi
		}
		out = append(out, hi, lo)
	}
	return out
}

// TestMedia_XMLJudgesBytesBeforeLabels: mark, charset, declaration, usual, in this order; disproved labels do not
// count.
func TestMedia_XMLJudgesBytesBeforeLabels(t *testing.T) {
	decl := func(encoding, text string) string { return `<?xml version="1.0" encoding="` + encoding + `"?>` + text }
	windows1251, _ := Lookup("windows-1251")
	const ivanov = "\xC8\xE2\xE0\xED\xEE\xE2" // Иванов in windows-1251
	for name, c := range map[string]struct {
		data    string
		charset string
		usual   Encoding
		want    string // "" : refused
	}{
		"plain":                             {envelope, "", UTF8, envelope},
		"utf-8 with a mark":                 {"\xEF\xBB\xBF" + envelope, "", UTF8, envelope},
		"a mark beats the charset":          {"\xEF\xBB\xBF" + envelope, "iso-8859-1", UTF8, envelope},
		".NET: utf-16 over UTF-8":           {decl("utf-16", envelope), "utf-8", UTF8, decl("utf-16", envelope)},
		"the same without charset":          {decl("utf-16", envelope), "", UTF8, decl("utf-16", envelope)},
		"charset utf-16 over UTF-8":         {decl("utf-16", envelope), "utf-16", UTF8, decl("utf-16", envelope)},
		"charset beats the declaration":     {decl("utf-8", "<a>"+ivanov+"</a>"), "windows-1251", UTF8, decl("utf-8", "<a>Иванов</a>")},
		"the declaration":                   {decl("windows-1251", "<a>"+ivanov+"</a>"), "", UTF8, decl("windows-1251", "<a>Иванов</a>")},
		"a charset that a server adds":      {decl("UTF-8", envelope), "ISO-8859-1", UTF8, decl("UTF-8", envelope)},
		"usual":                             {"<a>" + ivanov + "</a>", "", windows1251, "<a>Иванов</a>"},
		"a false utf-8":                     {"<a>" + ivanov + "</a>", "utf-8", windows1251, "<a>Иванов</a>"},
		"a false utf-8, nothing said":       {"<a>" + ivanov + "</a>", "utf-8", UTF8, ""},
		"usual does not beat UTF-8 stated":  {decl("utf-8", envelope), "", windows1251, decl("utf-8", envelope)},
		"an unknown name":                   {decl("ebcdic-x", "<a/>"), "", UTF8, ""},
		"an unknown charset":                {"<a/>", "x-unknown", UTF8, ""},
		"utf-16 with a mark":                {string(wide(envelope, false, true)), "utf-16", UTF8, envelope},
		"utf-16 big with a mark":            {string(wide(envelope, true, true)), "", UTF8, envelope},
		"utf-16 without a mark":             {string(wide(envelope, false, false)), "utf-16", UTF8, envelope},
		"utf-16 big without mark and label": {string(wide(envelope, true, false)), "", UTF8, envelope},
		"half a utf-16":                     {string(wide(envelope, true, true)) + "x", "", UTF8, ""},
		"iso-8859-1, ASCII only":            {decl("ISO-8859-1", "<a>Ion</a>"), "ISO-8859-1", UTF8, decl("ISO-8859-1", "<a>Ion</a>")},
		"iso-8859-2":                        {decl("ISO-8859-2", "<a>\xAAtefan \xE3</a>"), "", UTF8, decl("ISO-8859-2", "<a>Ştefan ă</a>")},
		"iso-8859-16":                       {decl("iso-8859-16", "<a>\xAAtefan</a>"), "", UTF8, decl("iso-8859-16", envelope)},
		"iso with bytes of windows":         {decl("iso-8859-1", "<a>\x93x\x94</a>"), "", UTF8, ""},
		"undefined in windows-1250":         {decl("windows-1250", "<a>\x81</a>"), "", UTF8, ""},
	} {
		got, err := XML([]byte(c.data), c.charset, c.usual)
		if (err == nil) != (c.want != "") || string(got) != c.want {
			t.Errorf("%s: %q %v, want %q", name, got, err, c.want)
		}
		if wrong := (*EncodingError)(nil); err != nil && (!errors.As(err, &wrong) || wrong.Stated == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := JSON([]byte("\xEF\xBB\xBF{}"), "", UTF8); err != nil || string(got) != "{}" {
		t.Errorf("JSON with a mark: %q %v", got, err)
	}
	if got, err := JSON([]byte(`{"a":"`+ivanov+`"}`), "windows-1251", UTF8); err != nil || string(got) != `{"a":"Иванов"}` {
		t.Errorf("JSON in windows-1251: %q %v", got, err)
	}
	if got := WithoutMark([]byte("\xEF\xBB\xBF{}")); string(got) != "{}" {
		t.Errorf("without mark: %q", got)
	}
}

// TestMedia_ReaderSaysWhatTextSays: a text read as a stream is the text read whole, over every encoding and cut.
func TestMedia_ReaderSaysWhatTextSays(t *testing.T) {
	long := strings.Repeat("Cod;Nume\r\n1;Ion\r\n", 100)
	for name := range strings.SplitSeq(Encodings, ", ") {
		e, _ := Lookup(name)
		for _, data := range [][]byte{[]byte(long), wide(long, false, false), wide(long, true, true), {}, []byte("x"), []byte("\xEF\xBB\xBF" + long)} {
			want, ok := e.Text(data)
			got, err := io.ReadAll(e.Reader(bytes.NewReader(data)))
			if ok && (err != nil || !bytes.Equal(got, want)) {
				t.Errorf("%s: %d bytes, %v; want %d", name, len(got), err, len(want))
			}
		}
	}
	broken := errors.New("broken")
	if _, err := io.ReadAll(UTF8.Reader(failing{broken})); !errors.Is(err, broken) {
		t.Errorf("an error of the source: %v", err)
	}
}

// FuzzParse: what the standard library reads means the same here, and nothing panics.
func FuzzParse(f *testing.F) {
	f.Add(`multipart/related; boundary=----=_Part_1; start="a\"b`)
	f.Add(`text/xml; charset=utf-8`)
	f.Fuzz(func(t *testing.T, header string) {
		got, ok := Parse(header)
		name, params, err := mime.ParseMediaType(header)
		if err == nil && strings.Contains(name, "/") && ok && (got.Name != name || got.Params["charset"] != params["charset"]) {
			t.Fatalf("%q: %+v, want %s %v", header, got, name, params)
		}
	})
}

// FuzzXML: whatever comes is decoded to UTF-8 or refused.
func FuzzXML(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0" encoding="utf-16"?><a/>`), "utf-8")
	f.Add([]byte("\xFF\xFE<\x00"), "")
	f.Fuzz(func(t *testing.T, data []byte, charset string) {
		if out, err := XML(data, charset, UTF8); err == nil && !utf8.Valid(out) {
			t.Fatalf("%q is not UTF-8", out)
		}
	})
}
