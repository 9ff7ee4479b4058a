package access

import (
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/people"
)

// RefusalCode is the reason of a refusal, of a whole request or of one field.
type RefusalCode string

// The codes.
const (
	NoBasis            RefusalCode = "no_basis"
	BasisNotInForce    RefusalCode = "basis_not_in_force"
	OutsideMandate     RefusalCode = "outside_mandate"
	ExcessFields       RefusalCode = "excess_fields"
	WrongService       RefusalCode = "wrong_service"
	SpecialRegime      RefusalCode = "special_regime" // Law 142/2018 art. 2(4)
	DPIAMissing        RefusalCode = "dpia_missing"
	Standing           RefusalCode = "standing"
	SystemUnregistered RefusalCode = "system_unregistered"
	Technical          RefusalCode = "technical"
	Duplicate          RefusalCode = "duplicate"
	Other              RefusalCode = "other"
)

// RefusalCodes lists the codes.
func RefusalCodes() []RefusalCode {
	return []RefusalCode{NoBasis, BasisNotInForce, OutsideMandate, ExcessFields, WrongService, SpecialRegime,
		DPIAMissing, Standing, SystemUnregistered, Technical, Duplicate, Other}
}

// Refusal is a refusal with its reasons, which the Administrative Code (art. 31, 118) makes mandatory: the facts, the
// law, what would remove the obstacle, and how to appeal.
type Refusal struct {
	Code   RefusalCode     `json:"code"`
	Facts  string          `json:"facts"`
	Law    string          `json:"law"`
	Remedy string          `json:"remedy,omitempty"`
	Appeal string          `json:"appeal"`
	By     people.PersonID `json:"by"`
	Side   Side            `json:"side"`
	At     time.Time       `json:"at"`
}

// FieldVerdict is the decision on one field of one purpose.
type FieldVerdict struct {
	Path    string      `json:"path"`
	Granted bool        `json:"granted"`
	Code    RefusalCode `json:"code,omitempty"`   // of a refused one
	Reason  string      `json:"reason,omitempty"` // likewise
}

// PurposeVerdict is the decision on one purpose.
type PurposeVerdict struct {
	Code    mconnect.PurposeCode `json:"code"`
	Granted bool                 `json:"granted"`
	Refused RefusalCode          `json:"refused,omitempty"`
	Reason  string               `json:"reason,omitempty"`
	Fields  []FieldVerdict       `json:"fields,omitempty"`
}

// Verdict is the provider's decision, purpose by purpose and field by field.
type Verdict struct {
	Purposes   []PurposeVerdict `json:"purposes"`
	Conditions []string         `json:"conditions,omitempty"`
	By         people.PersonID  `json:"by"`
	At         time.Time        `json:"at"`
}

// Asked is what a version asks for, purpose by purpose, in the order of the form.
type Asked struct {
	Code   mconnect.PurposeCode `json:"code"`
	Title  mconnect.Text        `json:"title"`
	Fields []string             `json:"fields"`
}

// AskedBy is what answers ask for, purpose by purpose.
func AskedBy(answers map[string]any) (all []Asked) {
	purposes, _ := answers["purposes"].([]any)
	for _, one := range purposes {
		row, ok := one.(map[string]any)
		if !ok {
			continue
		}
		code, _ := row["code"].(string)
		title, _ := row["title"].(map[string]any)
		in := func(lang string) string { s, _ := title[lang].(string); return s }
		a := Asked{Code: mconnect.PurposeCode(code), Title: mconnect.Text{RO: in("ro"), EN: in("en"), RU: in("ru")}}
		fields, _ := row["purpose_fields"].([]any)
		for _, f := range fields {
			if path, ok := f.(string); ok {
				a.Fields = append(a.Fields, path)
			}
		}
		all = append(all, a)
	}
	return all
}

// GrantAll is the verdict that grants everything that was asked for.
func GrantAll(asked []Asked) Verdict {
	var v Verdict
	for _, a := range asked {
		p := PurposeVerdict{Code: a.Code, Granted: true}
		for _, f := range a.Fields {
			p.Fields = append(p.Fields, FieldVerdict{Path: f, Granted: true})
		}
		v.Purposes = append(v.Purposes, p)
	}
	return v
}

// Partial reports whether something was refused.
func (v Verdict) Partial() bool {
	for _, p := range v.Purposes {
		if !p.Granted || slices.ContainsFunc(p.Fields, func(f FieldVerdict) bool { return !f.Granted }) {
			return true
		}
	}
	return false
}

// Granted returns the fields of a purpose that were granted; none when the purpose was refused.
func (v Verdict) Granted(code mconnect.PurposeCode) []string {
	var granted []string
	for _, p := range v.Purposes {
		for _, f := range p.Fields {
			if p.Code == code && p.Granted && f.Granted {
				granted = append(granted, f.Path)
			}
		}
	}
	return granted
}

// validate adds what is wrong with a verdict on what was asked: each purpose and each field has one verdict, a refused
// one states why, and something is granted. Who grants nothing refuses the request instead.
func (v Verdict) validate(f *fault.Findings, asked []Asked) {
	some := false
	for i, a := range asked {
		at := path("/purposes", i)
		n := slices.IndexFunc(v.Purposes, func(p PurposeVerdict) bool { return p.Code == a.Code })
		if n < 0 {
			f.Add(at, fault.InputMissing)
			continue
		}
		p := v.Purposes[n]
		if !p.Granted {
			reasoned(f, at, p.Refused, p.Reason)
			continue
		}
		for j, want := range a.Fields {
			on := at + path("/fields", j)
			m := slices.IndexFunc(p.Fields, func(one FieldVerdict) bool { return one.Path == want })
			switch {
			case m < 0:
				f.Add(on, fault.InputMissing)
			case !p.Fields[m].Granted:
				reasoned(f, on, p.Fields[m].Code, p.Fields[m].Reason)
			default:
				some = true
			}
		}
		for j, one := range p.Fields {
			if !slices.Contains(a.Fields, one.Path) {
				f.Add(at+path("/fields", j), fault.InputUnknownField)
			}
		}
	}
	for i, p := range v.Purposes {
		if !slices.ContainsFunc(asked, func(a Asked) bool { return a.Code == p.Code }) {
			f.Add(path("/purposes", i)+"/code", fault.InputUnknownField)
		}
	}
	for i, c := range v.Conditions {
		f.Length(path("/conditions", i), c, 1, maxText)
	}
	if len(*f) == 0 && !some {
		f.Add("/purposes", fault.InputMissing)
	}
}

// reasoned demands a code, and words where the code says nothing by itself.
func reasoned(f *fault.Findings, at string, code RefusalCode, reason string) {
	f.OneOf(at+"/code", string(code), codeNames()...)
	if code == Other && strings.TrimSpace(reason) == "" {
		f.Add(at+"/reason", fault.InputMissing)
	}
	f.Length(at+"/reason", reason, 0, maxText)
}

func codeNames() []string {
	names := make([]string, 0, len(RefusalCodes()))
	for _, c := range RefusalCodes() {
		names = append(names, string(c))
	}
	return names
}

// validate adds what a refusal lacks.
func (r Refusal) validate(f *fault.Findings) {
	f.OneOf("/code", string(r.Code), codeNames()...)
	f.Length("/facts", r.Facts, minReason, maxText)
	f.Length("/law", r.Law, 1, maxText)
	f.Length("/remedy", r.Remedy, 0, maxText)
}
