package xsd

import (
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Pattern translates an RE2 expression that must match a whole value into the regular expressions of XML
// Schema (part 2, appendix F). It reports false for "" and for what cannot be said there: anchors and word boundaries.
func Pattern(re2 string) (string, bool) {
	if re2 == "" {
		return "", false
	}
	tree, err := syntax.Parse(re2, syntax.Perl)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	ok := pattern(&b, tree)
	return b.String(), ok && b.Len() > 0
}

func pattern(b *strings.Builder, re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return true
	case syntax.OpLiteral:
		return !slices.ContainsFunc(re.Rune, func(r rune) bool {
			return !literal(b, r, re.Flags&syntax.FoldCase != 0)
		})
	case syntax.OpCharClass:
		return ranges(b, re.Rune)
	case syntax.OpAnyCharNotNL:
		b.WriteString(`[^\n]`)
		return true
	case syntax.OpAnyChar:
		b.WriteString(`[\s\S]`)
		return true
	case syntax.OpCapture:
		return group(b, re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		return group(b, re.Sub[0]) && quantifier(b, re)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if sub.Op == syntax.OpAlternate {
				if !group(b, sub) {
					return false
				}
			} else if !pattern(b, sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			if !pattern(b, sub) {
				return false
			}
		}
		return true
	}
	return false
}

// group writes what a quantifier may follow.
func group(b *strings.Builder, re *syntax.Regexp) bool {
	single := re.Op == syntax.OpCharClass || re.Op == syntax.OpAnyChar || re.Op == syntax.OpAnyCharNotNL ||
		(re.Op == syntax.OpLiteral && len(re.Rune) == 1)
	if single {
		return pattern(b, re)
	}
	b.WriteByte('(')
	ok := pattern(b, re)
	b.WriteByte(')')
	return ok
}

func quantifier(b *strings.Builder, re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar:
		b.WriteByte('*')
	case syntax.OpPlus:
		b.WriteByte('+')
	case syntax.OpQuest:
		b.WriteByte('?')
	default:
		b.WriteString("{" + strconv.Itoa(re.Min))
		if re.Max != re.Min {
			b.WriteByte(',')
			if re.Max >= 0 {
				b.WriteString(strconv.Itoa(re.Max))
			}
		}
		b.WriteByte('}')
	}
	return true
}

func literal(b *strings.Builder, r rune, fold bool) bool {
	if !fold || unicode.SimpleFold(r) == r {
		return char(b, r)
	}
	b.WriteByte('[')
	ok := char(b, r)
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		ok = char(b, f) && ok
	}
	b.WriteByte(']')
	return ok
}

// ranges writes a character class. What XML does not allow anyway is left out of it.
func ranges(b *strings.Builder, pairs []rune) bool {
	b.WriteByte('[')
	some := false
	for i := 0; i+1 < len(pairs); i += 2 {
		for _, part := range [...][2]rune{{'\t', '\n'}, {'\r', '\r'}, {0x20, 0xD7FF}, {0xE000, 0xFFFD},
			{0x10000, 0x10FFFF}} {
			low, high := max(pairs[i], part[0]), min(pairs[i+1], part[1])
			if low > high {
				continue
			}
			some = true
			char(b, low)
			if high > low {
				b.WriteByte('-')
				char(b, high)
			}
		}
	}
	b.WriteByte(']')
	return some
}

// char writes one character, escaped where it would mean something.
func char(b *strings.Builder, r rune) bool {
	switch r {
	case '\n':
		b.WriteString(`\n`)
	case '\r':
		b.WriteString(`\r`)
	case '\t':
		b.WriteString(`\t`)
	case '\\', '|', '.', '?', '*', '+', '(', ')', '{', '}', '-', '[', ']', '^':
		b.WriteByte('\\')
		b.WriteRune(r)
	default:
		b.WriteRune(r)
		return r >= 0x20 && r != 0xFFFE && r != 0xFFFF
	}
	return true
}
