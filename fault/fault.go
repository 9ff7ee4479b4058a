// Package fault is the one vocabulary of refusal and failure: a Kind for machines to branch on, a Code
// that never changes, the Leg that failed, the Party that must act, and sentences for people in
// Romanian, English and Russian.
//
// Rooms raise *Error; surfaces map it to their protocol in one table each; what is not an *Error is
// Internal and silent towards the outside. The package knows no HTTP and no SOAP. The cause is for the
// platform's own log only and is never shown to a peer.
package fault

import (
	"errors"
	"fmt"
	"time"

	"mconnect"
)

// Kind is the coarse class of a fault; surfaces map it to their status codes.
type Kind int

// The kinds.
const (
	Internal      Kind = iota // a defect of the platform
	Malformed                 // the message cannot be read
	Unidentified              // the caller is not known by its certificate
	Refused                   // the caller is known and the law or the agreement says no
	NotFound                  // no such thing, or not for this caller
	Conflict                  // the change contradicts what is stored
	TooLarge                  // over a size limit
	Unsupported               // media type or protocol feature not spoken
	Invalid                   // readable, but against the schema
	Throttled                 // quota or rate used up
	ProviderWrong             // the provider answered with something that may not pass
	ProviderLate              // the provider did not answer in time
	Unavailable               // platform, its record or the provider cannot serve now
)

// Leg says on which part of the way the fault arose.
type Leg string

// The three legs.
const (
	Caller   Leg = "caller"
	Platform Leg = "platform"
	Provider Leg = "provider"
)

// Party says who must act to put things right.
type Party string

// The parties.
const (
	ByConsumer   Party = "consumer" // the calling institution and its integrator
	ByProvider   Party = "provider" // the institution that owns the data
	ByOperator   Party = "operator" // the operator of the platform
	ByBoth       Party = "both"     // consumer and provider together, e.g. to amend an agreement
	ByNobodyWait Party = "nobody"   // it passes by itself: wait and repeat
)

// Code names one fault for ever, e.g. "agreement.expired". See codes.go.
type Code string

// Result is how one check of a verdict ended.
type Result string

// The results of a check.
const (
	Passed     Result = "passed"
	Failed     Result = "failed"
	Flagged    Result = "flagged"    // tolerated by the agreement's caller rules, and noted
	NotReached Result = "notReached" // an earlier check failed, or the check does not apply
)

// Check is one line of a verdict: what was examined, how it ended and, if it did not pass, the fact.
type Check struct {
	Name   string            `json:"name"`             // stable, e.g. "agreement.period"
	Result Result            `json:"result"`           //
	Code   Code              `json:"code,omitempty"`   // set when failed or flagged
	Params map[string]string `json:"params,omitempty"` // values for the sentence of Code
}

// FieldError points at one place of an input or answer that is against the schema.
type FieldError struct {
	Path   string            `json:"path"`             // JSON pointer, RFC 6901
	Code   Code              `json:"code"`             // e.g. "input.pattern"
	Params map[string]string `json:"params,omitempty"` // never the offending value itself
}

// Error is a fault on its way to somebody. Build it with New; the value is not changed once raised.
type Error struct {
	Code       Code
	Leg        Leg               // defaults to the catalogue's
	Params     map[string]string // values for the sentences; no personal data, no internals
	Fields     []FieldError      // at most MaxFields, of manifests at most MaxMistakes
	More       int               // how many more there are than Fields has
	Checks     []Check           // the whole verdict, when a decision was made
	RetryAfter time.Duration     // > 0 when waiting helps
	Call       mconnect.CallID   // reference, once assigned
	Provider   string            // the provider's own sentence, bounded; shown as such
	Cause      error             // for our log only
}

// How many FieldErrors one Error carries at most: of a message, and of a set of manifests.
const (
	MaxFields   = 20
	MaxMistakes = 100
)

// New makes an Error of code. Params are alternating names and values.
func New(code Code, params ...string) *Error {
	e := &Error{Code: code, Leg: code.Entry().Leg}
	if len(params) > 1 {
		e.Params = make(map[string]string, len(params)/2)
		for i := 0; i+1 < len(params); i += 2 {
			e.Params[params[i]] = params[i+1]
		}
	}
	return e
}

// Wrap is New with a cause for the platform's own log.
func Wrap(cause error, code Code, params ...string) *Error {
	e := New(code, params...)
	e.Cause = cause
	return e
}

// Error implements error in English, for logs; it includes the cause.
func (e *Error) Error() string {
	s := string(e.Code)
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s %s]", f.Path, f.Code)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Kind returns the kind that the catalogue gives the code.
func (e *Error) Kind() Kind { return e.Code.Entry().Kind }

// From returns the *Error in err's chain, or an Internal one with err as its cause. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Wrap(err, InternalError)
}
