package jsonscan

import "regexp"

// Whole compiles a pattern that somebody else wrote, so that it must match all of a text. The pattern is compiled alone
// first: in brackets of ours `a)|(?:.*` would be a pattern too, and would leave the anchors.
func Whole(pattern string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}
