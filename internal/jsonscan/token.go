package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// each has one bit of every byte of a word set: the lowest, and the highest.
const (
	lowest  = 0x0101010101010101
	highest = 0x8080808080808080
)

// EndOfText finds the quote that ends the string whose content begins at i, eight bytes at a time; -1 when there is
// none or a control character comes before it. In stop the highest bit of each byte that is a control character, a
// quote or a backslash is set; behind the first such byte it may be set wrongly, so only the first counts.
func EndOfText(b []byte, i int) (end int, escaped, high bool) {
	seen := uint64(0)
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^('"'*lowest), x^('\\'*lowest)
		// the highest bits of x, quote and slash are the same
		stop := ((x - ' '*lowest) | (quote - lowest) | (slash - lowest)) &^ x & highest
		if stop == 0 {
			seen |= x
			i += 8
			continue
		}
		first := bits.TrailingZeros64(stop) >> 3
		seen |= x & (1<<(8*first) - 1)
		i += first
		switch b[i] {
		case '"':
			return i, escaped, seen&highest != 0
		case '\\':
			escaped = true
			i += 2
		default:
			return -1, false, false
		}
	}
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i, escaped, seen&highest != 0
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return -1, false, false
		default:
			seen |= uint64(c)
		}
	}
	return -1, false, false
}

// Number finds the end of the number that begins at i, a minus or a digit; not ok: where it stops being one.
func Number(b []byte, i int) (end int, ok bool) {
	if b[i] == '-' {
		i++
	}
	whole := i
	if i = digits(b, i); i == whole || (i-whole > 1 && b[whole] == '0') {
		return i, false
	}
	if i < len(b) && b[i] == '.' {
		i++
		start := i
		if i = digits(b, i); i == start {
			return i, false
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start := i
		if i = digits(b, i); i == start {
			return i, false
		}
	}
	return i, true
}

// Exponent reports whether a number is written with one.
func Exponent(number []byte) bool {
	for _, c := range number {
		if c|' ' == 'e' {
			return true
		}
	}
	return false
}

// Plain appends a number that Number accepts, written without exponent: the same value exactly, every digit of it kept.
// Not ok: it would have more than most characters, or is no number.
func Plain(dst, number []byte, most int) (out []byte, ok bool) {
	mantissa, power, exponent := cutAny(number, "eE")
	shift, ok := small(power)
	if exponent && !ok {
		return dst, false
	}
	digits, negative := bytes.CutPrefix(mantissa, []byte("-"))
	whole, fraction, _ := bytes.Cut(digits, []byte("."))
	point := len(whole) + shift // of all digits, so many stand before the point
	if len(whole) == 0 || max(point, len(whole)+len(fraction)) > most || point < -most {
		return dst, false
	}
	from := len(dst)
	if negative {
		dst = append(dst, '-')
	}
	start := len(dst)
	all := len(whole) + len(fraction)
	at := func(i int) byte {
		switch {
		case i < 0 || i >= all:
			return '0'
		case i < len(whole):
			return whole[i]
		}
		return fraction[i-len(whole)]
	}
	for i := 0; i < point; i++ {
		if c := at(i); c != '0' || len(dst) > start {
			dst = append(dst, c)
		}
	}
	if len(dst) == start {
		dst = append(dst, '0')
	}
	if point < all {
		dst = append(dst, '.')
		for i := point; i < all; i++ {
			dst = append(dst, at(i))
		}
	}
	return dst, len(dst)-from <= most
}

// cutAny is bytes.Cut at the first of some characters.
func cutAny(b []byte, chars string) (before, after []byte, found bool) {
	if i := bytes.IndexAny(b, chars); i >= 0 {
		return b[:i], b[i+1:], true
	}
	return b, nil, false
}

// small reads an exponent of at most four digits.
func small(b []byte) (n int, ok bool) {
	sign := 1
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	for len(b) > 1 && b[0] == '0' {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 4 {
		return 0, false
	}
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return sign * n, true
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

var (
	isTrue  = []byte("true")
	isFalse = []byte("false")
	isNull  = []byte("null")
)

// Literal finds the end of true, false or null, whose first letter c stands at i.
func Literal(b []byte, i int, c byte) (end int, ok bool) {
	word := isNull
	switch c {
	case 't':
		word = isTrue
	case 'f':
		word = isFalse
	}
	if !bytes.HasPrefix(b[i:], word) {
		return i, false
	}
	return i + len(word), true
}
