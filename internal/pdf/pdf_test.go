package pdf_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"mconnect/internal/pdf"
	"mconnect/test/must"
	"mconnect/test/pdfs"
)

var made = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// sample uses every part of the package; rows decides over how many pages it goes.
func sample(rows int) []byte {
	d := pdf.New(pdf.Config{Title: "Decizia de conectare C-2026-0001", Lang: "ro", Foot: "C-2026-0001 · ABCDE", Created: made})
	d.Heading(1, "Decizia de conectare")
	d.Paragraph("Persoanele împuternicite își asumă răspunderea; țara și județul. Заявка подписана: ещё объём.")
	d.Facts([][2]string{{"Număr", "C-2026-0001"}, {"Cod de verificare", "ABCDE-FGHIJ-KLMNO-PQRST"}})
	d.Heading(2, "Câmpuri")
	var table [][]string
	for i := range rows {
		table = append(table, []string{fmt.Sprintf("/person/field%d", i), "acordat", strings.Repeat("motiv ", i%9)})
	}
	d.Table([]string{"Câmp", "Decizie", "Motiv"}, table)
	d.List([]string{"prima condiție", "a doua condiție"})
	return d.Bytes()
}

func TestBytes_AreTheSameForTheSameCalls(t *testing.T) {
	one, other := sample(40), sample(40)
	if !bytes.Equal(one, other) {
		t.Error("two documents of the same calls differ")
	}
	if bytes.Equal(one, sample(41)) {
		t.Error("documents of different calls are the same")
	}
}

var reference = regexp.MustCompile(`(\d+) 0 R`)

func TestBytes_EveryReferenceLeadsToAnObject(t *testing.T) {
	for _, rows := range []int{0, 1, 30, 400} {
		all := pdfs.Objects(t, sample(rows))
		for n, body := range all {
			if strings.Contains(body, "stream\n") {
				body, _, _ = strings.Cut(body, "stream\n")
			}
			for _, to := range reference.FindAllStringSubmatch(body, -1) {
				if _, ok := all[must.Get(strconv.Atoi(to[1]))(t)]; !ok {
					t.Errorf("%d rows: object %d refers to %s, which is not there", rows, n, to[1])
				}
			}
		}
	}
}

// TestBytes_EveryMarkHasItsElement: each piece of marked content belongs to one element, and the page leads to the same
// element as the element leads to the page.
func TestBytes_EveryMarkHasItsElement(t *testing.T) {
	all := pdfs.Objects(t, sample(120))
	marked := regexp.MustCompile(`/(\w+) <</MCID (\d+)>> BDC`)
	content := regexp.MustCompile(`/Pg (\d+) 0 R /MCID (\d+)`)
	tag := regexp.MustCompile(`/Type /StructElem /S /(\w+)`)
	held := map[string]string{} // "page mark" → tag
	counted := map[string]int{}
	for _, body := range all {
		kind := tag.FindStringSubmatch(body)
		if kind == nil {
			continue
		}
		counted[kind[1]]++
		for _, c := range content.FindAllStringSubmatch(body, -1) {
			held[c[1]+" "+c[2]] = kind[1]
		}
	}
	pages, marks := 0, 0
	contents := regexp.MustCompile(`/Type /Page /.*/Contents (\d+) 0 R`)
	for n, body := range all {
		found := contents.FindStringSubmatch(body)
		if found == nil {
			continue
		}
		pages++
		drawing := all[must.Get(strconv.Atoi(found[1]))(t)]
		for _, m := range marked.FindAllStringSubmatch(drawing, -1) {
			marks++
			if got := held[fmt.Sprint(n)+" "+m[2]]; got != m[1] {
				t.Errorf("page %d, mark %s: %s on the page, %q in the structure", n, m[2], m[1], got)
			}
		}
		if opened, closed := strings.Count(drawing, "BDC\n")+strings.Count(drawing, "BMC "), strings.Count(drawing, "EMC"); opened != closed {
			t.Errorf("page %d: %d marks begin, %d end", n, opened, closed)
		}
	}
	if pages < 3 || marks != len(held) {
		t.Errorf("%d pages, %d marks, %d in the structure", pages, marks, len(held))
	}
	want := map[string]int{"Document": 1, "H1": 1, "H2": 1, "P": 1, "Table": 2, "TR": 2 + 121, "TH": 2 + 3, "TD": 2 + 360,
		"L": 1, "LI": 2, "Lbl": 2, "LBody": 2}
	for kind, n := range want {
		if counted[kind] != n {
			t.Errorf("%s: %d elements, want %d", kind, counted[kind], n)
		}
	}
}

