package spreadsheet

import "unicode/utf8"

// utf8Only reads a file in pieces and finds out whether all of it is UTF-8.
type utf8Only struct {
	rest   [utf8.UTFMax]byte // a character cut off at the end of a piece
	left   int
	beyond bool // a character that ASCII does not have came
	not    bool
}

// Write implements io.Writer; it never fails.
func (u *utf8Only) Write(p []byte) (int, error) {
	n := len(p)
	for u.left > 0 && len(p) > 0 && !u.not {
		u.rest[u.left] = p[0]
		u.left, p = u.left+1, p[1:]
		if utf8.FullRune(u.rest[:u.left]) {
			r, size := utf8.DecodeRune(u.rest[:u.left])
			u.not = r == utf8.RuneError && size <= 1
			u.left = 0
		}
	}
	if u.not || len(p) == 0 {
		return n, nil
	}
	end := len(p)
	for k := 1; k < utf8.UTFMax && k <= len(p); k++ {
		if c := p[len(p)-k]; utf8.RuneStart(c) {
			if !utf8.FullRune(p[len(p)-k:]) {
				end = len(p) - k
			}
			break
		}
	}
	for _, c := range p[:end] {
		if c >= utf8.RuneSelf {
			u.beyond = true
			u.not = !utf8.Valid(p[:end])
			break
		}
	}
	u.left = copy(u.rest[:], p[end:])
	u.beyond = u.beyond || u.left > 0
	return n, nil
}

// proven reports that the text is UTF-8 and holds characters by which that shows.
func (u *utf8Only) proven() bool { return u.beyond && !u.not && u.left == 0 }
