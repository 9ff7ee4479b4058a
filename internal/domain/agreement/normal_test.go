package agreement_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"mconnect/internal/domain/agreement"
)

func TestNormal_Equal(t *testing.T) {
	for _, same := range [][]string{
		{"Legea privind asistența socială", "LEGEA PRIVIND ASISTENȚA SOCIALĂ", "legea privind asistenţa socială", "Legea privind asistenta sociala",
			"  Legea\tprivind\u00a0 asistența\r\nsocială ", norm.NFD.String("Legea privind asistența socială")},
		{"art. 12 alin. (1)", "art.12 alin.(1)", "Art. 12  Alin. ( 1 )"},
		{"Șef Țară", "Şef Ţară", "sef tara"},
		{"Закон", "ЗАКОН", "закон"},
	} {
		for _, s := range same {
			if got, want := agreement.Normal(s), agreement.Normal(same[0]); got != want {
				t.Errorf("%q reads %q, want %q", s, got, want)
			}
		}
	}
}

func TestNormal_Different(t *testing.T) {
	for _, c := range [][2]string{
		{"art. 12", "art. 1 2"}, {"art. 12", "art. 13"}, {"alin. (1)", "alin. (11)"}, {"art. 1 alin. 2", "art. 12"},
		{"Legea 1/2018", "Legea 12018"}, {"Legea nr. 133", "Legea nr. 133 art. 1"}, {"a", ""},
	} {
		if agreement.Normal(c[0]) == agreement.Normal(c[1]) {
			t.Errorf("%q and %q are taken for one", c[0], c[1])
		}
	}
}

func TestNormal_Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		once := agreement.Normal(s)
		if twice := agreement.Normal(once); twice != once {
			t.Fatalf("%q → %q → %q", s, once, twice)
		}
		if strings.TrimSpace(once) != once || strings.Contains(once, "  ") || !utf8.ValidString(once) {
			t.Fatalf("%q → %q", s, once)
		}
		if spaced := agreement.Normal(" " + strings.ReplaceAll(s, " ", "  ") + "\t"); spaced != once {
			t.Fatalf("spaces matter: %q, %q", once, spaced)
		}
	})
}

func FuzzNormal(f *testing.F) {
	f.Add("Legea nr. 142/2018, art. 3")
	f.Add("ş\u0326Ţ \x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if once := agreement.Normal(s); agreement.Normal(once) != once {
			t.Fatalf("%q is not stable", s)
		}
	})
}
