package admin

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
)

// Role is what an administrator may do. Operators cannot read the journal and auditors cannot change
// anything: an operator does not by that learn about whom a question was asked.
type Role string

// The roles.
const (
	Reader   Role = "reader"   // sees resources, metrics and the journal's checkpoint and hashes
	Operator Role = "operator" // what a reader sees, changes resources, proposes and approves erasures
	Auditor  Role = "auditor"  // what a reader sees, and reads the journal; each reading is recorded
	DPO      Role = "dpo"      // what a reader sees, proposes and approves erasures: the data protection officer
)

// What several roles may do.
const (
	erases       = Operator + ", " + DPO
	seesErasures = Operator + ", " + DPO + ", " + Auditor
)

// ParseRole reads "reader", "operator", "auditor" or "dpo".
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case Reader, Operator, Auditor, DPO:
		return r, nil
	}
	return "", &mconnect.ParseError{Kind: "role", Want: "reader, operator, auditor or dpo"}
}

// credentials know the administrators by the digest of their credentials.
type credentials struct {
	byToken       map[string]Administrator
	byCertificate map[mconnect.Fingerprint]Administrator
	trust         func([]*x509.Certificate, time.Time) error // may be nil
}

func newCredentials(all []Administrator) (*credentials, error) {
	a := &credentials{byToken: map[string]Administrator{}, byCertificate: map[mconnect.Fingerprint]Administrator{}}
	for i, who := range all {
		if who.Name == "" || len(who.Roles) == 0 || (who.TokenSHA256 == "" && who.Fingerprint == "") {
			return nil, fmt.Errorf("admin: administrator %d needs a name, a role and a token digest or certificate", i)
		}
		for _, role := range who.Roles {
			if _, err := ParseRole(string(role)); err != nil {
				return nil, fmt.Errorf("admin: administrator %q: %w", who.Name, err)
			}
		}
		if who.TokenSHA256 != "" {
			digest := strings.ToLower(who.TokenSHA256)
			if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
				return nil, fmt.Errorf("admin: administrator %q: the token digest is not 64 hexadecimal digits",
					who.Name)
			}
			if _, twice := a.byToken[digest]; twice {
				return nil, fmt.Errorf("admin: administrator %q: the token belongs to another one too", who.Name)
			}
			a.byToken[digest] = who
		}
		if who.Fingerprint != "" {
			if _, twice := a.byCertificate[who.Fingerprint]; twice {
				return nil, fmt.Errorf("admin: administrator %q: the certificate belongs to another one too", who.Name)
			}
			a.byCertificate[who.Fingerprint] = who
		}
	}
	return a, nil
}

// identify names the administrator behind a request. A token is compared by its digest, so the time the
// comparison takes reveals nothing about it. A stated token decides alone, also when a certificate is there.
func (a *credentials) identify(r *http.Request, at time.Time) (Administrator, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		digest := sha256.Sum256([]byte(strings.TrimSpace(token)))
		if who, ok := a.byToken[hex.EncodeToString(digest[:])]; ok && strings.EqualFold(scheme, "Bearer") {
			return who.speaking(r.Header.Get(ActorHeader))
		}
		return Administrator{}, fault.New(fault.CredentialsInvalid)
	}
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return Administrator{}, fault.New(fault.CredentialsInvalid)
	}
	leaf := r.TLS.PeerCertificates[0]
	digest := sha256.Sum256(leaf.Raw)
	who, ok := a.byCertificate[mconnect.Fingerprint(hex.EncodeToString(digest[:]))]
	switch {
	case !ok:
		return Administrator{}, fault.New(fault.CertificateUnknown)
	case at.After(leaf.NotAfter):
		return Administrator{}, fault.New(fault.CertificateExpired)
	case at.Before(leaf.NotBefore):
		return Administrator{}, fault.New(fault.CertificateNotYet)
	}
	if a.trust != nil {
		if err := a.trust(r.TLS.PeerCertificates, at); err != nil {
			return Administrator{}, err
		}
	}
	return who, nil
}

// ActorHeader states who runs a command of this machine. It counts with the local token only: who may read that file
// could write any name into the store itself.
const ActorHeader = "MConnect-Actor"

// cliActor is what a command may state: cli: and a login.
var cliActor = regexp.MustCompile(`^cli:[A-Za-z0-9._@-]{1,64}$`)

// speaking is the administrator under the name of the person whose command it is.
func (who Administrator) speaking(actor string) (Administrator, error) {
	if actor == "" || !who.Local {
		return who, nil
	}
	if !cliActor.MatchString(actor) {
		return who, fault.New(fault.QueryInvalid, "what", ActorHeader)
	}
	who.Name = actor
	return who, nil
}

type actorKey struct{}

func withActor(ctx context.Context, who Administrator) context.Context {
	return context.WithValue(ctx, actorKey{}, who)
}

// actor is the administrator that Handler put into the request's context.
func actor(ctx context.Context) Administrator {
	who, _ := ctx.Value(actorKey{}).(Administrator)
	return who
}

// require raises role.missing unless the administrator has the role, or one of several. Everybody may read.
func require(ctx context.Context, role Role) error {
	who := actor(ctx)
	has := func(one string) bool { return slices.Contains(who.Roles, Role(one)) }
	if who.Name != "" && (role == Reader || slices.ContainsFunc(strings.Split(string(role), ", "), has)) {
		return nil
	}
	return fault.New(fault.RoleMissing, "role", string(role))
}
