package xmlmap

import (
	"bytes"
	"slices"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/jsonscan"
)

// typed writes the text of an element, without white space around it, as JSON of n's base. Only the lexical form
// of XML Schema is dealt with here; that a day exists or a number is in range is for catalog.Schema.
func (r *reader) typed(n *node, text []byte) {
	switch n.base {
	case schema.Boolean:
		r.boolean(text)
	case schema.Integer:
		whole, fraction, negative, ok := digits(text)
		if !ok || fraction != nil {
			r.wrong(fault.InputType, "want", string(n.base))
			return
		}
		r.number(whole, nil, negative)
	case schema.Decimal:
		mantissa, power := cutExponent(text)
		whole, fraction, negative, ok := digits(mantissa)
		switch {
		case !ok:
			r.wrong(fault.InputFormat, "want", "-?digits[.digits]")
		case power != nil:
			r.double(whole, fraction, power, negative)
		case r.cfg.Numbers:
			r.number(whole, fraction, negative)
		default:
			r.out = append(r.out, '"')
			r.number(whole, fraction, negative)
			r.out = append(r.out, '"')
		}
	case schema.Date:
		r.out = appendQuoted(r.out, withoutZone(text, len("2006-01-02")))
	case schema.DateTime:
		r.moment(text)
	case schema.Binary:
		r.binary(text)
	default:
		r.out = appendQuoted(r.out, text)
	}
}

func (r *reader) boolean(text []byte) {
	switch string(text) {
	case "true", "1":
		r.out = append(r.out, "true"...)
	case "false", "0":
		r.out = append(r.out, "false"...)
	default:
		r.wrong(fault.InputType, "want", string(schema.Boolean))
	}
}

// number writes digits as JSON wants them.
func (r *reader) number(whole, fraction []byte, negative bool) {
	if negative {
		r.out = append(r.out, '-')
	}
	r.out = append(r.out, whole...)
	if len(fraction) > 0 {
		r.out = append(append(r.out, '.'), fraction...)
	}
}

// double writes a number that has an exponent, as xs:double may, without it: the same value exactly (XML Schema part 2,
// 3.2.5). INF and NaN are no numbers of the catalogue.
func (r *reader) double(whole, fraction, power []byte, negative bool) {
	start := len(r.out)
	if !r.cfg.Numbers {
		r.out = append(r.out, '"')
	}
	from := len(r.out)
	r.number(whole, fraction, negative)
	text := append(append(r.out[from:len(r.out):len(r.out)], 'e'), power...)
	var ok bool
	if r.out, ok = jsonscan.Plain(r.out[:from], text, schema.MaxNumber); !ok {
		r.out = r.out[:start]
		r.wrong(fault.InputFormat, "want", "-?digits[.digits]")
		return
	}
	if !r.cfg.Numbers {
		r.out = append(r.out, '"')
	}
}

// cutExponent parts a number from its exponent; power is nil when it has none.
func cutExponent(text []byte) (mantissa, power []byte) {
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		return text[:i], text[i+1:]
	}
	return text, nil
}

var zero = []byte("0")

// digits takes a decimal of XML Schema apart: a sign or none, digits, a point with or without digits on either
// side. Needless zeros in front go, none behind: they say how exact a value is. fraction is nil when there is no point.
func digits(text []byte) (whole, fraction []byte, negative, ok bool) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative, text = text[0] == '-', text[1:]
	}
	whole, fraction, pointed := bytes.Cut(text, []byte("."))
	if len(whole)+len(fraction) == 0 || !allDigits(whole) || !allDigits(fraction) {
		return nil, nil, false, false
	}
	for len(whole) > 1 && whole[0] == '0' {
		whole = whole[1:]
	}
	if len(whole) == 0 {
		whole = zero
	}
	if pointed && fraction == nil {
		fraction = []byte{}
	}
	return whole, fraction, negative, true
}

func allDigits(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c < '0' || c > '9' })
}

// withoutZone: XML Schema lets a date have a time zone, which many systems add unasked. A day of the calendar is that
// day wherever it is read, so the zone is left out.
func withoutZone(text []byte, size int) []byte {
	if len(text) <= size {
		return text
	}
	if isZone(text[size:]) {
		return text[:size]
	}
	return text
}

func isZone(z []byte) bool {
	if string(z) == "Z" {
		return true
	}
	return len(z) == 6 && (z[0] == '+' || z[0] == '-') && z[3] == ':' && allDigits(z[1:3]) && allDigits(z[4:])
}

const stamp = "2006-01-02T15:04:05"

// moment gives a date-time without a zone the one that is configured.
func (r *reader) moment(text []byte) {
	if r.cfg.Zone == nil || len(text) < len(stamp) || !local(text[len(stamp):]) {
		r.out = appendQuoted(r.out, text)
		return
	}
	at, err := time.ParseInLocation(stamp, string(text[:len(stamp)]), r.cfg.Zone)
	if err != nil {
		r.wrong(fault.InputFormat, "want", "YYYY-MM-DDThh:mm:ss")
		return
	}
	r.out = appendQuoted(r.out, text)
	r.out = at.AppendFormat(r.out[:len(r.out)-1], "Z07:00")
	r.out = append(r.out, '"')
}

// local: what follows the second is its fraction at most.
func local(rest []byte) bool {
	return len(rest) == 0 || (rest[0] == '.' && allDigits(rest[1:]))
}

// binary leaves out the white space that base64 in XML may hold anywhere.
func (r *reader) binary(text []byte) {
	r.out = append(r.out, '"')
	for len(text) > 0 {
		i := 0
		for i < len(text) && class[text[i]]&(blankByte|plainJSON) == plainJSON {
			i++
		}
		r.out = append(r.out, text[:i]...)
		if i < len(text) && class[text[i]]&blankByte == 0 {
			r.wrong(fault.InputFormat, "want", "base64")
			break
		}
		text = text[min(i+1, len(text)):]
	}
	r.out = append(r.out, '"')
}

const hex = "0123456789abcdef"

// appendQuoted writes text, which is valid UTF-8, as a JSON string (RFC 8785: nothing escaped without need).
func appendQuoted(out, text []byte) []byte {
	out = append(out, '"')
	from := 0
	for i, c := range text {
		if class[c]&plainJSON != 0 {
			continue
		}
		out = append(out, text[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		case '\b':
			out = append(out, '\\', 'b')
		case '\f':
			out = append(out, '\\', 'f')
		default:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(out, text[from:]...), '"')
}
