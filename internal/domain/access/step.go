package access

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/people"
)

// Verb is what a person does with a request.
type Verb string

// The verbs.
const (
	Create   Verb = "create"
	Save     Verb = "save"     // answers of one block
	Attach   Verb = "attach"   // a file
	Submit   Verb = "submit"   // to the data protection officer, then for the signature
	Protect  Verb = "protect"  // approve block D, or send it back
	Sign     Verb = "sign"     //
	Decline  Verb = "decline"  // the signatory does not sign
	Recall   Verb = "recall"   // the editor takes the frozen version back
	Review   Verb = "check"    // the check list is complete
	Return   Verb = "return"   // ask for changes
	Decide   Verb = "decide"   // the provider's verdict
	Approve  Verb = "approve"  // the Connection Decision
	Refuse   Verb = "refuse"   //
	Test     Verb = "test"     // run the contract tests
	Start    Verb = "start"    // the agreement begins
	Withdraw Verb = "withdraw" //
	Say      Verb = "message"  //
	Note     Verb = "note"     // an internal message of one side
	Assign   Verb = "assign"   // to a colleague
	Extend   Verb = "extend"   // the legal period, with reasons
	Lapse    Verb = "lapse"    // by time
	Replace  Verb = "form"     // take the current version of the form
)

// Step is one thing that a person wants to do with a request, with what belongs to it.
type Step struct {
	Verb     Verb
	Revision int64  // of the request as the person saw it; 0: any
	Reason   string // for the other side

	Block      string               // Save: which one; its answers replace the former ones
	Answers    map[string]any       // Save
	Approved   bool                 // Protect
	Checks     []Check              // Review
	Points     []Point              // Return, Say
	Verdict    *Verdict             // Decide
	Refusal    *Refusal             // Refuse
	Report     *TestReport          // Test
	Attachment *Attachment          // Attach
	Signature  *Signature           // Sign
	Person     people.PersonID      // Assign
	Agreement  mconnect.AgreementID // Approve: the one that is made
	Known      Known
}

// Signature is a verified signature of a version.
type Signature struct {
	By     people.PersonID // whose certificate made it
	Digest string          // of the content that was signed
	JWS    string
}

// Known is what the service behind a request knows of it beyond its own state.
type Known struct {
	Errors     []fault.FieldError // of the answers, by the current version of the form
	Personal   bool               // personal data are asked for
	Protection string             // digest of the answers that the data protection officer judges
	Frozen     *Version           // the content as it would be frozen
	Asked      []Asked
	Provider   mconnect.ParticipantID
	Service    mconnect.ServiceName
	Of         mconnect.Version
	Form       FormRef
	Started    bool // the first day of the agreement has come
	Block      []string
}

// Check is one line of the operator's check list (Law 142/2018 art. 6(11)).
type Check struct {
	ID   string `json:"id"`
	OK   bool   `json:"ok"`
	Note string `json:"note,omitempty"`
}

// The lines of the check list.
const (
	CheckLaw        = "law"        // in force, and covers the consumer's task
	CheckNeed       = "need"       // each field has its why
	CheckClass      = "class"      // the class of the data fits the basis
	CheckDPIA       = "dpia"       // the result of the assessment
	CheckRSI        = "rsi"        // the system is registered
	CheckContacts   = "contacts"   //
	CheckDuplicates = "duplicates" //
)

// CheckList lists the lines of the check list.
func CheckList() []string {
	return []string{CheckLaw, CheckNeed, CheckClass, CheckDPIA, CheckRSI, CheckContacts, CheckDuplicates}
}

// The longest texts, in characters, and the shortest reasons.
const (
	maxText     = 4000
	minReason   = 10
	maxMessages = 500
	maxFiles    = 50
)

func path(list string, i int) string { return list + "/" + strconv.Itoa(i) }

// Object is what people.Principal.May judges.
func (r Request) Object() people.Object {
	return people.Object{Owner: r.Consumer, Provider: r.Provider, Deeds: r.Deeds}
}

