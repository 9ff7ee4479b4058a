package importer

import (
	"strings"

	"mconnect/internal/jsonscan"
)

// Classes of XML Schema that RE2 writes otherwise, outside and inside brackets (XML Schema part 2, appendix F). \d
// means the ASCII digits: numbers of registers have no others.
var classes = map[byte][2]string{
	'd': {`\d`, `\d`}, 'D': {`\D`, `\D`}, 's': {`[ \t\n\r]`, ` \t\n\r`}, 'S': {`[^ \t\n\r]`, ""},
	'w': {`[\pL\pM\pN\pS]`, `\pL\pM\pN\pS`}, 'W': {`[\pP\pZ\pC]`, `\pP\pZ\pC`},
	'i': {`[\pL_:]`, `\pL_:`}, 'c': {`[\pL\p{Nd}\pM._:\-]`, `\pL\p{Nd}\pM._:\-`}, 'I': {`[^\pL_:]`, ""},
	'C': {`[^\pL\p{Nd}\pM._:\-]`, ""},
}

// fromXSD translates a regular expression of XML Schema to RE2. ok is false where RE2 cannot say the same: subtraction
// of classes, negated classes inside brackets, blocks.
func fromXSD(p string) (string, bool) {
	if len(p) > 2000 {
		return "", false
	}
	var b strings.Builder
	inside := false
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\' && i+1 < len(p):
			i++
			text, ok := escape(p, &i, inside)
			if !ok {
				return "", false
			}
			b.WriteString(text)
		case c == '[' && inside: // subtraction, or a bare '[' that XML Schema forbids
			return "", false
		case c == '[':
			inside = true
			b.WriteByte(c)
			if i+1 < len(p) && p[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
		case c == ']':
			inside = false
			b.WriteByte(c)
		case (c == '^' || c == '$') && !inside: // ordinary characters there
			b.WriteString(`\` + string(c))
		case c == '.' && !inside:
			b.WriteString(`[^\n\r]`)
		case c == '?' && i > 0 && strings.IndexByte("?*+}", p[i-1]) >= 0 && !(i > 1 && p[i-2] == '\\') && !inside:
			return "", false // lazy to RE2, an error to XML Schema
		case c == '(' && i+1 < len(p) && p[i+1] == '?' && !inside:
			return "", false
		default:
			b.WriteByte(c)
		}
	}
	out := b.String()
	if _, err := jsonscan.Whole(out); err != nil {
		return "", false
	}
	return out, true
}

// escape translates the escape whose letter stands at *i.
func escape(p string, i *int, inside bool) (string, bool) {
	c := p[*i]
	if pair, ok := classes[c]; ok {
		if inside {
			return pair[1], pair[1] != ""
		}
		return pair[0], true
	}
	switch c {
	case 'p', 'P':
		end := strings.IndexByte(p[*i:], '}')
		if end < 0 || *i+1 >= len(p) || p[*i+1] != '{' || strings.HasPrefix(p[*i+2:], "Is") {
			return "", false
		}
		text := `\` + p[*i:*i+end+1]
		*i += end
		return text, true
	case 'n', 'r', 't', '\\', '|', '.', '?', '*', '+', '(', ')', '{', '}', '-', '[', ']', '^', '$':
		return `\` + string(c), true
	}
	return "", false
}
