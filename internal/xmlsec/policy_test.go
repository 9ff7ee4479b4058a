package xmlsec_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// TestTimestamp_Policy: what is demanded of a Timestamp, and what one that is not signed is worth.
func TestTimestamp_Policy(t *testing.T) {
	stamp := insert(stampOf(` wsu:Id="ts"`, "2026-03-02T11:59:59Z", "2026-03-02T12:04:59Z"), alpha())
	build := func(keep bool, ids ...string) string {
		text := insert(plainMessage(refToX, "sha256", ids...), alpha())
		if !keep {
			text = swap(t, text, stamp, "")
		}
		return complete(t, text, alpha())
	}
	for name, c := range map[string]struct {
		text  string
		flags xmlsec.Flags
		must  fault.Code // where the policy demands a signed one
	}{
		"signed":   {build(true, "body", "ts"), 0, ""},
		"unsigned": {build(true, "body"), xmlsec.UnsignedTimestamp, fault.SignatureTimestampAbsent},
		"absent":   {build(false, "body"), xmlsec.NoTimestamp, fault.SignatureTimestampAbsent},
	} {
		v, err := verify(c.text, trusting(xmlsec.Policy{}, alpha()))
		if err != nil || v.Flags != c.flags || v.Created.IsZero() != (name != "signed") {
			t.Errorf("%s: %v %+v", name, err, v)
		}
		if _, err := verify(c.text, trusting(xmlsec.Policy{SignedTimestamp: true}, alpha())); codeOf(err) != c.must {
			t.Errorf("%s, demanded: %v", name, err)
		}
	}
}

// keeper notes until when it is asked to remember.
type keeper struct{ until time.Time }

func (k *keeper) Remember(_ [32]byte, _, until time.Time) error { k.until = until; return nil }

// TestReplay_HowLongIsRemembered: as long as the signed Timestamp lets the message pass, else the policy's window; an
// unsigned Timestamp shortens nothing.
func TestReplay_HowLongIsRemembered(t *testing.T) {
	policy := xmlsec.Policy{Skew: time.Minute, Window: 24 * time.Hour}
	for name, c := range map[string]struct {
		ids  []string
		want time.Time
	}{
		"signed":   {[]string{"body", "ts"}, noon.Add(5*time.Minute - time.Second + time.Minute)},
		"unsigned": {[]string{"body"}, noon.Add(24 * time.Hour)},
	} {
		var k keeper
		cfg := trusting(policy, alpha())
		cfg.Replay = &k
		must.Get(verify(complete(t, insert(plainMessage(refToX, "sha256", c.ids...), alpha()), alpha()), cfg))(t)
		if !k.until.Equal(c.want) {
			t.Errorf("%s: until %v, want %v", name, k.until, c.want)
		}
	}
}

// TestReplay_ForgeriesAreNotRemembered: nobody can fill the memory, or burn a signature, with what does not verify.
func TestReplay_ForgeriesAreNotRemembered(t *testing.T) {
	cfg := trusting(xmlsec.Policy{}, alpha())
	memory := xmlsec.NewMemory(100)
	cfg.Replay = memory
	good := complete(t, insert(plainMessage(refToX, "sha256", "body", "ts"), alpha()), alpha())
	for _, bad := range []string{
		swap(t, good, "2000000000008</m:IDNP>", "2000000000009</m:IDNP>"),
		swap(t, good, "11:59:59Z", "11:58:59Z"),
		swap(t, good, "<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
	} {
		if _, err := verify(bad, cfg); err == nil || memory.Len() != 0 {
			t.Fatalf("%v, %d remembered", err, memory.Len())
		}
	}
	if _, err := verify(good, cfg); err != nil || memory.Len() != 1 {
		t.Fatalf("%v, %d remembered", err, memory.Len())
	}
}

// TestReplay_OneOfManyPasses: of equal messages at the same moment exactly one is accepted.
func TestReplay_OneOfManyPasses(t *testing.T) {
	cfg := trusting(xmlsec.Policy{}, alpha())
	d := parse(t, complete(t, insert(plainMessage(refToX, "sha256", "body", "ts"), alpha()), alpha()))
	var passed, replayed atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			switch _, err := xmlsec.Verify(d, cfg); {
			case err == nil:
				passed.Add(1)
			case codeOf(err) == fault.SignatureReplayed:
				replayed.Add(1)
			}
		})
	}
	all.Wait()
	if passed.Load() != 1 || replayed.Load() != 31 {
		t.Errorf("%d passed, %d replayed", passed.Load(), replayed.Load())
	}
}

