package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/clock"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal/text"
)

// requestView is the page of a request.
type requestView struct {
	access.Request
	blocks  []form.BlockView // all of the form
	task    *access.Task
	can     []ability
	changes []difference // of the newest version to the one before
	compare bool         // there are two versions
	side    access.Side
	problem *fault.Error
	failed  access.Verb // that the problem is about
	typed   string      // as it was typed in the form that failed
	missing int64       // answers that are missing or wrong, where the reader can change them
}

// ability is one step of the reader's side, and why it cannot be done where it cannot.
type ability struct {
	verb access.Verb
	why  string // "": it can be done
}

// stepsOf lists the steps of a side that have a button or a page.
var stepsOf = map[access.Side][]access.Verb{
	access.ConsumerSide: {access.Submit, access.Recall, access.Protect, access.Sign, access.Test, access.Start,
		access.Withdraw},
	access.ProviderSide: {access.Decide, access.Return, access.Refuse},
	access.OperatorSide: {access.Review, access.Approve, access.Return, access.Refuse, access.Extend},
}

// pageOf is the page on which a step is done; "": a button on the page of the request.
func pageOf(v access.Verb) string {
	switch v {
	case access.Protect:
		return "protect"
	case access.Sign, access.Decline:
		return "sign"
	case access.Review, access.Return, access.Decide, access.Approve, access.Refuse:
		return "review"
	}
	return ""
}

// abilities are the steps of the reader's side that belong to the state: what the dispatcher says about each of them.
func (v *view) abilities(r *access.Request) []ability {
	var all []ability
	side := r.SideOf(*v.who)
	verbs := stepsOf[side]
	if r.Consumer == r.Provider && side == access.ConsumerSide {
		verbs = slices.Concat(verbs, stepsOf[access.ProviderSide])
	}
	for _, verb := range verbs {
		if a, ok := v.ability(r, verb); ok {
			all = append(all, a)
		}
	}
	return all
}

// ability asks the dispatcher about one step; false where the state has no such step.
func (v *view) ability(r *access.Request, verb access.Verb) (ability, bool) {
	who := *v.who
	who.StepUp = v.now // the identity is confirmed when the step is done
	if !slices.Contains(r.Possible(everybody(who), v.now), verb) {
		return ability{}, false
	}
	if slices.Contains(r.Possible(who, v.now), verb) {
		return ability{verb: verb}, true
	}
	_, err := r.Act(who, access.Step{Verb: verb}, v.now)
	f := fault.From(err)
	if f.Code == fault.RightMissing {
		return ability{verb: verb, why: v.say(text.OnlyRolesCan(f.Params["roles."+string(v.lang)]))}, true
	}
	return ability{verb: verb, why: f.Sentence(v.lang)}, true
}

// everybody is a principal whom no right stops, for the question which steps a state has.
func everybody(p people.Principal) people.Principal {
	p.Person, p.Roles = "", people.AllRoles()
	return p
}

// wait keeps a request that is not complete from being handed on: the button says how much is missing.
func (p *requestView) wait(v *view) {
	if !p.editable(v) {
		return
	}
	for _, b := range p.blocks {
		if b.Shown {
			p.missing += int64(b.Wrong)
		}
	}
	for i := range p.can {
		if one := &p.can[i]; one.verb == access.Submit && one.why == "" && p.missing > 0 {
			one.why = v.say(text.ToCorrect.Of(p.missing)) + "."
		}
	}
}

// can reports whether a step can be done.
func (p *requestView) may(verb access.Verb) bool {
	return slices.ContainsFunc(p.can, func(a ability) bool { return a.verb == verb && a.why == "" })
}

// main is the step that is due, if the reader can do it.
func (p *requestView) main() access.Verb {
	if p.task != nil && p.may(p.task.Step) {
		return p.task.Step
	}
	return ""
}

// request shows a request.
func (s *Surface) request(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	return s.showRequest(w, r, v, http.StatusOK, requestView{Request: one})
}

func (s *Surface) showRequest(w http.ResponseWriter, r *http.Request, v *view, status int, p requestView) error {
	f, err := s.cfg.Requests.Form(&p.Request)
	if err != nil {
		return err
	}
	p.blocks = f.Evaluate(p.Answers, s.cfg.Requests.Facts(&p.Request)).Blocks
	p.side, p.task, p.can = p.SideOf(*v.who), p.Task(*v.who, v.now), v.abilities(&p.Request)
	p.wait(v)
	if n := len(p.Versions); n >= 2 {
		changes, err := s.cfg.Requests.Diff(r.Context(), *v.who, p.Number, n-1, n)
		if err != nil {
			return err
		}
		p.changes, p.compare = differences(v, p.blocks, changes), true
	}
	return s.render(w, r, v, status, requestPage(v, &p))
}

// title is that of the page.
func (p *requestView) title(v *view) mconnect.Text {
	t := text.Plain(p.Number + ", " + v.say(v.titleOf(&p.Request)))
	if p.problem != nil {
		return text.ErrorIn(t)
	}
	return t
}

