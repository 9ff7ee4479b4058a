//go:build whole

package pdf_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/test/must"
)

// TestFile_OtherProgramsReadIt: qpdf finds no fault in the file, and poppler finds its tags, language, fonts and text.
func TestFile_OtherProgramsReadIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "document.pdf")
	must.OK(t, os.WriteFile(path, sample(120), 0o600))
	for _, c := range []struct {
		command []string
		want    []string
	}{
		{[]string{"qpdf", "--check", path}, []string{"PDF Version: 1.7", "No syntax or stream encoding errors found"}},
		{[]string{"pdfinfo", path}, []string{"Title:           Decizia de conectare C-2026-0001", "Tagged:          yes",
			"Suspects:        no", "JavaScript:      no", "Page size:       595.28 x 841.89 pts (A4)"}},
		{[]string{"pdfinfo", "-struct-text", path}, []string{"Document", "H1 (block)", "H2 (block)", "Table (block)",
			"/Scope /Row", "/Scope /Column", "LBody", "\"Decizia de conectare\"", "\"/person/field119\"", "\"ABCDE-FGHIJ-KLMNO-PQRST\""}},
		{[]string{"pdffonts", path}, []string{"MCONNA+Onest-Regular", "MCONNB+Onest-Bold",
			"CID TrueType      Identity-H       yes yes yes"}},
		{[]string{"pdftotext", "-layout", path, "-"}, []string{"împuternicite își asumă răspunderea", "Заявка подписана: ещё",
			"/person/field119", "prima condiție", "C-2026-0001 · ABCDE"}},
	} {
		out, err := exec.CommandContext(t.Context(), c.command[0], c.command[1:]...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", c.command, err, out)
		}
		for _, text := range c.want {
			if !strings.Contains(string(out), text) {
				t.Errorf("%s: no %q in\n%.3000s", c.command[:2], text, out)
			}
		}
		if strings.Contains(string(out), "Error") {
			t.Errorf("%s complains: %.500s", c.command, out)
		}
	}
}
