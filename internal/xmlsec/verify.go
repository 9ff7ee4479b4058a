package xmlsec

import (
	"crypto"
	"crypto/sha1" //nolint:gosec // verified only where a policy allows, and flagged
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"slices"
	"time"

	"mconnect/fault"
)

// Policy is what one system's signatures must keep to. The zero value is the strict default.
type Policy struct {
	SHA1            bool          // RSA-SHA1 and SHA-1 digests pass, flagged; the demo and old clients only
	SignedTimestamp bool          // a Timestamp must be there and signed
	Skew            time.Duration // tolerated difference of clocks; 2 min
	Lifetime        time.Duration // longest time from Created to Expires that counts; 1 h
	Window          time.Duration // how long a signature without signed Timestamp is remembered; 1 h
}

func (p Policy) filled() Policy {
	if p.Skew <= 0 {
		p.Skew = 2 * time.Minute
	}
	if p.Lifetime <= 0 {
		p.Lifetime = time.Hour
	}
	if p.Window <= 0 {
		p.Window = time.Hour
	}
	return p
}

// Registered is a registered certificate and what its system's signatures must keep to.
type Registered struct {
	Certificate *x509.Certificate
	Policy      Policy
}

// VerifyConfig says whom to believe. All but Replay must be set.
type VerifyConfig struct {
	// Lookup finds the registered certificate that a message claims, and answers for its standing and validity: a
	// certificate that it returns is trusted. Its faults are passed on. It is called once, before any cryptography.
	Lookup func(Claim) (Registered, error)
	Now    func() time.Time
	Replay Replay // nil: not checked, as for the reply to one's own request
}

// Flags are facts about an accepted signature that journal and statistics want to know.
type Flags uint8

// The flags.
const (
	UsedSHA1          Flags = 1 << iota // RSA-SHA1 or a SHA-1 digest
	UnsignedTimestamp                   // there is a Timestamp, but it is not covered
	NoTimestamp                         // there is none at all
	LateHeader                          // a second Header stands after Body
	PlainID                             // a part was found by plain Id instead of wsu:Id
)

// Part is one signed part of the message.
type Part struct {
	Node   Node   // where it stands: Body, a header block, or a child of Security
	Octets []byte // its canonical form, exactly as digested
}

// Verified is what may be believed of a message.
type Verified struct {
	// the canonical octets of Body that were digested; the tree that they were written from is in SignedParts
	Body        []byte
	Certificate *x509.Certificate
	SignedParts []Part
	Algorithm   string    // of the signature
	Created     time.Time // of the signed Timestamp; zero without one
	Flags       Flags
}

// Covers reports whether the signature covers n itself or an element around it.
func (v *Verified) Covers(n Node) bool {
	return slices.ContainsFunc(v.SignedParts, func(p Part) bool {
		return p.Node.doc == n.doc && n.doc != nil && n.doc.within(n.at, p.Node.at)
	})
}

// verification is one Verify at work.
type verification struct {
	*Envelope
	doc       *Document
	security  []Node // all Security blocks
	around    Node   // the one around the signature
	signature *signature
	policy    Policy
	result    Verified
}

// Verify checks the WS-Security signature of a SOAP message. Either it returns what was verified, or a fault:
// signature.*, or that of Lookup.
func Verify(doc *Document, cfg VerifyConfig) (*Verified, error) {
	v := &verification{doc: doc}
	if err := v.understand(); err != nil {
		return nil, err
	}
	claim, err := readKeyInfo(v.signature.keyInfo, v.around)
	if err != nil {
		return nil, err
	}
	signer, err := cfg.Lookup(*claim)
	if err != nil {
		return nil, err
	}
	if signer.Certificate == nil || !claim.fits(signer.Certificate) {
		return nil, fault.New(fault.SignatureCertificate)
	}
	v.policy = signer.Policy.filled()
	v.result.Certificate = signer.Certificate
	if err := v.weak(); err != nil {
		return nil, err
	}
	if err := v.checkValue(); err != nil {
		return nil, err
	}
	if err := v.checkDigests(); err != nil {
		return nil, err
	}
	now := cfg.Now()
	until, err := v.checkTimestamps(now)
	if err != nil {
		return nil, err
	}
	if cfg.Replay != nil {
		if err := cfg.Replay.Remember(ReplayKey(v.result.Certificate, v.signature.value), now, until); err != nil {
			return nil, err
		}
	}
	return &v.result, nil
}

