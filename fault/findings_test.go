package fault_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
)

func places(f fault.Findings) []string {
	var all []string
	for _, e := range f {
		all = append(all, e.Path+" "+string(e.Code))
	}
	return all
}

func TestFindings(t *testing.T) {
	_, malformed := mconnect.ParseSystemID("x")
	for name, c := range map[string]struct {
		note func(*fault.Findings)
		want []string
	}{
		"a good text":        {func(f *fault.Findings) { f.Text("/n", mconnect.Text{RO: "Da", EN: "Yes"}, true, 5) }, nil},
		"an absent text":     {func(f *fault.Findings) { f.Text("/n", mconnect.Text{}, true, 5) }, []string{"/n/ro input.missing"}},
		"an optional text":   {func(f *fault.Findings) { f.Text("/n", mconnect.Text{}, false, 5) }, nil},
		"Romanian forgotten": {func(f *fault.Findings) { f.Text("/n", mconnect.Text{RU: "Да"}, false, 5) }, []string{"/n/ro input.missing"}},
		"too long":           {func(f *fault.Findings) { f.Length("/n", "șșșșșș", 0, 5) }, []string{"/n input.length"}},
		"letters not bytes":  {func(f *fault.Findings) { f.Length("/n", "șșșșș", 0, 5) }, nil},
		"only spaces":        {func(f *fault.Findings) { f.Length("/n", "  ", 1, 5) }, []string{"/n input.missing"}},
		"control characters": {func(f *fault.Findings) { f.Length("/n", "a\x00", 1, 5) }, []string{"/n input.format"}},
		"not UTF-8":          {func(f *fault.Findings) { f.Length("/n", "a\xff", 1, 5) }, []string{"/n input.format"}},
		"one of":             {func(f *fault.Findings) { f.OneOf("/n", "a", "a", "b") }, nil},
		"none of":            {func(f *fault.Findings) { f.OneOf("/n", "c", "", "a", "b") }, []string{"/n input.enum"}},
		"none stated":        {func(f *fault.Findings) { f.OneOf("/n", "", "a") }, []string{"/n input.missing"}},
		"an absent id":       {func(f *fault.Findings) { f.Parsed("/n", "", malformed) }, []string{"/n input.missing"}},
		"a malformed id":     {func(f *fault.Findings) { f.Parsed("/n", "x", malformed) }, []string{"/n input.format"}},
		"another's error":    {func(f *fault.Findings) { f.Parsed("/n", "x", errors.New("secret")) }, []string{"/n input.format"}},
		"under a path": {func(f *fault.Findings) {
			f.Under("/a/0", []fault.FieldError{{Path: "/b", Code: fault.InputMissing}})
		}, []string{"/a/0/b input.missing"}},
	} {
		var f fault.Findings
		c.note(&f)
		if got := places(f); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		for _, e := range f {
			if strings.Contains(fmt.Sprint(e.Params), "secret") {
				t.Errorf("%s: a cause is shown", name)
			}
		}
	}
}

func TestFindings_Err(t *testing.T) {
	var f fault.Findings
	if f.Err(fault.ResourceInvalid) != nil {
		t.Error("nothing found must be no error")
	}
	for i := range 30 {
		f.Add(fmt.Sprintf("/%d", i), fault.InputMissing)
	}
	e := fault.From(f.Err(fault.ResourceInvalid, "kind", "System"))
	if e.Code != fault.ResourceInvalid || len(e.Fields) != fault.MaxFields || e.Params["kind"] != "System" {
		t.Errorf("got %+v", e)
	}
}
