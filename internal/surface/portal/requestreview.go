package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/surface/portal/text"
)

// asked is one purpose of a request as a reviewer reads it.
type asked struct {
	access.Asked
	why   string
	facts []difference // of its other answers: label and answer
}

// reviewPage is the page on which a request is reviewed: the check list, the decisions, a return, a refusal.
type reviewPage struct {
	requestView
	asked []asked
	sent  url.Values // as it was typed
	paths []string   // of the questions to which a point can be tied

	fields map[string]field // of the service; read when it is needed
}

// was is what was typed for a name.
func (p *reviewPage) was(name string) string { return p.sent.Get(name) }

// points is how many points the page of a return offers.
const points = 5

// askedOf are the purposes that the answers ask for, in the order of the form.
func (p *reviewPage) askedOf(v *view) []asked {
	var all []asked
	list, _ := p.Answers["purposes"].([]any)
	for _, one := range list {
		row, _ := one.(map[string]any)
		code, _ := row["code"].(string)
		why, _ := row["why"].(string)
		a := asked{why: why, Asked: access.Asked{Code: mconnect.PurposeCode(code), Title: mconnect.Text{
			RO: inLanguage(row["title"], "ro"), EN: inLanguage(row["title"], "en"), RU: inLanguage(row["title"], "ru")}}}
		fields, _ := row["purpose_fields"].([]any)
		for _, f := range fields {
			if path, ok := f.(string); ok {
				a.Fields = append(a.Fields, path)
			}
		}
		a.facts = p.purposeFacts(v, row)
		all = append(all, a)
	}
	return all
}

// purposeFacts are the other answers of a purpose.
func (p *reviewPage) purposeFacts(v *view, row map[string]any) []difference {
	var all []difference
	for _, b := range p.blocks {
		for _, f := range b.Fields {
			if f.ID != "purposes" {
				continue
			}
			for _, c := range f.Columns {
				said := answer(v, &c, row[c.ID])
				if said != "" && !slices.Contains([]string{"code", "title", "why", "purpose_fields"}, c.ID) {
					all = append(all, difference{label: v.say(c.Label), after: said})
				}
			}
		}
	}
	return all
}

// reviewRoutes registers the pages of those who sign, judge and decide.
func (s *Surface) reviewRoutes() {
	s.page("GET /requests/{number}/protect", s.protectPage)
	s.page("POST /requests/{number}/protect", s.protect)
	s.page("GET /requests/{number}/sign", s.signPage)
	s.page("POST /requests/{number}/sign", s.sign)
	s.page("GET /requests/{number}/versions/{version}", s.frozen)
	s.page("GET /requests/{number}/review", s.reviewPage)
	s.page("POST /requests/{number}/review", s.review)
}

// reviewed reads what a page of review shows.
func (s *Surface) reviewed(v *view, one access.Request) (*reviewPage, error) {
	f, err := s.cfg.Requests.Form(&one)
	if err != nil {
		return nil, err
	}
	p := &reviewPage{requestView: requestView{Request: one}, sent: url.Values{}}
	p.blocks = f.Evaluate(one.Answers, s.cfg.Requests.Facts(&one)).Blocks
	p.side, p.task, p.can = one.SideOf(*v.who), one.Task(*v.who, v.now), v.abilities(&one)
	p.asked = p.askedOf(v)
	for _, b := range p.blocks {
		for _, view := range b.Views {
			p.paths = append(p.paths, pathsOf(view)...)
		}
	}
	return p, nil
}

// pathsOf are the paths of a field: of a table those of its columns, row by row.
func pathsOf(f form.FieldView) []string {
	if !f.Shown || f.Computed {
		return nil
	}
	all := []string{f.Path}
	for _, row := range f.Rows {
		for _, c := range row {
			all = append(all, pathsOf(c)...)
		}
	}
	return all
}

// reviewPage shows what a reviewer can do; the applicant is led to the page of the request.
func (s *Surface) reviewPage(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	if one.SideOf(*v.who) == access.ConsumerSide && one.Consumer != one.Provider {
		http.Redirect(w, r, string(addressOfRequest(one.Number, "")), http.StatusSeeOther)
		return nil
	}
	p, err := s.reviewed(v, one)
	if err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, requestReviewPage(v, p))
}

