package xmlsec

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strconv"
	"time"
)

// SignConfig says with what a Signer signs.
type SignConfig struct {
	Key         crypto.Signer     // RSA of at least 2 048 bits, or ECDSA P-256; may live in an HSM
	Certificate *x509.Certificate // of Key
	Now         func() time.Time  // time.Now when nil
	Lifetime    time.Duration     // from Created to Expires; 5 min
	Headers     bool              // sign every header block too
}

// Signer signs SOAP messages in the one shape that all live clients accept: prefix soapenv, one Header, Security
// with BinarySecurityToken, Timestamp and Signature; Body and Timestamp signed by wsu:Id, SHA-256, exclusive
// canonicalisation, KeyInfo with a SecurityTokenReference. Safe for concurrent use.
type Signer struct {
	key      crypto.Signer
	method   string
	token    string // base64 of the certificate
	now      func() time.Time
	lifetime time.Duration
	headers  bool
}

// backdate is how long before now a message says it was created: one client tolerates no skew at all.
const backdate = 5 * time.Second

// NewSigner makes a Signer of cfg.
func NewSigner(cfg SignConfig) (*Signer, error) {
	s := &Signer{key: cfg.Key, now: cfg.Now, lifetime: cfg.Lifetime, headers: cfg.Headers}
	var err error
	if s.method, err = methodOf(cfg.Key, cfg.Certificate); err != nil {
		return nil, err
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.lifetime <= 0 {
		s.lifetime = 5 * time.Minute
	}
	s.token = base64.StdEncoding.EncodeToString(cfg.Certificate.Raw)
	return s, nil
}

// writing is one message being signed.
type writing struct {
	out   []byte
	info  []byte // SignedInfo, in canonical form from the start
	scrap []byte
	mark  string // random part of every id
	count int
}

// Sign returns the envelope signed. The envelope is whole and unsigned, of either SOAP version, with any prefixes;
// its wsse:Security blocks are dropped, other header blocks kept, a Header after Body is moved before it. Faults are
// those of Parse and OpenEnvelope, or Internal when the key fails.
func (s *Signer) Sign(envelope []byte) ([]byte, error) {
	doc, err := Parse(envelope, Limits{Bytes: len(envelope) + 1, Nodes: len(envelope) + 1})
	if err != nil {
		return nil, err
	}
	e, err := OpenEnvelope(doc)
	if err != nil {
		return nil, err
	}
	w := &writing{out: make([]byte, 0, len(envelope)+len(s.token)+3072), scrap: make([]byte, 0, len(envelope)+512),
		mark: mark()}
	w.begin(s.method)
	blocks, err := s.blocks(doc, e, w)
	if err != nil {
		return nil, err
	}
	body, err := w.part(doc, e.Body, "soapenv:Body", e.Version)
	if err != nil {
		return nil, err
	}
	created := s.now().UTC().Add(-backdate).Truncate(time.Second)
	stamp := w.timestamp(created, created.Add(s.lifetime))
	w.info = append(w.info, "</ds:SignedInfo>"...)
	value, err := s.value(w.info)
	if err != nil {
		return nil, err
	}
	w.add(`<soapenv:Envelope xmlns:soapenv="`, e.Version, `"><soapenv:Header><wsse:Security xmlns:wsse="`,
		namespaceWSSE,
		`" xmlns:wsu="`, namespaceWSU, `"><wsse:BinarySecurityToken EncodingType="`, encodingBase64, `" ValueType="`,
		tokenX509v3,
		`" wsu:Id="X-`, w.mark, `">`, s.token, `</wsse:BinarySecurityToken>`, stamp, `<ds:Signature xmlns:ds="`,
		namespaceDS, `">`)
	w.out = append(w.out, w.info...)
	w.add(`<ds:SignatureValue>`, base64.StdEncoding.EncodeToString(value), `</ds:SignatureValue><ds:KeyInfo>`,
		`<wsse:SecurityTokenReference><wsse:Reference URI="#X-`, w.mark, `" ValueType="`, tokenX509v3,
		`"></wsse:Reference></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>`)
	w.out = append(w.out, blocks...)
	w.add(`</soapenv:Header>`)
	w.out = append(w.out, body...)
	w.add(`</soapenv:Envelope>`)
	return w.out, nil
}

func mark() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (w *writing) add(parts ...string) {
	for _, p := range parts {
		w.out = append(w.out, p...)
	}
}

func (w *writing) begin(method string) {
	w.info = make([]byte, 0, 2048)
	for _, p := range []string{`<ds:SignedInfo xmlns:ds="`, namespaceDS, `"><ds:CanonicalizationMethod Algorithm="`,
		namespaceExcC14,
		`"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="`, method, `"></ds:SignatureMethod>`} {
		w.info = append(w.info, p...)
	}
}

// refer adds a Reference to the part id whose canonical form is octets.
func (w *writing) refer(id string, octets []byte) {
	sum := sha256.Sum256(octets)
	for _, p := range []string{`<ds:Reference URI="#`, id, `"><ds:Transforms><ds:Transform Algorithm="`,
		namespaceExcC14,
		`"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="`, digestSHA256,
		`"></ds:DigestMethod><ds:DigestValue>`} {
		w.info = append(w.info, p...)
	}
	w.info = base64.StdEncoding.AppendEncode(w.info, sum[:])
	w.info = append(w.info, "</ds:DigestValue></ds:Reference>"...)
}

// timestamp is written in canonical form, so what is sent is what is digested.
func (w *writing) timestamp(created, expires time.Time) string {
	const form = "2006-01-02T15:04:05Z"
	id := "TS-" + w.mark
	t := `<wsu:Timestamp xmlns:wsu="` + namespaceWSU + `" wsu:Id="` + id + `"><wsu:Created>` + created.Format(form) +
		`</wsu:Created><wsu:Expires>` + expires.Format(form) + `</wsu:Expires></wsu:Timestamp>`
	w.refer(id, []byte(t))
	return t
}

// blocks writes the header blocks that stay, signed when so configured.
func (s *Signer) blocks(doc *Document, e *Envelope, w *writing) (out []byte, err error) {
	for _, block := range e.blocks() {
		if block.Is(namespaceWSSE, "Security") {
			continue
		}
		if !s.headers {
			if out, err = Canonicalize(out, block, Inclusive10); err != nil {
				return nil, err
			}
			continue
		}
		part, err := w.part(doc, block, "", "")
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

// part gives n an id and, where name says so, a new name in namespace space; digests its exclusive form and returns
// the form to send, which keeps every declaration in scope for the sake of prefixes inside values.
func (w *writing) part(doc *Document, n Node, name, space string) ([]byte, error) {
	w.count++
	id := "P" + strconv.Itoa(w.count) + "-" + w.mark
	if err := doc.stamp(n, id, name, space); err != nil {
		return nil, err
	}
	var err error
	if w.scrap, err = Canonicalize(w.scrap[:0], n, Exclusive); err != nil {
		return nil, err
	}
	w.refer(id, w.scrap)
	return Canonicalize(make([]byte, 0, len(w.scrap)+256), n, Inclusive10)
}

// value signs the canonical SignedInfo; ECDSA in the form r‖s (XML Signature §6.4.3).
func (s *Signer) value(info []byte) ([]byte, error) {
	sum := sha256.Sum256(info)
	value, err := s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil || s.method != AlgorithmECDSASHA256 {
		return value, err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(value, &pair); err != nil {
		return nil, err
	}
	out := make([]byte, 64)
	pair.R.FillBytes(out[:32])
	pair.S.FillBytes(out[32:])
	return out, nil
}
