package form_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access/form"
)

const small = `
id: t
version: 1
blocks:
  - id: A
    fields:
      - { id: name, type: text, required: true, validate: { max: 5 } }
      - { id: mail, type: text, validate: { format: email } }
      - { id: plain, type: text, validate: { format: plain } }
      - { id: say, type: text, languages: true }
      - { id: yes, type: bool, validate: { "true": true } }
      - { id: n, type: int, validate: { min: 1, max: 9 } }
      - { id: kind, type: one, options: [ { value: a }, { value: f, show_if: [ { id: "@public", op: is, value: false } ] } ] }
      - { id: why, type: rich, show_if: [ { id: kind, op: is, value: a } ], required_if: [ { id: kind, op: is, value: a } ] }
      - { id: all, type: many, of: field }
      - { id: file, type: file, of: attachment }
      - { id: sum, type: text, computed: true }
      - id: rows
        type: table
        validate: { max: 2, in_act: true }
        columns:
          - { id: act, type: ref, of: act }
          - { id: some, type: many, of: field, validate: { within: all } }
          - { id: from, type: date }
          - { id: until, type: date, validate: { after: from, years: 5 } }
`

func facts() form.Facts {
	return form.Facts{At: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), Values: map[string]any{"public": true, "sum": "computed"},
		Known: map[string][]string{"field": {"A", "B"}, "attachment": {"d1"}},
		Cite: func(act, _, _ string, _ time.Time) error {
			if act == "old" {
				return errors.New("repealed")
			}
			return nil
		}}
}

// TestEvaluate_ClosedListOfErrors: each wrong answer has one error, with its path.
func TestEvaluate_ClosedListOfErrors(t *testing.T) {
	f, err := form.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	for answers, want := range map[string]string{
		`{"name":"x"}`:                      "",
		`{}`:                                "/name form.missing",
		`{"name":"x","zz":1}`:               "/zz form.unknownField",
		`{"name":5}`:                        "/name form.badValue",
		`{"name":"longer"}`:                 "/name form.tooLong",
		`{"name":"x","mail":"nobody"}`:      "/mail form.badFormat",
		`{"name":"x","mail":"a@b.invalid"}`: "",
		`{"name":"x","plain":"IDNP 2999000006393"}`:                        "/plain form.badFormat",
		`{"name":"x","say":{"ro":"a","en":"b"}}`:                           "/say/ru form.missing",
		`{"name":"x","say":{"ro":"a","en":"b","ru":"c","fr":"d"}}`:         "/say form.unknownField",
		`{"name":"x","yes":false}`:                                         "/yes form.missing",
		`{"name":"x","n":10}`:                                              "/n form.badValue",
		`{"name":"x","n":1.5}`:                                             "/n form.badValue",
		`{"name":"x","kind":"f"}`:                                          "/kind form.notAuthorisedOption",
		`{"name":"x","kind":"z"}`:                                          "/kind form.badValue",
		`{"name":"x","kind":"a"}`:                                          "/why form.missing",
		`{"name":"x","why":"because"}`:                                     "/why form.hiddenAnswered",
		`{"name":"x","all":["A","C"]}`:                                     "/all/1 form.contradictsCatalogue",
		`{"name":"x","all":["A","A"]}`:                                     "/all/1 form.badValue",
		`{"name":"x","file":"d2"}`:                                         "/file form.attachmentRefused",
		`{"name":"x","sum":"mine"}`:                                        "/sum form.hiddenAnswered",
		`{"name":"x","rows":[{},{},{}]}`:                                   "/rows form.tooLong",
		`{"name":"x","rows":[1]}`:                                          "/rows/0 form.badValue",
		`{"name":"x","rows":[{"act":"old"}]}`:                              "/rows/0/act form.actNotInForce",
		`{"name":"x","rows":[{"other":1}]}`:                                "/rows/0/other form.unknownField",
		`{"name":"x","all":["A"],"rows":[{"some":["B"]}]}`:                 "/rows/0/some/0 form.badValue",
		`{"name":"x","rows":[{"from":"2026-13-01"}]}`:                      "/rows/0/from form.badFormat",
		`{"name":"x","rows":[{"from":"2026-01-01","until":"2025-01-01"}]}`: "/rows/0/until form.badValue",
		`{"name":"x","rows":[{"from":"2026-01-01","until":"2031-01-02"}]}`: "/rows/0/until form.badValue",
		`{"name":"x","rows":[{"from":"2026-01-01","until":"2031-01-01"}]}`: "",
	} {
		var in map[string]any
		if err := json.Unmarshal([]byte(answers), &in); err != nil {
			t.Fatal(answers, err)
		}
		var got []string
		for _, e := range f.Evaluate(in, facts()).Errors {
			got = append(got, e.Path+" "+string(e.Code))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %v, want %q", answers, got, want)
		}
	}
}

