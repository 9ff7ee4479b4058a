package agreement

import (
	"cmp"
	"time"

	"mconnect"
	"mconnect/fault"
)

// Decide judges one call. Candidates are the agreements between the calling system and the called
// service with their use so far; others are ignored. When there are several, the first that allows the
// call decides, else the one that came furthest explains the refusal.
//
// It is pure: the same arguments give the same verdict. Nothing uploaded is kept or changed, but
// Verdict.Purpose and Verdict.Grant may share memory with the chosen agreement: read them only.
func Decide(candidates []Candidate, req Request, at time.Time) Verdict {
	start := trial{steps: steps[:], req: &req, at: at}
	if !start.run(beforeAgreement) {
		return start.verdict()
	}
	var best *trial
	for i := range candidates {
		if candidates[i].Compiled == nil || !candidates[i].concerns(&req) {
			continue
		}
		t := start
		t.agreement, t.usage = candidates[i].Compiled, candidates[i].Usage
		if t.run(checkCount) {
			return t.verdict()
		}
		if best == nil || t.next > best.next {
			best = &t
		}
	}
	if best == nil {
		start.run(beforeAgreement + 1) // fails: there is no agreement
		best = &start
	}
	return best.verdict()
}

// concerns guards against a caller's mistake: an agreement of others never allows anything.
func (c *Compiled) concerns(req *Request) bool {
	return c.terms != nil && c.Consumer == req.Consumer.System && c.Service == req.Service.Name && c.Event == ""
}

// step is one check: a stable name and what examines it.
type step struct {
	name    string
	examine func(*trial) outcome
}

// steps are the checks in the order in which they are made and listed.
var steps = [checkCount]step{
	{"system.active", (*trial).systemActive},
	{"participant.active", (*trial).participantActive},
	{"system.role", (*trial).systemRole},
	{"network", (*trial).network},
	{"service.active", (*trial).serviceActive},
	{"agreement.exists", (*trial).agreementExists},
	{"agreement.status", (*trial).agreementStatus},
	{"agreement.period", (*trial).agreementPeriod},
	{"agreement.version", (*trial).agreementVersion},
	{"context.complete", (*trial).contextComplete},
	{"caller.user", (*trial).callerUser},
	{"caller.entity", (*trial).callerEntity},
	{"purpose.basis", (*trial).purposeBasis},
	{"purpose.reason", (*trial).purposeReason},
	{"purpose.period", (*trial).purposePeriod},
	{"fields", (*trial).fields},
	{"rate", (*trial).rate},
	{"quota", (*trial).quota},
}

// beforeAgreement is how many steps come before the first that looks at an agreement.
const beforeAgreement = 5

const checkCount = 18

// CheckNames returns the names of all checks in the order in which every verdict lists them.
func CheckNames() []string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.name
	}
	return names
}

// outcome is what one step found.
type outcome struct {
	result fault.Result
	code   fault.Code
	params []string // alternating names and values
	wait   time.Duration
}

var (
	passed       = outcome{result: fault.Passed}
	inapplicable = outcome{result: fault.NotReached}
)

func failed(code fault.Code, params ...string) outcome {
	return outcome{result: fault.Failed, code: code, params: params}
}

// flag is what a step tolerated.
type flag struct {
	step int
	outcome
}

// trial is one candidate's way through the steps.
type trial struct {
	steps     []step // those of a call, or of events
	req       *Request
	at        time.Time
	agreement *Compiled // nil before agreement.exists
	usage     Usage
	event     EventStanding // when the steps are those of events

	next      int // steps made
	results   [checkCount]fault.Result
	failure   outcome // of the step that failed
	flags     []flag
	choice    choice // of a purpose, from context.complete on
	grant     []string
	stateless bool // nothing was stated and nothing need be
}

// run makes the steps up to, not including, end and reports whether none failed.
func (t *trial) run(end int) bool {
	for t.next < end {
		o := t.steps[t.next].examine(t)
		t.results[t.next] = o.result
		switch o.result {
		case fault.Failed:
			t.failure = o
			return false
		case fault.Flagged:
			t.flags = append(t.flags[:len(t.flags):len(t.flags)], flag{t.next, o})
		}
		t.next++
	}
	return true
}

func (t *trial) verdict() Verdict {
	v := Verdict{Allowed: t.next == len(t.steps), Checks: make([]fault.Check, len(t.steps))}
	for i, s := range t.steps {
		v.Checks[i] = fault.Check{Name: s.name, Result: cmp.Or(t.results[i], fault.NotReached)}
	}
	for _, f := range t.flags {
		f.explain(&v.Checks[f.step])
	}
	if t.agreement != nil {
		v.Agreement = t.agreement.ID
		v.Purpose = t.choice.of(t.agreement)
	}
	if v.Allowed {
		v.Grant = t.grant
		return v
	}
	t.failure.explain(&v.Checks[t.next])
	v.Fault = fault.New(t.failure.code, t.failure.params...)
	v.Fault.Checks = v.Checks
	v.Fault.RetryAfter = t.failure.wait
	return v
}

// explain notes on a check what was found.
func (o outcome) explain(c *fault.Check) {
	c.Code = o.code
	if len(o.params) > 1 {
		c.Params = make(map[string]string, len(o.params)/2)
		for i := 0; i+1 < len(o.params); i += 2 {
			c.Params[o.params[i]] = o.params[i+1]
		}
	}
}

// choice is the purpose that fits a call best, and how far it fits.
type choice struct {
	index int
	depth int // 0: no basis fits; 1: the basis; 2: and the reason; 3: and the time
}

func (c choice) of(a *Compiled) *Purpose {
	if c.depth == 0 {
		return nil
	}
	return &a.Purposes[c.index]
}

// choose finds the first of the purposes that fit furthest.
func choose(a *Compiled, ctx mconnect.LegalContext, stateless bool, at time.Time) choice {
	var best choice
	stated := basis{stated: ctx.Basis}
	for i := range a.Purposes {
		depth := 2
		if !stateless {
			depth = a.fits(i, &stated, ctx.Reason)
		}
		if depth == 2 && a.Purposes[i].Validity.Contains(at) {
			return choice{i, 3}
		}
		if depth > best.depth {
			best = choice{i, depth}
		}
	}
	return best
}

func (c *Compiled) fits(purpose int, stated *basis, reason string) int {
	switch {
	case !c.acceptsBasis(purpose, stated):
		return 0
	case !c.ready.compiled[purpose].acceptsReason(reason):
		return 1
	}
	return 2
}
