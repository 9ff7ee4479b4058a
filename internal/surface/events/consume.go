package events

import (
	"net/url"
	"slices"
	"strings"

	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
)

// options reads what a consumer wants: events and test events, no dead ones, of the group ~default, unless it says
// otherwise.
func options(query string) (broker.Options, error) {
	o := broker.Options{Group: event.DefaultGroup, Events: true, Test: true}
	values, err := parameters(query, "events", "test", "dead", "group", "from")
	if err != nil {
		return o, err
	}
	for name, into := range map[string]*bool{"events": &o.Events, "test": &o.Test, "dead": &o.Dead} {
		if err := flag(values, name, into); err != nil {
			return o, err
		}
	}
	if group, ok := values["group"]; ok {
		if len(group) != 1 || len(group[0]) > 100 {
			return o, malformed("query: group")
		}
		if group[0] != "" {
			o.Group = group[0]
		}
	}
	if from, ok := values["from"]; ok { // replay, which the live contract does not have
		at, err := event.ParseTime(from[0])
		if len(from) != 1 || err != nil {
			return o, malformed("query: from is an RFC 3339 time")
		}
		o.From = at.UTC()
	}
	return o, nil
}

// parameters reads a query. A name that the path does not know is refused: a misspelt group would mean another one.
func parameters(query string, known ...string) (url.Values, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, malformed("query")
	}
	for name := range values {
		if !slices.Contains(known, name) {
			return nil, malformed("query: only " + strings.Join(known, ", ") + " may stand in it")
		}
	}
	return values, nil
}

// flag reads true or false; a name without a value is true.
func flag(values url.Values, name string, into *bool) error {
	stated, ok := values[name]
	if !ok {
		return nil
	}
	if len(stated) != 1 {
		return malformed("query: " + name + " stands twice")
	}
	switch strings.ToLower(stated[0]) {
	case "true", "1", "":
		*into = true
	case "false", "0":
		*into = false
	default:
		return malformed("query: " + name + " is true or false")
	}
	return nil
}

func malformed(what string) error { return fault.New(fault.MessageMalformed, "what", what) }
