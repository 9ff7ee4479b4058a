package search

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAnalyse_Fold(t *testing.T) {
	for text, want := range map[string]string{
		"Țară":               "tara",
		"ŢARĂ":               "tara",
		"t\u0326ar\u0306a":   "tara",
		"Știință, naștere":   "stiinta, nastere",
		"Încă o dată: ÂÎĂȘȚ": "inca o data: aiast",
		"Ещё Ёлка":           "еще елка",
		"и\u0306од — йод":    "йод — йод",
		"GetPerson/1.0.0":    "getperson/1.0.0",
		"\xffrău\xfe":        " rau ",
		"Ørsted Łódź ﬁ":      "ørsted łodz ﬁ",
	} {
		if got := Fold(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestAnalyse_WordsAndParts(t *testing.T) {
	for text, want := range map[string]string{
		"Date despre o persoană fizică": "date despre persoana fizica",
		"art. 5, Legea nr. 133/2011":    "art 5 legea nr 133 2011",
		"a b c 7":                       "7",
		"":                              "",
		strings.Repeat("ă", 50):         strings.Repeat("a", maxWord),
	} {
		if got := strings.Join(words(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for name, want := range map[string]string{
		"GetRealEstates":    "get real estates getrealestates",
		"IDNP":              "idnp",
		"IDNPOfOwner":       "idnp of owner idnpofowner",
		"protectie-sociala": "protectie sociala protectie sociala",
		"Anul2020":          "anul2020",
	} {
		if got := strings.Join(parts(name), " "); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestAnalyse_FormsOfAWord: forms of one word share a term, and other words do not join them.
func TestAnalyse_FormsOfAWord(t *testing.T) {
	share := func(a, b string) bool {
		x, y := asked(Fold(a)), asked(Fold(b))
		return slices.ContainsFunc(x, func(term string) bool { return slices.Contains(y, term) })
	}
	for _, group := range [][]string{
		{"persoană", "persoane", "persoanei", "persoanelor", "persoana"},
		{"vehicul", "vehicule", "vehiculul", "vehiculului"},
		{"prestație", "prestații", "prestațiile", "prestatia", "prestatiei"},
		{"proprietate", "proprietăți", "proprietatea", "proprietății"},
		{"bun", "bunuri", "bunurile", "bunurilor"},
		{"venit", "venituri", "veniturile", "veniturilor"},
		{"copil", "copilul", "copilului"},
		{"certificat", "certificate", "certificatul", "certificatelor"},
		{"document", "documents"}, {"entity", "entities"}, {"licence", "licences"}, {"benefit", "benefits"},
		{"лицо", "лица", "лицу", "лицом"}, {"справка", "справки", "справку", "справкой"}, {"доход", "доходы", "доходов", "доходам"},
		{"свидетельство", "свидетельства", "свидетельств"},
	} {
		for _, form := range group[1:] {
			if !share(group[0], form) {
				t.Errorf("%s and %s do not meet: %v %v", group[0], form, asked(Fold(group[0])), asked(Fold(form)))
			}
		}
	}
	for _, pair := range [][2]string{
		{"persoană", "pensie"}, {"vehicul", "venit"}, {"naștere", "deces"}, {"imobil", "ipotecă"}, {"person", "pension"}, {"лицо", "лицензия"},
		{"доход", "договор"}, {"licence", "license plate"}, {"datorii", "date"}, {"stare", "stradă"},
	} {
		if share(pair[0], pair[1]) {
			t.Errorf("%s and %s meet: %v %v", pair[0], pair[1], asked(Fold(pair[0])), asked(Fold(pair[1])))
		}
	}
}

// plain is the distance by its definition, slowly: restricted Damerau-Levenshtein.
func plain(a, b []rune) int {
	switch {
	case len(a) == 0:
		return len(b)
	case len(b) == 0:
		return len(a)
	}
	i, j := len(a)-1, len(b)-1
	change := 1
	if a[i] == b[j] {
		change = 0
	}
	least := min(plain(a[:i], b)+1, plain(a, b[:j])+1, plain(a[:i], b[:j])+change)
	if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
		least = min(least, plain(a[:i-1], b[:j-1])+1)
	}
	return least
}

func TestAnalyse_Distance(t *testing.T) {
	var d distance
	for _, c := range []struct {
		a, b string
		want int
	}{{"pensie", "pensie", 0}, {"pensie", "pensei", 1}, {"vehcul", "vehicul", 1}, {"пенсея", "пенсия", 1}, {"cadstral", "cadastral", 1}, {"perosana", "persoana", 1}, {"ab", "abcd", 2}} {
		if got := d.between([]rune(c.a), []rune(c.b), 2); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
	word := rapid.StringMatching(`[abă]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := []rune(word.Draw(t, "a")), []rune(word.Draw(t, "b"))
		most := rapid.IntRange(0, 3).Draw(t, "most")
		want, got := plain(a, b), d.between(a, b, most)
		if (want <= most || got <= most) && got != want {
			t.Fatalf("%s, %s: %d, want %d", string(a), string(b), got, want)
		}
	})
}
