package form

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
)

// Facts are what conditions and rules need beyond the answers.
type Facts struct {
	At     time.Time
	Values map[string]any      // by name, without "@": public, personal, special …
	Known  map[string][]string // what a ref or list may name: system, field, attachment …; absent: anything
	Labels map[string]map[string]mconnect.Text
	// Cite reports an error when a place of an act is not in force on a day; nil: there is no register, and any act is
	// accepted.
	Cite func(act, version, path string, on time.Time) error
}

// Result is what Evaluate found.
type Result struct {
	Blocks   []BlockView        `json:"blocks"`
	Errors   []fault.FieldError `json:"errors,omitempty"`
	Warnings []fault.FieldError `json:"warnings,omitempty"`
	Clean    map[string]any     `json:"-"` // the answers without those of hidden fields
}

// BlockView is one block as it stands for the answers.
type BlockView struct {
	*Block
	Shown   bool        `json:"shown"`
	Views   []FieldView `json:"-"`
	Missing int         `json:"missing"` // answers that are needed and absent
	Wrong   int         `json:"wrong"`   // errors, those of Missing included
}

// FieldView is one field as it stands for the answers. Those of a table have a view per row and column.
type FieldView struct {
	*Field
	Path     string
	Shown    bool
	Required bool
	Value    any      // nil: not answered; of a computed field its fact
	Choices  []Option // of One and Many, those that are shown
	Rows     [][]FieldView
	Errors   []fault.FieldError // at this field itself
}

// Evaluate judges answers. The answers are not changed.
func (f *Form) Evaluate(answers map[string]any, facts Facts) Result {
	e := &evaluation{facts: facts, clean: map[string]any{}}
	top := &scope{values: answers, facts: facts.Values}
	known := map[string]bool{}
	for i := range f.Blocks {
		b := &f.Blocks[i]
		v := BlockView{Block: b, Shown: top.all(b.ShowIf)}
		before := len(e.errors)
		for j := range b.Fields {
			known[b.Fields[j].ID] = true
			view := e.field(&b.Fields[j], "/"+b.Fields[j].ID, top, v.Shown)
			if view.Shown && view.Value != nil && !view.Computed {
				e.clean[view.ID] = cleaned(view)
			}
			v.Views = append(v.Views, view)
		}
		v.Wrong = len(e.errors) - before
		for _, one := range e.errors[before:] {
			if one.Code == fault.FormMissing {
				v.Missing++
			}
		}
		e.blocks = append(e.blocks, v)
	}
	for _, id := range slices.Sorted(maps.Keys(answers)) {
		if !known[id] {
			e.add("/"+id, fault.FormUnknownField)
		}
	}
	e.cross(top)
	return Result{Blocks: e.blocks, Errors: e.errors, Warnings: e.warnings, Clean: e.clean}
}

type evaluation struct {
	facts            Facts
	blocks           []BlockView
	errors, warnings []fault.FieldError
	clean            map[string]any
}

func (e *evaluation) add(path string, code fault.Code, params ...string) {
	var one fault.Findings
	one.Add(path, code, params...)
	e.errors = append(e.errors, one...)
}

// field judges one field of a scope.
func (e *evaluation) field(f *Field, path string, in *scope, visible bool) FieldView {
	v := FieldView{Field: f, Path: path, Shown: visible && in.all(f.ShowIf), Value: in.values[f.ID]}
	v.Required = v.Shown && (f.Required || len(f.RequiredIf) > 0 && in.all(f.RequiredIf))
	before := len(e.errors)
	defer func() { v.Errors = slices.Clone(e.errors[before:]) }()
	for _, o := range f.Options {
		if in.all(o.ShowIf) {
			v.Choices = append(v.Choices, o)
		}
	}
	if f.Computed {
		if v.Value != nil {
			e.add(path, fault.FormHiddenAnswered)
		}
		v.Value = e.facts.Values[f.ID]
		return v
	}
	if empty(v.Value) {
		v.Value = nil
		if v.Required {
			e.add(path, fault.FormMissing)
		}
		if f.Type == Table && v.Shown {
			return v
		}
		return v
	}
	if !v.Shown {
		e.add(path, fault.FormHiddenAnswered)
		return v
	}
	if f.Type == Table {
		e.table(&v, in)
		return v
	}
	e.value(&v, in)
	v.Errors = slices.Clone(e.errors[before:])
	return v
}

// maxRows is how many rows a table may have that states no other number.
const maxRows = 50

func (e *evaluation) table(v *FieldView, in *scope) {
	rows, ok := v.Value.([]any)
	if !ok {
		e.add(v.Path, fault.FormBadValue)
		return
	}
	most := v.Validate.Max
	if most == 0 {
		most = maxRows
	}
	if len(rows) > most {
		e.add(v.Path, fault.FormTooLong, "max", strconv.Itoa(most))
		return
	}
	if len(rows) < v.Validate.Min {
		e.add(v.Path, fault.FormMissing)
	}
	for i, row := range rows {
		at := v.Path + "/" + strconv.Itoa(i)
		values, ok := row.(map[string]any)
		if !ok {
			e.add(at, fault.FormBadValue)
			v.Rows = append(v.Rows, nil)
			continue
		}
		inner := &scope{values: values, outer: in, facts: in.facts}
		var views []FieldView
		known := map[string]bool{}
		for j := range v.Columns {
			known[v.Columns[j].ID] = true
			views = append(views, e.field(&v.Columns[j], at+"/"+v.Columns[j].ID, inner, true))
		}
		for _, id := range slices.Sorted(maps.Keys(values)) {
			if !known[id] {
				e.add(at+"/"+id, fault.FormUnknownField)
			}
		}
		if v.Validate.InAct {
			e.act(at, inner)
		}
		v.Rows = append(v.Rows, views)
	}
}

// act demands that a row names an act of the register that is in force on the first day of the purpose.
func (e *evaluation) act(at string, row *scope) {
	name, _ := row.values["act"].(string)
	if e.facts.Cite == nil || name == "" {
		return
	}
	on := e.facts.At
	if from, ok := row.get("from").(string); ok {
		if day, err := time.Parse(time.DateOnly, from); err == nil && day.After(on) {
			on = day
		}
	}
	version, _ := row.values["version"].(string)
	place, _ := row.values["path"].(string)
	if e.facts.Cite(name, version, place, on) != nil {
		e.add(at+"/act", fault.FormActNotInForce, "act", name)
	}
}

// cleaned is the answer of a field without what hidden columns hold.
func cleaned(v FieldView) any {
	if v.Type != Table {
		return v.Value
	}
	rows := make([]any, 0, len(v.Rows))
	for _, views := range v.Rows {
		row := map[string]any{}
		for _, c := range views {
			if c.Shown && c.Value != nil && !c.Computed {
				row[c.ID] = cleaned(c)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// cross judges what concerns several fields at once.
func (e *evaluation) cross(top *scope) {
	fact := func(name string) bool { b, _ := e.facts.Values[name].(bool); return b }
	if says, ok := top.get("personal_data").(bool); ok && !says && fact("personal") {
		e.add("/personal_data", fault.FormContradictsCatalogue)
	}
	if top.get("mode") == "clerk" && top.get("historic_bulk") == true {
		e.add("/historic_bulk", fault.FormNotAuthorisedOption)
	}
	if fields, ok := top.get("fields").([]any); ok && top.get("verify_only") == "yes" && len(fields) > 1 {
		e.warnings = append(e.warnings, fault.FieldError{Path: "/verify_only", Code: fault.FormVerifyOnly})
	}
}