// understand reads the whole outline before anything is computed: envelope, ids, the one signature, and what it covers.
func (v *verification) understand() (err error) {
	if v.Envelope, err = OpenEnvelope(v.doc); err != nil {
		return err
	}
	if err := v.doc.uniqueIDs(); err != nil {
		return err
	}
	if !v.Late.IsZero() {
		v.result.Flags |= LateHeader
	}
	v.security = v.Envelope.security()
	var found Node
	for _, s := range v.security {
		for n := range s.Elements() {
			if !n.Is(namespaceDS, "Signature") {
				continue
			}
			if !found.IsZero() {
				return fault.New(fault.SignatureSeveral)
			}
			found, v.around = n, s
		}
	}
	if found.IsZero() {
		return fault.New(fault.SignatureMissing)
	}
	if v.signature, err = readSignature(found, v.doc.byID); err != nil {
		return err
	}
	v.result.Algorithm = v.signature.method
	body := false
	for i := range v.signature.references {
		target := v.signature.references[i].target
		if !v.signable(target) {
			return fault.New(fault.SignatureReference, "uri", shown(target.Name()))
		}
		body = body || target == v.Body
	}
	if !body {
		return fault.New(fault.SignatureBodyUnsigned)
	}
	return nil
}

// signable reports whether a part may be signed: Body itself, a header block, or what stands directly in Security.
// Anything else that a reference leads to is the mark of a wrapped message.
func (v *verification) signable(n Node) bool {
	if n == v.Body {
		return true
	}
	parent := n.Parent()
	if parent.IsZero() || n == v.signature.node {
		return false
	}
	if parent == v.Header || parent == v.Late {
		return true
	}
	return slices.Contains(v.security, parent)
}

// weak refuses SHA-1 without leave and notes its use.
func (v *verification) weak() error {
	used := v.signature.method == AlgorithmRSASHA1
	for i := range v.signature.references {
		used = used || v.signature.references[i].digest == crypto.SHA1
	}
	if !used {
		return nil
	}
	v.result.Flags |= UsedSHA1
	if !v.policy.SHA1 {
		return fault.New(fault.SignatureWeak)
	}
	return nil
}

// checkDigests compares each part with its digest and keeps the octets that were digested.
func (v *verification) checkDigests() error {
	room := make([]byte, 0, len(v.doc.source)/2+512)
	for i := range v.signature.references {
		r := &v.signature.references[i]
		omit := int32(0)
		if r.enveloped {
			omit = v.signature.node.at
		}
		from := len(room)
		var err error
		if room, err = canonicalize(room, r.target, r.mode, r.prefixes, omit); err != nil {
			return err
		}
		octets := room[from:len(room):len(room)]
		if !sameDigest(r.digest, octets, r.value) {
			return fault.New(fault.SignatureDigest, "part", shown(r.target.Name()))
		}
		if r.target == v.Body {
			v.result.Body = octets
		}
		if _, ok := r.target.Attr(namespaceWSU, "Id"); !ok {
			v.result.Flags |= PlainID
		}
		v.result.SignedParts = append(v.result.SignedParts, Part{r.target, octets})
	}
	return nil
}

func sameDigest(h crypto.Hash, octets, want []byte) bool {
	if h == crypto.SHA1 {
		sum := sha1.Sum(octets)
		return subtle.ConstantTimeCompare(sum[:], want) == 1
	}
	sum := sha256.Sum256(octets)
	return subtle.ConstantTimeCompare(sum[:], want) == 1
}

// checkTimestamps checks every Timestamp, signed or not; only a signed one bounds how long the signature must be
// remembered.
func (v *verification) checkTimestamps(now time.Time) (until time.Time, err error) {
	until = now.Add(v.policy.Window)
	any, signed := false, false
	for _, s := range v.security {
		one := false
		for n := range s.Elements() {
			if !n.Is(namespaceWSU, "Timestamp") {
				continue
			}
			if one {
				return until, badTime("Timestamp")
			}
			any, one = true, true
			t, err := readTimestamp(n)
			if err != nil {
				return until, err
			}
			lapses, err := t.check(now, v.policy)
			if err != nil {
				return until, err
			}
			if !v.result.Covers(n) {
				continue
			}
			if !signed || lapses.Before(until) {
				until, v.result.Created = lapses, t.created
			}
			signed = true
		}
	}
	switch {
	case !any:
		v.result.Flags |= NoTimestamp
	case !signed:
		v.result.Flags |= UnsignedTimestamp
	}
	if v.policy.SignedTimestamp && !signed {
		return until, fault.New(fault.SignatureTimestampAbsent)
	}
	return until, nil
}
