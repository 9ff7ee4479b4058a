package portal

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/surface/portal/text"
)

// formPage is one block of the form of a request.
type formPage struct {
	request  access.Request
	blocks   []form.BlockView // those that are shown
	at       int              // the block of the page
	errors   []fault.FieldError
	facts    form.Facts
	fields   map[string]field // of the service's answer
	checked  bool             // missing answers are shown as errors
	blank    []string         // paths of rows that were added and not filled in yet
	points   []access.Point   // that were made here and are open
	stale    []difference     // nil: the page is current
	isStale  bool
	closed   bool // the answers can no longer be changed
	revision int64
}

// difference is one answer that differs.
type difference struct {
	label         string
	before, after string
}

func (p *formPage) block() form.BlockView { return p.blocks[p.at] }

// next is the identifier of the block after this one; "" after the last.
func (p *formPage) next() string {
	if p.at+1 < len(p.blocks) {
		return p.blocks[p.at+1].ID
	}
	return ""
}

// title is that of the page.
func (p *formPage) title(v *view) mconnect.Text {
	t := text.Plain(v.say(p.block().Title) + ", " + p.request.Number)
	if len(p.shownErrors()) > 0 || p.isStale {
		return text.ErrorIn(t)
	}
	return t
}

// shownErrors are the errors of the block that the page shows.
func (p *formPage) shownErrors() []fault.FieldError {
	var all []fault.FieldError
	for _, e := range p.errors {
		if p.here(e.Path) && p.shows(e) {
			all = append(all, e)
		}
	}
	return all
}

// here reports whether a path belongs to the block.
func (p *formPage) here(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return slices.ContainsFunc(p.block().Views, func(f form.FieldView) bool { return f.ID == first })
}

// shows reports whether an error is shown: a missing answer only where the block was to be complete.
func (p *formPage) shows(e fault.FieldError) bool {
	for _, row := range p.blank {
		if e.Path == row || strings.HasPrefix(e.Path, row+"/") {
			return false
		}
	}
	return p.checked || e.Code != fault.FormMissing
}

// errorsAt are the errors of a field itself: of a table those that are not of its columns.
func (p *formPage) errorsAt(f form.FieldView, path string) []fault.FieldError {
	var all []fault.FieldError
	for _, e := range p.errors {
		below := strings.HasPrefix(e.Path, path+"/") && f.Type == form.Many
		if (e.Path == path || below) && p.shows(e) {
			all = append(all, e)
		}
	}
	return all
}

// anchor is the identifier of the control of a path.
func anchor(path string) string { return "f" + strings.ReplaceAll(path, "/", "-") }

// target is the control to which an error leads: that of the path, or of the field above it.
func (p *formPage) target(path string) string {
	found := ""
	var walk func(views []form.FieldView)
	walk = func(views []form.FieldView) {
		for _, f := range views {
			if path != f.Path && !strings.HasPrefix(path, f.Path+"/") {
				continue
			}
			found = f.Path
			if f.Languages {
				found = cmp.Or(map[bool]string{true: path}[path != f.Path], f.Path+"/ro")
			}
			for _, row := range f.Rows {
				walk(row)
			}
		}
	}
	walk(p.block().Views)
	return "#" + anchor(found)
}

// labelOf is the label of the field of a path, with the numbers of its rows.
func labelOf(v *view, blocks []form.BlockView, path string) string {
	for _, b := range blocks {
		for i := range b.Fields {
			f := &b.Fields[i]
			parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
			if f.ID != parts[0] {
				continue
			}
			said := v.say(f.Label)
			for _, part := range parts[1:] {
				if n, err := strconv.Atoi(part); err == nil {
					said += " " + strconv.Itoa(n+1)
					continue
				}
				if k := slices.IndexFunc(f.Columns, func(c form.Field) bool { return c.ID == part }); k >= 0 {
					f = &f.Columns[k]
					said += ", " + v.say(f.Label)
				} else if lang, err := mconnect.ParseLang(part); err == nil {
					said += ", " + v.say(text.LanguageName(lang))
				}
			}
			return said
		}
	}
	return path
}

// label is that of a path.
func (p *formPage) label(v *view, path string) string { return labelOf(v, p.blocks, path) }

