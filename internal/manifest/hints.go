package manifest

import (
	"maps"
	"slices"
	"strings"

	"mconnect/fault"
)

// maxHints bounds for how many unknown references of a set the nearest name is looked for.
const maxHints = 2 * fault.MaxMistakes

// withHints adds to references that lead nowhere what was perhaps meant.
func (v *candidate) withHints(found fault.Findings) fault.Findings {
	for i, f := range found {
		if f.Code != fault.ResourceUnknown || f.Params[fault.Near] != "" || v.hints >= maxHints {
			continue
		}
		v.hints++
		if near := v.nearest(f.Params["kind"], f.Params["id"]); near != "" {
			found[i].Params = maps.Clone(f.Params)
			found[i].Params[fault.Near] = near
		}
	}
	return found
}

// nearest finds the resource of a kind whose id differs least, as the state would be. A version that is not there is
// looked for by its name too.
func (v *candidate) nearest(kind, id string) string {
	if v.names == nil {
		v.names = v.allNames()
	}
	if near := fault.Nearest(id, v.names[kind]); near != "" {
		return near
	}
	name, version, two := strings.Cut(id, "/")
	if !two {
		return ""
	}
	var names []string
	for _, one := range v.names[kind] {
		short, _, _ := strings.Cut(one, "/")
		names = append(names, short)
	}
	if near := fault.Nearest(name, names); near != "" {
		return near + "/" + version
	}
	return ""
}

// allNames lists the ids by kind, of what stands and of what the set declares.
func (v *candidate) allNames() map[string][]string {
	all := map[string][]string{}
	add := func(kind, id string) { all[kind] = append(all[kind], id) }
	for _, p := range v.rooms.Registry.Participants() {
		add(Participant, string(p.ID))
	}
	for id := range v.participants {
		add(Participant, string(id))
	}
	for _, s := range v.rooms.Registry.Systems() {
		add(System, string(s.ID))
	}
	for id := range v.systems {
		add(System, string(id))
	}
	for _, r := range v.rooms.Catalog.All() {
		add(Service, r.ID())
	}
	for _, versions := range v.services {
		for _, s := range versions {
			add(Service, s.ID())
		}
	}
	for _, t := range v.rooms.Events.Types() {
		add(EventType, string(t.Name))
	}
	for name := range v.types {
		add(EventType, string(name))
	}
	for _, c := range v.library.Categories() {
		add(Category, c.Code)
	}
	for _, c := range v.library.Classifiers() {
		add(Classifier, c.Code)
		add(Classifier, c.ID())
	}
	for _, t := range v.library.Types() {
		add(DataType, t.Name)
		add(DataType, t.ID())
	}
	for _, a := range v.acts.All() {
		add(LegalAct, string(a.ID))
	}
	for kind := range all {
		slices.Sort(all[kind])
		all[kind] = slices.Compact(all[kind])
	}
	return all
}
