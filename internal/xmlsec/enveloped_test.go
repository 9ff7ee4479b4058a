package xmlsec_test

import (
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

const assertion = `<p:Answer xmlns:p="urn:p" xmlns:a="urn:a" ID="_1" note="a > b"><a:Issuer>urn:idp</a:Issuer>` +
	`<a:Claim>2999000006393</a:Claim></p:Answer>`

func enveloped(t testing.TB, document string, p party) string {
	t.Helper()
	signed, err := xmlsec.SignEnveloped([]byte(document), p.key, p.cert)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func verifyEnveloped(document string, pinned ...party) (*xmlsec.Enveloped, error) {
	d, err := xmlsec.Parse([]byte(document), xmlsec.Limits{})
	if err != nil {
		return nil, err
	}
	return xmlsec.VerifyEnveloped(d.Root(), trusting(xmlsec.Policy{}, pinned...).Lookup)
}

// TestEnveloped_GivesWhatWasSigned: with either kind of key, the octets are the document without its signature.
func TestEnveloped_GivesWhatWasSigned(t *testing.T) {
	for _, p := range []party{alpha(), gamma()} {
		for _, document := range []string{assertion,
			`<Metadata xmlns="urn:m" ID="m" note="x &gt; y"><Part>1</Part></Metadata>`, `<E ID="e"></E>`} {
			signed := enveloped(t, document, p)
			got, err := verifyEnveloped(signed, p, beta())
			if err != nil {
				t.Fatalf("%v\n%s", err, signed)
			}
			if want := bare(t, document); string(got.Octets) != want || !got.Certificate.Equal(p.cert) {
				t.Errorf("%s\nwant %s", got.Octets, want)
			}
		}
	}
}

func bare(t *testing.T, document string) string {
	t.Helper()
	out, err := xmlsec.Canonicalize(nil, parse(t, document).Root(), xmlsec.Inclusive10)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestEnveloped_StandsAfterIssuer: SAML's schema fixes the place of the signature.
func TestEnveloped_StandsAfterIssuer(t *testing.T) {
	if signed := enveloped(t, assertion, alpha()); !strings.Contains(signed, `</a:Issuer><ds:Signature `) {
		t.Error(signed)
	}
	if signed := enveloped(t, `<E ID="e" n="a>b"><Part/></E>`, alpha()); !strings.Contains(signed,
		`n="a>b"><ds:Signature `) {
		t.Error(signed)
	}
}

func TestEnveloped_RefusesWhatWasNotSignedSo(t *testing.T) {
	signed := enveloped(t, assertion, alpha())
	from, to := strings.Index(signed, "<ds:Signature "), strings.Index(signed, "</ds:Signature>")+len("</ds:Signature>")
	signature := signed[from:to]
	swap := func(old, new string) string { return strings.Replace(signed, old, new, 1) }
	for name, c := range map[string]struct {
		document string
		want     fault.Code
	}{
		"changed":          {swap("2999000006393", "2999000006394"), fault.SignatureDigest},
		"unsigned":         {assertion, fault.SignatureMissing},
		"two signatures":   {swap(signature, signature+signature), fault.SignatureSeveral},
		"comment":          {swap("2999000006393", "2999<!-- -->000006393"), fault.SignatureMalformed},
		"comment outside":  {signed + "<!-- -->", fault.SignatureMalformed},
		"same id twice":    {swap("<a:Claim>", `<a:Claim ID="_1">`), fault.SignatureDuplicateID},
		"reference to all": {swap(`URI="#_1"`, `URI=""`), fault.SignatureReference},
		"reference inside": {strings.Replace(swap("<a:Claim>", `<a:Claim ID="_2">`), `URI="#_1"`, `URI="#_2"`, 1),
			fault.SignatureReference},
		"reference by Id": {strings.Replace(swap("<a:Claim>", `<a:Claim Id="_2">`), `URI="#_1"`, `URI="#_2"`, 1),
			fault.SignatureReference},
		"not enveloped": {swap(`<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform></ds:Transforms>`, ""),
			fault.SignatureReference},
		"XSLT": {swap(`http://www.w3.org/2000/09/xmldsig#enveloped-signature`,
			`http://www.w3.org/TR/1999/REC-xslt-19991116`), fault.SignatureTransform},
		"SHA-1": {swap("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-sha1"), fault.SignatureAlgorithm},
		"RSA-SHA1": {swap("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
			"http://www.w3.org/2000/09/xmldsig#rsa-sha1"), fault.SignatureWeak},
		"key of another": {enveloped(t, assertion, beta()), fault.SignatureCertificate},
		"value":          {swap("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), fault.SignatureWrong},
		"no key named": {signed[:strings.Index(signed, "<ds:KeyInfo>")] + signed[strings.Index(signed, "</ds:KeyInfo>")+len("</ds:KeyInfo>"):],
			fault.SignatureKeyInfo},
		"wrapped": {`<p:Answer xmlns:p="urn:p" ID="_9">` + signature + signed + `</p:Answer>`, fault.SignatureReference},
	} {
		if _, err := verifyEnveloped(c.document, alpha()); codeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := xmlsec.VerifyEnveloped(xmlsec.Node{}, nil); codeOf(err) != fault.SignatureMissing {
		t.Error("no element: ", err)
	}
}

// TestSignEnveloped_RefusesAKeyThatCannotSign names the configuration's mistakes.
func TestSignEnveloped_RefusesAKeyThatCannotSign(t *testing.T) {
	for name, c := range map[string]struct {
		document  string
		key, cert party
	}{
		"no id":           {`<E/>`, alpha(), alpha()},
		"no XML":          {`<E`, alpha(), alpha()},
		"of another":      {assertion, alpha(), beta()},
		"short":           {assertion, weakRSA(), weakRSA()},
		"P-384":           {assertion, p384(), p384()},
		"no key":          {assertion, party{}, alpha()},
		"relative prefix": {`<E ID="e" xmlns:x="relative"/>`, alpha(), alpha()},
	} {
		if _, err := xmlsec.SignEnveloped([]byte(c.document), c.key.key, c.cert.cert); err == nil {
			t.Error(name, ": signed")
		}
	}
}
