// Package text holds what the pages of the portal say, in Romanian, English and Russian.
//
// Each sentence is a variable or a function, so a page that names one that does not exist does not compile; each
// takes the three languages as arguments, so none can be left out. Sentences with a number are Plural, which knows the
// plural forms of each language (Unicode CLDR 48, cardinal rules). Dates and numbers are written as the language does.
package text

import (
	"strconv"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/civil"
)

// say makes a sentence in the three languages.
func say(ro, en, ru string) mconnect.Text { return mconnect.Text{RO: ro, EN: en, RU: ru} }

// with fills the places {1}, {2} … of a sentence.
func with(t mconnect.Text, values ...mconnect.Text) mconnect.Text {
	fill := func(s string, lang mconnect.Lang) string {
		for i, v := range values {
			s = strings.ReplaceAll(s, "{"+strconv.Itoa(i+1)+"}", v.In(lang))
		}
		return s
	}
	return mconnect.Text{RO: fill(t.RO, mconnect.Romanian), EN: fill(t.EN, mconnect.English),
		RU: fill(t.RU, mconnect.Russian)}
}

// Plain is a text that is the same in every language: a name, a code.
func Plain(s string) mconnect.Text { return say(s, s, s) }

// Plural is a sentence about a number of things; {n} is the place of the number.
type Plural struct {
	ro [3]string // one, few, other ("20 de cereri")
	en [2]string // one, other
	ru [3]string // one, few, many
}

// plural makes a Plural from its forms.
func plural(ro [3]string, en [2]string, ru [3]string) Plural { return Plural{ro, en, ru} }

// Of is the sentence about n things.
func (p Plural) Of(n int64) mconnect.Text {
	t := mconnect.Text{RO: p.ro[romanian(n)], EN: p.en[english(n)], RU: p.ru[russian(n)]}
	return mconnect.Text{
		RO: strings.ReplaceAll(t.RO, "{n}", Number(mconnect.Romanian, n)),
		EN: strings.ReplaceAll(t.EN, "{n}", Number(mconnect.English, n)),
		RU: strings.ReplaceAll(t.RU, "{n}", Number(mconnect.Russian, n)),
	}
}

func romanian(n int64) int {
	switch hundred := n % 100; {
	case n == 1:
		return 0
	case n == 0, hundred >= 1 && hundred <= 19:
		return 1
	}
	return 2
}

func english(n int64) int {
	if n == 1 {
		return 0
	}
	return 1
}

func russian(n int64) int {
	switch ten, hundred := n%10, n%100; {
	case ten == 1 && hundred != 11:
		return 0
	case ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14):
		return 1
	}
	return 2
}

// noBreak is the space between the thousands of a number.
const noBreak = "\u00a0"

// Number writes a number with its thousands apart: "41 286" in Romanian and Russian, "41,286" in English.
func Number(lang mconnect.Lang, n int64) string {
	separator := noBreak
	if lang == mconnect.English {
		separator = ","
	}
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + separator + s[i:]
	}
	return sign + s
}

var months = map[mconnect.Lang][12]string{
	mconnect.Romanian: {"ianuarie", "februarie", "martie", "aprilie", "mai", "iunie", "iulie", "august", "septembrie",
		"octombrie", "noiembrie", "decembrie"},
	mconnect.English: {"January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"},
	mconnect.Russian: {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
		"октября", "ноября", "декабря"},
}

// Date writes the day of t in Chișinău: "27 noiembrie 2026".
func Date(lang mconnect.Lang, t time.Time) string {
	t = t.In(civil.Zone())
	known, ok := months[lang]
	if !ok {
		known = months[mconnect.Romanian]
	}
	return strconv.Itoa(t.Day()) + " " + known[t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// Moment writes the day and the minute of t in Chișinău: "27 noiembrie 2026, 14:32".
func Moment(lang mconnect.Lang, t time.Time) string {
	return Date(lang, t) + ", " + t.In(civil.Zone()).Format("15:04")
}

// OnDate is the day of t as a text for the place of a sentence.
func OnDate(t time.Time) mconnect.Text {
	return say(Date(mconnect.Romanian, t), Date(mconnect.English, t), Date(mconnect.Russian, t))
}
