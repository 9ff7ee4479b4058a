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
