package entitlement

import (
	"slices"
	"strings"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/event"
)

// Impact reports what another version of a type would do: to its data, and to whom.
type Impact struct {
	Type          mconnect.EventType `json:"type"`
	From          mconnect.Version   `json:"from"`
	To            mconnect.Version   `json:"to"`
	Changes       []event.Change     `json:"changes"`
	Agreements    []Broken           `json:"agreements"`
	Subscriptions []Broken           `json:"subscriptions"`
}

// Broken is an agreement or subscription that the other version would break, and by what.
type Broken struct {
	ID       string            `json:"id"`
	Consumer mconnect.SystemID `json:"consumer"`
	What     []string          `json:"what"` // granted fields that vanish or change, or what an expression reads
}

// Breaks reports that the version breaks consumers at all.
func (i Impact) Breaks() bool {
	return len(i.Agreements)+len(i.Subscriptions) > 0 ||
		slices.ContainsFunc(i.Changes, func(c event.Change) bool { return c.Breaks == event.Consumers })
}

// Compare finds what next would do to the type in force. It is false when there is none to compare with.
func (r *Rights) Compare(next *event.ReadyType) (Impact, bool) {
	was, ok := r.cfg.Events.Type(next.Name)
	if !ok {
		return Impact{}, false
	}
	i := Impact{
		Type: next.Name, From: was.Version, To: next.Version, Changes: event.Compare(was, next),
		Agreements: []Broken{}, Subscriptions: []Broken{},
	}
	for _, a := range r.cfg.Agreements.All() {
		if a.Event == next.Name {
			if what := brokenFor(a, next, i.Changes); len(what) > 0 {
				i.Agreements = append(i.Agreements, Broken{string(a.ID), a.Consumer, what})
			}
		}
	}
	for _, s := range r.cfg.Events.Subscriptions() {
		if !s.Covers(next.Name) || len(r.cfg.Agreements.ForEvent(s.System, next.Name)) == 0 {
			continue
		}
		if what := readBy(s.Filters, i.Changes); len(what) > 0 {
			i.Subscriptions = append(i.Subscriptions, Broken{s.ID, s.System, what})
		}
	}
	return i, true
}

// brokenFor lists what the agreement grants and the version takes away or changes, and a version that it does not
// cover.
func brokenFor(a *agreement.Compiled, next *event.ReadyType, changes []event.Change) (what []string) {
	v := a.Version
	if !v.IsZero() && (v.Major != next.Version.Major || next.Version.Compare(v) < 0) {
		what = append(what, "version "+v.String())
	}
	for _, c := range changes {
		if c.Breaks != event.Consumers {
			continue
		}
		for _, p := range a.Purposes {
			if slices.ContainsFunc(p.Fields, func(field string) bool {
				return agreement.Covers(field, c.Path) || agreement.Covers(c.Path, field) || c.Path == ""
			}) {
				what = append(what, string(c.Kind)+": "+c.Path)
				break
			}
		}
	}
	return what
}

// readBy lists the changed places whose last name an expression of the filters mentions.
func readBy(rules []event.Rule, changes []event.Change) (what []string) {
	var source strings.Builder
	gather(&source, rules)
	if source.Len() == 0 {
		return nil
	}
	for _, c := range changes {
		name := c.Path[strings.LastIndexByte(c.Path, '.')+1:]
		if c.Breaks == event.Consumers && name != "" && strings.Contains(source.String(), name) {
			what = append(what, string(c.Kind)+": "+c.Path)
		}
	}
	return what
}

func gather(into *strings.Builder, rules []event.Rule) {
	for _, r := range rules {
		into.WriteString(r.CEL)
		into.WriteByte(' ')
		gather(into, r.All)
		gather(into, r.Any)
		if r.Not != nil {
			gather(into, []event.Rule{*r.Not})
		}
	}
}