// TestVerify_LookupDecides: its fault is passed on, its certificate must be the one claimed, and it sees the claim
// whole.
func TestVerify_LookupDecides(t *testing.T) {
	good := complete(t, insert(plainMessage(refToX, "sha256", "body", "ts"), alpha()), alpha())
	cfg := trusting(xmlsec.Policy{}, alpha())
	cfg.Replay = nil
	own := fault.New(fault.CertificateRevoked)
	for name, c := range map[string]struct {
		answer xmlsec.Registered
		err    error
		want   fault.Code
	}{
		"fault":           {xmlsec.Registered{}, own, fault.CertificateRevoked},
		"nothing":         {xmlsec.Registered{}, nil, fault.SignatureCertificate},
		"another's":       {xmlsec.Registered{Certificate: beta().cert}, nil, fault.SignatureCertificate},
		"renewed for key": {xmlsec.Registered{Certificate: renewed(t, alpha()).cert}, nil, fault.SignatureCertificate},
		"right":           {xmlsec.Registered{Certificate: alpha().cert}, nil, ""},
	} {
		asked := 0
		cfg.Lookup = func(claim xmlsec.Claim) (xmlsec.Registered, error) {
			asked++
			if len(claim.Carried) != 1 || string(claim.Carried[0]) != string(alpha().cert.Raw) || claim.Serial != nil {
				t.Errorf("claim: %+v", claim)
			}
			return c.answer, c.err
		}
		if _, err := verify(good, cfg); codeOf(err) != c.want || asked != 1 {
			t.Errorf("%s: %v, asked %d times", name, err, asked)
		}
	}
	cfg.Lookup = func(xmlsec.Claim) (xmlsec.Registered, error) { return xmlsec.Registered{}, errors.New("store") }
	if _, err := verify(good, cfg); fault.From(err).Code != fault.InternalError {
		t.Errorf("an error of the store: %v", err)
	}
}

// TestSign_Modes: every canonicalisation for SignedInfo and parts, with prefixes and without any transform.
func TestSign_Modes(t *testing.T) {
	algorithms := []string{excC14, excC14 + "WithComments", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
		"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", "http://www.w3.org/2006/12/xml-c14n11", "http://www.w3.org/2006/12/xml-c14n11#WithComments"}
	for _, info := range algorithms {
		for _, part := range append(algorithms, "") {
			text := insert(plainMessage(refToX, "sha256", "body", "ts"), alpha())
			text = swap(t, text, `Method Algorithm="`+excC14+`"/>`, `Method Algorithm="`+info+`"/>`)
			text = strings.ReplaceAll(text, `<ds:Transform Algorithm="`+excC14+`"/>`, `<ds:Transform Algorithm="`+part+`"/>`)
			if part == "" {
				text = strings.ReplaceAll(text, `<ds:Transforms><ds:Transform Algorithm=""/></ds:Transforms>`, "")
			}
			text = swap(t, text, `<m:IDNP>`, `<!-- a comment signs nothing --><m:IDNP>`)
			text = swap(t, text, `<soap:Header>`, `<soap:Header xml:lang="ro" xmlns:q="urn:q">`)
			v, err := verify(complete(t, text, alpha()), trusting(xmlsec.Policy{}, alpha()))
			if err != nil {
				t.Errorf("%s %s: %v", info, part, err)
			} else if strings.Contains(string(v.Body), "comment") {
				t.Errorf("a comment is handed on: %s", v.Body)
			}
		}
	}
}

