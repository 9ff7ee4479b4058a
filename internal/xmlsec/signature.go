package xmlsec

import (
	"crypto"
	"slices"
	"strings"

	"mconnect/fault"
)

// Bounds of one signature.
const (
	mostReferences = 64
	mostPrefixes   = 64
	mostValue      = 1024 // octets of a signature value: RSA of 8 192 bits
)

// signature is ds:Signature, read strictly: what is here was understood whole, and what is not understood is refused.
type signature struct {
	node       Node
	info       Node
	mode       Mode
	prefixes   []string
	method     string
	references []reference
	value      []byte
	keyInfo    Node
}

type reference struct {
	target    Node
	enveloped bool
	mode      Mode
	prefixes  []string
	digest    crypto.Hash
	value     []byte
}

// readSignature reads Signature (XML Signature §4.1): SignedInfo, SignatureValue, KeyInfo, and no Object. What a
// Reference leads to is looked up by find.
func readSignature(n Node, find func(id string) Node) (*signature, error) {
	kids, err := named(n, "SignedInfo", "SignatureValue", "KeyInfo")
	if err != nil {
		return nil, err
	}
	if len(kids) < 3 {
		return nil, fault.New(fault.SignatureKeyInfo, "what", "KeyInfo")
	}
	s := &signature{node: n, info: kids[0], keyInfo: kids[2]}
	if s.value, err = binary(kids[1], mostValue); err != nil {
		return nil, err
	}
	return s, s.readInfo(find)
}

// named reads the children of a ds element, which must be these, in this order; the last ones may be missing.
func named(n Node, names ...string) ([]Node, error) {
	if err := only(n, "Id"); err != nil {
		return nil, err
	}
	kids, err := parts(n)
	if err != nil {
		return nil, err
	}
	if len(kids) > len(names) || len(kids) < 2 {
		return nil, malformed(n.Name())
	}
	for i, kid := range kids {
		if !kid.Is(namespaceDS, names[i]) {
			return nil, malformed(kid.Name())
		}
	}
	return kids, nil
}

func (s *signature) readInfo(find func(id string) Node) error {
	if err := only(s.info, "Id"); err != nil {
		return err
	}
	kids, err := parts(s.info)
	if err != nil {
		return err
	}
	if len(kids) < 3 || !kids[0].Is(namespaceDS, "CanonicalizationMethod") ||
		!kids[1].Is(namespaceDS, "SignatureMethod") {
		return malformed(s.info.Name())
	}
	if len(kids)-2 > mostReferences {
		return tooLarge("Reference", mostReferences)
	}
	name, err := algorithm(kids[0])
	if err != nil {
		return err
	}
	var ok bool
	if s.mode, ok = modes[name]; !ok {
		return fault.New(fault.SignatureAlgorithm, "algorithm", shown(name))
	}
	if s.prefixes, err = prefixList(kids[0], s.mode); err != nil {
		return err
	}
	if s.method, err = algorithm(kids[1]); err != nil {
		return err
	}
	if !slices.Contains([]string{AlgorithmRSASHA256, AlgorithmECDSASHA256, AlgorithmRSASHA1}, s.method) {
		return fault.New(fault.SignatureAlgorithm, "algorithm", shown(s.method))
	}
	if err := bare(kids[1]); err != nil {
		return err
	}
	for _, kid := range kids[2:] {
		r, err := readReference(kid, find)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(s.references, func(o reference) bool { return o.target == r.target }) {
			return fault.New(fault.SignatureReference, "uri", shown(r.target.Name()))
		}
		s.references = append(s.references, r)
	}
	return nil
}

// prefixList reads the InclusiveNamespaces parameter of exclusive canonicalisation; other modes take no parameter.
func prefixList(n Node, mode Mode) ([]string, error) {
	if mode.algorithm() != Exclusive {
		return nil, bare(n)
	}
	kids, err := parts(n)
	if err != nil || len(kids) == 0 {
		return nil, err
	}
	if len(kids) > 1 || !kids[0].Is(namespaceExcC14, "InclusiveNamespaces") {
		return nil, malformed(kids[0].Name())
	}
	if err := only(kids[0], "PrefixList"); err != nil {
		return nil, err
	}
	if err := bare(kids[0]); err != nil {
		return nil, err
	}
	list, _ := kids[0].Attr("", "PrefixList")
	prefixes := strings.Fields(list)
	if len(prefixes) > mostPrefixes {
		return nil, tooLarge("PrefixList", mostPrefixes)
	}
	return prefixes, nil
}

// readReference reads Reference (XML Signature §4.4.3). Only "#id" is followed, within this document.
func readReference(n Node, find func(id string) Node) (r reference, err error) {
	if !n.Is(namespaceDS, "Reference") {
		return r, malformed(n.Name())
	}
	if err := only(n, "Id", "URI", "Type"); err != nil {
		return r, err
	}
	kids, err := parts(n)
	if err != nil {
		return r, err
	}
	r.mode = Inclusive10 // what XML Signature §4.4.3.2 applies when no transform says how
	if len(kids) > 0 && kids[0].Is(namespaceDS, "Transforms") {
		if err := r.readTransforms(kids[0]); err != nil {
			return r, err
		}
		kids = kids[1:]
	}
	if len(kids) != 2 || !kids[0].Is(namespaceDS, "DigestMethod") || !kids[1].Is(namespaceDS, "DigestValue") {
		return r, malformed(n.Name())
	}
	if err := r.readDigest(kids[0], kids[1]); err != nil {
		return r, err
	}
	uri, _ := n.Attr("", "URI")
	id, local := strings.CutPrefix(uri, "#")
	if r.target = find(id); !local || r.target.IsZero() {
		return r, fault.New(fault.SignatureReference, "uri", shown(`"`+uri+`"`))
	}
	return r, nil
}

// readTransforms accepts enveloped-signature, once and first, and one canonicalisation, once and last. XPath, XSLT,
// base64, STR-Transform and everything else are refused.
func (r *reference) readTransforms(n Node) error {
	if err := only(n); err != nil {
		return err
	}
	kids, err := parts(n)
	if err != nil {
		return err
	}
	done := false
	for i, kid := range kids {
		if !kid.Is(namespaceDS, "Transform") {
			return malformed(kid.Name())
		}
		name, err := algorithm(kid)
		if err != nil {
			return err
		}
		mode, known := modes[name]
		switch {
		case name == transformEnv && i == 0:
			r.enveloped = true
			if err := bare(kid); err != nil {
				return err
			}
		case known && !done:
			done = true
			if r.prefixes, err = prefixList(kid, mode); err != nil {
				return err
			}
			r.mode = mode &^ withComments // "#id" selects no comments (XML Signature §4.4.3.3)
		default:
			return fault.New(fault.SignatureTransform, "algorithm", shown(name))
		}
	}
	return nil
}

func (r *reference) readDigest(method, value Node) error {
	name, err := algorithm(method)
	if err != nil {
		return err
	}
	if err := bare(method); err != nil {
		return err
	}
	switch name {
	case digestSHA256:
		r.digest = crypto.SHA256
	case digestSHA1:
		r.digest = crypto.SHA1
	default:
		return fault.New(fault.SignatureAlgorithm, "algorithm", shown(name))
	}
	if err := only(value); err != nil {
		return err
	}
	if r.value, err = binary(value, 64); err != nil {
		return err
	}
	if len(r.value) != r.digest.Size() {
		return malformed(value.Name())
	}
	return nil
}
