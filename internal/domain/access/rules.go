package access

import (
	"slices"
	"time"

	"mconnect/internal/domain/people"
)

// rule is one verb: who may do it, in which states, and what it does.
type rule struct {
	right func(*Request) people.Action
	from  []State
	deed  bool // it counts for the separation of duties
	apply func(r *Request, p people.Principal, s *Step, at time.Time) (State, error)
}

func by(a people.Action) func(*Request) people.Action {
	return func(*Request) people.Action { return a }
}

// written are the states in which the answers can be changed.
var written = []State{Draft, ChangesRequested}

// underReview are the states in which the legal period runs.
var underReview = []State{Submitted, ChangesRequested, ProviderDecision, Approved}

// open are the states before the agreement is made.
var open = []State{Draft, AwaitingDPO, AwaitingSignature, Submitted, ChangesRequested, ProviderDecision, Approved}

// rules are the dispatcher's table. What it does not list is refused.
var rules = map[Verb]rule{
	Save:     {by(people.RequestEdit), written, true, save},
	Attach:   {by(people.RequestEdit), written, true, attach},
	Replace:  {by(people.RequestEdit), written, true, replaceForm},
	Submit:   {by(people.RequestEdit), written, true, submit},
	Recall:   {by(people.RequestEdit), []State{AwaitingDPO, AwaitingSignature}, false, recall},
	Protect:  {by(people.RequestProtect), []State{AwaitingDPO}, true, protect},
	Sign:     {by(people.RequestSign), []State{AwaitingSignature}, true, sign},
	Decline:  {by(people.RequestSign), []State{AwaitingSignature}, false, recall},
	Review:   {by(people.RequestCheck), []State{Submitted}, true, review},
	Return:   {by(people.RequestReturn), []State{Submitted, ProviderDecision}, false, sendBack},
	Decide:   {by(people.RequestDecide), []State{ProviderDecision}, true, decide},
	Approve:  {by(people.RequestApprove), []State{Approved}, true, approve},
	Refuse:   {refusing, []State{Submitted, ProviderDecision, Approved}, true, refuse},
	Test:     {by(people.RequestTest), []State{Decided, Testing, Ready}, false, test},
	Start:    {by(people.RequestTest), []State{Ready}, false, start},
	Withdraw: {withdrawing, open, false, withdraw},
	Say:      {by(people.RequestMessage), States(), false, say},
	Note:     {by(people.RequestNote), States(), false, say},
	Assign:   {by(people.RequestAssign), States(), false, assign},
	Extend:   {by(people.RequestExtend), underReview, false, extend},
	Lapse:    {nil, written, false, lapse},
}

// refusing: the provider refuses while its decision is due, the platform before and after.
func refusing(r *Request) people.Action {
	if r.State == ProviderDecision {
		return people.RequestDecide
	}
	return people.RequestRefuse
}

// withdrawing: what was signed for an institution is withdrawn by who signs for it.
func withdrawing(r *Request) people.Action {
	if r.signed() {
		return people.RequestSign
	}
	return people.RequestWithdraw
}

// Possible lists the verbs that a principal can do with the request now, in the order of the table of verbs.
func (r Request) Possible(p people.Principal, at time.Time) []Verb {
	var all []Verb
	for _, v := range verbs {
		rule := rules[v]
		if rule.right != nil && slices.Contains(rule.from, r.State) && p.May(rule.right(&r), r.Object(), at) == nil {
			all = append(all, v)
		}
	}
	return all
}

// verbs lists those of the rules.
var verbs = []Verb{Save, Attach, Replace, Submit, Recall, Protect, Sign, Decline, Review, Return, Decide, Approve,
	Refuse, Test, Start, Withdraw, Say, Note, Assign, Extend, Lapse}
