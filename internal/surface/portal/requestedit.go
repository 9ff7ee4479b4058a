package portal

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/domain/people"
)

// formOf evaluates the form of a request with answers, for the page of one block: the first one that is shown when the
// named one is not.
func (s *Surface) formOf(one access.Request, answers map[string]any, block string) (*formPage, error) {
	f, err := s.cfg.Requests.Form(&one)
	if err != nil {
		return nil, err
	}
	one.Answers = answers
	p := &formPage{request: one, facts: s.cfg.Requests.Facts(&one), revision: one.Revision}
	result := f.Evaluate(answers, p.facts)
	p.errors = result.Errors
	for _, b := range result.Blocks {
		if !b.Shown {
			continue
		}
		if strings.EqualFold(b.ID, block) {
			p.at = len(p.blocks)
		}
		p.blocks = append(p.blocks, b)
	}
	if len(p.blocks) == 0 {
		return nil, fault.New(fault.PathUnknown)
	}
	p.fields = s.cfg.fieldsOf(&one)
	for _, point := range one.OpenPoints() {
		if p.here(point.Path) {
			p.points = append(p.points, point)
		}
	}
	return p, nil
}

// editRequest shows one block of the form.
func (s *Surface) editRequest(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	if err := v.who.May(people.RequestEdit, one.Object(), v.now); err != nil {
		return err
	}
	if one.State != access.Draft && one.State != access.ChangesRequested {
		http.Redirect(w, r, string(addressOfRequest(one.Number, "")), http.StatusSeeOther)
		return nil
	}
	f, err := s.cfg.Requests.Form(&one)
	if err != nil {
		return err
	}
	answers, blank := one.Answers, []string(nil)
	if b := f.Block(v.query.Get("block")); b != nil && v.query.Get("add") != "" {
		if changed, at := withRow(b, answers, v.query.Get("add")); at != "" {
			answers, blank = changed, []string{at}
		}
	}
	p, err := s.formOf(one, answers, v.query.Get("block"))
	if err != nil {
		return err
	}
	for _, view := range p.block().Views { // a table that needs a row begins with one
		if view.Type == form.Table && view.Required && len(view.Rows) == 0 && !view.Computed {
			var at string
			if answers, at = withRow(p.block().Block, answers, view.Path); at != "" {
				blank = append(blank, at)
			}
		}
	}
	if len(blank) > 0 {
		if p, err = s.formOf(one, answers, p.block().ID); err != nil {
			return err
		}
	}
	p.blank, p.checked = blank, v.query.Get("check") != ""
	return s.render(w, r, v, http.StatusOK, formBlockPage(v, p))
}

// saveRequest saves a block as it was sent. By htmx it answers when that was, and the block where other questions are
// asked now; without, it leads on, or back with what is to be corrected.
func (s *Surface) saveRequest(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	f, err := s.cfg.Requests.Form(&one)
	if err != nil {
		return err
	}
	b := f.Block(r.PostForm.Get("block"))
	if b == nil {
		return fault.New(fault.PathUnknown)
	}
	sent := decode(b, r.PostForm)
	before, err := s.formOf(one, one.Answers, b.ID)
	if err != nil {
		return err
	}
	saved, err := s.saveBlock(r, v, one, f, b, sent)
	auto := r.Header.Get("HX-Request") == "true"
	switch code := codeOf(err); {
	case err == nil:
	case auto && (code == fault.RequestStale || code == fault.RequestState):
		return s.render(w, r, v, http.StatusOK, autosaveHeld(v, revisionOf(r)))
	case code == fault.RequestStale, code == fault.RequestState:
		return s.stalePage(w, r, v, one, b, sent)
	default:
		return err
	}
	p, err := s.formOf(saved, saved.Answers, b.ID)
	if err != nil {
		return err
	}
	if auto {
		return s.autosaved(w, r, v, before, p)
	}
	return s.leadOn(w, r, v, p)
}

// leadOn answers a block that was saved by a button.
func (s *Surface) leadOn(w http.ResponseWriter, r *http.Request, v *view, p *formPage) error {
	address := func(q url.Values, fragment string) {
		u := string(addressOfRequest(p.request.Number, "edit")) + "?" + q.Encode()
		http.Redirect(w, r, u+fragment, http.StatusSeeOther)
	}
	here := url.Values{"block": {p.block().ID}}
	switch sent := r.PostForm; {
	case sent.Get("add") != "":
		here.Set("add", sent.Get("add"))
		address(here, "#"+anchor(sent.Get("add"))+"-add")
	case sent.Get("remove") != "":
		table, _, _ := cutLast(sent.Get("remove"))
		address(here, "#"+anchor(table))
	case sent.Get("do") != "next":
		here.Set("saved", p.request.Changed.In(civil.Zone()).Format("15:04"))
		address(here, "")
	case p.block().Wrong > 0:
		p.checked = true
		return s.render(w, r, v, http.StatusUnprocessableEntity, formBlockPage(v, p))
	case p.next() == "":
		http.Redirect(w, r, string(addressOfRequest(p.request.Number, "")), http.StatusSeeOther)
	default:
		address(url.Values{"block": {p.next()}}, "")
	}
	return nil
}