func TestBytes_SayLanguageAndTitle(t *testing.T) {
	all := pdfs.Objects(t, sample(1))
	for n, want := range map[int][]string{
		1: {"/Lang <FEFF0072006F>", "/MarkInfo <</Marked true>>", "/DisplayDocTitle true", "/StructTreeRoot 5 0 R"},
		3: {"Decizia de conectare C-2026-0001</rdf:li>", "<pdfaid:part>2", "2026-11-27T12:00:00Z"},
		4: {"/CreationDate (D:20261127120000+00'00')", "/Title <FEFF0044"},
		5: {"/ParentTreeNextKey 1"},
	} {
		for _, text := range want {
			if !strings.Contains(all[n], text) {
				t.Errorf("object %d lacks %s", n, text)
			}
		}
	}
	escaped := pdf.New(pdf.Config{Title: `a<b>&"c`, Lang: "en"})
	escaped.Paragraph("x")
	if all := pdfs.Objects(t, escaped.Bytes()); !strings.Contains(all[3], "a&lt;b&gt;&amp;&#34;c") {
		t.Errorf("metadata: %s", all[3])
	}
}

func TestText_IsKept(t *testing.T) {
	long := strings.Repeat("lungă ", 4000)
	for name, c := range map[string]struct{ text, want string }{
		"Romanian":          {"Ștefan își ține județul în frâu, ÎNTÂI", "Ștefan își ține județul în frâu, ÎNTÂI"},
		"Russian":           {"Съешь ещё этих мягких французских булок", "Съешь ещё этих мягких французских булок"},
		"marks":             {"„citat” – 50 % § № €", "„citat” – 50 % § № €"},
		"decomposed":        {"s\u0326i t\u0326", "și ț"},
		"no-break":          {"15\u00a0zile a\u2011b", "15 zile a-b"},
		"outside the font":  {"α漢", "[U+03B1][U+6F22]"},
		"beyond one plane":  {"😀", "[U+1F600]"},
		"control":           {"a\x00b", "a[U+0000]b"},
		"invalid":           {"a\xffb", "a[U+FFFD]b"},
		"syntax":            {"(x) Tj <00> >> endobj %%EOF \\", "(x) Tj <00> >> endobj %%EOF \\"},
		"lines":             {"unu\r\ndoi", "unu doi"},
		"over many pages":   {long, long},
		"one very long one": {strings.Repeat("x", 3000), strings.Repeat("x", 3000)},
		"empty":             {"", ""},
	} {
		d := pdf.New(pdf.Config{Title: "t", Lang: "ro"})
		d.Paragraph(c.text)
		got := regexp.MustCompile(`\n?\d+ / \d+\n`).ReplaceAllString(pdfs.Text(t, d.Bytes()), " ")
		if name == "one very long one" {
			got = strings.ReplaceAll(got, " ", "")
		}
		if got, want := strings.Join(strings.Fields(got), " "), strings.Join(strings.Fields(c.want), " "); got != want {
			t.Errorf("%s: %.80q, want %.80q", name, got, want)
		}
	}
}

func TestParts_EmptyOnesAddNothing(t *testing.T) {
	plain := pdf.New(pdf.Config{Title: "t", Lang: "ro"})
	plain.Heading(9, "x")
	with := pdf.New(pdf.Config{Title: "t", Lang: "ro"})
	with.Heading(3, "x")
	with.List(nil)
	with.Facts(nil)
	with.Table([]string{"a"}, nil)
	with.Table(nil, [][]string{{"a"}})
	if !bytes.Equal(plain.Bytes(), with.Bytes()) {
		t.Error("an empty part leaves a trace")
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "țară", "a\nb", "\xff", strings.Repeat("w", 200), "😀 \u202e"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, title, text string) {
		if len(title)+len(text) > 1<<12 {
			return
		}
		d := pdf.New(pdf.Config{Title: title, Lang: "ro", Foot: title, Created: made})
		d.Heading(1, title)
		d.Paragraph(text)
		d.Facts([][2]string{{title, text}})
		d.Table([]string{title, text}, [][]string{{text}, {text, title, text}})
		d.List([]string{text, title})
		pdfs.Text(t, d.Bytes())
	})
}
