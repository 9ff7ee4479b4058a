package agreement

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/people"
)

// Side is who can suspend an agreement. Each side has one flag, and lifts no other.
type Side string

// The sides.
const (
	BySideConsumer Side = "consumer"
	BySideProvider Side = "provider"
	BySideOperator Side = "operator" // the platform's authority
	BySideSecurity Side = "security" // the platform's security officer
	BySideLaw      Side = "law"      // the platform's lawyer: the law behind the agreement
)

// Sides lists the sides.
func Sides() []Side {
	return []Side{BySideConsumer, BySideProvider, BySideOperator, BySideSecurity, BySideLaw}
}

// Cause is why an agreement is suspended: the reasons of Law 142/2018, art. 7 (2) f.
type Cause string

// The causes.
const (
	CauseAuthority Cause = "authority" // a competent authority asks for it
	CauseTechnical Cause = "technical" // the system does not meet the technical requirements
	CauseLegal     Cause = "legal"     // the use does not meet the law
	CauseMandate   Cause = "mandate"   // the mandate changed or ended
	CauseOwn       Cause = "own"       // the participant asks for it
)

// Causes lists the causes.
func Causes() []Cause {
	return []Cause{CauseAuthority, CauseTechnical, CauseLegal, CauseMandate, CauseOwn}
}

// Suspension is the flag of one side. An agreement is in force only while none of its flags holds.
type Suspension struct {
	Side  Side      `json:"side" yaml:"side"`
	Cause Cause     `json:"cause" yaml:"cause"`
	Facts string    `json:"facts" yaml:"facts"` // what happened, for the other side; no personal data
	By    string    `json:"by" yaml:"by"`       // as the journal names the actor
	Since time.Time `json:"since" yaml:"since"`
	Until time.Time `json:"until,omitzero" yaml:"until,omitempty"` // zero: until it is lifted
}

// Holds reports whether the flag counts at a time. Until is not included.
func (s *Suspension) Holds(at time.Time) bool { return s.Until.IsZero() || at.Before(s.Until) }

// Ending is the first of the two consents that terminate an agreement.
type Ending struct {
	By     string    `json:"by" yaml:"by"`
	At     time.Time `json:"at" yaml:"at"`
	Reason string    `json:"reason" yaml:"reason"`
}

// Limits of what a side states, in characters.
const (
	minFacts = 10
	maxFacts = 1000
	maxActor = 200
)

// SuspendedBy returns the oldest flag that holds at a time; nil when none does.
func (c *Compiled) SuspendedBy(at time.Time) *Suspension {
	for i := range c.Suspensions {
		if c.Suspensions[i].Holds(at) {
			return &c.Suspensions[i]
		}
	}
	return nil
}

// validateFlags says what is wrong with the flags and the ending of an agreement.
func (a Agreement) validateFlags(f *fault.Findings) {
	f.AtMost("/suspensions", len(a.Suspensions), len(Sides()))
	var seen []Side
	for i := range a.Suspensions {
		s, path := &a.Suspensions[i], fmt.Sprintf("/suspensions/%d", i)
		s.validate(f, path)
		f.Length(path+"/by", s.By, 1, maxActor)
		if slices.Contains(seen, s.Side) {
			f.Add(path+"/side", fault.ResourceDuplicate, "kind", "Suspension", "id", string(s.Side))
		}
		seen = append(seen, s.Side)
	}
	if e := a.Ending; e != nil {
		f.Length("/ending/by", e.By, 1, maxActor)
		f.Length("/ending/reason", e.Reason, minFacts, maxFacts)
	}
}

func (s *Suspension) validate(f *fault.Findings, path string) {
	var sides, causes []string
	for _, side := range Sides() {
		sides = append(sides, string(side))
	}
	for _, cause := range Causes() {
		causes = append(causes, string(cause))
	}
	f.OneOf(path+"/side", string(s.Side), sides...)
	f.OneOf(path+"/cause", string(s.Cause), causes...)
	f.Length(path+"/facts", s.Facts, minFacts, maxFacts)
}

