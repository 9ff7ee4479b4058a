package agreement

import (
	"cmp"
	"slices"
	"time"
)

// Beyond is one place at which a change asks for more than an agreement grants.
type Beyond struct {
	Purpose int    // its index in the change; -1: of the whole agreement
	What    string // "code", "fields", "until", "quota" or "service"
	Asked   string
}

// Narrowed is the agreement cut to a change that nobody decides on: purposes, fields, the term and the quota can become
// less. All else stays as it was agreed, whatever the change says of it. Where the change asks for more, beyond lists
// the places, and the result must not be used.
func (a Agreement) Narrowed(to Agreement) (cut Agreement, beyond []Beyond) {
	cut = a
	if to.Consumer != a.Consumer || to.Service != a.Service || to.Version != a.Version {
		beyond = append(beyond, Beyond{-1, "service", string(to.Service) + "/" + to.Version.String()})
	}
	cut.Purposes = nil
	for i, p := range to.Purposes {
		n := slices.IndexFunc(a.Purposes, func(was Purpose) bool { return was.Code == p.Code })
		if n < 0 {
			beyond = append(beyond, Beyond{i, "code", string(p.Code)})
			continue
		}
		was := a.Purposes[n]
		for _, path := range p.Fields {
			if !slices.ContainsFunc(was.Fields, func(granted string) bool { return Covers(granted, path) }) {
				beyond = append(beyond, Beyond{i, "fields", path})
			}
		}
		was.Fields = slices.Clone(p.Fields)
		switch end := p.Validity.To; {
		case end.IsZero():
		case was.Validity.Over(end) && end.After(was.Validity.To):
			beyond = append(beyond, Beyond{i, "until", end.Format("2006-01-02")})
		default:
			was.Validity.To = end
		}
		cut.Purposes = append(cut.Purposes, was)
	}
	if to.Quota.PerDay != 0 || to.Quota.PerSecond != 0 {
		if most := a.Quota.PerDay; most != 0 && to.Quota.PerDay > most {
			beyond = append(beyond, Beyond{-1, "quota", ""})
		}
		cut.Quota.PerDay = cmp.Or(to.Quota.PerDay, a.Quota.PerDay)
		if to.Quota.PerSecond != 0 && (a.Quota.PerSecond == 0 || to.Quota.PerSecond < a.Quota.PerSecond) {
			cut.Quota.PerSecond, cut.Quota.Burst = to.Quota.PerSecond, 0
		}
	}
	if ends := lastOf(cut.Purposes); !ends.IsZero() && (cut.Validity.To.IsZero() || ends.Before(cut.Validity.To)) {
		cut.Validity.To = ends
	}
	return cut, beyond
}

// lastOf is when the last purpose ends; zero when one has no end.
func lastOf(all []Purpose) (end time.Time) {
	for _, p := range all {
		if p.Validity.To.IsZero() {
			return time.Time{}
		}
		if p.Validity.To.After(end) {
			end = p.Validity.To
		}
	}
	return end
}
