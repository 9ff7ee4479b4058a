package importer

import (
	"cmp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mconnect"
)

const maxName = 64

// cyrillic is how Russian and the Romanian of older registers is written in ASCII.
var cyrillic = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "j", 'з': "z", 'и': "i", 'й': "i",
	'к': "k", 'л': "l",
	'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "h", 'ц': "t",
	'ч': "c", 'ш': "s",
	'щ': "s", 'ъ': "", 'ы': "i", 'ь': "", 'э': "e", 'ю': "iu", 'я': "ia",
}

// ascii writes a name in ASCII: letters lose their marks, Cyrillic is transliterated, anything else becomes '_'.
func ascii(s string) string {
	var b strings.Builder
	for _, c := range norm.NFD.String(s) {
		switch latin, ok := cyrillic[unicode.ToLower(c)]; {
		case unicode.Is(unicode.Mn, c):
		case c < 0x80 && (unicode.IsLetter(c) || unicode.IsDigit(c)):
			b.WriteRune(c)
		case ok && unicode.IsUpper(c) && latin != "":
			b.WriteString(strings.ToUpper(latin[:1]) + latin[1:])
		case ok:
			b.WriteString(latin)
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// fieldName makes a name of a field or type: an ASCII letter, then letters, digits and '_'. It is "" when nothing is
// left.
func fieldName(s string) string {
	s = strings.Trim(ascii(s), "_")
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		s = "N" + s
	}
	return s[:min(len(s), maxName)]
}

// serviceName makes a service's name: "get_person", "getPerson" and "get-person" become GetPerson.
func serviceName(s string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(ascii(s), "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	name := b.String()
	if name == "" || name[0] < 'A' {
		name = "Service" + name
	}
	name = name[:min(len(name), maxName)]
	if len(name) < 2 {
		name += "Service"
	}
	return name
}

// spaced writes a name for people: "getPersonByIDNP" becomes "Get person by IDNP".
func spaced(s string) string {
	var words []string
	letters := []rune(strings.ReplaceAll(s, "_", " "))
	begin := 0
	for i := 1; i <= len(letters); i++ {
		if i < len(letters) {
			up, before := unicode.IsUpper(letters[i]), unicode.IsLower(letters[i-1])
			next := i+1 < len(letters) && unicode.IsLower(letters[i+1])
			if !(up && (before || next)) && letters[i] != ' ' {
				continue
			}
		}
		word := strings.TrimSpace(string(letters[begin:i]))
		if len(words) > 0 && word != strings.ToUpper(word) {
			word = strings.ToLower(word)
		}
		if word != "" {
			words = append(words, word)
		}
		begin = i
	}
	text := []rune(strings.Join(words, " "))
	if len(text) == 0 {
		return s
	}
	text[0] = unicode.ToUpper(text[0])
	return string(text)
}

// say adds words in a language to a text; a text without language is judged by its letters, and falls to otherwise.
func say(t *mconnect.Text, lang, words string, otherwise mconnect.Lang) {
	words = clip(strings.Join(strings.Fields(strings.Map(printable, words)), " "), 4000)
	if words == "" {
		return
	}
	l, err := mconnect.ParseLang(strings.ToLower(strings.SplitN(lang, "-", 2)[0]))
	if err != nil {
		l = spoken(words, otherwise)
	}
	into := map[mconnect.Lang]*string{mconnect.Romanian: &t.RO, mconnect.English: &t.EN, mconnect.Russian: &t.RU}[l]
	*into = cmp.Or(*into, words)
}

func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

// clip cuts a text to at most n characters.
func clip(s string, n int) string {
	if letters := []rune(s); len(letters) > n {
		return string(letters[:n-1]) + "…"
	}
	return s
}

func spoken(words string, otherwise mconnect.Lang) mconnect.Lang {
	for _, r := range words {
		switch {
		case unicode.Is(unicode.Cyrillic, r):
			return mconnect.Russian
		case strings.ContainsRune("ăâîșțşţĂÂÎȘȚŞŢ", r):
			return mconnect.Romanian
		}
	}
	return otherwise
}

// romanian makes sure that a text with any words has Romanian ones, which are mandatory, and reports whether it had to.
func romanian(t *mconnect.Text) (copied bool) {
	if t.RO == "" && (t.EN != "" || t.RU != "") {
		t.RO = t.In(mconnect.English)
		return true
	}
	return false
}
