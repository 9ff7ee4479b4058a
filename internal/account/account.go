// Package account keeps the persons of the platform: who they are, which roles they have where, how they log in, and
// their sessions.
//
// It owns local passwords, one-time codes, the limits of sessions and the rule that each change by a person commits in
// one transaction with its journal record. It does not decide rights: people.Principal.May does. It knows neither HTTP
// nor SQL; what it needs of the store, the journal and the keys are the interfaces of Config.
//
// Flow: LoginFederated or Login → a session in the context of the person alone → Who makes of its token a Principal for
// each request → Enter changes the context, Confirm repeats the proof of identity; both replace the token.
package account

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/domain/registry"
	"mconnect/internal/ident"
)

// Store keeps everything of this package; *store.DB is one.
type Store interface {
	Persons
	Memberships
	Sessions
	Credentials
	Codes
}

// Persons keeps persons. Fault person.unknown.
type Persons interface {
	Person(ctx context.Context, id string) (appendlog.Person, error)
	PersonByPseudonym(ctx context.Context, pseudonym []byte) (appendlog.Person, error)
	Persons(ctx context.Context, after string, limit int) ([]appendlog.Person, error)
	PutPerson(tx appendlog.Tx, p appendlog.Person) error
}

// Memberships keeps memberships, ended and proposed ones included. Fault membership.unknown.
type Memberships interface {
	Membership(ctx context.Context, id string) (appendlog.Membership, error)
	MembershipsOf(ctx context.Context, person string) ([]appendlog.Membership, error)
	MembershipsAt(ctx context.Context, participant string) ([]appendlog.Membership, error)
	// MembershipsIn is MembershipsAt within a transaction: nobody changes them before it ends.
	MembershipsIn(tx appendlog.Tx, participant string) ([]appendlog.Membership, error)
	PutMembership(tx appendlog.Tx, m appendlog.Membership) error
}

// Sessions keeps sessions. Fault session.unknown.
type Sessions interface {
	Session(ctx context.Context, digest []byte) (appendlog.Session, error)
	SessionsOf(ctx context.Context, person string) ([]appendlog.Session, error)
	SessionsNamed(ctx context.Context, name []byte) ([]appendlog.Session, error)
	PutSession(tx appendlog.Tx, s appendlog.Session) error
	EndSessions(tx appendlog.Tx, digests ...[]byte) (int, error)
	TouchSession(ctx context.Context, digest []byte, seen time.Time) error
}

// Credentials keeps what local accounts log in with. Faults: person.unknown, login.taken.
type Credentials interface {
	Credential(ctx context.Context, person string) (appendlog.Credential, error)
	CredentialOf(ctx context.Context, login string) (appendlog.Credential, error)
	PutCredential(tx appendlog.Tx, c appendlog.Credential) error
	// UseStep reports whether neither the code of a time step nor a later one was used, and notes that it is now.
	UseStep(tx appendlog.Tx, person string, step int64) (bool, error)
	// CountAttempt changes the attempts under a key as next says; an error of next changes nothing.
	CountAttempt(ctx context.Context, key []byte, next func(appendlog.Attempts) (appendlog.Attempts, error)) error
}

// Codes keeps the digests of codes that count once.
type Codes interface {
	PutRecovery(tx appendlog.Tx, person string, digests [][]byte) error
	UseRecovery(tx appendlog.Tx, person string, digest []byte) (bool, error)
	Recovery(ctx context.Context, person string) (left int, err error)
	PutSetup(tx appendlog.Tx, digest []byte, person string, now, until time.Time) error
	Setup(ctx context.Context, digest []byte, at time.Time) (person string, err error) // fault code.refused
	UseSetup(tx appendlog.Tx, digest []byte, at time.Time) (bool, error)
}

// Log is the journal's log.
type Log interface {
	// AppendWith appends the entries that build returns, in one transaction with what build writes.
	AppendWith(ctx context.Context, build func(tx appendlog.Tx) ([]appendlog.Entry, error)) (appendlog.Position, error)
}

// Sealer makes journal entries and pseudonyms; *journal.Journal is one.
type Sealer interface {
	Seal(r journal.Record) (appendlog.Entry, error)
	Pseudonym(subject string) []byte
}

// Vault encrypts what the store may not hold in clear. What was sealed for one owner and name opens for no other.
type Vault interface {
	Seal(owner, name string, plain []byte) ([]byte, error)
	Open(owner, name string, sealed []byte) ([]byte, error)
}

// Participants knows the institutions; *registry.Registry is one.
type Participants interface {
	Participant(id mconnect.ParticipantID) (registry.Participant, bool)
	Participants() []registry.Participant
}

// Config is what Accounts depend on. Everything is needed unless stated otherwise.
type Config struct {
	Store        Store
	Log          Log
	Journal      Sealer
	Vault        Vault
	Participants Participants
	Clock        func() time.Time // nil: time.Now
	Logger       *slog.Logger     // nil: discard
}

// Accounts knows persons, roles and sessions. It is safe for concurrent use.
type Accounts struct {
	cfg     Config
	hashing chan struct{} // bounds how many passwords are hashed at once: each takes memory
}

// New checks cfg and makes Accounts.
func New(cfg Config) (*Accounts, error) {
	if cfg.Store == nil || cfg.Log == nil || cfg.Journal == nil || cfg.Vault == nil || cfg.Participants == nil {
		return nil, errors.New("account: a part is missing from the configuration")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Accounts{cfg: cfg, hashing: make(chan struct{}, maxHashing)}, nil
}

// now is the time as the store keeps it.
func (a *Accounts) now() time.Time { return a.cfg.Clock().UTC().Truncate(time.Microsecond) }

// deed is what somebody does, as the journal records it. It holds no personal data: persons by their identifiers.
type deed struct {
	actor        string
	resource, id string // "Session", "Membership", "Person", "Credential"
	action       string // "login", "grant", …
	participant  mconnect.ParticipantID
	document     string // canonical JSON of what it changed, without personal data; may be ""
}

// commit writes a change and its record in one transaction.
func (a *Accounts) commit(ctx context.Context, d deed, write func(tx appendlog.Tx) error) error {
	entry, err := a.cfg.Journal.Seal(journal.Record{Kind: journal.Account, Actor: d.actor, Consumer: d.participant,
		Change: &journal.ChangeNote{Resource: d.resource, ID: d.id, Action: d.action, Document: d.document}})
	if err != nil {
		return err
	}
	_, err = a.cfg.Log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		if err := write(tx); err != nil {
			return nil, err
		}
		return []appendlog.Entry{entry}, nil
	})
	return err
}

// is reports whether an error is a fault of a code.
func is(err error, code fault.Code) bool { return err != nil && fault.From(err).Code == code }

// newID makes an identifier of a person or membership: a UUID of version 7.
func newID() string { return string(ident.CallID()) }

// actorOf is how the journal names a person who acts for nobody else.
func actorOf(person string) string { return people.Principal{Person: people.PersonID(person)}.Actor() }
