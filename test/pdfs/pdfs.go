// Package pdfs reads the files of package pdf in tests, by the tables that the files state.
package pdfs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mconnect/test/must"
)

// Objects reads the table of references as a reader does: each entry must lead to its object.
func Objects(t testing.TB, file []byte) map[int]string {
	t.Helper()
	tail := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(file)
	if tail == nil {
		t.Fatal("the file has no end")
	}
	at := must.Get(strconv.Atoi(string(tail[1])))(t)
	lines := strings.Split(string(file[at:]), "\n")
	var n int
	must.Get(fmt.Sscanf(lines[1], "0 %d", &n))(t)
	if lines[0] != "xref" || lines[2] != "0000000000 65535 f " {
		t.Fatalf("the table begins with %q", lines[:3])
	}
	found := map[int]string{}
	for i := 1; i < n; i++ {
		entry := lines[2+i]
		if len(entry) != 19 || !strings.HasSuffix(entry, " 00000 n ") {
			t.Fatalf("entry %d: %q", i, entry)
		}
		where := must.Get(strconv.Atoi(entry[:10]))(t)
		body, ok := strings.CutPrefix(string(file[where:]), fmt.Sprintf("%d 0 obj\n", i))
		if !ok {
			t.Fatalf("entry %d leads to %.20q", i, file[where:])
		}
		found[i], _, _ = strings.Cut(body, "\nendobj\n")
	}
	return found
}

// Text returns the text of a file by its own tables, as a program that copies text does.
func Text(t testing.TB, file []byte) string {
	t.Helper()
	all := Objects(t, file)
	names := [2]map[string]rune{}
	pair := regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]{4})>\n`)
	for i, n := range []int{10, 15} {
		names[i] = map[string]rune{}
		for _, p := range pair.FindAllStringSubmatch(all[n], -1) {
			if p[1] != "0000" || p[2] != "FFFF" {
				names[i][p[1]] = rune(must.Get(strconv.ParseUint(p[2], 16, 16))(t))
			}
		}
	}
	var b strings.Builder
	face := 0
	for n := 16; all[n] != "" && !strings.Contains(all[n], "/StructElem"); n += 2 {
		for line := range strings.SplitSeq(all[n+1], "\n") {
			if strings.Contains(line, " Tf ") {
				face = strings.Index(line, "/F1")
			}
			glyphs, ok := strings.CutPrefix(line, "<")
			if !ok || !strings.HasSuffix(line, "> Tj T*") {
				continue
			}
			glyphs = strings.TrimSuffix(glyphs, "> Tj T*")
			for i := 0; i+4 <= len(glyphs); i += 4 {
				r, known := names[min(max(face, 0), 1)][glyphs[i:i+4]]
				if !known || glyphs[i:i+4] == "0000" {
					t.Fatalf("glyph %s has no character", glyphs[i:i+4])
				}
				b.WriteRune(r)
			}
			if !strings.HasSuffix(b.String(), " ") {
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}
