package ident_test

import (
	"regexp"
	"testing"

	"mconnect"
	"mconnect/internal/ident"
)

func TestCallID_SortsByTime(t *testing.T) {
	last := mconnect.CallID("")
	for range 1000 {
		id := ident.CallID()
		if _, err := mconnect.ParseCallID(string(id)); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if id <= last {
			t.Fatalf("%s does not sort after %s", id, last)
		}
		if id[14] != '7' {
			t.Fatalf("%s is not version 7", id)
		}
		last = id
	}
}

func TestID_Forms(t *testing.T) {
	for name, form := range map[string]struct {
		make func() string
		want string
	}{
		"trace": {ident.Trace, `^[0-9a-f]{32}$`},
		"span":  {ident.Span, `^[0-9a-f]{16}$`},
		"token": {ident.Token, `^[0-9A-Za-z_-]{43}$`},
	} {
		seen := map[string]bool{}
		for range 200 {
			got := form.make()
			if !regexp.MustCompile(form.want).MatchString(got) {
				t.Errorf("%s: %q does not match %s", name, got, form.want)
			}
			if seen[got] {
				t.Errorf("%s repeated %q", name, got)
			}
			seen[got] = true
		}
	}
}
