package appendlog

import "time"

// Person is somebody who may log in. Pseudonym and Sealed hold the identification number; both are nil for a person who
// has a local account only. Name, Email and Language are as the person's identity provider or profile states them.
type Person struct {
	ID                string
	Pseudonym, Sealed []byte
	Name, Email       string
	EmailVerified     bool
	Language          string
	CreatedAt         time.Time // UTC, microseconds
	Blocked           bool
}

// The states of a Membership.
const (
	MembershipGranted  = "granted"
	MembershipProposed = "proposed" // a second person decides
	MembershipDeclined = "declined"
)

// Membership is a role of a person at a participant, or on the platform's staff where Participant is "".
type Membership struct {
	ID, Person, Participant string
	Role, State             string
	From, Until             time.Time // UTC, microseconds; Until is zero where there is no end
	ProposedBy              string    // the actor who proposed it; "" where none had to
	GrantedBy               string    // the actor who granted, approved or declined it
}

// Session is that of one person on one device. Digest is the SHA-256 of its token. Name and Index identify the session
// of the identity provider; Name is a pseudonym and NameSealed encrypted, because that name may be an identification
// number.
type Session struct {
	Digest              []byte
	Person, Participant string
	Staff               bool
	Name, NameSealed    []byte // nil: a local login
	Index               string
	Entities            string    // the IDNOs of legal entities that the person administers, separated by spaces
	Created, Seen       time.Time // UTC, microseconds
	Until               time.Time // its absolute end
	Address, Agent      string
	StepUp              time.Time // when the identity was last proved; zero: at login only
}

// Credential is what a local account logs in with. TOTP is sealed; Next is a secret that is not confirmed yet,
// likewise.
type Credential struct {
	Person, Login string
	Password      string // a hash that names its algorithm and parameters
	TOTP, Next    []byte
	Used          int64     // the last time step of a code that was accepted
	Changed       time.Time // UTC, microseconds
}

// Attempts counts what failed since the last success under one key.
type Attempts struct {
	Failures int64
	Last     time.Time // UTC, microseconds
}
