package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"golang.org/x/text/unicode/norm"

	"mconnect"
)

// Terms carry in front what they are: a word as folded, or its stem in one language. The stem of "comunitate" in
// Romanian and that of "community" in English must not meet by accident.
const (
	asWord     = "w"
	inRomanian = "r"
	inEnglish  = "e"
	inRussian  = "u"
)

// bounds of what is analysed.
const (
	maxWord  = 40 // runes; longer ones are cut
	maxWords = 16 // of a query; the rest is not read
)

// Fold writes text in one way: lower case, Latin letters without diacritics, however they were composed (ş and ș, ţ and
// ț are one), ё as е. Other Cyrillic letters stay: й is no и.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, " ")) {
		r = unicode.ToLower(r)
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r == 'ё':
			b.WriteRune('е')
		case unicode.Is(unicode.Latin, r):
			base, _ := utf8.DecodeRuneInString(norm.NFD.String(string(r)))
			b.WriteRune(base)
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// words splits folded text at everything that is no letter and no digit. Single letters say nothing.
func words(text string) []string {
	var found []string
	for _, w := range strings.FieldsFunc(Fold(text), func(r rune) bool {
		return !unicode.IsLetter(r) &&
			!unicode.IsDigit(r)
	}) {
		if n := utf8.RuneCountInString(w); n > maxWord {
			w = string([]rune(w)[:maxWord])
		} else if n < 2 && !unicode.IsDigit(rune(w[0])) {
			continue
		}
		found = append(found, w)
	}
	return found
}

// parts splits a name as programs write them: "GetRealEstates" is get, real, estates, and itself.
func parts(name string) []string {
	found := words(spaced(name))
	if len(found) > 1 {
		found = append(found, words(name)...)
	}
	return found
}

// spaced puts a space before every capital letter that begins a part of a name.
func spaced(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) ||
			(i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]))) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func stem(word string, by func(*snowballstem.Env) bool) string {
	env := snowballstem.NewEnv(word)
	by(env)
	return env.Current()
}

// terms are what a word of a text in lang is found by.
func terms(word string, lang mconnect.Lang) []string {
	switch lang {
	case mconnect.Romanian:
		return []string{asWord + word, inRomanian + stemRomanian(word)}
	case mconnect.English:
		return []string{asWord + word, inEnglish + stem(word, english.Stem)}
	case mconnect.Russian:
		return []string{asWord + word, inRussian + stem(word, russian.Stem)}
	}
	return []string{asWord + word}
}

// stemRomanian stems folded words. The algorithm wants diacritics, which people leave out; where it depends on them,
// the endings of inflection are taken off here first, so that a word and its forms meet with and without them.
func stemRomanian(word string) string {
	for _, ending := range romanianEndings {
		if short, ok := strings.CutSuffix(word, ending.from); ok && len(short) >= 3 {
			word = short + ending.to
			break
		}
	}
	for range 3 { // "vehicule" leads to "vehicul", and "vehicul", by what looks like an article, to "vehic"
		shorter := stem(word, romanian.Stem)
		if shorter == word {
			break
		}
		word = shorter
	}
	return word
}

// romanianEndings: the plural and the article of nouns in -ție, -țiune, -tate, -ură …, folded, longest first.
var romanianEndings = []struct{ from, to string }{
	{"tiunilor", "ti"}, {"tiunile", "ti"}, {"tiunea", "ti"}, {"tiunii", "ti"}, {"tiuni", "ti"}, {"tiune", "ti"},
	{"tiilor", "ti"}, {"tiile", "ti"}, {"tiei", "ti"}, {"tiii", "ti"}, {"tie", "ti"}, {"tia", "ti"}, {"tii", "ti"},
	{"urilor", ""}, {"urile", ""}, {"uri", ""},
	{"tatilor", "tat"}, {"tatile", "tat"}, {"tatii", "tat"}, {"tati", "tat"}, {"tatea", "tat"}, {"tate", "tat"},
}

// asked are the terms by which a word of a query looks for documents: what language it is in is not known.
func asked(word string) []string {
	for _, r := range word {
		if unicode.Is(unicode.Cyrillic, r) {
			return terms(word, mconnect.Russian)
		}
	}
	return []string{asWord + word, inRomanian + stemRomanian(word), inEnglish + stem(word, english.Stem)}
}

// idle are words that say nothing about what is looked for, folded.
var idle = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`
		de la si sau cu din pe in pentru prin despre dupa al ale ai un una unei unui unor lui este sunt ce care ca nu se
		the of and or an in on by for to with from about is are what which
		по на за из от до об для при или что как это его ее их`) {
		m[w] = true
	}
	return m
}()
