package xmlsec

import (
	"encoding/base64"
	"slices"
	"strings"

	"mconnect/fault"
)

func malformed(what string) error { return fault.New(fault.SignatureMalformed, "what", shown(what)) }

// parts returns the child elements of n, in which nothing else but white space may stand: a comment or text between
// the elements of a signature is refused, not skipped.
func parts(n Node) ([]Node, error) {
	kids := make([]Node, 0, 8)
	for c := range n.children() {
		switch k := c.node(); {
		case k.kind == elementNode:
			kids = append(kids, c)
		case k.kind == textNode && isBlank(k.value):
		default:
			return nil, malformed(n.Name() + ": text()")
		}
	}
	return kids, nil
}

// leaf is the text of an element that holds nothing but text: neither elements nor comments.
func leaf(n Node) (string, error) {
	for c := range n.children() {
		if c.node().kind != textNode {
			return "", malformed(n.Name())
		}
	}
	return n.Text(), nil
}

// only refuses attributes without namespace other than those named. Attributes in a namespace (wsu:Id, xml:lang) say
// nothing that a signature obeys.
func only(n Node, names ...string) error {
	for a := range n.Attributes() {
		if a.Space == "" && !slices.Contains(names, a.Local) {
			return malformed(n.Name() + "/@" + a.Local)
		}
	}
	return nil
}

// algorithm is the Algorithm attribute of a method, which has no other.
func algorithm(n Node) (string, error) {
	if err := only(n, "Algorithm"); err != nil {
		return "", err
	}
	a, ok := n.Attr("", "Algorithm")
	if !ok {
		return "", malformed(n.Name() + "/@Algorithm")
	}
	return a, nil
}

// bare refuses parameters inside a method: HMACOutputLength is how a truncated digest is asked for.
func bare(n Node) error {
	kids, err := parts(n)
	if err == nil && len(kids) > 0 {
		err = malformed(kids[0].Name())
	}
	return err
}

// decode64 decodes base64 with white space anywhere, as XML carries it, and nothing else left over.
func decode64(s string, most int) ([]byte, bool) {
	if len(s) > 2*most+64 {
		return nil, false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(s) // skips CR and LF by itself
	if err != nil && strings.ContainsAny(s, " \t") {
		s = strings.NewReplacer(" ", "", "\t", "").Replace(s)
		raw, err = base64.StdEncoding.Strict().DecodeString(s)
	}
	return raw, err == nil && len(raw) > 0 && len(raw) <= most
}

// binary is the base64 content of a leaf, at most that many octets.
func binary(n Node, most int) ([]byte, error) {
	text, err := leaf(n)
	if err != nil {
		return nil, err
	}
	raw, ok := decode64(text, most)
	if !ok {
		return nil, malformed(n.Name())
	}
	return raw, nil
}
