package journal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"mconnect"
	"mconnect/fault"
)

// Entry is a record as it is read back: Record.Subject is empty, in its place stand the pseudonym and the
// sealed identifier (see Journal.Open). A kind Erasure has a pseudonym only.
type Entry struct {
	Record
	Pseudonym []byte
	Sealed    []byte
}

var errRecord = errors.New("journal: not a record in canonical form")

// Decode reads a record. It accepts exactly what the journal writes: encoding the result again gives
// data. It allocates in proportion to data and never retains it.
func Decode(data []byte) (Entry, error) {
	e, err := parse(data)
	if err != nil || !utf8.Valid(data) || !bytes.Equal(encode(&e), data) {
		return Entry{}, errRecord
	}
	return e, nil
}

// wire is a record as it stands in JSON.
type wire struct {
	Actor       string                 `json:"actor"`
	Address     string                 `json:"address"`
	Agreement   mconnect.AgreementID   `json:"agreement"`
	Answer      *wireBody              `json:"answer"`
	Call        mconnect.CallID        `json:"call"`
	Certificate mconnect.Fingerprint   `json:"certificate"`
	Change      *wireChange            `json:"change"`
	Checks      []fault.Check          `json:"checks"`
	Code        fault.Code             `json:"code"`
	Consumer    mconnect.ParticipantID `json:"consumer"`
	Context     wireContext            `json:"context"`
	Event       *wireEvent             `json:"event"`
	Grant       []string               `json:"grant"`
	Kind        Kind                   `json:"kind"`
	Leg         fault.Leg              `json:"leg"`
	LegalBasis  string                 `json:"legalBasis"`
	Node        string                 `json:"node"`
	Note        string                 `json:"note"`
	Protocol    string                 `json:"protocol"`
	Provider    mconnect.SystemID      `json:"provider"`
	Purpose     mconnect.PurposeCode   `json:"purpose"`
	Reading     *wireReading           `json:"reading"`
	Request     *wireBody              `json:"request"`
	Revision    int64                  `json:"revision"`
	Service     mconnect.ServiceName   `json:"service"`
	Spent       map[string]int64       `json:"spent"`
	Subject     struct {
		Pseudonym string `json:"pseudonym"` // hexadecimal
		Sealed    []byte `json:"sealed"`
	} `json:"subject"`
	System  mconnect.SystemID `json:"system"`
	Time    string            `json:"time"`
	Trace   string            `json:"trace"`
	V       int               `json:"v"`
	Version mconnect.Version  `json:"version"`
}

type wireBody struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

type wireContext struct {
	User   string `json:"user"`
	Entity string `json:"entity"`
	Basis  string `json:"basis"`
	Reason string `json:"reason"`
}

type wireChange struct {
	Resource string `json:"resource"`
	ID       string `json:"id"`
	Action   string `json:"action"`
	Revision int64  `json:"revision"`
	Digest   string `json:"digest"`
	Document string `json:"document"`
	Reason   string `json:"reason"`
}

type wireEvent struct {
	Source  string   `json:"source"`
	ID      string   `json:"id"`
	Types   []string `json:"types"`
	Group   string   `json:"group"`
	First   int64    `json:"first"`
	Last    int64    `json:"last"`
	Count   int      `json:"count"`
	Digest  string   `json:"digest"`
	Content string   `json:"content"`
}

type wireReading struct {
	Query string `json:"query"`
	Count int    `json:"count"`
}

// parse reads a record that this platform has written, without proving that it is in canonical form.
func parse(data []byte) (Entry, error) {
	if len(data) > MaxRecord {
		return Entry{}, errRecord
	}
	var w wire
	if err := json.Unmarshal(data, &w, json.RejectUnknownMembers(true)); err != nil || w.V != 1 {
		return Entry{}, errRecord
	}
	at, notTime := time.Parse(timeForm, w.Time)
	var pseudonym []byte
	var notHex error
	if w.Subject.Pseudonym != "" {
		pseudonym, notHex = hex.DecodeString(w.Subject.Pseudonym)
	}
	if notTime != nil || notHex != nil {
		return Entry{}, errRecord
	}
	return Entry{
		Record: Record{
			Kind: w.Kind, Time: at, Node: w.Node, Call: w.Call, Trace: w.Trace, Protocol: w.Protocol,
			System: w.System, Consumer: w.Consumer, Certificate: w.Certificate, Address: w.Address,
			Service: w.Service, Version: w.Version, Provider: w.Provider, Agreement: w.Agreement, Revision: w.Revision,
			Purpose: w.Purpose, LegalBasis: w.LegalBasis, Context: mconnect.LegalContext(w.Context), Grant: w.Grant,
			Request: (*Body)(w.Request), Answer: (*Body)(w.Answer), Code: w.Code, Leg: w.Leg, Checks: w.Checks,
			Spent:  w.Spent,
			Change: (*ChangeNote)(w.Change), Event: (*EventNote)(w.Event), Reading: (*ReadingNote)(w.Reading),
			Actor: w.Actor, Note: w.Note,
		},
		Pseudonym: pseudonym, Sealed: w.Subject.Sealed,
	}, nil
}

// indexed is what index and meter need of a record: the rest is skipped, not allocated.
type indexed struct {
	Agreement mconnect.AgreementID   `json:"agreement"`
	Call      mconnect.CallID        `json:"call"`
	Code      fault.Code             `json:"code"`
	Consumer  mconnect.ParticipantID `json:"consumer"`
	Kind      Kind                   `json:"kind"`
	Provider  mconnect.SystemID      `json:"provider"`
	Purpose   mconnect.PurposeCode   `json:"purpose"`
	Service   mconnect.ServiceName   `json:"service"`
	Subject   struct {
		Pseudonym string `json:"pseudonym"`
	} `json:"subject"`
	System mconnect.SystemID `json:"system"`
	Time   string            `json:"time"`
	V      int               `json:"v"`

	at        time.Time
	pseudonym []byte
}

// parseIndexed reads a record that this platform has written as parse does, as far as index and meter need it.
func parseIndexed(data []byte) (indexed, error) {
	var e indexed
	if err := json.Unmarshal(data, &e); err != nil || e.V != 1 || len(data) > MaxRecord {
		return indexed{}, errRecord
	}
	var notTime, notHex error
	e.at, notTime = time.Parse(timeForm, e.Time)
	if e.Subject.Pseudonym != "" {
		e.pseudonym, notHex = hex.DecodeString(e.Subject.Pseudonym)
	}
	if notTime != nil || notHex != nil {
		return indexed{}, errRecord
	}
	return e, nil
}
