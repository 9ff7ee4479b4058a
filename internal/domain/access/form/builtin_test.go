package form_test

import (
	"slices"
	"testing"

	"mconnect"
	"mconnect/internal/domain/access/form"
)

// TestBuiltin_IsWhole: every block, field and option of the built-in form speaks three languages, and every condition
// names a field or a fact that exists.
func TestBuiltin_IsWhole(t *testing.T) {
	facts := []string{"@public", "@personal", "@special", "@criminal", "@kind", "@dpia_needed", "@delegated"}
	for _, f := range form.Builtin() {
		var names []string
		each(f, func(one *form.Field) { names = append(names, one.ID) })
		said := func(where string, x mconnect.Text) {
			if x.RO == "" || x.EN == "" || x.RU == "" {
				t.Errorf("%s: not in three languages: %+v", where, x)
			}
		}
		known := func(where string, all []form.Condition) {
			for _, c := range flat(all) {
				if !slices.Contains(facts, c.ID) && !slices.Contains(names, c.ID) {
					t.Errorf("%s: a condition names %q", where, c.ID)
				}
			}
		}
		for _, b := range f.Blocks {
			said(b.ID, b.Title)
			known(b.ID, b.ShowIf)
		}
		each(f, func(one *form.Field) {
			said(one.ID, one.Label)
			known(one.ID, one.ShowIf)
			known(one.ID, one.RequiredIf)
			for _, o := range one.Options {
				said(one.ID+"/"+o.Value, o.Label)
			}
			if (one.Type == form.One) != (len(one.Options) > 0) && one.Type != form.Many {
				t.Errorf("%s: %s with %d options", one.ID, one.Type, len(one.Options))
			}
		})
		if len(f.Blocks) != 7 || len(names) < 80 {
			t.Errorf("%d blocks, %d fields", len(f.Blocks), len(names))
		}
	}
}

func each(f *form.Form, fn func(*form.Field)) {
	var walk func(all []form.Field)
	walk = func(all []form.Field) {
		for i := range all {
			fn(&all[i])
			walk(all[i].Columns)
		}
	}
	for i := range f.Blocks {
		walk(f.Blocks[i].Fields)
	}
}

func flat(all []form.Condition) (found []form.Condition) {
	for _, c := range all {
		if len(c.Any) > 0 {
			found = append(found, flat(c.Any)...)
			continue
		}
		found = append(found, c)
	}
	return found
}
