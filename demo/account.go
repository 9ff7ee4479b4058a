package demo

import (
	"encoding/json"
	"fmt"
	"slices"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/registry"
	"mconnect/internal/durable"
	"mconnect/internal/manifest"
)

// Account is DIR/demo.json: what a program needs in order to take part in the demo. Keys of parts that
// are not there are left out.
type Account struct {
	URLs                map[string]string `json:"urls"` // "exchange", "events", "admin", "sandbox": scheme://host:port
	CA                  string            `json:"ca"`   // path of the trust anchor, PEM
	PlatformCertificate string            `json:"platform_certificate"`
	Systems             []AccountSystem   `json:"systems"`
	People              []AccountPerson   `json:"people"`
	Users               []AccountUser     `json:"users,omitempty"`
}

// AccountSystem is one system with the paths of its certificate and key (PEM).
type AccountSystem struct {
	ID          mconnect.SystemID      `json:"id"`
	Participant mconnect.ParticipantID `json:"participant"`
	IDNO        mconnect.IDNO          `json:"idno"`
	Cert        string                 `json:"cert"`
	Key         string                 `json:"key"`
	Consumes    []string               `json:"consumes,omitempty"` // services, then types of event
	Provides    []mconnect.ServiceName `json:"provides,omitempty"`
	Produces    []string               `json:"produces,omitempty"` // types of event
}

// AccountPerson is one synthetic person.
type AccountPerson struct {
	IDNP       mconnect.IDNP `json:"idnp"`
	GivenName  string        `json:"given_name"`
	FamilyName string        `json:"family_name"`
}

// declared is what of the manifests goes into the account.
type declared struct {
	participants []registry.Participant
	systems      []registry.System
	services     []catalog.Service
	agreements   []agreement.Agreement
	events       []event.Type
}

// declaredIn reads what a set declares.
func declaredIn(set manifest.Set) (d declared, err error) {
	for _, item := range set {
		switch item.Kind {
		case manifest.Participant:
			err = add(&d.participants, item.Doc)
		case manifest.System:
			err = add(&d.systems, item.Doc)
		case manifest.Service:
			err = add(&d.services, item.Doc)
		case manifest.Agreement:
			err = add(&d.agreements, item.Doc)
		case manifest.EventType:
			err = add(&d.events, item.Doc)
		}
		if err != nil {
			return declared{}, fmt.Errorf("%s: %w", item.Where, err)
		}
	}
	return d, nil
}

func add[T any](to *[]T, document []byte) error {
	var one T
	if err := json.Unmarshal(document, &one); err != nil {
		return err
	}
	*to = append(*to, one)
	return nil
}

// account puts together what demo.json says.
func account(f folder, w *Dataset, d declared, urls map[string]string) Account {
	a := Account{URLs: urls, CA: f.ca(), PlatformCertificate: f.platform()}
	numbers := map[mconnect.ParticipantID]mconnect.IDNO{}
	for _, p := range d.participants {
		numbers[p.ID] = p.IDNO
	}
	for _, s := range d.systems {
		one := AccountSystem{ID: s.ID, Participant: s.ID.Participant(), IDNO: numbers[s.ID.Participant()],
			Cert: f.cert(s.ID), Key: f.key(s.ID)}
		var heard []string
		for _, g := range d.agreements {
			switch {
			case g.Consumer != s.ID:
			case g.Event != "" && !slices.Contains(heard, string(g.Event)):
				heard = append(heard, string(g.Event))
			case g.Event == "" && !slices.Contains(one.Consumes, string(g.Service)):
				one.Consumes = append(one.Consumes, string(g.Service))
			}
		}
		one.Consumes = append(one.Consumes, heard...)
		for _, v := range d.services {
			if v.Provider == s.ID && !slices.Contains(one.Provides, v.Name) {
				one.Provides = append(one.Provides, v.Name)
			}
		}
		for _, e := range d.events {
			if slices.ContainsFunc(e.Producers, func(p event.Producer) bool { return p.System == s.ID }) {
				one.Produces = append(one.Produces, string(e.Name))
			}
		}
		a.Systems = append(a.Systems, one)
	}
	for _, p := range w.Persons {
		a.People = append(a.People, AccountPerson{p.IDNP, p.GivenName, p.FamilyName})
	}
	a.Users = users()
	return a
}

// write stores the account at path, whole or not at all.
func (a Account) write(path string) error {
	text, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(path, append(text, '\n'), 0o644)
}
