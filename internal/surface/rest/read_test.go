package rest

import (
	"slices"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/exchange"
)

func TestRead_Target(t *testing.T) {
	for target, want := range map[string]exchange.Call{
		"GetPerson":                              {Service: "GetPerson"},
		"GetPerson/1.2.0":                        {Service: "GetPerson", Version: mconnect.Version{Major: 1, Minor: 2}},
		"GetPerson/1":                            {Service: "GetPerson", Version: mconnect.Version{Major: 1}},
		"GetPerson?fields=LastName":              {Service: "GetPerson", Fields: []string{"LastName"}},
		"GetPerson?fields=LastName,Address.City": {Service: "GetPerson", Fields: []string{"LastName", "Address.City"}},
		"GetPerson?fields=LastName%2CFirstName":  {Service: "GetPerson", Fields: []string{"LastName", "FirstName"}},
		"GetPerson?":                             {Service: "GetPerson"},
	} {
		var got exchange.Call
		path, query, _ := strings.Cut(target, "?")
		err := readTarget(&got, path, query)
		if err != nil || got.Service != want.Service || got.Version != want.Version || !slices.Equal(got.Fields, want.Fields) {
			t.Errorf("%s: %+v %v", target, got, err)
		}
	}
	for target, want := range map[string]fault.Code{
		"":                            fault.PathUnknown,
		"getPerson":                   fault.PathUnknown,
		"GetPerson/":                  fault.PathUnknown,
		"GetPerson/1.x":               fault.PathUnknown,
		"GetPerson/0.0.0":             fault.PathUnknown,
		"GetPerson/1.0.0/":            fault.PathUnknown,
		"GetPerson/01.0.0":            fault.PathUnknown,
		"GetPerson/1.0.0%2f..":        fault.PathUnknown,
		"GetPerson\x00":               fault.PathUnknown,
		"GetPerson?fields=":           fault.MessageMalformed,
		"GetPerson?fields=A&fields=B": fault.MessageMalformed,
		"GetPerson?fields=A%26x%3D1":  fault.MessageMalformed,
		"GetPerson?fields=%zz":        fault.MessageMalformed,
		"GetPerson?x=fields=A":        fault.MessageMalformed,
		"GetPerson?fields=" + strings.Repeat("A,", MaxFieldWishes): fault.MessageMalformed,
	} {
		path, query, _ := strings.Cut(target, "?")
		if err := readTarget(&exchange.Call{}, path, query); err == nil || fault.From(err).Code != want {
			t.Errorf("%.60q: %v; want %s", target, err, want)
		}
	}
}

func TestRead_NewRefusesAnIncompleteConfiguration(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("made without its parts")
	}
}

// FuzzReadTarget: whatever a path holds, a service is called by its very name or not at all.
func FuzzReadTarget(f *testing.F) {
	for _, seed := range []string{"GetPerson", "GetPerson/1.0.0", "GetPerson%2F1", "../GetPerson", "GetPerson?fields=A,B", "GetPerson;x", "", "/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		path, query, _ := strings.Cut(target, "?")
		var c exchange.Call
		if err := readTarget(&c, path, query); err != nil {
			if code := fault.From(err).Code; code != fault.PathUnknown && code != fault.MessageMalformed {
				t.Fatalf("%q: %v", target, err)
			}
			return
		}
		name, version, stated := strings.Cut(path, "/")
		if name != string(c.Service) || stated == c.Version.IsZero() || !strings.HasPrefix(c.Version.String(), version) {
			t.Fatalf("path %q called %s %s", path, c.Service, c.Version)
		}
		if len(c.Fields) > MaxFieldWishes || (query == "") != (c.Fields == nil) {
			t.Fatalf("query %q wishes %d fields", query, len(c.Fields))
		}
	})
}