// review does a step of a reviewer, or fills in what a button of the page offers.
func (s *Surface) review(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	p, err := s.reviewed(v, one)
	if err != nil {
		return err
	}
	p.sent = r.PostForm
	if p.fill(v) {
		return s.render(w, r, v, http.StatusOK, requestReviewPage(v, p))
	}
	step := access.Step{Verb: access.Verb(p.was("verb")), Revision: revisionOf(r)}
	switch step.Verb {
	case access.Review:
		step.Checks = p.checks()
	case access.Decide:
		step.Verdict = p.verdict()
	case access.Return:
		step.Reason, step.Points = plainText(p.was("text")), p.pointsSent()
	case access.Refuse:
		step.Refusal = &access.Refusal{Code: access.RefusalCode(p.was("code")), Facts: plainText(p.was("facts")),
			Law: plainText(p.was("law")), Remedy: plainText(p.was("remedy"))}
	case access.Approve:
	default:
		return fault.New(fault.PathUnknown)
	}
	if _, err = s.cfg.Requests.Step(r.Context(), *v.who, one.Number, step); err == nil {
		http.Redirect(w, r, string(addressOfRequest(one.Number, "")), http.StatusSeeOther)
		return nil
	}
	f := fault.From(err)
	status, here := answerable(f)
	if !here {
		return err
	}
	p.problem, p.failed = f, step.Verb
	return s.render(w, r, v, status, requestReviewPage(v, p))
}

// fill puts a ready text or the rest of a verdict into what was typed; false when no such button was pressed.
func (p *reviewPage) fill(v *view) bool {
	put := func(all []text.Ready, name string) {
		for _, one := range all {
			if one.ID == p.was("ready-"+name) {
				p.sent.Set(name, strings.TrimSpace(p.was(name)+"\n"+v.say(one.Text)))
			}
		}
	}
	switch p.was("fill") {
	case "text":
		put(text.ReadyReturns(), "text")
	case "facts":
		put(text.ReadyRefusals(), "facts")
	case "conditions":
		put(text.ReadyConditions(), "conditions")
	case "rest":
		for i, a := range p.asked {
			for j := range a.Fields {
				if name := "v-" + at(i, j); p.was(name) == "" {
					p.sent.Set(name, "yes")
				}
			}
		}
	default:
		return false
	}
	return true
}

// at is the place of a field in the matrix of a verdict.
func at(purpose, field int) string { return strconv.Itoa(purpose) + "-" + strconv.Itoa(field) }

func (p *reviewPage) checks() []access.Check {
	var all []access.Check
	for _, id := range access.CheckList() {
		if judged := p.was("check-" + id); judged != "" {
			all = append(all, access.Check{ID: id, OK: judged == "yes", Note: plainText(p.was("note-" + id))})
		}
	}
	return all
}

// verdict is the provider's decision as it was sent. A purpose of which every field is refused is granted no field.
func (p *reviewPage) verdict() *access.Verdict {
	verdict := &access.Verdict{}
	for i, a := range p.asked {
		n := strconv.Itoa(i)
		one := access.PurposeVerdict{Code: a.Code, Granted: p.was("purpose-"+n) == ""}
		if !one.Granted {
			one.Refused, one.Reason = access.RefusalCode(p.was("purpose-"+n)), plainText(p.was("purpose-reason-"+n))
			verdict.Purposes = append(verdict.Purposes, one)
			continue
		}
		for j, path := range a.Fields {
			judged := p.was("v-" + at(i, j))
			if judged == "" {
				continue
			}
			f := access.FieldVerdict{Path: path, Granted: judged == "yes"}
			if !f.Granted {
				f.Code = access.RefusalCode(p.was("c-" + at(i, j)))
				f.Reason = plainText(p.was("r-" + at(i, j)))
			}
			one.Fields = append(one.Fields, f)
		}
		verdict.Purposes = append(verdict.Purposes, one)
	}
	for line := range strings.Lines(plainText(p.was("conditions"))) {
		if line = strings.TrimSpace(line); line != "" {
			verdict.Conditions = append(verdict.Conditions, line)
		}
	}
	return verdict
}

func (p *reviewPage) pointsSent() []access.Point {
	var all []access.Point
	for i := range points {
		n := strconv.Itoa(i)
		if said := plainText(p.was("point-text-" + n)); said != "" {
			all = append(all, access.Point{Path: p.was("point-path-" + n), Text: said})
		}
	}
	return all
}