// place names the side of a message or an event: its institution, never its person.
func (p *requestView) place(v *view, side access.Side) string {
	switch side {
	case access.ConsumerSide:
		return v.say(v.participant(p.Consumer))
	case access.ProviderSide:
		return v.say(v.participant(p.Provider))
	}
	return v.say(text.ThePlatform)
}

// actor names the institution of an actor as the journal writes it: "person:7@asp".
func (p *requestView) actor(v *view, actor string) string {
	_, at, found := strings.Cut(actor, "@")
	switch {
	case at == "platform":
		return v.say(text.ThePlatform)
	case found:
		return v.say(v.participant(mconnect.ParticipantID(at)))
	}
	return v.say(text.ByPlatform)
}

// editable reports whether the reader can change the answers now.
func (p *requestView) editable(v *view) bool {
	return slices.Contains(p.Possible(*v.who, v.now), access.Save)
}

// says reports whether the reader may do a step that belongs to every state: a message, a note, an attachment.
func (p *requestView) says(v *view, verb access.Verb) bool {
	return slices.Contains(p.Possible(*v.who, v.now), verb)
}

// edit is the address of the control of an answer.
func (p *requestView) edit(path string) templ.SafeURL {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for _, b := range p.blocks {
		for i := range b.Fields {
			if b.Fields[i].ID == first {
				return addressOf(string(addressOfRequest(p.Number, "edit")), "block", b.ID, "check", "1") +
					templ.SafeURL("#"+anchor(path))
			}
		}
	}
	return addressOfRequest(p.Number, "edit")
}

// due says who can do what is due, where the reader cannot.
func (p *requestView) due(v *view) string {
	roles := text.Plain(v.roleNames(p.task.Roles))
	return v.say(text.AwaitedRoles(text.VerbName(string(p.task.Step)), roles, text.Plain(p.place(v, p.task.Side))))
}

// cell is one day of a period as it is drawn.
type cell struct {
	x     string
	class string
}

// cells are the days of a period: those that passed, those that waited for the applicant, and those to come.
func cells(c clock.Clock, reading *clock.Reading) []cell {
	all := make([]cell, 0, reading.Limit)
	for n := 1; n <= reading.Limit; n++ {
		day := c.Started.AddDate(0, 0, n)
		one := cell{x: strconv.FormatFloat(float64(n-1)*12.4, 'f', 1, 64)}
		if n <= reading.Day {
			one.class = "past"
		}
		for _, w := range c.Waits {
			until := w.Until
			if until.IsZero() {
				until = c.Started.AddDate(0, 0, reading.Day)
			}
			if n <= reading.Day && clock.Days(w.From, day) > 0 && clock.Days(day, until) >= 0 {
				one.class = "waiting"
			}
		}
		all = append(all, one)
	}
	return all
}

// width is that of the drawing of a period.
func width(limit int) string {
	return "0 0 " + strconv.FormatFloat(float64(limit)*12.4, 'f', 0, 64) + " 28"
}

// size is how large a file is.
func size(n int64) string {
	if n < 1<<20 {
		return strconv.FormatInt((n+1023)>>10, 10) + " KB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
}

// printRequest shows every question of the form, with all branches.
func (s *Surface) printRequest(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	f, err := s.cfg.Requests.Form(&one)
	if err != nil {
		return err
	}
	p := &formPage{request: one, facts: s.cfg.Requests.Facts(&one)}
	p.blocks = f.Evaluate(one.Answers, p.facts).Blocks
	return s.render(w, r, v, http.StatusOK, printPage(v, p))
}

// optionsOf are the answers that a field offers, as one line.
func optionsOf(v *view, f *form.Field) string {
	var all []string
	for _, o := range f.Options {
		all = append(all, v.say(o.Label))
	}
	return strings.Join(all, "; ")
}

// course is what follows a signature, step by step.
var course = []struct {
	at   access.State
	verb access.Verb
}{{access.Draft, access.Submit}, {access.AwaitingDPO, access.Protect}, {access.AwaitingSignature, access.Sign},
	{access.Submitted, access.Review}, {access.ProviderDecision, access.Decide}, {access.Approved, access.Approve},
	{access.Decided, access.Test}, {access.Ready, access.Start}}

// later are the steps that follow the one that is due.
func (p *requestView) later() []access.Verb {
	var all []access.Verb
	state := p.State
	switch state {
	case access.ChangesRequested:
		state = access.Draft
	case access.Testing:
		state = access.Decided
	}
	found := false
	for _, c := range course {
		if found && (p.Kind.Decided() || c.verb == access.Sign || c.verb == access.Protect) {
			all = append(all, c.verb)
		}
		found = found || c.at == state
	}
	return all
}

// typedIn is what was typed in the form of a step that was not done.
func (p *requestView) typedIn(verb access.Verb) string {
	if p.failed == verb {
		return p.typed
	}
	return ""
}

// fieldsOf are the fields of the service of a request, by their paths.
func (c *Config) fieldsOf(r *access.Request) map[string]field {
	all := map[string]field{}
	if r.Service == "" {
		return all
	}
	sheet, err := c.Guide.Show(string(r.Service) + "/" + r.Version.String())
	if err != nil || sheet.Response == nil {
		return all
	}
	for _, f := range flat("", sheet.Response.Fields) {
		all[f.path] = f
	}
	return all
}