// TestVerify_BodyIsSelfContained: what is passed on is a document of its own, with every namespace that it uses, and it
// is not affected by what an attacker may change around it.
func TestVerify_BodyIsSelfContained(t *testing.T) {
	text := insert(plainMessage(refToX, "sha256", "body", "ts"), alpha())
	text = swap(t, text, `<soap:Envelope `, `<soap:Envelope xmlns:m="https://mconnect.gov.md" xmlns:xs="http://www.w3.org/2001/XMLSchema" `)
	text = swap(t, text, `<m:GetPerson xmlns:m="https://mconnect.gov.md">`, `<m:GetPerson kind="xs:string">`)
	good := complete(t, text, alpha())
	v := must.Get(verify(good, trusting(xmlsec.Policy{}, alpha())))(t)
	alone := parse(t, string(v.Body)).Root()
	if !alone.Is(xmlsec.NamespaceSOAP11, "Body") || alone.Child("https://mconnect.gov.md", "GetPerson").IsZero() {
		t.Errorf("%s", v.Body)
	}
	if _, ok := alone.Child("https://mconnect.gov.md", "GetPerson").Resolve("xs"); ok {
		t.Error("a prefix that the signature does not cover kept its meaning")
	}
	moved := swap(t, good, `xmlns:xs="http://www.w3.org/2001/XMLSchema"`, `xmlns:xs="urn:attacker"`)
	w, err := verify(moved, trusting(xmlsec.Policy{}, alpha()))
	if err != nil || string(w.Body) != string(v.Body) {
		t.Errorf("%v: %s", err, w.Body)
	}
}

// TestVerify_SOAP12AndProviderReplies: SOAP 1.2, and a reply whose only Header, with the signature, stands after Body.
func TestVerify_SOAP12AndProviderReplies(t *testing.T) {
	text := strings.ReplaceAll(plainMessage(refToX, "sha256", "body", "ts"), "@SOAP@", "@SOAP12@")
	if _, err := verify(complete(t, insert(text, alpha()), alpha()), trusting(xmlsec.Policy{}, alpha())); err != nil {
		t.Error(err)
	}
	reply := insert(plainMessage(refToX, "sha256", "body", "ts"), alpha())
	header := between(t, reply, "<soap:Header>", "</soap:Header>")
	reply = swap(t, swap(t, reply, header, ""), "</soap:Envelope>", header+"</soap:Envelope>")
	v, err := verify(complete(t, reply, alpha()), trusting(xmlsec.Policy{SignedTimestamp: true}, alpha()))
	if err != nil || v.Flags != xmlsec.LateHeader {
		t.Errorf("%v %+v", err, v)
	}
}

func TestEnvelope_IsOpened(t *testing.T) {
	open := func(inner string) error {
		_, err := xmlsec.OpenEnvelope(parse(t, insert(`<s:Envelope xmlns:s="@SOAP@" xmlns:z="@SOAP12@">`+inner+`</s:Envelope>`, alpha())))
		return err
	}
	for _, inner := range []string{`<s:Body/>`, ` <s:Header/> <s:Body/> `, `<s:Header/><s:Body/><s:Header/>`, `<s:Body/><s:Header/>`,
		`<!-- c --><s:Body><Body/><Header/><Envelope/></s:Body>`} {
		if err := open(inner); err != nil {
			t.Errorf("%s: %v", inner, err)
		}
	}
	for _, inner := range []string{``, `<s:Header/>`, `<Body/>`, `<z:Body/>`, `<s:Body/><s:Body/>`, `<s:Header/><s:Header/><s:Body/>`, `x<s:Body/>`,
		`<s:Body/><x/>`, `<x/><s:Body/>`, `<s:Body><s:Header/></s:Body>`, `<s:Body><z:Body/></s:Body>`, `<s:Body><x><s:Envelope/></x></s:Body>`,
		`<s:Header><x><s:Body/></x></s:Header><s:Body/>`, `<s:Body/><s:Header/><s:Header/>`, `<z:Header/><s:Body/>`} {
		if err := open(inner); codeOf(err) != fault.SignatureEnvelope {
			t.Errorf("%s: %v", inner, err)
		}
	}
	for _, text := range []string{`<Envelope/>`, `<s:envelope xmlns:s="` + xmlsec.NamespaceSOAP11 + `"/>`} {
		if _, err := xmlsec.OpenEnvelope(parse(t, text)); codeOf(err) != fault.SignatureEnvelope {
			t.Errorf("%s: %v", text, err)
		}
	}
}
