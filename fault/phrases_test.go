package fault_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/must"
)

// TestPhrases_AreSaidInTheLanguageOfTheSentence: a parameter of English words is not seen in a Romanian or Russian
// sentence.
func TestPhrases_AreSaidInTheLanguageOfTheSentence(t *testing.T) {
	e := fault.New(fault.MessageMediaType, "want", "application/json, not compressed")
	for lang, want := range map[mconnect.Lang]string{
		"ro": "este așteptat application/json, necomprimat.", "en": "application/json, not compressed is expected.", "ru": "ожидается application/json, без сжатия.",
	} {
		if got := e.Sentence(lang); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q", lang, got)
		}
	}
	for _, phrase := range fault.Phrases() {
		for lang, cyrillic := range map[mconnect.Lang]bool{"ro": false, "ru": true} {
			got := fault.QueryInvalid.Sentence(lang, map[string]string{"what": phrase})
			if strings.Contains(got, ": "+phrase+".") && strings.Contains(phrase, " ") {
				t.Errorf("%s: %q is not translated", lang, phrase)
			}
			own := strings.TrimPrefix(got, fault.QueryInvalid.Sentence(lang, map[string]string{"what": "\x00"})[:20])
			has := strings.ContainsFunc(own, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
			if has != cyrillic {
				t.Errorf("%s: %q reads %q", lang, phrase, got)
			}
		}
	}
}

var (
	parameter = regexp.MustCompile(`"(?:what|want)", "([^"\\]+)"[,)]`)
	english   = regexp.MustCompile(`\b[a-z]{2,} [a-z]{2,}`)
)

// TestPhrases_CoverTheParametersOfTheCode: what the code passes as words has its translation; what lacks one is listed.
func TestPhrases_CoverTheParametersOfTheCode(t *testing.T) {
	known := fault.Phrases()
	var lacking []string
	all := 0
	err := filepath.WalkDir("../internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range parameter.FindAllSubmatch(text, -1) {
			value := string(m[1])
			if !english.MatchString(value) {
				continue
			}
			all++
			if !slices.Contains(known, value) && slices.ContainsFunc(strings.Split(value, ", "), func(part string) bool {
				return english.MatchString(part) && !slices.Contains(known, part)
			}) {
				lacking = append(lacking, value)
			}
		}
		return err
	})
	must.OK(t, err)
	if all < 20 || len(lacking) > 0 {
		t.Errorf("%d of %d parameters are English only: %q", len(lacking), all, lacking)
	}
}

// TestPhrases_OpenBounds: a range that is open at one end is not said with a dash.
func TestPhrases_OpenBounds(t *testing.T) {
	for _, c := range []struct{ least, most, want string }{
		{"1", "9", "Valoarea nu se încadrează în intervalul 1–9."}, {"1", "…", "Valoarea trebuie să fie cel puțin 1."},
		{"", "9", "Valoarea trebuie să fie cel mult 9."}, {"0", "∞", "Valoarea trebuie să fie cel puțin 0."}, {"—", "9", "Valoarea trebuie să fie cel mult 9."},
	} {
		if got := fault.InputRange.Sentence("ro", map[string]string{"min": c.least, "max": c.most}); got != c.want {
			t.Errorf("%q to %q: %q", c.least, c.most, got)
		}
	}
	if got := fault.InputLength.Sentence("ru", map[string]string{"min": "3"}); got != "Длина должна быть не менее 3." {
		t.Error(got)
	}
}
