package importer

import (
	"regexp"
	"strings"
	"testing"

	"mconnect"
)

func TestNames_OfServices(t *testing.T) {
	for in, want := range map[string]string{
		"getPerson": "GetPerson", "get_person": "GetPerson", "get-person.v2": "GetPersonV2", "GETPERSON": "GETPERSON", "a": "AService", "": "Service",
		"2fast": "Service2fast", "obține-datele": "ObtineDatele", "получить": "Polucit", "ns:op": "NsOp", strings.Repeat("x", 90): "X" + strings.Repeat("x", 63),
	} {
		got := serviceName(in)
		if got != want && in != "" {
			t.Errorf("%q: %q; want %q", in, got, want)
		}
		if _, err := mconnect.ParseServiceName(got); err != nil {
			t.Errorf("%q: %q is no name", in, got)
		}
	}
}

func TestNames_OfFields(t *testing.T) {
	for in, want := range map[string]string{
		"LastName": "LastName", "last-name": "last_name", "_x": "x", "1st": "N1st", "ŞŢșț": "STst", "дата_рождения": "data_rojdeniia", "***": "", "a b": "a_b",
		"x_": "x", "Юрий": "Iurii",
	} {
		if got := fieldName(in); got != want {
			t.Errorf("%q: %q; want %q", in, got, want)
		}
	}
}

func TestNames_Titles(t *testing.T) {
	for in, want := range map[string]string{
		"getPersonByIDNP": "Get person by IDNP", "find_people": "Find people", "X": "X", "": "", "IDNPCheck": "IDNP check", "a": "A",
	} {
		if got := spaced(in); got != want {
			t.Errorf("%q: %q; want %q", in, got, want)
		}
	}
}

func TestNames_Languages(t *testing.T) {
	for _, c := range []struct {
		lang, words string
		want        mconnect.Text
	}{
		{"", "Numele de familie", mconnect.Text{RO: "Numele de familie"}},
		{"en-GB", "Family name", mconnect.Text{EN: "Family name"}},
		{"", "Фамилия", mconnect.Text{RU: "Фамилия"}},
		{"de", "Prénom și nume", mconnect.Text{RO: "Prénom și nume"}},
		{"", " \n\t ", mconnect.Text{}},
		{"ro", "unu\x00\n  doi", mconnect.Text{RO: "unu doi"}},
	} {
		var got mconnect.Text
		say(&got, c.lang, c.words, mconnect.Romanian)
		if got != c.want {
			t.Errorf("%q: %+v", c.words, got)
		}
		say(&got, c.lang, "later words", mconnect.Romanian)
		if c.want.RO != "" && got != c.want {
			t.Errorf("%q was written over: %+v", c.words, got)
		}
	}
	english := mconnect.Text{EN: "Only English"}
	if !romanian(&english) || english.RO != "Only English" || romanian(&english) {
		t.Errorf("%+v", english)
	}
	if got := clip("ăîșț", 3); got != "ăî…" {
		t.Error(got)
	}
	if got := title(mconnect.Text{RO: "Prima propoziție. A doua."}); got.RO != "Prima propoziție" {
		t.Errorf("%+v", got)
	}
}

// TestPatterns_OfXMLSchema: a translated pattern says yes and no where the original does.
func TestPatterns_OfXMLSchema(t *testing.T) {
	for _, c := range []struct {
		pattern string
		yes, no []string
	}{
		{`\d{3}`, []string{"123"}, []string{"12", "1234", "12a"}},
		{`[A-Z]{2}\d+`, []string{"AB1"}, []string{"ab1"}},
		{`a.c`, []string{"abc", "a.c"}, []string{"a\nc", "ac"}},
		{`^a$`, []string{"^a$"}, []string{"a"}},
		{`\w+`, []string{"aț9"}, []string{"a b", "a-b"}},
		{`[\w\-]+`, []string{"a-b"}, []string{"a b"}},
		{`\s*x\s*`, []string{" x\t"}, []string{"y"}},
		{`\S+`, []string{"ab"}, []string{"a b"}},
		{`\i\c*`, []string{"a.b-c", "_x"}, []string{"1a"}},
		{`\p{Lu}\p{Ll}+`, []string{"Ștefan"}, []string{"ștefan"}},
		{`a|b|cd`, []string{"a", "cd"}, []string{"c", "ab"}},
		{`(ab)?c`, []string{"c", "abc"}, []string{"ab"}},
		{`[^0-9]+`, []string{"abc"}, []string{"a1"}},
		{`\+373\d{8}`, []string{"+37360000000"}, []string{"37360000000"}},
		{`\W`, []string{"-"}, []string{"a"}},
		{`\D\d`, []string{"a1"}, []string{"11"}},
	} {
		got, ok := fromXSD(c.pattern)
		if !ok {
			t.Errorf("%s: not translated", c.pattern)
			continue
		}
		re := regexp.MustCompile(`\A(?:` + got + `)\z`)
		for _, s := range c.yes {
			if !re.MatchString(s) {
				t.Errorf("%s became %s and refuses %q", c.pattern, got, s)
			}
		}
		for _, s := range c.no {
			if re.MatchString(s) {
				t.Errorf("%s became %s and accepts %q", c.pattern, got, s)
			}
		}
	}
	for _, p := range []string{`[a-z-[aeiou]]`, `[\S]`, `\p{IsBasicLatin}`, `a*?`, `(?i)a`, `\q`, `[`, `a{2000}`, `\p`, strings.Repeat("a", 3000)} {
		if got, ok := fromXSD(p); ok {
			t.Errorf("%.20s became %.20s", p, got)
		}
	}
}
