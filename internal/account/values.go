package account

import (
	"time"

	"mconnect"
	"mconnect/internal/domain/people"
)

// Client is where a person logs in from, as the list of sessions shows it.
type Client struct {
	Address string // without port
	Agent   string // as the browser names itself; cut to 200 characters
}

// Entity is a legal entity that a person administers, as the identity provider states it.
type Entity struct {
	IDNO mconnect.IDNO
	Name string
}

// Federated is what an identity provider states about a person after it has verified the identity.
type Federated struct {
	IDNP         mconnect.IDNP
	Name         string
	Email        string
	Language     mconnect.Lang
	NameID       string    // of the provider's session, for single logout
	SessionIndex string    // likewise
	Until        time.Time // when the provider's session ends; zero: it does not say
	Entities     []Entity
}

// Local is what a person enters who logs in with a local account.
type Local struct {
	Login    string
	Password string
	Code     string // of the authenticator, or a recovery code
}

// Choice is a context that a person may act in.
type Choice struct {
	Context people.Context
	Name    mconnect.Text // of the participant; of nobody and the platform the zero value
	Roles   []people.Role
	Until   time.Time // when the last of the roles ends; zero: without end
	// Ended says when the last role there ended: the context cannot be entered; zero: it can.
	Ended time.Time
	// First says that the person administers a participant without any manager, and may become its first one.
	First bool
}
