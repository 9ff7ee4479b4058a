package manifest

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/legalact"
)

// citations are the purposes of agreements that cite each act.
type citations map[legalact.ID][]citation

type citation struct {
	*agreement.Compiled
	purpose *agreement.Purpose
}

func citationsIn(book *agreement.Book) citations {
	all := citations{}
	for _, a := range book.All() {
		for i := range a.Purposes {
			p := &a.Purposes[i]
			if id := p.LegalBasis.Ref.Act; id != "" {
				all[id] = append(all[id], citation{a, p})
			}
		}
	}
	return all
}

// rests lists what the set's document of an act changes for agreements in force or suspended.
func (v *candidate) rests(id legalact.ID) (all []legalact.Rest) {
	next, ok := v.acts.Act(id)
	if !ok {
		return nil
	}
	old, _ := v.rooms.Acts.Act(id)
	for _, a := range v.citations()[id] {
		c := a.purpose.LegalBasis.Ref
		effect, touched := legalact.EffectOn(old, next, c)
		if touched && a.Status != agreement.Terminated {
			all = append(all, legalact.Rest{Agreement: a.ID, Consumer: a.Consumer,
				Subject: cmp.Or(string(a.Service), string(a.Event)), Purpose: a.purpose.Code, Path: c.Path,
				Version: c.Version, Effect: effect})
		}
	}
	slices.SortStableFunc(all, func(a, b legalact.Rest) int { return cmp.Compare(a.Agreement, b.Agreement) })
	return all
}

// keepsCited notes that the document of an act lacks a version or a place that an agreement cites.
func (v *candidate) keepsCited(found *fault.Findings, next *legalact.Act) {
	for _, a := range v.citations()[next.ID] {
		c := a.purpose.LegalBasis.Ref
		if v.contracts[a.ID] { // the set states what it cites now
			continue
		}
		holds := func(version legalact.Version) bool {
			_, ok := version.Article(c.Path)
			return ok && (c.Version == "" || c.Version == version.From)
		}
		if !slices.ContainsFunc(next.Versions, holds) {
			found.Add("/versions", fault.ResourceInUse, "kind", LegalAct, "id", c.Path, "by", Agreement+" "+string(a.ID))
			return
		}
	}
}

// cites notes purposes whose legal basis is not in the register, or not in force when the agreement begins. A basis
// that the agreement had before was judged then.
func (v *candidate) cites(found *fault.Findings, a *agreement.Agreement) {
	if a.Status == agreement.Terminated {
		return
	}
	before, _ := v.rooms.Agreements.Get(a.ID)
	for i, p := range a.Purposes {
		c := p.LegalBasis.Ref
		if c == (legalact.Citation{}) {
			continue
		}
		err := v.acts.Check(c, v.begins(a, &p))
		if err == nil || fault.From(err).Code == fault.ActNotInForce && had(before, p.Code, c) {
			continue
		}
		f, at := fault.From(err), "/path"
		switch f.Code {
		case fault.ActUnknown:
			at = "/act"
			if near := v.nearest(LegalAct, string(c.Act)); near != "" {
				f.Params[fault.Near] = near
			}
		case fault.ActVersion:
			at = "/version"
		}
		found.Add("/purposes/"+strconv.Itoa(i)+"/legal_basis/ref"+at, f.Code, flat(f.Params)...)
	}
}

// begins is when a purpose begins: now, when the agreement does not say.
func (v *candidate) begins(a *agreement.Agreement, p *agreement.Purpose) time.Time {
	at := a.Validity.From
	if p.Validity.From.After(at) {
		at = p.Validity.From
	}
	if at.IsZero() {
		return v.at
	}
	return at
}

// had reports that an agreement cited the place for the purpose already.
func had(before *agreement.Compiled, code mconnect.PurposeCode, c legalact.Citation) bool {
	return before != nil && slices.ContainsFunc(before.Purposes, func(p agreement.Purpose) bool {
		return p.Code == code && p.LegalBasis.Ref == c
	})
}

// actUsedBy names an agreement that cites an act; "" when none does.
func (r Images) actUsedBy(id legalact.ID) (by string) {
	for _, a := range citationsIn(r.Agreements)[id] {
		if name := Agreement + " " + string(a.ID); by == "" || name < by {
			by = name
		}
	}
	return by
}

// ActUses lists the purposes that cite an act, those of terminated agreements too, by agreement.
func (r Images) ActUses(id legalact.ID, at time.Time) []legalact.CitedBy {
	all := []legalact.CitedBy{}
	for _, a := range citationsIn(r.Agreements)[id] {
		p, c := a.purpose, a.purpose.LegalBasis.Ref
		all = append(all, legalact.CitedBy{Agreement: a.ID, Consumer: a.Consumer,
			Subject: cmp.Or(string(a.Service), string(a.Event)), Status: string(cmp.Or(a.Status, agreement.InForce)),
			Purpose: p.Code, Title: p.Title, Path: c.Path, Version: c.Version, State: r.Acts.State(c, at),
			Changed: r.Acts.Changed(c, at)})
	}
	slices.SortStableFunc(all, func(a, b legalact.CitedBy) int { return cmp.Compare(a.Agreement, b.Agreement) })
	return all
}
