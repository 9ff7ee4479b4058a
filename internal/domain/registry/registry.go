// Package registry knows who takes part: participants, their information systems and the certificates
// by which a system is recognised. It leads from a certificate to a System and says whether both stand.
//
// It owns no services and no rights; it does no I/O. The owner of the state is the store; the registry
// is its image in memory, kept up to date by app, safe for concurrent use.
package registry

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
)

// Sector tells public participants, among whom exchange is free of charge, from private ones.
type Sector string

// The sectors.
const (
	Public  Sector = "public"
	Private Sector = "private"
)

// Level distinguishes central from local public administration; empty for private participants.
type Level string

// The levels of administration.
const (
	Central Level = "central"
	Local   Level = "local"
)

// Status is whether a participant or system may act. The zero value reads as Active.
type Status string

// The standings.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
)

// Participant is a legal entity taking part (Law 142/2018, art. 3: participant in data exchange).
type Participant struct {
	ID       mconnect.ParticipantID `json:"id" yaml:"id"`
	IDNO     mconnect.IDNO          `json:"idno" yaml:"idno"`
	Name     mconnect.Text          `json:"name" yaml:"name"`
	Sector   Sector                 `json:"sector" yaml:"sector"`
	Level    Level                  `json:"level,omitempty" yaml:"level,omitempty"`
	Status   Status                 `json:"status,omitempty" yaml:"status,omitempty"`
	Contacts []Contact              `json:"contacts,omitempty" yaml:"contacts,omitempty"`
}

// Contact is an office to turn to, not a person: e.g. role "technical".
type Contact struct {
	Role  string `json:"role" yaml:"role"` // legal, technical, dpo, security
	Name  string `json:"name,omitempty" yaml:"name,omitempty"`
	Email string `json:"email,omitempty" yaml:"email,omitempty"`
	Phone string `json:"phone,omitempty" yaml:"phone,omitempty"`
}

// Role is what a system may do on the platform.
type Role string

// The roles of a system.
const (
	Consumer Role = "consumer" // calls services
	Provider Role = "provider" // serves them
	Producer Role = "producer" // publishes events
)

// System is one information system of a participant.
type System struct {
	ID     mconnect.SystemID `json:"id" yaml:"id"`
	Name   mconnect.Text     `json:"name" yaml:"name"`
	Roles  []Role            `json:"roles" yaml:"roles"`
	Status Status            `json:"status,omitempty" yaml:"status,omitempty"`
	// allowed addresses; empty: any
	Networks []netip.Prefix `json:"networks,omitempty" yaml:"networks,omitempty"`
	// hosts that events may be pushed to: a name, or a name and port
	Webhooks []string `json:"webhooks,omitempty" yaml:"webhooks,omitempty"`
	// entities it may name in CallingEntity besides its owner
	Represents []mconnect.IDNO `json:"represents,omitempty" yaml:"represents,omitempty"`
	Contacts   []Contact       `json:"contacts,omitempty" yaml:"contacts,omitempty"`
	// how it signs and is answered over SOAP
	Signature Signature `json:"signature,omitzero" yaml:"signature,omitempty"`
	// "tenant/proxy": its address on the historic gateway, /services/t/tenant/proxy
	Gateway string `json:"gateway,omitempty" yaml:"gateway,omitempty"`
}

// Signature is what a system's WS-Security signatures must keep to, and with which key it is answered. The zero
// value is the strict default.
type Signature struct {
	// accepted; empty: all that are sound
	Algorithms []Algorithm `json:"algorithms,omitempty" yaml:"algorithms,omitempty"`
	// RSA-SHA1 and SHA-1 digests pass too, flagged in the journal
	AllowSHA1 bool `json:"allow_sha1,omitempty" yaml:"allow_sha1,omitempty"`
	// a Timestamp must be there and signed
	SignedTimestamp bool `json:"signed_timestamp,omitempty" yaml:"signed_timestamp,omitempty"`
	// key that signs what it is answered; RSA when empty
	Answer Answer `json:"answer,omitempty" yaml:"answer,omitempty"`
	// by which its calls may prove who calls; empty: any
	Forms []Form `json:"forms,omitempty" yaml:"forms,omitempty"`
	// a signature must cover service and legal context
	SignedContext bool `json:"signed_context,omitempty" yaml:"signed_context,omitempty"`
}

// Form is a way in which a call proves who makes it.
type Form string

// The forms.
const (
	FormTLS  Form = "tls"  // client certificate, message not signed
	FormWSS  Form = "wss"  // WS-Security signature of a SOAP message
	FormJWS  Form = "jws"  // REST request as a JWS
	FormHTTP Form = "http" // REST request with an HTTP message signature (RFC 9421)
)

// Forms are all of them.
var Forms = []Form{FormTLS, FormWSS, FormJWS, FormHTTP}

// Admits reports whether the system may prove itself in that form.
func (s Signature) Admits(f Form) bool { return len(s.Forms) == 0 || slices.Contains(s.Forms, f) }

// RefusedForm is the fault for a call in a form that the policy does not admit.
func (s Signature) RefusedForm(f Form) *fault.Error {
	names := make([]string, len(s.Forms))
	for i, one := range s.Forms {
		names[i] = string(one)
	}
	return fault.New(fault.SignatureForm, "form", string(f), "allowed", strings.Join(names, ", "))
}

// Algorithm is one of the sound signature algorithms.
type Algorithm string

// The algorithms.
const (
	RSASHA256   Algorithm = "rsa-sha256"
	ECDSASHA256 Algorithm = "ecdsa-sha256" // on P-256
)

// Answer names the key that signs answers.
type Answer string

// The keys.
const (
	AnswerRSA  Answer = "rsa"  // every WS-Security client reads it
	AnswerP256 Answer = "p256" // smaller and quicker, for clients that know ECDSA
)

// Allows reports whether the system may sign by a.
func (s Signature) Allows(a Algorithm) bool {
	return len(s.Algorithms) == 0 || slices.Contains(s.Algorithms, a)
}

// Certificate binds one X.509 certificate to one system. Several may be valid at once, for rotation.
type Certificate struct {
	ID     string            `json:"id" yaml:"id"` // fingerprint; may be left out of a manifest
	System mconnect.SystemID `json:"system" yaml:"system"`
	// the leaf, perhaps followed by the authorities between it and an anchor
	PEM       string    `json:"pem" yaml:"pem"`
	RevokedAt time.Time `json:"revoked_at,omitzero" yaml:"revoked_at,omitempty"`
	Reason    string    `json:"reason,omitempty" yaml:"reason,omitempty"` // of revocation
}
