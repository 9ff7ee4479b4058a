package access

import (
	"slices"
	"time"

	"mconnect"
	"mconnect/internal/domain/access/clock"
	"mconnect/internal/domain/people"
)

// due lists what is due in a state: the step, and the side that makes it.
var due = map[State]struct {
	step Verb
	side Side
}{
	Draft:             {Submit, ConsumerSide},
	AwaitingDPO:       {Protect, ConsumerSide},
	AwaitingSignature: {Sign, ConsumerSide},
	Submitted:         {Review, OperatorSide},
	ChangesRequested:  {Submit, ConsumerSide},
	ProviderDecision:  {Decide, ProviderSide},
	Approved:          {Approve, OperatorSide},
	Decided:           {Test, ConsumerSide},
	Testing:           {Test, ConsumerSide},
	Ready:             {Start, ConsumerSide},
}

// relationOf leads from a side to the relation of the table of rights.
var relationOf = map[Side]people.Relation{ConsumerSide: people.Own, ProviderSide: people.Counterpart,
	OperatorSide: people.Any}

// Task is what is due for the request, and whether the principal can do it; nil when nothing is.
func (r Request) Task(p people.Principal, at time.Time) *Task {
	next, ok := due[r.State]
	if !ok {
		return nil
	}
	t := &Task{Request: r.Number, Kind: r.Kind, State: r.State, Step: next.step, Side: next.side, Since: r.Since,
		Consumer: r.Consumer, Provider: r.Provider, Service: r.Service, Clock: r.Clock.Read(at)}
	action := rules[next.step].right(&r)
	t.Roles = people.Who(action, relationOf[next.side])
	// the identity is confirmed again when the step is made, not when it is listed
	p.StepUp = at
	t.Mine = p.May(action, r.Object(), at) == nil
	if own := r.Assigned[string(next.side)]; t.Mine && own != "" && own != p.Person {
		t.Mine = false
	}
	return t
}

// Lapses reads when the request lapses unless somebody continues it; nil in states that do not.
func (r Request) Lapses(at time.Time) *clock.Lapse {
	var l clock.Lapse
	switch r.State {
	case Draft:
		l = clock.LapseOf(r.Changed, clock.DraftLapses, at)
	case ChangesRequested:
		l = clock.LapseOf(r.Since, clock.ChangesLapse, at)
	default:
		return nil
	}
	return &l
}

// Readable are the messages that a principal may read: an internal note stays on its side.
func (r Request) Readable(p people.Principal) []Message {
	side := r.SideOf(p)
	return slices.DeleteFunc(slices.Clone(r.Messages), func(m Message) bool { return m.Note && m.Side != side })
}

// OpenPoints are the points that no version has answered yet.
func (r Request) OpenPoints() []Point {
	var all []Point
	for _, m := range r.Messages {
		for _, p := range m.Points {
			if p.Resolved.IsZero() && !m.Note {
				all = append(all, p)
			}
		}
	}
	return all
}

// Name is the state for people.
func (s State) Name() mconnect.Text { return stateNames[s] }

var stateNames = map[State]mconnect.Text{
	Draft:             {RO: "ciornă", EN: "draft", RU: "черновик"},
	AwaitingDPO:       {RO: "la responsabilul cu protecția datelor", EN: "with the data protection officer", RU: "у ответственного за защиту данных"},
	AwaitingSignature: {RO: "așteaptă semnătura", EN: "awaits the signature", RU: "ожидает подписи"},
	Submitted:         {RO: "depusă, în verificare", EN: "submitted, being checked", RU: "подана, проверяется"},
	ChangesRequested:  {RO: "se cer modificări", EN: "changes requested", RU: "запрошены изменения"},
	ProviderDecision:  {RO: "la furnizor, spre decizie", EN: "with the provider, for decision", RU: "у поставщика, на решении"},
	Approved:          {RO: "aprobată de furnizor", EN: "approved by the provider", RU: "одобрена поставщиком"},
	Decided:           {RO: "decisă, urmează testele", EN: "decided, tests are due", RU: "решение принято, предстоят тесты"},
	Testing:           {RO: "în testare", EN: "being tested", RU: "тестируется"},
	Ready:             {RO: "gata de pornire", EN: "ready to start", RU: "готова к запуску"},
	InForce:           {RO: "în vigoare", EN: "in force", RU: "действует"},
	Refused:           {RO: "refuzată", EN: "refused", RU: "отклонена"},
	Withdrawn:         {RO: "retrasă", EN: "withdrawn", RU: "отозвана"},
	Lapsed:            {RO: "stinsă prin trecerea timpului", EN: "lapsed", RU: "утратила силу по истечении времени"},
}