func cutLast(path string) (before, after string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return path, "", false
	}
	return path[:i], path[i+1:], true
}

// saveBlock saves the answers of a block without those that other answers hide, and drops what they hide elsewhere.
func (s *Surface) saveBlock(r *http.Request, v *view, one access.Request, f *form.Form, b *form.Block,
	sent map[string]any) (access.Request, error) {
	after := maps.Clone(one.Answers)
	if after == nil {
		after = map[string]any{}
	}
	for i := range b.Fields {
		delete(after, b.Fields[i].ID)
	}
	maps.Copy(after, sent)
	shown := one
	shown.Answers = after
	result := f.Evaluate(after, s.cfg.Requests.Facts(&shown))
	saved, err := s.cfg.Requests.Step(r.Context(), *v.who, one.Number, access.Step{Verb: access.Save, Block: b.ID,
		Revision: revisionOf(r), Answers: ofBlock(b, result.Clean)})
	if err != nil {
		return saved, err
	}
	result = f.Evaluate(saved.Answers, s.cfg.Requests.Facts(&saved))
	for _, view := range result.Blocks {
		if !slices.ContainsFunc(view.Views, hiddenAnswered) {
			continue
		}
		saved, err = s.cfg.Requests.Step(r.Context(), *v.who, one.Number, access.Step{Verb: access.Save, Block: view.ID,
			Revision: saved.Revision, Answers: ofBlock(view.Block, result.Clean)})
		if err != nil {
			return saved, err
		}
	}
	return saved, nil
}

// hiddenAnswered reports whether an answer of a field, or in it, is to a question that is not asked.
func hiddenAnswered(f form.FieldView) bool {
	return slices.ContainsFunc(f.Errors, func(e fault.FieldError) bool { return e.Code == fault.FormHiddenAnswered })
}

// ofBlock are the answers of a block.
func ofBlock(b *form.Block, answers map[string]any) map[string]any {
	own := map[string]any{}
	for i := range b.Fields {
		if v, ok := answers[b.Fields[i].ID]; ok {
			own[b.Fields[i].ID] = v
		}
	}
	return own
}

// autosaved answers htmx with the time of saving; where the answers changed what is asked, with the block.
func (s *Surface) autosaved(w http.ResponseWriter, r *http.Request, v *view, before, p *formPage) error {
	if shape(before) != shape(p) {
		w.Header().Set("HX-Retarget", "#block")
		w.Header().Set("HX-Reswap", "outerHTML")
		return s.render(w, r, v, http.StatusOK, formBlock(v, p))
	}
	return s.render(w, r, v, http.StatusOK, saved(v, p))
}

// shape is which questions a page asks, whatever their answers are.
func shape(p *formPage) string {
	var paths []string
	var walk func(views []form.FieldView)
	walk = func(views []form.FieldView) {
		for _, f := range views {
			if !f.Shown {
				continue
			}
			paths = append(paths, f.Path)
			for _, o := range f.Choices {
				paths = append(paths, "="+o.Value)
			}
			for _, row := range f.Rows {
				walk(row)
			}
		}
	}
	walk(p.block().Views)
	if slices.Contains(paths, "/service") { // whose fields are listed
		paths = append(paths, string(p.request.Service), p.request.Version.String())
	}
	for _, b := range p.blocks {
		paths = append(paths, b.ID)
	}
	return strings.Join(paths, "\n")
}

// stalePage shows what was typed with what is stored now. Saving again keeps what was typed.
func (s *Surface) stalePage(w http.ResponseWriter, r *http.Request, v *view, one access.Request, b *form.Block,
	sent map[string]any) error {
	mine := maps.Clone(one.Answers)
	if mine == nil {
		mine = map[string]any{}
	}
	for i := range b.Fields {
		delete(mine, b.Fields[i].ID)
	}
	maps.Copy(mine, sent)
	p, err := s.formOf(one, mine, b.ID)
	if err != nil {
		return err
	}
	p.isStale = true
	p.stale = differences(v, p.blocks, access.Diff(ofBlock(b, one.Answers), sent))
	p.closed = one.State != access.Draft && one.State != access.ChangesRequested
	return s.render(w, r, v, http.StatusConflict, formBlockPage(v, p))
}
