package form

import (
	"fmt"
	"slices"
)

// scope are the answers that a condition sees: those of its row, then those of the tables around it, then the facts.
type scope struct {
	values map[string]any
	outer  *scope
	facts  map[string]any
}

// get returns the answer of a field, or the fact of "@name"; nil when there is none.
func (s *scope) get(id string) any {
	if len(id) > 0 && id[0] == '@' {
		return s.facts[id[1:]]
	}
	for ; s != nil; s = s.outer {
		if v, ok := s.values[id]; ok {
			return v
		}
	}
	return nil
}

// all reports whether every condition holds.
func (s *scope) all(conditions []Condition) bool {
	for i := range conditions {
		if !s.holds(&conditions[i]) {
			return false
		}
	}
	return true
}

func (s *scope) holds(c *Condition) bool {
	if len(c.Any) > 0 {
		return slices.ContainsFunc(c.Any, func(one Condition) bool { return s.holds(&one) })
	}
	v := s.get(c.ID)
	switch c.Op {
	case Is:
		return same(v, c.Value)
	case IsNot:
		return !same(v, c.Value)
	case In:
		return contains(c.Value, v)
	case NotIn:
		return !contains(c.Value, v)
	case Has:
		return contains(v, c.Value)
	case Above:
		a, ok := number(v)
		b, fine := number(c.Value)
		return ok && fine && a > b
	case Set:
		return !empty(v)
	case Unset:
		return empty(v)
	}
	return false
}

func contains(list, v any) bool {
	switch l := list.(type) {
	case []any:
		return slices.ContainsFunc(l, func(one any) bool { return same(one, v) })
	case []string:
		return slices.ContainsFunc(l, func(one string) bool { return same(one, v) })
	}
	return false
}

// same compares two answers as JSON has them; numbers by value. An absent bool is no.
func same(a, b any) bool {
	if x, ok := number(a); ok {
		y, fine := number(b)
		return fine && x == y
	}
	if b == false && a == nil || a == false && b == nil {
		return true
	}
	return a != nil && b != nil && fmt.Sprint(a) == fmt.Sprint(b)
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	}
	return 0, false
}

// empty reports that a field is not answered.
func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case []any:
		return len(x) == 0
	case []string:
		return len(x) == 0
	case map[string]any:
		for _, one := range x {
			if !empty(one) {
				return false
			}
		}
		return true
	}
	return false
}
