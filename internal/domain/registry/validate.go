package registry

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"mconnect"
	"mconnect/fault"
)

// Limits, in items or characters.
const (
	maxName     = 300
	maxContacts = 20
	maxNetworks = 100
	maxWebhooks = 20
	maxEntities = 1000
	maxPEM      = 20_000
	maxReason   = 500
)

// Validate says everything that is wrong with the participant by itself.
func (p Participant) Validate() []fault.FieldError {
	var f fault.Findings
	_, err := mconnect.ParseParticipantID(string(p.ID))
	f.Parsed("/id", string(p.ID), err)
	number(&f, "/idno", p.IDNO)
	f.Text("/name", p.Name, true, maxName)
	f.OneOf("/sector", string(p.Sector), string(Public), string(Private))
	switch p.Sector {
	case Public:
		f.OneOf("/level", string(p.Level), string(Central), string(Local))
	case Private:
		f.OneOf("/level", string(p.Level), "")
	}
	status(&f, p.Status)
	contacts(&f, p.Contacts)
	return f
}

// number notes what is wrong with an IDNO; a wrong check digit is distinguished from a wrong form.
func number(f *fault.Findings, path string, n mconnect.IDNO) {
	digit, ok := mconnect.CheckDigit(string(n))
	switch {
	case n == "":
		f.Add(path, fault.InputMissing)
	case !ok || len(n) != 13 || n[0] != '1' || n[12] < '0' || n[12] > '9':
		f.Add(path, fault.InputFormat, "want", "13 digits beginning with 1")
	case n[12] != digit:
		f.Add(path, fault.InputCheckDigit)
	}
}

func status(f *fault.Findings, s Status) {
	f.OneOf("/status", string(s), "", string(Active), string(Suspended))
}

func contacts(f *fault.Findings, list []Contact) {
	if len(list) > maxContacts {
		f.Add("/contacts", fault.InputLength, "min", "0", "max", fmt.Sprint(maxContacts))
	}
	for i, c := range list {
		path := fmt.Sprintf("/contacts/%d", i)
		f.OneOf(path+"/role", c.Role, "legal", "technical", "dpo", "security")
		f.Length(path+"/name", c.Name, 0, maxName)
		f.Length(path+"/phone", c.Phone, 0, 40)
		if c.Email == "" {
			continue
		}
		if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email || len(c.Email) > 254 {
			f.Add(path+"/email", fault.InputFormat, "want", "an e-mail address")
		}
	}
}

// Validate says everything that is wrong with the system by itself; whether its participant exists is
// for country to say.
func (s System) Validate() []fault.FieldError {
	var f fault.Findings
	_, err := mconnect.ParseSystemID(string(s.ID))
	f.Parsed("/id", string(s.ID), err)
	f.Text("/name", s.Name, true, maxName)
	if len(s.Roles) == 0 {
		f.Add("/roles", fault.InputMissing)
	}
	seen := map[Role]bool{}
	for i, role := range s.Roles {
		path := fmt.Sprintf("/roles/%d", i)
		f.OneOf(path, string(role), string(Consumer), string(Provider), string(Producer))
		if seen[role] {
			f.Add(path, fault.ResourceDuplicate, "kind", "Role", "id", string(role))
		}
		seen[role] = true
	}
	status(&f, s.Status)
	s.validateNetworks(&f)
	s.validateWebhooks(&f)
	if len(s.Represents) > maxEntities {
		f.Add("/represents", fault.InputLength, "min", "0", "max", fmt.Sprint(maxEntities))
	}
	for i, n := range s.Represents {
		number(&f, fmt.Sprintf("/represents/%d", i), n)
	}
	contacts(&f, s.Contacts)
	s.validateSignature(&f)
	return f
}

// gatewayForm is that of the two path segments in which a system was known to the historic gateway.
var gatewayForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func (s System) validateSignature(f *fault.Findings) {
	f.OneOf("/signature/answer", string(s.Signature.Answer), "", string(AnswerRSA), string(AnswerP256))
	for i, a := range s.Signature.Algorithms {
		f.OneOf(fmt.Sprintf("/signature/algorithms/%d", i), string(a), string(RSASHA256), string(ECDSASHA256))
	}
	if len(s.Signature.Algorithms) > 2 {
		f.Add("/signature/algorithms", fault.InputLength, "min", "0", "max", "2")
	}
	for i, form := range s.Signature.Forms {
		f.OneOf(fmt.Sprintf("/signature/forms/%d", i), string(form), string(FormTLS), string(FormWSS), string(FormJWS),
			string(FormHTTP))
	}
	if len(s.Signature.Forms) > len(Forms) {
		f.Add("/signature/forms", fault.InputLength, "min", "0", "max", fmt.Sprint(len(Forms)))
	}
	if s.Signature.AllowSHA1 && !s.Signature.Allows(RSASHA256) {
		f.Add("/signature/allow_sha1", fault.InputFormat, "want", "rsa-sha256 among the algorithms")
	}
	if s.Gateway != "" && !gatewayForm.MatchString(s.Gateway) {
		f.Add("/gateway", fault.InputFormat, "want", "tenant/proxy")
	}
}

