package requests_test

import (
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/test/must"
)

// TestNewRequest_OfAPurposeThatIsCovered is sent to the agreement that states it, at the field of the purpose; one that
// is over, another purpose and a terminated agreement do not hinder.
func TestNewRequest_OfAPurposeThatIsCovered(t *testing.T) {
	o := newOffice(t)
	c := o.cast()
	with := func(purpose, more string) string {
		return strings.Replace(declared, "code: ajutor,", "code: "+purpose+", "+more, 1)
	}
	r := must.Get(o.Begin(t.Context(), c.editor, requestsDraft()))(t)
	for block, given := range answers("2026-01-01", o.now().AddDate(1, 0, 0).Format(time.DateOnly)) {
		r = o.step(c.editor, r.Number, access.Step{Verb: access.Save, Block: block, Answers: given})
	}
	for _, one := range []struct {
		name, text string
		covered    bool
	}{
		{"the same purpose", with("ajutor-social", ""), true},
		{"suspended", with("ajutor-social", "") + "status: suspended\n", true},
		{"another purpose", with("altul", ""), false},
		{"a purpose that is over", with("ajutor-social", `validity: { to: "2020-01-01T00:00:00Z" },`), false},
		{"an agreement that is over", with("ajutor-social", "") + "validity: { to: \"2020-01-01T00:00:00Z\" }\n", false},
		{"a terminated one", with("ajutor-social", "") + "status: terminated\n", false},
	} {
		id := strings.ReplaceAll(one.name, " ", "-")
		o.apply(strings.Replace(one.text, "hall-person", id, 1))
		got, err := o.Step(t.Context(), c.editor, r.Number, access.Step{Verb: access.Submit})
		var found []fault.FieldError
		if err != nil {
			found = fault.From(err).Fields
		}
		if one.covered != (len(found) == 1 && found[0].Code == fault.RequestExists && found[0].Path == "/purposes/0/code" &&
			found[0].Params["agreement"] == id) || !one.covered && got.State == access.Draft {
			t.Errorf("%s: %s %v", one.name, got.State, found)
		}
		if !one.covered && err == nil {
			o.step(c.dpo, r.Number, access.Step{Verb: access.Protect, Reason: "se verifică din nou"})
			continue
		}
		o.apply(strings.Replace(with("altul", ""), "hall-person", id, 1) + map[bool]string{true: "status: suspended\n"}[one.name == "suspended"])
	}
}
