package account

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/people"
)

const (
	stepLength    = 30 // seconds of one code
	secretLength  = 20 // bytes
	recoveryCodes = 10
	issuer        = "MConnect"
)

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSecret makes the secret of an authenticator, in base32.
func newSecret() string {
	raw := make([]byte, secretLength)
	_, _ = rand.Read(raw) // never fails
	return base32Plain.EncodeToString(raw)
}

// stepOf finds the time step whose code was entered: the present one, the one before or the one after. 0: none.
func stepOf(secret, code string, at time.Time) int64 {
	now, found := at.Unix()/stepLength, int64(0)
	for step := now - 1; step <= now+1; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step),
			hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// plainCode is a code without the spaces and hyphens that people write into it.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code))
}

// recoveryOf is what is stored of a recovery code.
func recoveryOf(person, code string) []byte {
	sum := sha256.Sum256([]byte("recovery " + person + " " + plainCode(code)))
	return sum[:]
}

// newRecovery makes recovery codes of 80 bits, and what is stored of them.
func newRecovery(person string) (codes []string, digests [][]byte) {
	for range recoveryCodes {
		raw := make([]byte, 10)
		_, _ = rand.Read(raw) // never fails
		s := strings.ToLower(base32Plain.EncodeToString(raw))
		code := s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
		codes, digests = append(codes, code), append(digests, recoveryOf(person, code))
	}
	return codes, digests
}

// proof is a second factor that was entered rightly, to be used up in the transaction of what it proves.
type proof struct {
	step     int64
	recovery []byte
}

// second judges the second factor that was entered, as far as that goes without a transaction. none: the account has no
// second factor.
func (a *Accounts) second(c appendlog.Credential, code string) (p proof, none bool, err error) {
	if len(c.TOTP) == 0 {
		return proof{}, true, nil
	}
	secret, err := a.cfg.Vault.Open(c.Person, "totp", c.TOTP)
	if err != nil {
		return proof{}, false, err
	}
	if code = plainCode(code); len(code) == 6 {
		if p.step = stepOf(string(secret), code, a.now()); p.step == 0 || p.step <= c.Used {
			return proof{}, false, fault.New(fault.LoginRefused)
		}
		return p, false, nil
	}
	p.recovery = recoveryOf(c.Person, code)
	return p, false, nil
}

// use uses up a second factor. Fault login.refused when somebody did so before.
func (a *Accounts) use(tx appendlog.Tx, person string, p proof) (err error) {
	fresh := true
	switch {
	case p.step != 0:
		fresh, err = a.cfg.Store.UseStep(tx, person, p.step)
	case p.recovery != nil:
		fresh, err = a.cfg.Store.UseRecovery(tx, person, p.recovery)
	}
	if err == nil && !fresh {
		err = fault.New(fault.LoginRefused)
	}
	return err
}

// Authenticator is the secret that an authenticator app takes: as text, as address, and as the squares of a QR code.
type Authenticator struct {
	Secret  string
	Address string
	Squares [][]bool // row by row; true: dark
}

// authenticator makes the forms of a secret. name is what the app shows.
func authenticator(name, secret string) (Authenticator, error) {
	q := url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	address := "otpauth://totp/" + url.PathEscape(issuer+":"+name) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return Authenticator{}, err
	}
	size := code.Bounds().Dx()
	shown := Authenticator{Secret: secret, Address: address, Squares: make([][]bool, size)}
	for y := range size {
		shown.Squares[y] = make([]bool, size)
		for x := range size {
			r, _, _, _ := code.At(x, y).RGBA()
			shown.Squares[y][x] = r == 0
		}
	}
	return shown, nil
}

// Authenticate makes the forms of a secret that is being set up. name is what the app shows.
func Authenticate(name, secret string) (Authenticator, error) {
	if !sameSecret(secret) {
		return Authenticator{}, fault.New(fault.CodeRefused)
	}
	return authenticator(orElse(loginName(name), "mconnect"), secret)
}

// Second says what second factor a person has.
type Second struct {
	Login    string // of the local account; "" where there is none
	TOTP     bool
	Recovery int // codes that are left
}

