package schema

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
)

// scalar checks one string, number or boolean of declared shape n and notes what is wrong with it. text is the
// string's content, or the number or literal as written. It never converts, so it never rounds.
func (w *walk) scalar(n *node, kind byte, text []byte) bool {
	before := len(w.faults)
	if !w.form(n, kind, text) {
		return false
	}
	if kind == '"' && !n.fits(len(text)) {
		w.length(n, utf8.RuneCount(text)) // need not be counted when bytes alone tell
	}
	if n.pattern != nil && (len(text) > n.patterned() || !n.pattern.Match(text)) {
		w.wrong(fault.InputPattern, "pattern", n.source)
	}
	if n.enum != nil {
		if _, ok := n.enum[string(text)]; !ok {
			w.unlisted(n)
		}
	}
	if (n.low != "" && compareDecimals(text, []byte(n.low)) < 0) ||
		(n.high != "" && compareDecimals(text, []byte(n.high)) > 0) {
		w.wrong(fault.InputRange, "min", cmp.Or(n.low, "—"), "max", cmp.Or(n.high, "—"))
	}
	return len(w.faults) == before
}

// fits reports that a text of so many bytes is neither too long nor too short, however many characters they are; else
// they must be counted.
func (n *node) fits(bytes int) bool {
	return (n.max == 0 || bytes <= n.max) && (bytes+utf8.UTFMax-1)/utf8.UTFMax >= n.min
}

// unlisted notes a value outside the field's own list, or outside its classifier.
func (w *walk) unlisted(n *node) {
	if n.listed != "" {
		w.wrong(fault.InputClassifier, "classifier", n.listed)
		return
	}
	w.wrong(fault.InputEnum, "values", n.values)
}

// patterned is how many bytes of a text are held to the pattern; more do not match. Some patterns take microseconds for
// each byte, and a text over its own length is refused anyway.
func (n *node) patterned() int {
	if n.max > 0 && n.max < maxPatterned/utf8.UTFMax {
		return n.max * utf8.UTFMax
	}
	return maxPatterned
}

// form checks that the value is of its base at all.
func (w *walk) form(n *node, kind byte, text []byte) bool {
	switch n.base {
	case Boolean:
		return w.need(kind == 't' || kind == 'f', n.base)
	case Integer:
		return w.need(kind == '0', n.base) && w.integer(text)
	case Decimal:
		return w.need(kind == '0' || kind == '"', n.base) && w.decimal(text)
	}
	if !w.need(kind == '"', n.base) {
		return false
	}
	switch n.base {
	case Date:
		return w.formed(isDate(text), "YYYY-MM-DD")
	case DateTime:
		return w.formed(isDateTime(text), "RFC 3339, YYYY-MM-DDThh:mm:ssZ")
	case Binary:
		return w.formed(isBase64(text), "base64")
	case IDNP:
		return w.number(text, "IDNP", isIDNP)
	case IDNO:
		return w.number(text, "IDNO", func(t []byte) bool { return t[0] == '1' })
	case IDNV:
		return w.number(text, "IDNV", func(t []byte) bool { return t[0] == '3' })
	}
	return true
}

func (w *walk) need(ok bool, want Base) bool {
	if !ok {
		w.wrong(fault.InputType, "want", string(want))
	}
	return ok
}

func (w *walk) formed(ok bool, want string) bool {
	if !ok {
		w.wrong(fault.InputFormat, "want", want)
	}
	return ok
}

// length checks a number of characters, or of items.
func (w *walk) length(n *node, count int) {
	if count < n.min || (n.max > 0 && count > n.max) {
		most := "∞"
		if n.max > 0 {
			most = strconv.Itoa(n.max)
		}
		w.wrong(fault.InputLength, "min", strconv.Itoa(n.min), "max", most)
	}
}

// integer accepts a whole number of 64 bits, written without fraction and exponent.
func (w *walk) integer(text []byte) bool {
	digits := bytes.TrimPrefix(text, []byte("-"))
	for _, c := range digits {
		if c < '0' || c > '9' {
			w.wrong(fault.InputType, "want", string(Integer))
			return false
		}
	}
	const low, high = "-9223372036854775808", "9223372036854775807"
	if compareDecimals(text, []byte(low)) < 0 || compareDecimals(text, []byte(high)) > 0 {
		w.wrong(fault.InputRange, "min", low, "max", high)
		return false
	}
	return true
}

