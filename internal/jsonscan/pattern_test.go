package jsonscan_test

import (
	"testing"

	"mconnect/internal/jsonscan"
)

func TestWhole_PatternKeepsItsAnchors(t *testing.T) {
	for _, bad := range []string{`a)|(?:.*`, `a)(?:b`, `)`, `(`, `a)\z|(?:`, `(?:a)|b)|(c`, `\`, `[a`} {
		if re, err := jsonscan.Whole(bad); err == nil {
			t.Errorf("%q became %s", bad, re)
		}
	}
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{`DOS-\d+`, "DOS-17", true}, {`DOS-\d+`, "xDOS-17", false}, {`DOS-\d+`, "DOS-17\n", false}, {`a|b`, "ab", false}, {`a|b`, "b", true},
		{`(?m)^a$`, "a\nb", false}, {`(?i)dos`, "DOS", true}, {``, "", true}, {``, "x", false},
	} {
		re, err := jsonscan.Whole(c.pattern)
		if err != nil || re.MatchString(c.text) != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.text, err)
		}
	}
}