func (s System) validateNetworks(f *fault.Findings) {
	if len(s.Networks) > maxNetworks {
		f.Add("/networks", fault.InputLength, "min", "0", "max", fmt.Sprint(maxNetworks))
	}
	for i, n := range s.Networks {
		path := fmt.Sprintf("/networks/%d", i)
		switch {
		case !n.IsValid():
			f.Add(path, fault.InputFormat, "want", "a network such as 10.20.0.0/16")
		case n.Addr().Is4In6():
			f.Add(path, fault.InputFormat, "want", "IPv4 written as IPv4")
		case n.Masked() != n:
			f.Add(path, fault.InputFormat, "want", n.Masked().String())
		}
	}
}

// Validate says everything that is wrong with the certificate by itself. An expired one is not wrong: it
// stays registered as long as somebody may still present it.
func (c Certificate) Validate() []fault.FieldError {
	var f fault.Findings
	_, err := mconnect.ParseSystemID(string(c.System))
	f.Parsed("/system", string(c.System), err)
	f.Length("/reason", c.Reason, 0, maxReason)
	if strings.TrimSpace(c.PEM) == "" {
		f.Add("/pem", fault.InputMissing)
		return f
	}
	if len(c.PEM) > maxPEM {
		f.Add("/pem", fault.InputLength, "min", "1", "max", fmt.Sprint(maxPEM))
		return f
	}
	chain, err := ParseChain(c.PEM)
	if err != nil {
		f.Add("/pem", fault.InputFormat, wanted(err)...)
		return f
	}
	leaf := chain[0]
	if len(chain) > maxChain || slices.ContainsFunc(chain[1:],
		func(issuer *x509.Certificate) bool { return !issuer.IsCA }) {
		f.Add("/pem", fault.InputFormat, issuersWanted...)
	}
	if leaf.IsCA {
		f.Add("/pem", fault.InputFormat, "want", "a system's certificate, not an authority's")
	}
	if c.ID != "" && c.ID != string(FingerprintOf(leaf)) {
		f.Add("/id", fault.InputFormat, "want", "the certificate's fingerprint "+string(FingerprintOf(leaf)))
	}
	return f
}

// maxChain bounds a certificate with the authorities registered with it.
const maxChain = 6

var issuersWanted = []string{
	"want", "a system's certificate, followed by at most 5 authorities' certificates",
	"want.ro", "certificatul sistemului, urmat de cel mult 5 certificate ale autorităților",
	"want.ru", "сертификат системы и за ним не более 5 сертификатов органов",
}

// wanted reports what is to be given in the place of a certificate that cannot be read, by the reason why it cannot.
func wanted(err error) []string {
	switch {
	case errors.Is(err, ErrNoCertificate):
		return []string{"want", "one PEM certificate, perhaps followed by its authorities'",
			"want.ro", "un certificat PEM, urmat eventual de cele ale autorităților", "want.ru",
			"один сертификат PEM, за ним, возможно, сертификаты органов"}
	case strings.Contains(err.Error(), "elliptic curve"):
		return []string{"want", "a key on the curve P-256, P-384 or P-521: the certificate's is on a curve that is not supported",
			"want.ro", "o cheie pe curba P-256, P-384 sau P-521: curba cheii din certificat nu este acceptată",
			"want.ru", "ключ на кривой P-256, P-384 или P-521: кривая ключа в сертификате не поддерживается"}
	case strings.Contains(err.Error(), "serial number"):
		return []string{"want", "a certificate with a positive serial number of at most 20 octets",
			"want.ro", "un certificat cu număr de serie pozitiv, de cel mult 20 de octeți",
			"want.ru", "сертификат с положительным серийным номером не длиннее 20 октетов"}
	}
	what := strings.TrimPrefix(err.Error(), "x509: ")
	return []string{"want", "a certificate by RFC 5280 (" + what + ")", "want.ro", "un certificat conform RFC 5280 (" +
		what + ")",
		"want.ru", "сертификат по RFC 5280 (" + what + ")"}
}