func TestEvaluate_CleanLeavesHiddenAnswersOut(t *testing.T) {
	f, err := form.Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	r := f.Evaluate(map[string]any{"name": "x", "why": "hidden", "kind": "f"}, facts())
	if _, there := r.Clean["why"]; there || r.Clean["name"] != "x" {
		t.Errorf("%v", r.Clean)
	}
	for _, v := range r.Blocks[0].Views {
		if v.ID == "sum" && v.Value != "computed" || v.ID == "kind" && len(v.Choices) != 1 {
			t.Errorf("%+v", v)
		}
	}
	if b, field := f.Field("/rows/1/until"); b == nil || field.ID != "until" {
		t.Errorf("%v %v", b, field)
	}
}

// TestBuiltin_PublicBodiesAndCrossRules: no legitimate interest for a public body, acts for its purposes, no bulk from
// the clerk's page, and what the catalogue says is not denied.
func TestBuiltin_PublicBodiesAndCrossRules(t *testing.T) {
	f := form.Builtin()[0]
	known := facts()
	known.Values = map[string]any{"public": true, "personal": true, "kind": "new"}
	r := f.Evaluate(map[string]any{"personal_data": false, "mode": "clerk", "historic_bulk": true,
		"purposes": []any{map[string]any{"basis_kind": "f"}}}, known)
	for _, want := range []string{"/purposes/0/basis_kind form.notAuthorisedOption", "/purposes/0/acts form.missing",
		"/personal_data form.contradictsCatalogue", "/historic_bulk form.notAuthorisedOption"} {
		if !slices.ContainsFunc(r.Errors, func(e fault.FieldError) bool { return e.Path+" "+string(e.Code) == want }) {
			t.Errorf("%s is not found among %d errors", want, len(r.Errors))
		}
	}
	known.Values["public"] = false
	r = f.Evaluate(map[string]any{"purposes": []any{map[string]any{"basis_kind": "f"}}}, known)
	if slices.ContainsFunc(r.Errors, func(e fault.FieldError) bool { return e.Path == "/purposes/0/basis_kind" }) {
		t.Error("a private participant may not state its legitimate interest")
	}
}

func TestPrint_HasAllBranches(t *testing.T) {
	for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
		var b strings.Builder
		f := form.Builtin()[0]
		if err := form.Print(&b, f, lang); err != nil {
			t.Fatal(err)
		}
		each(f, func(one *form.Field) {
			if !strings.Contains(b.String(), "("+one.ID+", ") {
				t.Errorf("%s: %s is not printed", lang, one.ID)
			}
		})
	}
}

// FuzzEvaluate: whatever the answers are, the evaluator ends, and what it cleans is free of unknown fields.
func FuzzEvaluate(f *testing.F) {
	f.Add(`{"purposes":[{"acts":[{}],"from":"x"}],"fields":["A"],"dpia":"done"}`)
	f.Add(`{"contacts":{"a":1},"volume_day":[],"systems":"x"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var in map[string]any
		if json.Unmarshal([]byte(text), &in) != nil {
			return
		}
		known := facts()
		known.Values["personal"] = true
		r := form.Builtin()[0].Evaluate(in, known)
		again := form.Builtin()[0].Evaluate(r.Clean, known)
		for _, e := range again.Errors {
			if e.Code == fault.FormUnknownField && strings.Count(e.Path, "/") == 1 {
				t.Errorf("%s: %s", text, fmt.Sprint(e))
			}
		}
	})
}
