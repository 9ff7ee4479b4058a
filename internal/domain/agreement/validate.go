package agreement

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/legalact"
)

// Limits of an agreement, in items or characters.
const (
	MaxPurposes = 50
	MaxAccepts  = 50
	MaxFields   = 500
	maxPattern  = 512
	maxTitle    = 300
	maxCitation = 300
	maxNote     = 4000
	maxOrigin   = 40
)

// Validate says everything that is wrong with the agreement by itself; whether the system, the service
// and the granted fields exist is for country to say.
func (a Agreement) Validate() []fault.FieldError {
	var f fault.Findings
	_, err := mconnect.ParseAgreementID(string(a.ID))
	f.Parsed("/id", string(a.ID), err)
	_, err = mconnect.ParseSystemID(string(a.Consumer))
	f.Parsed("/consumer", string(a.Consumer), err)
	if a.Event != "" {
		a.validateEvent(&f)
	} else {
		_, err = mconnect.ParseServiceName(string(a.Service))
		f.Parsed("/service", string(a.Service), err)
		if a.Version.Major == 0 {
			f.Add("/version", fault.InputMissing)
		}
		if a.Account != nil {
			f.Add("/account", fault.InputUnknownField)
		}
	}
	f.OneOf("/status", string(a.Status), "", string(InForce), string(Granted), string(Suspended),
		string(Terminated))
	f.Length("/origin", a.Origin, 0, maxOrigin)
	a.validateFlags(&f)
	f.OneOf("/caller_rules", string(a.CallerRules), "", string(Strict), string(Tolerant))
	f.Length("/note", a.Note, 0, maxNote)
	validatePeriod(&f, "/validity", a.Validity)
	a.Quota.validate(&f)
	if len(a.Purposes) == 0 {
		f.Add("/purposes", fault.InputMissing)
	}
	if len(a.Purposes) > MaxPurposes {
		f.Add("/purposes", fault.InputLength, "min", "1", "max", fmt.Sprint(MaxPurposes))
	}
	codes := map[mconnect.PurposeCode]bool{}
	for i, p := range a.Purposes {
		path := fmt.Sprintf("/purposes/%d", i)
		if codes[p.Code] {
			f.Add(path+"/code", fault.ResourceDuplicate, "kind", "Purpose", "id", string(p.Code))
		}
		codes[p.Code] = true
		p.validate(&f, path, a.Event != "")
	}
	return f
}

// ownIsValid reports that Validate finds nothing wrong with the fields that an agreement does not share with others.
func (a Agreement) ownIsValid() bool {
	_, bad := mconnect.ParseAgreementID(string(a.ID))
	_, worse := mconnect.ParseSystemID(string(a.Consumer))
	return bad == nil && worse == nil && a.Validity.Valid() && len(a.Note) <= maxNote &&
		len(a.Origin) <= maxOrigin
}

func validatePeriod(f *fault.Findings, path string, p mconnect.Period) {
	if !p.Valid() {
		f.Add(path+"/to", fault.InputRange, "min", p.From.UTC().Format("2006-01-02T15:04:05Z"), "max", "…")
	}
}

func (q Quota) validate(f *fault.Findings) {
	if q.PerDay < 0 {
		f.Add("/quota/per_day", fault.InputRange, "min", "0", "max", "9223372036854775807")
	}
	if !(q.PerSecond >= 0 && q.PerSecond <= 1e6) {
		f.Add("/quota/per_second", fault.InputRange, "min", "0", "max", "1000000")
	}
	if q.Burst < 0 || q.Burst > 1e6 {
		f.Add("/quota/burst", fault.InputRange, "min", "0", "max", "1000000")
	}
}

func (p Purpose) validate(f *fault.Findings, path string, event bool) {
	_, err := mconnect.ParsePurposeCode(string(p.Code))
	f.Parsed(path+"/code", string(p.Code), err)
	f.Text(path+"/title", p.Title, true, maxTitle)
	f.Length(path+"/legal_basis/act", p.LegalBasis.Act, 1, maxCitation)
	f.Length(path+"/legal_basis/article", p.LegalBasis.Article, 1, maxCitation)
	f.Length(path+"/legal_basis/text", p.LegalBasis.Text, 0, maxNote)
	if p.LegalBasis.Ref != (legalact.Citation{}) {
		p.LegalBasis.Ref.Validate(f, path+"/legal_basis/ref")
	}
	validatePeriod(f, path+"/validity", p.Validity)
	if event {
		p.validateForEvent(f, path)
	} else {
		p.validateForCall(f, path)
	}
	validateList(f, path+"/fields", len(p.Fields), MaxFields)
	granted := map[string]bool{}
	for i, field := range p.Fields {
		at := fmt.Sprintf("%s/fields/%d", path, i)
		switch {
		case !isFieldPath(field) && !(event && isAttribute(field)):
			f.Add(at, fault.InputFormat, "want", `a path such as "Address.Street", or "*"; of events also an attribute such as "@subject"`)
		case granted[field]:
			f.Add(at, fault.ResourceDuplicate, "kind", "Field", "id", field)
		}
		granted[field] = true
	}
}

// validateForCall: what a caller states must be recognisable.
func (p Purpose) validateForCall(f *fault.Findings, path string) {
	validateList(f, path+"/accepts", len(p.Accepts), MaxAccepts)
	seen := map[string]bool{}
	for i, accepted := range p.Accepts {
		at := fmt.Sprintf("%s/accepts/%d", path, i)
		f.Length(at, accepted, 1, mconnect.MaxCallBasis)
		if n := Normal(accepted); seen[n] {
			f.Add(at, fault.ResourceDuplicate, "kind", "CallBasis", "id", accepted)
		} else {
			seen[n] = true
		}
	}
	p.Reason.validate(f, path+"/reason")
}

func validateList(f *fault.Findings, path string, n, max int) {
	switch {
	case n == 0:
		f.Add(path, fault.InputMissing)
	case n > max:
		f.Add(path, fault.InputLength, "min", "1", "max", fmt.Sprint(max))
	}
}

func (r Reason) validate(f *fault.Findings, path string) {
	f.Text(path+"/form", r.Form, r.Pattern != "", maxTitle)
	f.Length(path+"/example", r.Example, 0, mconnect.MaxCallReason)
	if r.Pattern == "" {
		return
	}
	if utf8.RuneCountInString(r.Pattern) > maxPattern {
		f.Add(path+"/pattern", fault.InputLength, "min", "0", "max", fmt.Sprint(maxPattern))
		return
	}
	pattern, err := whole(r.Pattern)
	if err != nil {
		f.Add(path+"/pattern", fault.InputFormat, "want", "an RE2 regular expression")
		return
	}
	if r.Example != "" && !pattern.MatchString(r.Example) {
		f.Add(path+"/example", fault.InputPattern, "pattern", r.Pattern)
	}
}

// isFieldPath reports that s is "*" or one or more field names joined by dots.
func isFieldPath(s string) bool {
	if s == Everything {
		return true
	}
	if len(s) > 500 {
		return false
	}
	for name := range strings.SplitSeq(s, ".") {
		if !isFieldName(name) {
			return false
		}
	}
	return true
}

// isAttribute reports that s names an attribute of an event; whether its type has it is for country to say.
func isAttribute(s string) bool {
	name, ok := strings.CutPrefix(s, "@")
	return ok && name != "" && len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

func isFieldName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
		if !letter && (i == 0 || ((c < '0' || c > '9') && c != '_')) {
			return false
		}
	}
	return s != ""
}
