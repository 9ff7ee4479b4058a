package xmlsec_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// noon is when all test messages are sent.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// party is a key with its certificate.
type party struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func newParty(name string, key crypto.Signer) party {
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte{0x5A, 0xBC, 0xDE, 0xF0, 0x12, 0x34, 0x56, 0x78, byte(len(name))}),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Test Office, Chișinău"}, Country: []string{"MD"}},
		NotBefore:    noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0),
		SubjectKeyId: []byte(name + "-key-identifier"),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return party{key, cert}
}

func rsaParty(name string, bits int) party {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return newParty(name, key)
}

func ecParty(name string, curve elliptic.Curve) party {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return newParty(name, key)
}

// The parties are made once a run.
var (
	alpha   = sync.OnceValue(func() party { return rsaParty("alpha", 2048) })
	beta    = sync.OnceValue(func() party { return rsaParty("beta2", 2048) })
	gamma   = sync.OnceValue(func() party { return ecParty("gamma22", elliptic.P256()) })
	weakRSA = sync.OnceValue(func() party { return rsaParty("weakRSA22", 1024) })
	p384    = sync.OnceValue(func() party { return ecParty("p384-222222", elliptic.P384()) })
)

func trusting(policy xmlsec.Policy, parties ...party) xmlsec.VerifyConfig {
	var all []xmlsec.Registered
	for _, p := range parties {
		all = append(all, xmlsec.Registered{Certificate: p.cert, Policy: policy})
	}
	return xmlsec.VerifyConfig{Lookup: xmlsec.NewDirectory(all...).Find, Now: atNoon, Replay: xmlsec.NewMemory(1000)}
}

func parse(t testing.TB, text string) *xmlsec.Document {
	t.Helper()
	d, err := xmlsec.Parse([]byte(text), xmlsec.Limits{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// verify parses and verifies; a fault of either is returned.
func verify(text string, cfg xmlsec.VerifyConfig) (*xmlsec.Verified, error) {
	d, err := xmlsec.Parse([]byte(text), xmlsec.Limits{})
	if err != nil {
		return nil, err
	}
	return xmlsec.Verify(d, cfg)
}

func codeOf(err error) fault.Code {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

const (
	nsDS   = "http://www.w3.org/2000/09/xmldsig#"
	nsWSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	nsWSU  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	excC14 = "http://www.w3.org/2001/10/xml-exc-c14n#"
	token  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#"
	base   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)

// insert puts the facts of p into a template.
func insert(template string, p party) string {
	thumb := sha1.Sum(p.cert.Raw)
	b64 := base64.StdEncoding.EncodeToString
	return strings.NewReplacer("@CERT@", b64(p.cert.Raw), "@ISSUER@", p.cert.Issuer.String(), "@SERIAL@", p.cert.SerialNumber.String(),
		"@HEX@", "0x"+strings.ToUpper(p.cert.SerialNumber.Text(16)), "@THUMB@", b64(thumb[:]), "@SKI@", b64(p.cert.SubjectKeyId),
		"@DS@", nsDS, "@WSSE@", nsWSSE, "@WSU@", nsWSU, "@EXC@", excC14, "@TOKEN@", token, "@BASE64@", base,
		"@SOAP@", xmlsec.NamespaceSOAP11, "@SOAP12@", xmlsec.NamespaceSOAP12).Replace(template)
}

// find is the first element under n, n included, of that local name whose id attribute has that value ("" for any).
func find(n xmlsec.Node, local, id string) xmlsec.Node {
	if local == "" || n.Local() == local {
		if id == "" {
			return n
		}
		for a := range n.Attributes() {
			if strings.EqualFold(a.Local, "id") && a.Value == id {
				return n
			}
		}
	}
	for e := range n.Elements() {
		if found := find(e, local, id); !found.IsZero() {
			return found
		}
	}
	return xmlsec.Node{}
}

// modeOf is the canonicalisation that algorithm names.
func modeOf(algorithm string) xmlsec.Mode {
	mode := xmlsec.Exclusive
	switch {
	case strings.Contains(algorithm, "c14n11"):
		mode = xmlsec.Inclusive11
	case strings.Contains(algorithm, "REC-xml-c14n"):
		mode = xmlsec.Inclusive10
	}
	if strings.HasSuffix(algorithm, "WithComments") {
		mode = mode.WithComments()
	}
	return mode
}

func prefixesOf(n xmlsec.Node) []string {
	list, _ := n.Child(excC14, "InclusiveNamespaces").Attr("", "PrefixList")
	return strings.Fields(list)
}

// complete computes what a signer would: every empty DigestValue and the empty SignatureValue of text.
func complete(t testing.TB, text string, p party) string {
	t.Helper()
	d := parse(t, text)
	info := find(d.Root(), "SignedInfo", "")
	for ref := range info.Elements() {
		if ref.Local() != "Reference" {
			continue
		}
		uri, _ := ref.Attr("", "URI")
		mode, prefixes := xmlsec.Inclusive10, []string(nil)
		for tr := range ref.Child(nsDS, "Transforms").Elements() {
			if a, _ := tr.Attr("", "Algorithm"); !strings.HasSuffix(a, "enveloped-signature") {
				mode, prefixes = modeOf(strings.TrimSuffix(a, "WithComments")), prefixesOf(tr)
			}
		}
		octets, err := xmlsec.Canonicalize(nil, find(d.Root(), "", strings.TrimPrefix(uri, "#")), mode, prefixes...)
		must.OK(t, err)
		method, _ := ref.Child(nsDS, "DigestMethod").Attr("", "Algorithm")
		sum := digest(method, octets)
		prefix := strings.TrimSuffix(ref.Name(), "Reference")
		empty := "<" + prefix + "DigestValue></" + prefix + "DigestValue>"
		text = strings.Replace(text, empty, "<"+prefix+"DigestValue>"+base64.StdEncoding.EncodeToString(sum)+"</"+prefix+"DigestValue>", 1)
	}
	return signInfo(t, text, p)
}

func digest(method string, octets []byte) []byte {
	if strings.HasSuffix(method, "sha1") {
		sum := sha1.Sum(octets)
		return sum[:]
	}
	sum := sha256.Sum256(octets)
	return sum[:]
}

// signInfo fills the empty SignatureValue of text.
func signInfo(t testing.TB, text string, p party) string {
	t.Helper()
	info := find(parse(t, text).Root(), "SignedInfo", "")
	how := info.Child(nsDS, "CanonicalizationMethod")
	algorithm, _ := how.Attr("", "Algorithm")
	octets := must.Get(xmlsec.Canonicalize(nil, info, modeOf(algorithm), prefixesOf(how)...))(t)
	method, _ := info.Child(nsDS, "SignatureMethod").Attr("", "Algorithm")
	hash := crypto.SHA256
	if strings.HasSuffix(method, "sha1") {
		hash = crypto.SHA1
	}
	value := must.Get(p.key.Sign(rand.Reader, digest(method, octets), hash))(t)
	if _, ok := p.key.(*ecdsa.PrivateKey); ok {
		var pair struct{ R, S *big.Int }
		must.Get(asn1.Unmarshal(value, &pair))(t)
		size := (p.cert.PublicKey.(*ecdsa.PublicKey).Curve.Params().BitSize + 7) / 8
		value = append(pair.R.FillBytes(make([]byte, size)), pair.S.FillBytes(make([]byte, size))...)
	}
	return strings.Replace(text, "SignatureValue><", "SignatureValue>"+base64.StdEncoding.EncodeToString(value)+"<", 1)
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
