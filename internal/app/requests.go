package app

import (
	"context"
	"crypto"
	"crypto/x509"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/internal/pki"
	"mconnect/internal/requests"
	"mconnect/internal/sandbox"
	"mconnect/internal/surface/admin"
	"mconnect/internal/surface/portal/paper"
)

// openRequests wires the access requests: the signatures that are handed in, the platform's own, and the contract tests
// in an engine that records nothing.
func (i *Installation) openRequests() (err error) {
	tried := sandbox.NewTrials(sandbox.Real{Registry: i.Rooms.Registry, Catalog: i.Rooms.Catalog,
		Agreements: i.Rooms.Agreements, Revision: i.Country.Revision}, i.Config.Providers.Timeout, time.Now)
	i.Requests, err = requests.New(requests.Config{
		Store: i.Store, Log: i.log, Sealer: i.Journal, Country: i.Country, Rooms: i.Rooms, Forms: form.Builtin(),
		Verifier: requests.Uploaded{Persons: actors{i}, Trust: i.Trust.VerifySigner},
		Signer:   documentKey{i.Identity}, Tester: requests.Contract{Sandbox: trials{tried}, Rooms: i.Rooms},
		Clock: time.Now,
	})
	return err
}

// documentKey signs documents with the platform's certificate of the time.
type documentKey struct{ identity *pki.Identity }

// Sign implements requests.Signer.
func (k documentKey) Sign(content []byte) (string, error) {
	now := k.identity.Certificate()
	key, ok := now.PrivateKey.(crypto.Signer)
	if !ok {
		return "", fault.New(fault.RequestSignature)
	}
	return requests.PlatformKey{Key: key, Chain: []*x509.Certificate{now.Leaf}}.Sign(content)
}

// trials are the sandboxes of contract tests.
type trials struct{ *sandbox.Trials }

// Of implements requests.Sandbox.
func (t trials) Of(a agreement.Agreement) (requests.Caller, error) {
	s, err := t.Trials.Of(a)
	return tried{s}, err
}

type tried struct{ *sandbox.Tried }

// Call implements requests.Caller.
func (t tried) Call(ctx context.Context, c requests.Call) ([]byte, error) {
	return t.Tried.Call(ctx, sandbox.Trial(c))
}

// accessRequests is what the management API needs for access requests.
func (i *Installation) accessRequests() *admin.Access {
	return &admin.Access{Requests: i.Requests, Parts: i.Requests, Flags: i.Requests, Actors: actors{i},
		Form: i.Requests.Current, Print: func(d access.Document, lang mconnect.Lang) ([]byte, error) {
			return paper.PDF(d, paper.Names{Participant: i.participantName, Portal: i.Config.Portal.URL}, lang)
		}}
}

// PersonAs is the person WHO who acts for PARTICIPANT or for the platform, of "WHO@PARTICIPANT" or "WHO@platform"; WHO
// is the identifier of a person or the login of a local account. Fault: context.unavailable where the person has no
// role there.
func (i *Installation) PersonAs(ctx context.Context, who string) (people.Principal, error) {
	return actors{i}.As(ctx, who)
}

// actors finds persons.
type actors struct{ i *Installation }

// PersonOf implements requests.Persons.
func (a actors) PersonOf(ctx context.Context, idnp mconnect.IDNP) (people.PersonID, error) {
	p, err := a.i.Store.PersonByPseudonym(ctx, a.i.Journal.Pseudonym(string(idnp)))
	if err != nil || p.Blocked {
		return "", fault.Wrap(err, fault.RequestSigner)
	}
	return people.PersonID(p.ID), nil
}

// As implements admin.Actors. The person is named by identifier or by the login of a local account.
func (a actors) As(ctx context.Context, who string) (people.Principal, error) {
	name, at, _ := strings.Cut(who, "@")
	if c, err := a.i.Store.CredentialOf(ctx, name); err == nil {
		name = c.Person
	}
	person, err := a.i.Store.Person(ctx, name)
	if err != nil {
		return people.Principal{}, err
	}
	stored, err := a.i.Store.MembershipsOf(ctx, person.ID)
	if err != nil {
		return people.Principal{}, err
	}
	var all []people.Membership
	for _, m := range stored {
		if m.State == appendlog.MembershipGranted {
			all = append(all, people.Membership{Participant: mconnect.ParticipantID(m.Participant),
				Role: people.Role(m.Role), From: m.From, Until: m.Until})
		}
	}
	c := people.Context{Participant: mconnect.ParticipantID(at)}
	if at == "platform" {
		c = people.Context{Staff: true}
	}
	p := people.Principal{Person: people.PersonID(person.ID), Name: person.Name, Context: c,
		Roles: people.RolesIn(all, c, time.Now())}
	if person.Blocked || len(p.Roles) < 2 { // everybody is a citizen
		return p, fault.New(fault.ContextUnavailable)
	}
	return p, nil
}