// SidesOf lists the sides for which a principal may do an action to an agreement, the parties of which o names.
func SidesOf(p people.Principal, a people.Action, o people.Object) (all []Side) {
	granted := func(rel people.Relation, roles ...people.Role) bool {
		return slices.ContainsFunc(people.Who(a, rel), func(r people.Role) bool {
			return p.Has(r) && (len(roles) == 0 || slices.Contains(roles, r))
		})
	}
	for _, rel := range o.Relations(p) {
		switch {
		case rel == people.Own && granted(rel):
			all = append(all, BySideConsumer)
		case rel == people.Counterpart && granted(rel):
			all = append(all, BySideProvider)
		case rel == people.Any:
			for _, one := range []struct {
				side Side
				role people.Role
			}{{BySideOperator, people.Approver}, {BySideSecurity, people.Security}, {BySideLaw, people.Lawyer}} {
				if granted(rel, one.role) {
					all = append(all, one.side)
				}
			}
		}
	}
	return all
}

// Suspend sets the flag of a side; an empty side is the only one for which the principal acts. Faults: those of
// Principal.May, suspension.foreign, suspension.exists, agreement.terminated, resource.invalid.
func (a Agreement) Suspend(p people.Principal, o people.Object, s Suspension, at time.Time) (Agreement, error) {
	if err := p.May(people.AgreementSuspend, o, at); err != nil {
		return a, err
	}
	mine := SidesOf(p, people.AgreementSuspend, o)
	if s.Side == "" && len(mine) == 1 {
		s.Side = mine[0]
	}
	s.By, s.Since = p.Actor(), at
	var f fault.Findings
	s.validate(&f, "")
	if !s.Until.IsZero() && !s.Until.After(at) {
		f.Add("/until", fault.InputRange, "min", at.UTC().Format(time.RFC3339), "max", "…")
	}
	switch n := a.flag(s.Side); {
	case len(f) > 0:
		return a, f.Err(fault.ResourceInvalid, "kind", "Agreement", "id", string(a.ID))
	case !slices.Contains(mine, s.Side):
		return a, Foreign(s.Side)
	case a.Status == Terminated:
		return a, fault.New(fault.AgreementTerminated, "agreement", string(a.ID))
	case n >= 0 && a.Suspensions[n].Holds(at):
		return a, fault.New(fault.SuspensionExists, s.Side.params("agreement", string(a.ID))...)
	}
	a.Suspensions = append(a.without(s.Side), s)
	return a, nil
}

// Lift takes the flag of a side away. A flag of the platform's staff is lifted by another person than set it. Faults:
// those of Principal.May, suspension.foreign, suspension.none.
func (a Agreement) Lift(p people.Principal, o people.Object, side Side, at time.Time) (Agreement, error) {
	mine := SidesOf(p, people.AgreementLift, o)
	if side == "" && len(mine) == 1 {
		side = mine[0]
	}
	n := a.flag(side)
	if n >= 0 && side != BySideConsumer && side != BySideProvider {
		o.Deeds = append(slices.Clone(o.Deeds), deedOf(people.AgreementSuspend, a.Suspensions[n].By))
	}
	if err := p.May(people.AgreementLift, o, at); err != nil {
		return a, err
	}
	switch {
	case n < 0:
		return a, fault.New(fault.SuspensionNone, side.params("agreement", string(a.ID))...)
	case !slices.Contains(mine, side):
		return a, Foreign(side)
	}
	a.Suspensions = a.without(side)
	return a, nil
}

