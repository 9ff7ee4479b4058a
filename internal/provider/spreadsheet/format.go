package spreadsheet

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// format is how a spreadsheet shows a number (ECMA-376, part 1, 18.8.30 and 18.8.31), as far as it matters for taking
// what a person sees: dates, numbers of a fixed width, and everything else.
type format struct {
	code string
	date bool
}

// builtin are the formats that a workbook need not spell out. The day of number 14 is shown as the country writes it.
var builtin = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
	14: "dd.mm.yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
	21: "h:mm:ss",
	22: "dd.mm.yyyy h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss",
	47: "mm:ss.0", 48: "##0.0E+0",
}

// formatOf makes the format of a number's id, custom being the workbook's own codes; nil shows a number as it is.
func formatOf(id int, custom map[int]string) *format {
	code, own := custom[id]
	if !own {
		code = builtin[id]
	}
	if !own && (id >= 27 && id <= 36 || id >= 50 && id <= 58) { // days of the Far East
		return &format{code: "ggge", date: true}
	}
	code, _, _ = strings.Cut(code, ";") // for positive numbers
	if code == "" || code == "@" || strings.EqualFold(code, "general") {
		return nil
	}
	f := &format{code: code}
	for _, p := range pieces(code) {
		f.date = f.date || !p.literal && strings.ContainsAny(strings.ToLower(p.text[:1]), "ymdhs") || p.elapsed
	}
	return f
}

// piece is a run of one letter of a format, or what is shown as it stands.
type piece struct {
	text    string
	literal bool
	elapsed bool // [h], [mm], [ss]
}

// pieces takes a format code apart. Colours, conditions and locales in brackets show nothing.
func pieces(code string) (all []piece) {
	for i := 0; i < len(code); {
		c := code[i]
		switch {
		case c == '\\' && i+1 < len(code):
			all = append(all, piece{text: code[i+1 : i+2], literal: true})
			i += 2
		case c == '_' && i+1 < len(code), c == '*' && i+1 < len(code):
			// a space as wide as the next sign; the next sign as filling
			i += 2
		case c == '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				end = len(code) - i - 1
			}
			all = append(all, piece{text: code[i+1 : i+1+end], literal: true})
			i += end + 2
		case c == '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				end = len(code) - i - 1
			}
			if inside := strings.ToLower(code[i+1 : i+end]); inside != "" && strings.Trim(inside, "hms") == "" {
				all = append(all, piece{text: inside, elapsed: true})
			}
			i += end + 1
		case strings.IndexByte("-+/(): .,", c) >= 0 && c != '.' && c != ',':
			all = append(all, piece{text: code[i : i+1], literal: true})
			i++
		default:
			end := i + 1
			for end < len(code) && code[end]|0x20 == c|0x20 {
				end++
			}
			all = append(all, piece{text: code[i:end]})
			i = end
		}
	}
	return all
}

// exact are the digits that a double keeps.
const exact = 15

// show writes the number text as the cell shows it; not ok where that cannot be said.
func (f *format) show(text string, era int, zone *time.Location) (string, *flaw) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return "", shownOtherwise
	}
	switch {
	case f == nil:
		return digitsOf(n)
	case f.date:
		return f.day(text, era, zone)
	}
	return f.figures(n)
}

// digitsOf writes a number in digits, rounded to what a double keeps: the rest is what binary fractions leave.
func digitsOf(n float64) (string, *flaw) {
	if math.Abs(n) >= 1e15 {
		return "", manyDigits
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(n, 'g', exact, 64), 64)
	if err != nil {
		return "", shownOtherwise
	}
	if rounded == 0 {
		rounded = 0 // not minus zero
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64), nil
}

