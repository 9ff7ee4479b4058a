package events

import (
	"crypto/x509"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/registry"
	"mconnect/internal/surface/request"
)

// Identifier leads from a certificate chain to a registered system; *registry.Registry is one. Faults: certificate.*.
type Identifier interface {
	Identify(chain []*x509.Certificate, at time.Time) (*registry.Identity, error)
}

// identify finds out who asks, from an allowed address and with a standing that lets it act.
func (s *Surface) identify(q *identifiedRequest) error {
	who, err := s.currentIdentity(q)
	if err != nil {
		return err
	}
	q.who = who
	q.caller = broker.Caller{
		System: who.System.ID, Participant: who.Participant.ID, Certificate: who.Fingerprint,
		Address: request.AddressOf(q.Request).WithZone("").String(),
	}
	return nil
}

// currentIdentity is asked again while a socket is open.
func (s *Surface) currentIdentity(q *identifiedRequest) (*registry.Identity, error) {
	who, err := s.Identifier.Identify(request.ChainOf(q.Request), s.Clock())
	if err != nil {
		return nil, err
	}
	if err := request.CheckNetwork(&who.System, request.AddressOf(q.Request)); err != nil {
		return nil, err
	}
	switch {
	case !who.Participant.Active():
		return nil, fault.New(fault.ParticipantSuspended, "participant", string(who.Participant.ID))
	case !who.System.Active():
		return nil, fault.New(fault.SystemSuspended, "system", string(who.System.ID))
	}
	return who, nil
}

// Accounts reports what a system may do, for its developers.
type Accounts interface {
	// Account of a system as declared now, in a reader's language.
	Account(system mconnect.SystemID, lang mconnect.Lang, at time.Time) (Account, error)
}

// Account is a system's own configuration, as GET /ce/tools/my-settings shows it.
type Account struct {
	Produces []ProducedType `json:"produces"`
	Consumes []ConsumedType `json:"consumes"`
	Groups   []Subscription `json:"subscriptions"` // that are declared; others need no declaration
}

// ProducedType is a type that the system may produce.
type ProducedType struct {
	Type      mconnect.EventType `json:"type"`
	Title     string             `json:"title,omitempty"`
	Sources   []string           `json:"sources"`
	Retention string             `json:"retention"`
}

// ConsumedType is a type that the system may consume.
type ConsumedType struct {
	Type      mconnect.EventType   `json:"type"`
	Title     string               `json:"title,omitempty"`
	Agreement mconnect.AgreementID `json:"agreement"`
	Purpose   mconnect.PurposeCode `json:"purpose"`
	Fields    []string             `json:"fields"` // of the data; "*": all
	Until     string               `json:"agreedUntil,omitempty"`
}

// Subscription is a declared group of the system.
type Subscription struct {
	ID       string `json:"id"`
	Group    string `json:"group"`
	Delivery string `json:"delivery"` // "pull" or "webhook"
}
