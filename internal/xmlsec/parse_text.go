package xmlsec

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mconnect/fault"
)

// text reads character data up to the next tag.
func (p *parser) text() error {
	s, start := p.source, p.pos
	i := start
	plain, greater := true, false
	for i < len(s) {
		c := s[i]
		if class[c]&stopText == 0 {
			i++
			continue
		}
		switch c {
		case '<':
			goto done
		case '>':
			if i >= start+2 && s[i-1] == ']' && s[i-2] == ']' {
				p.pos = i
				return p.wrong("]]> in text")
			}
			greater = true
		case '&', '\r':
			plain = false
		default:
			p.pos = i
			return p.wrong("a control character")
		}
		i++
	}
done:
	raw := s[start:i]
	if plain {
		p.pos = i
		return p.add(node{kind: textNode, value: raw, clean: !greater})
	}
	value, err := p.decode(raw, false)
	if err != nil {
		return err
	}
	p.pos = i
	return p.add(node{kind: textNode, value: value, clean: !strings.ContainsAny(value, "&<>\r")})
}

// decode replaces references and ends lines; in an attribute value white space becomes spaces (XML 1.0 §3.3.3).
func (p *parser) decode(raw string, inValue bool) (string, error) {
	out := make([]byte, 0, len(raw))
	from, end := 0, byte('\n')
	if inValue {
		end = ' '
	}
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c >= 0x20 && c != '&' {
			continue
		}
		switch {
		case c == '&':
			length := strings.IndexByte(raw[i:min(len(raw), i+64)], ';')
			if length < 2 {
				return "", p.wrong("a bare &")
			}
			r, err := p.reference(raw[i+1 : i+length])
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(append(out, raw[from:i]...), r)
			i += length
			from = i + 1
		case c == '\r':
			out = append(out, raw[from:i]...)
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			from = i + 1
			out = append(out, end)
		case inValue:
			out = append(append(out, raw[from:i]...), ' ')
			from = i + 1
		}
	}
	return string(append(out, raw[from:]...)), nil
}

// reference resolves what stands between & and ;.
func (p *parser) reference(name string) (rune, error) {
	if name[0] != '#' {
		switch name {
		case "lt":
			return '<', nil
		case "gt":
			return '>', nil
		case "amp":
			return '&', nil
		case "quot":
			return '"', nil
		case "apos":
			return '\'', nil
		}
		if scanName(name, 0) != len(name) {
			return 0, p.wrong("a bare &")
		}
		return 0, fault.New(fault.XMLEntity, "name", shown(name))
	}
	digits, base := name[1:], 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	for i := range len(digits) {
		if c := digits[i]; c == '_' || c == '+' || c == '-' {
			return 0, p.wrong("a character reference")
		}
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !isChar(rune(v&0x7FFFFFFF)) || v > 0x10FFFF {
		return 0, p.wrong("a reference to a character that XML does not allow")
	}
	return rune(v), nil
}

// value reads a quoted attribute value at the present place.
func (p *parser) value() (value string, clean bool, err error) {
	quote := p.at(0)
	if quote != '"' && quote != '\'' {
		return "", false, p.wrong("an attribute value without quotes")
	}
	s, start := p.source, p.pos+1
	plain, clean := true, true
	for i := start; i < len(s); i++ {
		c := s[i]
		if class[c]&stopValue == 0 {
			continue
		}
		switch c {
		case quote:
			p.pos = i + 1
			if plain {
				return s[start:i], clean, nil
			}
			value, err := p.decode(s[start:i], true)
			return value, !strings.ContainsAny(value, "&<\"\t\n\r"), err
		case '"':
			clean = false
		case '\'':
		case '&', '\t', '\n', '\r':
			plain = false
		case '<':
			p.pos = i
			return "", false, p.wrong("< in an attribute value")
		default:
			p.pos = i
			return "", false, p.wrong("a control character")
		}
	}
	return "", false, p.wrong("an attribute value that does not end")
}