// day shows a serial date by the format's years, months, days, hours, minutes and seconds in digits.
func (f *format) day(text string, era int, zone *time.Location) (string, *flaw) {
	at, ok := days(text, era, zone)
	if !ok {
		return "", shownOtherwise
	}
	var b strings.Builder
	all := pieces(f.code)
	for i, p := range all {
		layout := ""
		switch unit := strings.ToLower(p.text); {
		case p.literal:
			b.WriteString(p.text)
			continue
		case unit == "." || unit == ",":
			b.WriteString(unit)
			continue
		case p.elapsed:
		case (unit == "m" || unit == "mm") && isMinute(all, i):
			layout = map[string]string{"m": "4", "mm": "04"}[unit]
		default:
			layout = map[string]string{"yyyy": "2006", "yy": "06", "m": "1", "mm": "01", "d": "2", "dd": "02",
				"h": "15", "hh": "15", "s": "5", "ss": "05"}[unit]
		}
		if layout == "" {
			return "", shownOtherwise // names of months and days, AM and PM, parts of seconds
		}
		shown := at.Format(layout)
		if strings.ToLower(p.text) == "h" {
			shown = strconv.Itoa(at.Hour())
		}
		b.WriteString(shown)
	}
	return b.String(), nil
}

// isMinute: an m next to hours or seconds.
func isMinute(all []piece, at int) bool {
	beside := func(step int, letter string) bool {
		for i := at + step; i >= 0 && i < len(all); i += step {
			if !all[i].literal && all[i].text != "." {
				return strings.HasPrefix(strings.ToLower(all[i].text), letter)
			}
		}
		return false
	}
	return beside(-1, "h") || beside(1, "s")
}

// figures shows a number by a format of zeros and signs between, such as 0000, 000-000 and 0.00.
func (f *format) figures(n float64) (string, *flaw) {
	all, decimals, points, places := pieces(f.code), 0, 0, 0
	for _, p := range all {
		switch {
		case p.literal:
		case p.text == ".":
			points++
		case strings.Trim(p.text, "0#") == "":
			places += len(p.text)
			if points > 0 {
				decimals += len(p.text)
			}
			if points > 0 && strings.Contains(p.text, "#") {
				return "", shownOtherwise
			}
		default:
			return "", shownOtherwise // thousands, per cent, powers, fractions, currencies
		}
	}
	if points > 1 || places == 0 || math.Abs(n) >= 1e15 || n < 0 {
		return "", shownOtherwise
	}
	plain, bad := digitsOf(n)
	if bad != nil {
		return "", bad
	}
	whole, fraction, _ := strings.Cut(plain, ".")
	if len(fraction) > decimals {
		return "", shownOtherwise // it would be rounded
	}
	fraction += strings.Repeat("0", decimals-len(fraction))
	return lay(all, whole, fraction), nil
}

// lay puts digits into the places of a format, from the right; what is over stands before the first place.
func lay(all []piece, whole, fraction string) string {
	out, behind := []byte{}, false
	for _, p := range all {
		behind = behind || !p.literal && p.text == "."
	}
	first := -1
	for i, p := range all {
		if !p.literal && p.text != "." {
			first = i
			break
		}
	}
	for i := len(all) - 1; i >= 0; i-- {
		p := all[i]
		switch {
		case p.literal:
			out = append(out, reversed(p.text)...)
		case p.text == ".":
			out, behind = append(out, '.'), false
		case behind:
			cut := len(fraction) - len(p.text)
			out, fraction = append(out, reversed(fraction[cut:])...), fraction[:cut]
		default:
			for k := len(p.text) - 1; k >= 0; k-- {
				switch {
				case whole != "" && !(whole == "0" && p.text[k] == '#'):
					out, whole = append(out, whole[len(whole)-1]), whole[:len(whole)-1]
				case p.text[k] == '0':
					out = append(out, '0')
				}
			}
			if i == first && whole != "" && whole != "0" {
				out, whole = append(out, reversed(whole)...), ""
			}
		}
	}
	return string(reversed(string(out)))
}

func reversed(s string) []byte {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return []byte(string(r))
}
