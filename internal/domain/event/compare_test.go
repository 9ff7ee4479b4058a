package event_test

import (
	"fmt"
	"slices"
	"testing"

	"mconnect/internal/domain/event"
)

func compared(t *testing.T, old, next string) []string {
	t.Helper()
	a, b := birth(), birth()
	a.Schema, a.Example, a.Partition, a.Status = []byte(old), nil, "", event.Draft
	b.Schema, b.Example, b.Partition, b.Status = []byte(next), nil, "", event.Draft
	var lines []string
	for _, c := range event.Compare(ready(t, a), ready(t, b)) {
		lines = append(lines, fmt.Sprintf("%s: %s, breaks %s", c.Path, c.Kind, c.Breaks))
	}
	return lines
}

func TestCompare_Schemas(t *testing.T) {
	for name, c := range map[string]struct {
		old, next string
		want      []string
	}{
		"the same":                {birthSchema, birthSchema, nil},
		"a description":           {`{"properties":{"a":{"type":"string"}}}`, `{"title":"x","properties":{"a":{"type":"string","description":"y"}}}`, nil},
		"removed":                 {`{"properties":{"a":{},"b":{}}}`, `{"properties":{"a":{}}}`, []string{"b: property removed, breaks consumers"}},
		"added":                   {`{"properties":{"a":{}}}`, `{"properties":{"a":{},"b":{}}}`, []string{"b: property added, breaks nobody"}},
		"added and required":      {`{"properties":{"a":{}}}`, `{"properties":{"a":{},"b":{}},"required":["b"]}`, []string{"b: property added, breaks producers"}},
		"newly required":          {`{"properties":{"a":{}}}`, `{"properties":{"a":{}},"required":["a"]}`, []string{"a: newly required, breaks producers"}},
		"no longer required":      {`{"properties":{"a":{}},"required":["a"]}`, `{"properties":{"a":{}}}`, []string{"a: no longer required, breaks consumers"}},
		"widened":                 {`{"properties":{"a":{"type":"string"}}}`, `{"properties":{"a":{"type":["string","null"]}}}`, []string{"a: type widened, breaks consumers"}},
		"narrowed":                {`{"properties":{"a":{"type":["string","null"]}}}`, `{"properties":{"a":{"type":"string"}}}`, []string{"a: type narrowed, breaks producers"}},
		"any becomes one":         {`{"properties":{"a":{}}}`, `{"properties":{"a":{"type":"string"}}}`, []string{"a: type narrowed, breaks producers"}},
		"one becomes any":         {`{"properties":{"a":{"type":"string"}}}`, `{"properties":{"a":{}}}`, []string{"a: type widened, breaks consumers"}},
		"an integer is a number":  {`{"properties":{"a":{"type":"integer"}}}`, `{"properties":{"a":{"type":"number"}}}`, []string{"a: type widened, breaks consumers"}},
		"another type":            {`{"properties":{"a":{"type":"integer"}}}`, `{"properties":{"a":{"type":"string"}}}`, []string{"a: type changed, breaks consumers"}},
		"values added":            {`{"properties":{"a":{"enum":[1]}}}`, `{"properties":{"a":{"enum":[1,2]}}}`, []string{"a: values added, breaks consumers"}},
		"values removed":          {`{"properties":{"a":{"enum":[1,2]}}}`, `{"properties":{"a":{"const":1}}}`, []string{"a: values removed, breaks producers"}},
		"values freed":            {`{"properties":{"a":{"enum":[1]}}}`, `{"properties":{"a":{}}}`, []string{"a: values added, breaks consumers"}},
		"rules":                   {`{"properties":{"a":{"maxLength":1}}}`, `{"properties":{"a":{"maxLength":2}}}`, []string{"a: rules changed, breaks unclear"}},
		"alternatives":            {`{"properties":{"a":{}}}`, `{"properties":{"a":{"oneOf":[{"type":"string"}]}}}`, []string{"a: rules changed, breaks unclear"}},
		"in an array":             {`{"properties":{"a":{"items":{"properties":{"x":{}}}}}}`, `{"properties":{"a":{"items":{"properties":{}}}}}`, []string{"a.x: property removed, breaks consumers"}},
		"an array that says less": {`{"properties":{"a":{"items":{"type":"string"}}}}`, `{"properties":{"a":{}}}`, []string{"a: rules changed, breaks unclear"}},
		"behind a reference":      {`{"$ref":"#/$defs/a","$defs":{"a":{"properties":{"x":{}}}}}`, `{"$ref":"#/$defs/a","$defs":{"a":{"properties":{"y":{}}}}}`, []string{"x: property removed, breaks consumers", "y: property added, breaks nobody"}},
		"an inlined reference":    {`{"$ref":"#/$defs/a","$defs":{"a":{"properties":{"x":{}}}}}`, `{"properties":{"x":{}}}`, nil},
		"consumers come first":    {`{"properties":{"a":{},"b":{}}}`, `{"properties":{"c":{},"a":{"maxLength":1}},"required":["a"]}`, []string{"b: property removed, breaks consumers", "a: rules changed, breaks unclear", "a: newly required, breaks producers", "c: property added, breaks nobody"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := compared(t, c.old, c.next); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCompare_ContentAndNature(t *testing.T) {
	old, next := birth(), birth()
	old.Personal = false
	next.Content = []event.Content{event.JSON, event.Text}
	want := []event.Change{{Kind: event.BecamePersonal, Breaks: event.Consumers}, {Kind: event.ContentAdded, Breaks: event.Consumers}}
	if got := event.Compare(ready(t, old), ready(t, next)); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	want = []event.Change{{Kind: event.ContentRemoved, Breaks: event.Producers}}
	if got := event.Compare(ready(t, next), ready(t, old)); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
