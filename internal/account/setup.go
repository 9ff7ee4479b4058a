package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"regexp"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/people"
)

// setupHolds is how long a setup code holds.
const setupHolds = 24 * time.Hour

// setupOf is what is stored of a setup code.
func setupOf(code string) []byte {
	sum := sha256.Sum256([]byte("setup " + plainCode(code)))
	return sum[:]
}

// newCode makes a code of 100 bits for people to type.
func newCode() string {
	raw := make([]byte, 13)
	_, _ = rand.Read(raw) // never fails
	s := strings.ToLower(base32Plain.EncodeToString(raw))
	return strings.Join([]string{s[:5], s[5:10], s[10:15], s[15:20]}, "-")
}

// Invite makes a code with which somebody sets up a local account, once: a new one with the role of admin for person
// "", else that of the person, whose password and authenticator it replaces. Faults: right.missing, right.stepUp,
// person.unknown.
func (a *Accounts) Invite(ctx context.Context, p *people.Principal, person people.PersonID) (code string,
	until time.Time, err error) {
	action := people.PersonEdit
	if person == "" {
		action = people.StaffGrant
	}
	if err := p.May(action, people.Object{}, a.now()); err != nil {
		return "", time.Time{}, err
	}
	id := "first"
	if person != "" {
		if _, err := a.cfg.Store.Person(ctx, string(person)); err != nil {
			return "", time.Time{}, err
		}
		id = string(person)
	}
	code, until = newCode(), a.now().Add(setupHolds)
	d := deed{actor: p.Actor(), resource: "Credential", id: id, action: "invite"}
	return code, until, a.commit(ctx, d, func(tx appendlog.Tx) error {
		return a.cfg.Store.PutSetup(tx, setupOf(code), string(person), a.now(), until)
	})
}

// Setup is an account that is being set up.
type Setup struct {
	New           bool // the code is for a new person
	Name, Login   string
	Authenticator Authenticator
}