// View raises the fault that explains why a principal may not see the request, or returns nil. What was never signed is
// the consumer's own affair: neither the provider nor the platform's staff see it, but the auditor does.
func (r Request) View(p people.Principal, at time.Time) error {
	if err := p.May(people.RequestView, r.Object(), at); err != nil {
		return err
	}
	if r.SideOf(p) != ConsumerSide && p.Program == "" && !p.Has(people.Auditor) && !r.signed() {
		return fault.New(fault.RequestUnknown)
	}
	return nil
}

// Act decides what a step makes of the request: the next Request, or the fault that says why not. The request itself is
// not changed. Faults: right.*, request.state, request.stale, request.invalid and those of the single steps.
func (r Request) Act(p people.Principal, s Step, at time.Time) (Request, error) {
	rule, known := rules[s.Verb]
	if !known {
		return r, fault.New(fault.RequestState, "step", string(s.Verb), "state", string(r.State))
	}
	if s.Verb != Lapse { // which is done by time, not by a person
		if err := p.May(rule.right(&r), r.Object(), at); err != nil {
			return r, err
		}
	}
	if s.Revision != 0 && s.Revision != r.Revision {
		return r, fault.New(fault.RequestStale, "revision", strconv.FormatInt(r.Revision, 10))
	}
	if !slices.Contains(rule.from, r.State) {
		return r, fault.New(fault.RequestState, "step", string(s.Verb), "state", string(r.State))
	}
	next := r.clone()
	to, err := rule.apply(&next, p, &s, at)
	if err != nil {
		return r, err
	}
	next.moved(p, &s, to, rule, at)
	return next, nil
}

// moved notes that a step was made.
func (r *Request) moved(p people.Principal, s *Step, to State, rule rule, at time.Time) {
	from := r.State
	r.Revision++
	r.Changed = at
	if to != from {
		r.State, r.Since = to, at
	}
	if p.Person != "" && rule.deed {
		deed := people.Deed{Action: rule.right(&Request{State: from, Versions: r.Versions}), Person: p.Person}
		if !slices.Contains(r.Deeds, deed) {
			r.Deeds = append(r.Deeds, deed)
		}
	}
	if s.Verb != Save || len(r.Timeline) == 0 || r.Timeline[len(r.Timeline)-1].Step != Save {
		r.Timeline = append(r.Timeline,
			Event{At: at, Step: s.Verb, Actor: p.Actor(), From: from, To: to, Reason: s.Reason})
		return
	}
	r.Timeline[len(r.Timeline)-1].At = at // one line for a row of savings
}

// clone copies what steps change, so that the stored request stays as it is when one fails.
func (r Request) clone() Request {
	r.Answers = maps.Clone(r.Answers)
	r.Versions = slices.Clone(r.Versions)
	r.Messages = slices.Clone(r.Messages)
	for i := range r.Messages {
		r.Messages[i].Points = slices.Clone(r.Messages[i].Points)
	}
	r.Attachments = slices.Clone(r.Attachments)
	r.Documents = slices.Clone(r.Documents)
	r.Timeline = slices.Clone(r.Timeline)
	r.Deeds = slices.Clone(r.Deeds)
	r.Assigned = maps.Clone(r.Assigned)
	return r
}

// Latest is the newest frozen version; nil before there is one.
func (r Request) Latest() *Version {
	if len(r.Versions) == 0 {
		return nil
	}
	return &r.Versions[len(r.Versions)-1]
}

// signed reports whether a version of the request was ever signed.
func (r *Request) signed() bool {
	return slices.ContainsFunc(r.Versions, func(v Version) bool { return !v.Signed.IsZero() })
}

// SideOf is the side on which a principal stands towards a request; "" for none.
func (r Request) SideOf(p people.Principal) Side {
	switch {
	case p.Context.Staff || p.Program != "":
		return OperatorSide
	case p.Context.Participant != "" && p.Context.Participant == r.Consumer:
		return ConsumerSide
	case p.Context.Participant != "" && p.Context.Participant == r.Provider:
		return ProviderSide
	}
	return ""
}