// reviewTarget is the control to which an error of a step leads.
func (p *reviewPage) reviewTarget(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch p.failed {
	case access.Review:
		return "#check-" + parts[len(parts)-1]
	case access.Decide:
		if len(parts) >= 4 {
			return "#v-" + parts[1] + "-" + parts[3]
		}
		return "#decide"
	case access.Return:
		if len(parts) > 1 {
			return "#point-text-" + parts[1]
		}
		return "#" + map[bool]string{true: "text", false: "point-text-0"}[parts[0] == "text"]
	case access.Protect:
		return "#reason"
	}
	return "#" + parts[0]
}

// reviewLabel names what an error of a step is about.
func (p *reviewPage) reviewLabel(v *view, path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	n := func(i int) int { k, err := strconv.Atoi(parts[i]); return map[bool]int{true: k, false: -1}[err == nil] }
	switch {
	case parts[0] == "checks" && len(parts) > 1:
		return v.say(text.CheckName(parts[1]))
	case parts[0] == "purposes" && len(parts) >= 4 && n(1) >= 0 && n(1) < len(p.asked):
		if fields := p.asked[n(1)].Fields; n(3) >= 0 && n(3) < len(fields) {
			return fields[n(3)]
		}
	}
	for name, label := range map[string]mconnect.Text{"text": text.MessageToAll, "points": text.PointText,
		"facts": text.Facts, "law": text.TheLaw, "code": text.RefusalCodeIs, "reason": text.Remarks,
		"purposes": text.TheVerdict, "conditions": text.Conditions} {
		if parts[0] == name {
			return v.say(label)
		}
	}
	return path
}

// protectPage shows the data protection officer what is asked for.
func (s *Surface) protectPage(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	p, err := s.reviewed(v, one)
	if err != nil {
		return err
	}
	return s.render(w, r, v, http.StatusOK, requestProtectPage(v, p))
}

// protect gives the opinion.
func (s *Surface) protect(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	step := access.Step{Verb: access.Protect, Revision: revisionOf(r), Approved: r.PostForm.Get("opinion") == "yes",
		Reason: plainText(r.PostForm.Get("reason"))}
	if _, err = s.cfg.Requests.Step(r.Context(), *v.who, one.Number, step); err == nil {
		http.Redirect(w, r, string(addressOfRequest(one.Number, "")), http.StatusSeeOther)
		return nil
	}
	f := fault.From(err)
	status, here := answerable(f)
	if !here {
		return err
	}
	p, err := s.reviewed(v, one)
	if err != nil {
		return err
	}
	p.sent, p.problem, p.failed = r.PostForm, f, access.Protect
	return s.render(w, r, v, status, requestProtectPage(v, p))
}

// judged are the blocks that the officer judges: the purposes and what is computed and asked about protection.
func (p *reviewPage) judged() []form.BlockView {
	return slices.DeleteFunc(slices.Clone(p.blocks), func(b form.BlockView) bool {
		return !b.Shown || b.ID == "E" || b.ID == "F" || b.ID == "G"
	})
}

// titled is the title of a page about the request.
func (p *reviewPage) titled(v *view, title mconnect.Text) mconnect.Text {
	t := text.Plain(v.say(title) + ", " + p.Number)
	if p.problem != nil {
		return text.ErrorIn(t)
	}
	return t
}

// find is what the reader can do of a step; false where the state has no such step.
func (p *requestView) find(verb access.Verb) (ability, bool) {
	for _, a := range p.can {
		if a.verb == verb {
			return a, true
		}
	}
	return ability{verb: verb}, false
}

// opens reports whether the form of a step is open: it was sent last.
func (p *reviewPage) opens(verb access.Verb) bool { return p.was("verb") == string(verb) }

// shownBlocks are the blocks of the form that the request answers.
func (p *reviewPage) shownBlocks() []form.BlockView {
	return slices.DeleteFunc(slices.Clone(p.blocks), func(b form.BlockView) bool { return !b.Shown })
}

// known are the fields of the service by their paths.
func (p *reviewPage) known(v *view) map[string]field {
	if p.fields == nil {
		p.fields = v.cfg.fieldsOf(&p.Request)
	}
	return p.fields
}
