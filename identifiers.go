package mconnect

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// ParticipantID names an authority or company taking part, e.g. "asp": 2 to 40 characters of a-z, 0-9
// and inner hyphens, beginning with a letter.
type ParticipantID string

// SystemID names one information system of one participant: "<participant>.<system>", e.g.
// "asp.rsp"; each half has the form of a ParticipantID.
type SystemID string

// ServiceName names a service as the live catalogue does, e.g. "GetPerson": an upper-case letter, then
// 1 to 63 ASCII letters or digits. The name is also the operation element in SOAP.
type ServiceName string

// EventType names a type of event, "Organization.System.Entity.Action", e.g. "ASP.RST.VP.Invalidated": four
// parts, each 1 to 40 ASCII letters or digits beginning with an upper-case letter.
type EventType string

// AgreementID names an agreement between a consumer system and the provider of a service: 2 to 64
// characters of a-z, 0-9, '-' and '.', beginning with a letter or digit.
type AgreementID string

// PurposeCode names one purpose inside an agreement: same form as a ParticipantID.
type PurposeCode string

// CallID identifies one exchange: a lower-case UUID of 36 characters; the platform assigns version 7,
// so ids sort by time of arrival.
type CallID string

// Fingerprint is the SHA-256 of a certificate's DER form: 64 lower-case hexadecimal digits.
type Fingerprint string

// ParseError reports which identifier was malformed and what was expected. It never repeats the value,
// which may be personal data.
type ParseError struct {
	Kind string // what was being read, e.g. "system id"
	Want string // the accepted form, in English, for engineers
}

// Error implements error.
func (e *ParseError) Error() string { return fmt.Sprintf("malformed %s: want %s", e.Kind, e.Want) }

func isSlug(s string) bool {
	if len(s) < 2 || len(s) > 40 || s[0] < 'a' || s[0] > 'z' || s[len(s)-1] == '-' {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

const slugForm = "2 to 40 characters a-z, 0-9 or inner '-', beginning with a letter"

// ParseParticipantID reads a ParticipantID.
func ParseParticipantID(s string) (ParticipantID, error) {
	if !isSlug(s) {
		return "", &ParseError{"participant id", slugForm}
	}
	return ParticipantID(s), nil
}

func (p ParticipantID) String() string { return string(p) }

// ParseSystemID reads a SystemID.
func ParseSystemID(s string) (SystemID, error) {
	participant, system, ok := strings.Cut(s, ".")
	if !ok || !isSlug(participant) || !isSlug(system) {
		return "", &ParseError{"system id", "<participant>.<system>, each " + slugForm}
	}
	return SystemID(s), nil
}

func (s SystemID) String() string { return string(s) }

// Participant returns the owner named in the first half of the id.
func (s SystemID) Participant() ParticipantID {
	participant, _, _ := strings.Cut(string(s), ".")
	return ParticipantID(participant)
}

// ParseServiceName reads a ServiceName.
func ParseServiceName(s string) (ServiceName, error) {
	bad := len(s) < 2 || len(s) > 64 || s[0] < 'A' || s[0] > 'Z'
	for i := 0; i < len(s) && !bad; i++ {
		c := s[i]
		bad = (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	}
	if bad {
		return "", &ParseError{"service name", "an upper-case letter and 1 to 63 ASCII letters or digits"}
	}
	return ServiceName(s), nil
}

func (n ServiceName) String() string { return string(n) }

// ParseEventType reads an EventType.
func ParseEventType(s string) (EventType, error) {
	parts, bad := 0, false
	for rest, more := s, true; more && !bad; parts++ {
		var part string
		part, rest, more = strings.Cut(rest, ".")
		bad = !isEventPart(part)
	}
	if bad || parts != 4 {
		return "", &ParseError{"event type", "Organization.System.Entity.Action, each 1 to 40 ASCII letters or digits beginning with an upper-case letter"}
	}
	return EventType(s), nil
}

func (t EventType) String() string { return string(t) }

func isEventPart(s string) bool {
	if s == "" || len(s) > 40 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// ParseAgreementID reads an AgreementID.
func ParseAgreementID(s string) (AgreementID, error) {
	bad := len(s) < 2 || len(s) > 64 || s[0] == '-' || s[0] == '.'
	for i := 0; i < len(s) && !bad; i++ {
		c := s[i]
		bad = (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.'
	}
	if bad {
		return "", &ParseError{"agreement id", "2 to 64 characters a-z, 0-9, '-' or '.', beginning with a letter or digit"}
	}
	return AgreementID(s), nil
}

func (a AgreementID) String() string { return string(a) }

// ParsePurposeCode reads a PurposeCode.
func ParsePurposeCode(s string) (PurposeCode, error) {
	if !isSlug(s) {
		return "", &ParseError{"purpose code", slugForm}
	}
	return PurposeCode(s), nil
}

func (p PurposeCode) String() string { return string(p) }

// ParseCallID reads a CallID of any UUID version, in lower case.
func ParseCallID(s string) (CallID, error) {
	bad := len(s) != 36
	for i := 0; i < len(s) && !bad; i++ {
		switch c := s[i]; i {
		case 8, 13, 18, 23:
			bad = c != '-'
		default:
			bad = (c < '0' || c > '9') && (c < 'a' || c > 'f')
		}
	}
	if bad {
		return "", &ParseError{"call id", "a lower-case UUID"}
	}
	return CallID(s), nil
}

func (c CallID) String() string { return string(c) }

// ParseFingerprint reads a Fingerprint. Colons and upper case, as openssl prints them, are accepted.
func ParseFingerprint(s string) (Fingerprint, error) {
	s = strings.ToLower(strings.ReplaceAll(s, ":", ""))
	if raw, err := hex.DecodeString(s); err != nil || len(raw) != 32 {
		return "", &ParseError{"fingerprint", "64 hexadecimal digits (SHA-256)"}
	}
	return Fingerprint(s), nil
}

func (f Fingerprint) String() string { return string(f) }
