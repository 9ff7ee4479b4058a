package sandbox

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"

	"mconnect/internal/jsonscan"
)

// attempts is how often a text for a pattern is drawn before giving up on its length.
const attempts = 200

// matching draws a text that matches a pattern and is of a length; ok is false when none was found.
func matching(r *rand.Rand, pattern string, least, most int) (text string, ok bool) {
	whole, err := jsonscan.Whole(pattern)
	if err != nil {
		return "", false
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	tree = tree.Simplify()
	for range attempts {
		var b strings.Builder
		draw(r, tree, &b)
		text = b.String()
		if n := len([]rune(text)); whole.MatchString(text) && n >= least && (most == 0 || n <= most) {
			return text, true
		}
	}
	return "", false
}

// draw writes one text of an expression. Assertions write nothing: the whole is checked afterwards.
func draw(r *rand.Rand, e *syntax.Regexp, b *strings.Builder) {
	if b.Len() > 4096 {
		return
	}
	switch e.Op {
	case syntax.OpLiteral:
		b.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		b.WriteRune(oneOf(r, e.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte("abcdefghij0123456789"[r.IntN(20)])
	case syntax.OpCapture:
		draw(r, e.Sub[0], b)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest:
		n := map[syntax.Op]int{syntax.OpStar: r.IntN(4), syntax.OpPlus: 1 + r.IntN(4), syntax.OpQuest: r.IntN(2)}[e.Op]
		for range n {
			draw(r, e.Sub[0], b)
		}
	case syntax.OpConcat:
		for _, sub := range e.Sub {
			draw(r, sub, b)
		}
	case syntax.OpAlternate:
		draw(r, pick(r, e.Sub), b)
	}
}

// oneOf draws a rune of a class, of its plain letters and digits where it has some.
func oneOf(r *rand.Rand, class []rune) rune {
	var plain []rune
	for i := 0; i+1 < len(class); i += 2 {
		for c := max(class[i], '0'); c <= min(class[i+1], 'z'); c++ {
			if (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') {
				plain = append(plain, c)
			}
		}
	}
	if len(plain) > 0 {
		return pick(r, plain)
	}
	if len(class) < 2 {
		return ' '
	}
	n := 2 * r.IntN(len(class)/2)
	return class[n] + rune(r.IntN(int(min(class[n+1]-class[n]+1, 64))))
}