func (w *walk) decimal(text []byte) bool {
	return w.formed(isDecimal(text), "-?digits[.digits], at most 64 characters")
}

// number checks a state identification number: 13 digits of its range, then the check digit.
func (w *walk) number(text []byte, name string, inRange func([]byte) bool) bool {
	if len(text) != 13 || !allDigits(text) || !inRange(text) {
		w.wrong(fault.InputFormat, "want", name)
		return false
	}
	if digit, ok := mconnect.CheckDigit(string(text)); !ok || digit != text[12] {
		w.wrong(fault.InputCheckDigit)
		return false
	}
	return true
}

func isIDNP(t []byte) bool { return t[0] == '2' || (t[0] == '0' && t[1] == '9') }

func allDigits(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0
}

// isDecimal accepts -?digits[.digits] of at most MaxNumber characters, with no needless leading zero and no
// exponent: what can be kept as text and compared without rounding.
func isDecimal(text []byte) bool {
	if len(text) > MaxNumber {
		return false
	}
	whole, fraction, pointed := bytes.Cut(bytes.TrimPrefix(text, []byte("-")), []byte("."))
	if !allDigits(whole) || (len(whole) > 1 && whole[0] == '0') {
		return false
	}
	return !pointed || allDigits(fraction)
}

// CompareDecimals orders two texts of decimals exactly.
func CompareDecimals(a, b string) int { return compareDecimals([]byte(a), []byte(b)) }

// compareDecimals orders two texts that isDecimal accepts (of any length).
func compareDecimals(a, b []byte) int {
	na, wa, fa := splitDecimal(a)
	nb, wb, fb := splitDecimal(b)
	switch {
	case na && !nb:
		return -1
	case !na && nb:
		return 1
	case na:
		wa, fa, wb, fb = wb, fb, wa, fa
	}
	if len(wa) != len(wb) {
		if len(wa) < len(wb) {
			return -1
		}
		return 1
	}
	if c := bytes.Compare(wa, wb); c != 0 {
		return c
	}
	return bytes.Compare(fa, fb)
}

// splitDecimal gives the sign and the digits before and behind the point, without needless zeros; minus
// zero is zero.
func splitDecimal(text []byte) (negative bool, whole, fraction []byte) {
	rest, negative := bytes.CutPrefix(text, []byte("-"))
	whole, fraction, _ = bytes.Cut(rest, []byte("."))
	whole, fraction = bytes.TrimLeft(whole, "0"), bytes.TrimRight(fraction, "0")
	return negative && len(whole)+len(fraction) > 0, whole, fraction
}

// isDate accepts YYYY-MM-DD of a day that exists, years 0001 to 9999.
func isDate(t []byte) bool {
	if len(t) != 10 || t[4] != '-' || t[7] != '-' || !allDigits(t[:4]) || !allDigits(t[5:7]) || !allDigits(t[8:]) {
		return false
	}
	year, month, day := two(t[:2])*100+two(t[2:4]), two(t[5:7]), two(t[8:])
	if year == 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days = 29
	}
	return day <= days
}

func two(t []byte) int { return int(t[0]-'0')*10 + int(t[1]-'0') }

// isDateTime accepts RFC 3339, section 5.6, in the form that XML Schema has too: with upper-case T and Z, and no leap
// second.
func isDateTime(t []byte) bool {
	_, plain := civil.IsInstant(t)
	return plain
}

// isBase64 accepts the padded standard alphabet of RFC 4648 section 4 without line breaks, decoding nothing but
// the last four characters.
func isBase64(t []byte) bool {
	if len(t)%4 != 0 {
		return false
	}
	if len(t) == 0 {
		return true
	}
	for _, c := range t[:len(t)-4] {
		letter := (c|0x20) >= 'a' && (c|0x20) <= 'z'
		if !letter && (c < '0' || c > '9') && c != '+' && c != '/' {
			return false
		}
	}
	var end [3]byte
	last := t[len(t)-4:]
	_, err := base64.StdEncoding.Strict().Decode(end[:], last)
	return err == nil && bytes.IndexByte(last, '\n') < 0 && bytes.IndexByte(last, '\r') < 0
}
