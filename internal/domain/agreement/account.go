package agreement

import (
	"fmt"
	"strings"

	"mconnect"
	"mconnect/fault"
)

// Account reports what the journal holds for each consumption of an event with personal data (Law 195/2024: a party
// that processes them must be able to say why and about whom). Each value is a constant, or a JSON path into the
// payload when it begins with "$": "$.EventReason".
type Account struct {
	AccountValues `yaml:",inline"`
	// the first that covers the event's source
	Sources []SourceAccount `json:"sources,omitempty" yaml:"sources,omitempty"`
}

// SourceAccount replaces values for events of some sources.
type SourceAccount struct {
	Source        string `json:"source" yaml:"source"` // exact, or a prefix that ends in "*"
	AccountValues `yaml:",inline"`
}

// AccountValues are the four values. An empty Entity is the IDNO of the consumer's participant, as registered.
type AccountValues struct {
	Entity  string `json:"entity,omitempty" yaml:"entity,omitempty"`
	Basis   string `json:"basis,omitempty" yaml:"basis,omitempty"`
	Reason  string `json:"reason,omitempty" yaml:"reason,omitempty"`
	Subject string `json:"subject,omitempty" yaml:"subject,omitempty"`
}

// For returns the values for events of source: those of the first entry that covers it, completed by the general ones.
func (a *Account) For(source string) AccountValues {
	v := a.AccountValues
	for _, s := range a.Sources {
		prefix, open := strings.CutSuffix(s.Source, "*")
		if s.Source != source && (!open || !strings.HasPrefix(source, prefix)) {
			continue
		}
		for _, over := range []struct {
			to *string
			by string
		}{{&v.Entity, s.Entity}, {&v.Basis, s.Basis}, {&v.Reason, s.Reason}, {&v.Subject, s.Subject}} {
			if over.by != "" {
				*over.to = over.by
			}
		}
		break
	}
	return v
}

// Limits of an account.
const (
	maxAccount        = 500 // characters of one value
	maxAccountSources = 100
)

func (a *Account) validate(f *fault.Findings, path string) {
	a.AccountValues.validate(f, path)
	if len(a.Sources) > maxAccountSources {
		f.Add(path+"/sources", fault.InputLength, "min", "0", "max", fmt.Sprint(maxAccountSources))
	}
	for i, s := range a.Sources {
		at := fmt.Sprintf("%s/sources/%d", path, i)
		f.Length(at+"/source", s.Source, 1, 1024)
		s.validate(f, at)
		a.complete(f, at, a.For(s.Source))
	}
	if len(a.Sources) == 0 {
		a.complete(f, path, a.AccountValues)
	}
}

// complete notes what is stated neither in general nor for the source.
func (a *Account) complete(f *fault.Findings, path string, v AccountValues) {
	for _, one := range []struct{ name, value string }{{"basis", v.Basis}, {"reason", v.Reason},
		{"subject", v.Subject}} {
		if strings.TrimSpace(one.value) == "" {
			f.Add(path+"/"+one.name, fault.InputMissing)
		}
	}
}

func (v AccountValues) validate(f *fault.Findings, path string) {
	f.Length(path+"/entity", v.Entity, 0, maxAccount)
	f.Length(path+"/basis", v.Basis, 0, maxAccount)
	f.Length(path+"/reason", v.Reason, 0, maxAccount)
	f.Length(path+"/subject", v.Subject, 0, maxAccount)
	if v.Entity != "" && v.Entity[0] != '$' {
		_, err := mconnect.ParseIDNO(v.Entity)
		f.Parsed(path+"/entity", v.Entity, err)
	}
}

// validateEvent: an agreement for events has no caller to judge and no calls to count.
func (a Agreement) validateEvent(f *fault.Findings) {
	_, err := mconnect.ParseEventType(string(a.Event))
	f.Parsed("/event", string(a.Event), err)
	if a.Service != "" {
		f.Add("/service", fault.InputUnknownField)
	}
	if a.CallerRules != "" {
		f.Add("/caller_rules", fault.InputUnknownField)
	}
	if a.Quota != (Quota{}) {
		f.Add("/quota", fault.InputUnknownField)
	}
	if a.Account != nil {
		a.Account.validate(f, "/account")
	}
}

// validateForEvent: nobody states a basis or reason to receive an event; the account holds them.
func (p Purpose) validateForEvent(f *fault.Findings, path string) {
	if len(p.Accepts) > 0 {
		f.Add(path+"/accepts", fault.InputUnknownField)
	}
	if p.Reason != (Reason{}) {
		f.Add(path+"/reason", fault.InputUnknownField)
	}
}