// done reports whether a block has no error, and something is answered in it.
func done(b form.BlockView) bool {
	answered := func(f form.FieldView) bool { return f.Value != nil && !f.Computed }
	return b.Wrong == 0 && slices.ContainsFunc(b.Views, answered)
}

// choices are what a ref or a list without options may name; long reports that they are too many to be shown at once.
func (p *formPage) choices(of string) (all []string, known, long bool) {
	all, known = p.facts.Known[of]
	return all, known, len(all) > 60
}

// choiceLabel names what a ref may name.
func (p *formPage) choiceLabel(v *view, of, value string) string {
	if t, ok := p.facts.Labels[of][value]; ok {
		return v.say(t)
	}
	switch of {
	case "service":
		if sheet, err := v.cfg.Guide.Show(value); err == nil {
			return v.say(sheet.Title)
		}
	case "field":
		return v.say(p.fields[value].says)
	case "attachment":
		for _, a := range p.request.Attachments {
			if a.Digest == value {
				return a.Name
			}
		}
	}
	return ""
}

// answer is an answer as one line of text.
func answer(v *view, f *form.Field, value any) string {
	named := func(value string) string {
		for _, o := range f.Options {
			if o.Value == value {
				return v.say(o.Label)
			}
		}
		return value
	}
	switch x := value.(type) {
	case nil:
		return ""
	case bool:
		if x {
			return v.say(text.Yes)
		}
		return v.say(text.No)
	case string:
		return named(x)
	case float64:
		return v.number(int64(x))
	case []any:
		var all []string
		for _, one := range x {
			all = append(all, answer(v, f, one))
		}
		return strings.Join(all, ", ")
	case map[string]any:
		var all []string
		for _, c := range f.Columns {
			if said := answer(v, &c, x[c.ID]); said != "" {
				all = append(all, v.say(c.Label)+": "+said)
			}
		}
		for _, lang := range []string{"ro", "en", "ru"} {
			if said, ok := x[lang].(string); ok && f.Languages {
				all = append(all, lang+": "+said)
			}
		}
		return strings.Join(all, "; ")
	}
	return fmt.Sprint(value)
}

// differences are the changes as people read them.
func differences(v *view, blocks []form.BlockView, changes []access.Change) []difference {
	all := make([]difference, 0, len(changes))
	for _, c := range changes {
		f := &form.Field{}
		for _, b := range blocks {
			if one := (&form.Form{Blocks: []form.Block{*b.Block}}); b.Block != nil {
				if _, found := one.Field(c.Path); found != nil {
					f = found
				}
			}
		}
		all = append(all, difference{labelOf(v, blocks, c.Path), answer(v, f, c.Before), answer(v, f, c.After)})
	}
	return all
}

// has reports whether a list of answers has a value.
func has(value any, one string) bool {
	list, _ := value.([]any)
	return slices.Contains(list, any(one))
}

// typed is an answer as an input shows it.
func typed(value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// inLanguage is one language of a text in three.
func inLanguage(value any, lang string) string {
	texts, _ := value.(map[string]any)
	s, _ := texts[lang].(string)
	return s
}

// described is the aria-describedby of the control of a path.
func described(path string, hint bool, errors int) string {
	return describedBy(anchor(path), hint, errors > 0)
}

// control are the attributes that every control of a field has.
func (p *formPage) control(f form.FieldView, path string) templ.Attributes {
	wrong := len(p.errorsAt(f, path))
	a := templ.Attributes{"id": anchor(path), "name": path}
	if d := described(path, f.Hint != (mconnect.Text{}), wrong); d != "" {
		a["aria-describedby"] = d
	}
	if wrong > 0 {
		a["aria-invalid"] = "true"
	}
	if f.Required {
		a["aria-required"] = "true"
	}
	if p.closed {
		a["readonly"] = true
	}
	return a
}

// depth is how deep a field lies in an answer of the service.
func depth(path string) string { return strconv.Itoa(min(strings.Count(path, "."), 3)) }

// tree are the fields that a list of fields may name: all of the service, or those within another answer.
func (p *formPage) tree(f form.FieldView) []string {
	all := p.facts.Known[f.Of]
	if f.Validate.Within == "" {
		return all
	}
	within := p.request.Answers[f.Validate.Within]
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return !has(within, one) })
}