// Second returns the second factor of the principal.
func (a *Accounts) Second(ctx context.Context, p *people.Principal) (Second, error) {
	c, err := a.cfg.Store.Credential(ctx, string(p.Person))
	if is(err, fault.PersonUnknown) {
		return Second{}, nil
	}
	if err != nil {
		return Second{}, err
	}
	s := Second{Login: c.Login, TOTP: len(c.TOTP) > 0}
	if c.Password == "" {
		s.Login = ""
	}
	s.Recovery, err = a.cfg.Store.Recovery(ctx, c.Person)
	return s, err
}

// BeginTOTP makes a secret for the principal's authenticator. It counts once FinishTOTP has seen a code of it. Faults:
// right.stepUp.
func (a *Accounts) BeginTOTP(ctx context.Context, p *people.Principal) (Authenticator, error) {
	if err := p.May(people.CredentialEdit, people.Object{Person: p.Person}, a.now()); err != nil {
		return Authenticator{}, err
	}
	c, err := a.cfg.Store.Credential(ctx, string(p.Person))
	if is(err, fault.PersonUnknown) { // a federated person
		c, err = appendlog.Credential{Person: string(p.Person), Login: "person:" + string(p.Person)}, nil
	}
	if err != nil {
		return Authenticator{}, err
	}
	secret := newSecret()
	if c.Next, err = a.cfg.Vault.Seal(c.Person, "totp", []byte(secret)); err != nil {
		return Authenticator{}, err
	}
	c.Changed = a.now()
	d := deed{actor: p.Actor(), resource: "Credential", id: c.Person, action: "totp.begin"}
	if err := a.commit(ctx, d, func(tx appendlog.Tx) error { return a.cfg.Store.PutCredential(tx, c) }); err != nil {
		return Authenticator{}, err
	}
	return authenticator(p.Name, secret)
}

// FinishTOTP takes the secret of BeginTOTP into use after a code of it, and returns new recovery codes, which are shown
// once. Faults: login.refused, right.stepUp.
func (a *Accounts) FinishTOTP(ctx context.Context, p *people.Principal, code string) ([]string, error) {
	if err := p.May(people.CredentialEdit, people.Object{Person: p.Person}, a.now()); err != nil {
		return nil, err
	}
	c, err := a.cfg.Store.Credential(ctx, string(p.Person))
	if err != nil || len(c.Next) == 0 {
		return nil, fault.New(fault.LoginRefused)
	}
	if err := a.attempt(ctx, attemptKey("totp", c.Person)); err != nil {
		return nil, err
	}
	secret, err := a.cfg.Vault.Open(c.Person, "totp", c.Next)
	if err != nil {
		return nil, err
	}
	step := stepOf(string(secret), plainCode(code), a.now())
	if step == 0 {
		return nil, fault.New(fault.LoginRefused)
	}
	c.TOTP, c.Next, c.Used, c.Changed = c.Next, nil, step, a.now()
	codes, digests := newRecovery(c.Person)
	d := deed{actor: p.Actor(), resource: "Credential", id: c.Person, action: "totp"}
	return codes, a.commit(ctx, d, func(tx appendlog.Tx) error {
		if err := a.cfg.Store.PutCredential(tx, c); err != nil {
			return err
		}
		return a.cfg.Store.PutRecovery(tx, c.Person, digests)
	})
}

// RenewRecovery replaces the recovery codes of the principal, and returns the new ones, which are shown once. Faults:
// right.stepUp, person.unknown where there is no second factor.
func (a *Accounts) RenewRecovery(ctx context.Context, p *people.Principal) ([]string, error) {
	if err := p.May(people.CredentialEdit, people.Object{Person: p.Person}, a.now()); err != nil {
		return nil, err
	}
	c, err := a.cfg.Store.Credential(ctx, string(p.Person))
	if err == nil && len(c.TOTP) == 0 {
		err = fault.New(fault.PersonUnknown)
	}
	if err != nil {
		return nil, err
	}
	codes, digests := newRecovery(c.Person)
	d := deed{actor: p.Actor(), resource: "Credential", id: c.Person, action: "recovery"}
	return codes, a.commit(ctx, d, func(tx appendlog.Tx) error {
		return a.cfg.Store.PutRecovery(tx, c.Person, digests)
	})
}

// sameSecret reports whether a text is a secret as newSecret makes it.
func sameSecret(s string) bool {
	raw, err := base32Plain.DecodeString(s)
	return err == nil && len(raw) == secretLength && !bytes.Equal(raw, make([]byte, secretLength))
}
