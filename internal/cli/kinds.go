package cli

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"mconnect/fault"
)

// kindOf is one kind of resource as commands name it and the management API serves it.
type kindOf struct {
	kind   string   // "EventType", as manifests name it
	plural string   // of the path, "event-types"
	steps  []string // of its life
	parts  bool     // the id is NAME/VERSION
}

// kinds are the declared kinds. A kind is named as in manifests, by its plural or its singular, in any letter case.
var kinds = []kindOf{
	{"Participant", "participants", []string{"suspend", "resume"}, false},
	{"System", "systems", []string{"suspend", "resume"}, false},
	{"Certificate", "certificates", []string{"revoke"}, false},
	{"Category", "categories", nil, false},
	{"Classifier", "classifiers", nil, true},
	{"DataType", "types", nil, true},
	{"LegalAct", "acts", nil, false},
	{"Service", "services", []string{"publish", "deprecate", "retire"}, true},
	{"Agreement", "agreements", []string{"suspend", "resume", "terminate"}, false},
	{"EventType", "event-types", []string{"publish", "deprecate", "retire"}, false},
	{"Subscription", "subscriptions", []string{"pause", "resume"}, false},
}

// names are the words for a kind, in lower case.
func (k kindOf) names() []string {
	lower := strings.ToLower(k.kind)
	return []string{lower, k.plural, strings.ReplaceAll(k.plural, "-", ""), strings.TrimSuffix(k.plural, "s")}
}

// kindNamed finds a kind by one of its names.
func kindNamed(name string) (kindOf, error) {
	var all []string
	for _, k := range kinds {
		if slices.Contains(k.names(), strings.ToLower(name)) {
			return k, nil
		}
		all = append(all, k.names()...)
	}
	hint := ""
	if near := fault.Nearest(strings.ToLower(name), all); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return kindOf{}, usageError{fmt.Errorf("%q is not a kind of resource%s Kinds: %s", name, cmp.Or(hint, "."),
		strings.Join(plurals(), ", "))}
}

func plurals() []string {
	all := make([]string, len(kinds))
	for i, k := range kinds {
		all[i] = k.plural
	}
	return all
}

// path is that of one resource.
func (k kindOf) path(id string) (string, error) {
	name, version, two := strings.Cut(id, "/")
	switch {
	case k.parts != two || name == "" || two && version == "":
		want := "an id"
		if k.parts {
			want = "NAME/VERSION, e.g. GetPerson/1.0.0"
		}
		return "", usageError{fmt.Errorf("%q: want %s", id, want)}
	case two:
		return "/v1/" + k.plural + "/" + url.PathEscape(name) + "/" + url.PathEscape(version), nil
	}
	return "/v1/" + k.plural + "/" + url.PathEscape(id), nil
}