// Terminate ends the agreement once two persons have consented: the first one states why, the second one confirms.
// Faults: those of Principal.May, agreement.terminated, resource.invalid.
func (a Agreement) Terminate(p people.Principal, o people.Object, reason string, at time.Time) (Agreement, error) {
	if a.Ending != nil {
		o.Deeds = append(slices.Clone(o.Deeds), deedOf(people.AgreementTerminate, a.Ending.By))
	}
	if err := p.May(people.AgreementTerminate, o, at); err != nil {
		return a, err
	}
	if a.Status == Terminated {
		return a, fault.New(fault.AgreementTerminated, "agreement", string(a.ID))
	}
	if a.Ending != nil {
		a.Status = Terminated
		return a, nil
	}
	var f fault.Findings
	f.Length("/reason", reason, minFacts, maxFacts)
	a.Ending = &Ending{By: p.Actor(), At: at, Reason: reason}
	return a, f.Err(fault.ResourceInvalid, "kind", "Agreement", "id", string(a.ID))
}

// flag is the position of a side's flag; -1 when it has none.
func (a Agreement) flag(side Side) int {
	return slices.IndexFunc(a.Suspensions, func(s Suspension) bool { return s.Side == side })
}

// without are the flags of the other sides, in a slice of their own; none is nil.
func (a Agreement) without(side Side) []Suspension {
	var all []Suspension
	for _, s := range a.Suspensions {
		if s.Side != side {
			all = append(all, s)
		}
	}
	return all
}

// deedOf is what the person did whom the journal names so: "person:<id>@<place>".
func deedOf(a people.Action, actor string) people.Deed {
	name, _, _ := strings.Cut(strings.TrimPrefix(actor, "person:"), "@")
	return people.Deed{Action: a, Person: people.PersonID(name)}
}

// Foreign says that another side sets and lifts the suspension.
func Foreign(side Side) error { return fault.New(fault.SuspensionForeign, side.params()...) }

// Title is what people call the side.
func (s Side) Title() mconnect.Text { return sideTitles[s] }

// Title is what people call the cause.
func (c Cause) Title() mconnect.Text { return causeTitles[c] }

var sideTitles = map[Side]mconnect.Text{
	BySideConsumer: {RO: "consumatorul de date", EN: "the data consumer", RU: "потребитель данных"},
	BySideProvider: {RO: "furnizorul de date", EN: "the data provider", RU: "поставщик данных"},
	BySideOperator: {RO: "autoritatea competentă", EN: "the competent authority", RU: "компетентный орган"},
	BySideSecurity: {RO: "responsabilul de securitate", EN: "the security officer", RU: "ответственный за безопасность"},
	BySideLaw:      {RO: "juristul platformei", EN: "the platform's lawyer", RU: "юрист платформы"},
}

var causeTitles = map[Cause]mconnect.Text{
	CauseAuthority: {RO: "solicitarea unei autorități", EN: "request of an authority", RU: "требование органа власти"},
	CauseTechnical: {RO: "neconformitate tehnică", EN: "technical non-conformity", RU: "техническое несоответствие"},
	CauseLegal:     {RO: "neconformitate juridică", EN: "legal non-conformity", RU: "правовое несоответствие"},
	CauseMandate: {RO: "modificarea sau încetarea mandatului", EN: "change or end of the mandate",
		RU: "изменение или прекращение полномочий"},
	CauseOwn: {RO: "cererea proprie a participantului", EN: "the participant's own request",
		RU: "собственная просьба участника"},
}

// params are the parameters of a fault that names the side, after others.
func (s Side) params(more ...string) []string {
	t := s.Title()
	return append(more, "side", t.RO, "side.en", t.EN, "side.ru", t.RU)
}

// refusal is how a call is refused that the flag stops: by whom, since when, why, and who can lift it.
func (s *Suspension) refusal(id mconnect.AgreementID) outcome {
	cause := s.Cause.Title()
	params := s.Side.params("agreement", string(id), "since", day(s.Since), "cause", cause.RO, "cause.en", cause.EN,
		"cause.ru", cause.RU)
	return failed(fault.AgreementHalted, params...)
}
