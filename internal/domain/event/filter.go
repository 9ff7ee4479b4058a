package event

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
)

// ReadySubscription is a subscription made ready: its filters compiled. It is safe for concurrent use.
type ReadySubscription struct {
	Subscription
	types  map[mconnect.EventType]bool // empty: all
	rules  []matcher
	failed atomic.Uint64
}

// PrepareSubscription validates s and compiles its filters. The fault is resource.invalid with Fields.
func PrepareSubscription(s Subscription) (*ReadySubscription, error) {
	ready, found := s.compile()
	if err := found.Err(fault.ResourceInvalid, "kind", "Subscription", "id", s.ID); err != nil {
		return nil, err
	}
	return ready, nil
}

// Covers reports that events of the type concern the subscription at all.
func (s *ReadySubscription) Covers(t mconnect.EventType) bool {
	return len(s.types) == 0 || s.types[t]
}

// Passes reports that the subscription lets everything through.
func (s *ReadySubscription) Passes() bool { return len(s.types) == 0 && len(s.rules) == 0 }

// Failed counts expressions that failed on an event, which therefore did not match.
func (s *ReadySubscription) Failed() uint64 { return s.failed.Load() }

// Matches reports that all filters match e. Expressions see of the data only what cut leaves: a filter must not tell a
// consumer about fields that it is not granted. A nil cut hides all data.
func (s *ReadySubscription) Matches(e *Event, cut *Cut) bool {
	if !s.Covers(e.Type) {
		return false
	}
	if len(s.rules) == 0 {
		return true
	}
	c := &candidate{event: e, cut: cut}
	for _, m := range s.rules {
		if !m.matches(c) {
			if c.failed {
				s.failed.Add(1)
			}
			return false
		}
	}
	return true
}

// candidate is one event under examination; its data are read at most once.
type candidate struct {
	event  *Event
	cut    *Cut
	data   any
	read   bool
	failed bool
}

// matcher is a compiled Rule.
type matcher interface{ matches(c *candidate) bool }

// attributes are the context attributes that filters may name.
var attributes = []string{"id", "source", "type", "subject", "time", "partitionkey", "datacontenttype", "dataschema",
	"specversion"}

// Attribute returns a context attribute by its CloudEvents name; "" when absent. Time is RFC 3339 in UTC.
func (e *Event) Attribute(name string) string {
	switch name {
	case "id":
		return e.ID
	case "source":
		return e.Source
	case "type":
		return string(e.Type)
	case "subject":
		return e.Subject
	case "time":
		if e.Time.IsZero() {
			return ""
		}
		return e.Time.UTC().Format(time.RFC3339Nano)
	case "partitionkey":
		return e.PartitionKey
	case "datacontenttype":
		return e.ContentType
	case "dataschema":
		return e.DataSchema
	case "specversion":
		return "1.0"
	}
	return ""
}

// attributeRule compares attributes; one that is absent never matches (Subscriptions API 1.0, 3.2.4.1).
type attributeRule struct {
	names, values []string
	compare       func(is, want string) bool
}

func (r *attributeRule) matches(c *candidate) bool {
	for i, name := range r.names {
		is := c.event.Attribute(name)
		if is == "" || !r.compare(is, r.values[i]) {
			return false
		}
	}
	return true
}

type allRule []matcher

func (r allRule) matches(c *candidate) bool {
	return !slices.ContainsFunc(r, func(m matcher) bool { return !m.matches(c) })
}

type anyRule []matcher

func (r anyRule) matches(c *candidate) bool {
	return slices.ContainsFunc(r, func(m matcher) bool { return m.matches(c) })
}

type notRule struct{ of matcher }

// matches is the opposite, but what failed does not match either way.
func (r notRule) matches(c *candidate) bool { return !r.of.matches(c) && !c.failed }

// Limits of filters.
const (
	maxRules   = 100 // in one list
	ruleDepth  = 8
	maxOperand = 1024
)

func compileRules(f *fault.Findings, path string, rules []Rule) []matcher {
	if len(rules) > maxRules {
		f.Add(path, fault.InputLength, "min", "0", "max", fmt.Sprint(maxRules))
		return nil
	}
	var all []matcher
	for i := range rules {
		if m := rules[i].compile(f, fmt.Sprintf("%s/%d", path, i), 1); m != nil {
			all = append(all, m)
		}
	}
	return all
}

// compile returns nil when something is wrong, which f then says.
func (r *Rule) compile(f *fault.Findings, path string, depth int) matcher {
	if depth > ruleDepth {
		f.Add(path, fault.MessageTooDeep, "limit", fmt.Sprint(ruleDepth))
		return nil
	}
	set := 0
	for _, there := range []bool{r.Exact != nil, r.Prefix != nil, r.Suffix != nil, r.All != nil, r.Any != nil,
		r.Not != nil, r.CEL != ""} {
		if there {
			set++
		}
	}
	if set != 1 {
		f.Add(path, fault.EventExpression, "what", "exactly one of exact, prefix, suffix, all, any, not and cel")
		return nil
	}
	switch {
	case r.Exact != nil:
		return compileAttributes(f, path+"/exact", r.Exact, func(is, want string) bool { return is == want })
	case r.Prefix != nil:
		return compileAttributes(f, path+"/prefix", r.Prefix, strings.HasPrefix)
	case r.Suffix != nil:
		return compileAttributes(f, path+"/suffix", r.Suffix, strings.HasSuffix)
	case r.All != nil:
		return allRule(compileNested(f, path+"/all", r.All, depth))
	case r.Any != nil:
		return anyRule(compileNested(f, path+"/any", r.Any, depth))
	case r.Not != nil:
		if of := r.Not.compile(f, path+"/not", depth+1); of != nil {
			return notRule{of}
		}
		return nil
	}
	m, err := compileCEL(r.CEL)
	if err != nil {
		f.Add(path+"/cel", fault.EventExpression, inWords(bounded(err))...)
		return nil
	}
	return m
}

func compileNested(f *fault.Findings, path string, rules []Rule, depth int) []matcher {
	if n := len(rules); n == 0 || n > maxRules {
		f.Add(path, fault.InputLength, "min", "1", "max", fmt.Sprint(maxRules))
		return nil
	}
	var all []matcher
	for i := range rules {
		if m := rules[i].compile(f, fmt.Sprintf("%s/%d", path, i), depth+1); m != nil {
			all = append(all, m)
		}
	}
	return all
}

func compileAttributes(f *fault.Findings, path string, operands map[string]string,
	compare func(is, want string) bool) matcher {
	if len(operands) == 0 {
		f.Add(path, fault.InputMissing)
		return nil
	}
	r := &attributeRule{compare: compare}
	for _, name := range attributes {
		value, stated := operands[name]
		if !stated {
			continue
		}
		f.Length(path+"/"+name, value, 1, maxOperand)
		r.names, r.values = append(r.names, name), append(r.values, value)
	}
	if len(r.names) != len(operands) {
		for name := range operands {
			if !slices.Contains(attributes, name) {
				f.Add(path+pointer([]string{name}), fault.InputEnum, "values", strings.Join(attributes, ", "))
			}
		}
		return nil
	}
	return r
}