// BeginSetup judges a setup code and makes a secret for the account's authenticator. Faults: code.refused,
// login.throttled.
func (a *Accounts) BeginSetup(ctx context.Context, code string, from Client) (Setup, error) {
	if err := a.attemptOf(ctx, attemptKey("setup", from.Address), 2*freeAttempts); err != nil {
		return Setup{}, err
	}
	s, err := a.setup(ctx, code)
	if err != nil {
		return Setup{}, err
	}
	s.Authenticator, err = authenticator(orElse(s.Login, "mconnect"), newSecret())
	return s, err
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (a *Accounts) setup(ctx context.Context, code string) (Setup, error) {
	person, err := a.cfg.Store.Setup(ctx, setupOf(code), a.now())
	if err != nil || person == "" {
		return Setup{New: true}, err
	}
	known, err := a.cfg.Store.Person(ctx, person)
	if err != nil {
		return Setup{}, err
	}
	s := Setup{Name: known.Name}
	if c, err := a.cfg.Store.Credential(ctx, person); err == nil && !strings.HasPrefix(c.Login, "person:") {
		s.Login = c.Login
	}
	return s, nil
}

// Chosen is what a person chooses when setting up an account. Secret is the one of BeginSetup, Code one of its codes.
type Chosen struct {
	Name, Login, Password string
	Secret, Code          string
}

var loginForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{2,39}$`)

// FinishSetup sets the account up, begins a session of it, and returns new recovery codes, which are shown once. The
// code does not count any more. Faults: code.refused, login.throttled, login.taken, resource.invalid with what is
// wrong.
func (a *Accounts) FinishSetup(ctx context.Context, code string, c Chosen, from Client) (token string,
	recovery []string, err error) {
	key := attemptKey("setup", from.Address)
	if err := a.attemptOf(ctx, key, 2*freeAttempts); err != nil {
		return "", nil, err
	}
	person, err := a.cfg.Store.Setup(ctx, setupOf(code), a.now())
	if err != nil {
		return "", nil, err
	}
	step, err := a.judgeChosen(person == "", &c)
	if err != nil {
		return "", nil, err
	}
	known := appendlog.Person{ID: newID(), Name: c.Name, CreatedAt: a.now()}
	if person != "" {
		if known, err = a.cfg.Store.Person(ctx, person); err != nil {
			return "", nil, err
		}
	}
	own := appendlog.Credential{Person: known.ID, Login: c.Login, Password: a.hash(c.Password), Used: step,
		Changed: a.now()}
	if own.TOTP, err = a.cfg.Vault.Seal(known.ID, "totp", []byte(c.Secret)); err != nil {
		return "", nil, err
	}
	token, recovery, err = a.open(ctx, known, own, setupOf(code), person == "", from)
	if err != nil {
		return "", nil, err
	}
	return token, recovery, a.succeeded(ctx, key, true)
}

// judgeChosen finds everything that is wrong with what was chosen, and the time step of its code.
func (a *Accounts) judgeChosen(fresh bool, c *Chosen) (step int64, err error) {
	var found fault.Findings
	c.Name, c.Login = line(c.Name, maxName), loginName(c.Login)
	if fresh && c.Name == "" {
		found.Add("/name", fault.InputMissing)
	}
	if !loginForm.MatchString(c.Login) {
		found.Add("/login", fault.InputPattern, "pattern", loginForm.String())
	}
	judgePassword(&found, c.Login, c.Password)
	if sameSecret(c.Secret) {
		step = stepOf(c.Secret, plainCode(c.Code), a.now())
	}
	if step == 0 {
		found.Add("/code", fault.LoginRefused)
	}
	return step, found.Err(fault.ResourceInvalid)
}

// open stores an account that was set up, with its first session.
func (a *Accounts) open(ctx context.Context, person appendlog.Person, c appendlog.Credential, setup []byte, fresh bool,
	from Client) (string, []string, error) {
	all, err := a.granted(ctx, person.ID)
	if err != nil {
		return "", nil, err
	}
	role := appendlog.Membership{ID: newID(), Person: person.ID, Role: string(people.Admin),
		State: appendlog.MembershipGranted, From: a.now(), GrantedBy: actorOf(person.ID)}
	document := ""
	if fresh {
		all, document = append(all, membershipOf(role)), documentOf(role)
	}
	s, token := a.start(person.ID, all, from)
	s.StepUp = s.Created
	codes, digests := newRecovery(person.ID)
	d := deed{actor: actorOf(person.ID), resource: "Credential", id: person.ID, action: "setup", document: document}
	return token, codes, a.commit(ctx, d, func(tx appendlog.Tx) error {
		if used, err := a.cfg.Store.UseSetup(tx, setup, a.now()); err != nil {
			return err
		} else if !used {
			return fault.New(fault.CodeRefused)
		}
		for _, put := range []func() error{
			func() error { return a.cfg.Store.PutPerson(tx, person) },
			func() error { return a.cfg.Store.PutCredential(tx, c) },
			func() error { return a.cfg.Store.PutRecovery(tx, person.ID, digests) },
			func() error {
				if !fresh {
					return nil
				}
				return a.cfg.Store.PutMembership(tx, role)
			},
			func() error { return a.cfg.Store.PutSession(tx, s) },
		} {
			if err := put(); err != nil {
				return err
			}
		}
		return nil
	})
}

// Seed is a local account made with everything it needs, for demonstrations.
type Seed struct {
	Name, Login, Password string
	Secret                string // of the authenticator, base32; "": none
	Language              mconnect.Lang
	Participant           mconnect.ParticipantID // people.Platform: the staff
	Roles                 []people.Role
}

// Plant makes a local account with its roles and returns the person. It is for programs that set up a demonstration.
// Faults: right.missing, login.taken, resource.invalid.
func (a *Accounts) Plant(ctx context.Context, p *people.Principal, s Seed) (people.PersonID, error) {
	if err := p.May(people.PersonEdit, people.Object{}, a.now()); err != nil {
		return "", err
	}
	login := loginName(s.Login)
	var found fault.Findings
	if !loginForm.MatchString(login) {
		found.Add("/login", fault.InputPattern, "pattern", loginForm.String())
	}
	judgePassword(&found, login, s.Password)
	if err := found.Err(fault.ResourceInvalid); err != nil {
		return "", err
	}
	person := appendlog.Person{ID: newID(), Name: line(s.Name, maxName), Language: string(s.Language),
		CreatedAt: a.now()}
	c := appendlog.Credential{Person: person.ID, Login: login, Password: a.hash(s.Password), Changed: a.now()}
	if s.Secret != "" {
		var err error
		if c.TOTP, err = a.cfg.Vault.Seal(person.ID, "totp", []byte(s.Secret)); err != nil {
			return "", err
		}
	}
	d := deed{actor: p.Actor(), resource: "Person", id: person.ID, action: "plant", participant: s.Participant}
	return people.PersonID(person.ID), a.commit(ctx, d, func(tx appendlog.Tx) error {
		if err := a.cfg.Store.PutPerson(tx, person); err != nil {
			return err
		}
		if err := a.cfg.Store.PutCredential(tx, c); err != nil {
			return err
		}
		for _, role := range s.Roles {
			if err := a.cfg.Store.PutMembership(tx, appendlog.Membership{ID: newID(), Person: person.ID,
				Participant: string(s.Participant), Role: string(role), State: appendlog.MembershipGranted,
				From: a.now(), GrantedBy: p.Actor()}); err != nil {
				return err
			}
		}
		return nil
	})
}
