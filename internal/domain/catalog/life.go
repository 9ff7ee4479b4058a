package catalog

import (
	"slices"
	"time"

	"mconnect"
	"mconnect/fault"
)

// after lists where a version may go from each state of its life.
var after = map[Status][]Status{
	Draft:      {Draft, Published},
	Published:  {Published, Deprecated},
	Deprecated: {Deprecated, Retired},
	Retired:    {Retired},
}

// Leads reports whether a version may go from this state to that; every state but the last may stay.
func (s Status) Leads(to Status) bool { return slices.Contains(after[s], to) }

// Step reports what forbids that next takes the place of old, the same version as it is stored. Faults: service.step,
// service.gone, service.notice, service.sunset, service.immutable; input.missing for a deprecation without successor.
func Step(old, next *Ready, at time.Time) []fault.FieldError {
	var f fault.Findings
	switch {
	case old.Status == Retired && next.Status != Retired:
		f.Add("/status", fault.ServiceGone)
	case !old.Status.Leads(next.Status):
		f.Add("/status", fault.ServiceStep, "from", string(old.Status), "to", string(next.Status))
	case next.Status == Deprecated:
		notice(&f, old, next, at)
	case next.Status == Retired && old.Status == Deprecated && at.Before(old.Sunset):
		f.Add("/status", fault.ServiceSunset, "earliest", day(old.Sunset))
	}
	if old.Status != Draft {
		if level, by := Demanded(Compare(old, next)); level > Patch {
			f.Add("", fault.ServiceImmutable, "service", old.ID(), "change", by.String())
		}
	}
	return f
}

// notice: consumers learn of the end at least six months ahead, and where to go.
func notice(f *fault.Findings, old, next *Ready, at time.Time) {
	if old.Status == Published && next.Successor == "" {
		f.Add("/successor", fault.InputMissing)
	}
	earliest := at.UTC().Truncate(24*time.Hour).AddDate(0, noticeMonths, 0)
	announced := old.Status == Deprecated && !next.Sunset.Before(old.Sunset)
	if !announced && next.Sunset.Before(earliest) {
		f.Add("/sunset", fault.ServiceNotice, "earliest", day(earliest))
	}
}

func day(t time.Time) string { return t.UTC().Format("02.01.2006") }

// Follow reports what forbids that next comes after base, an older version of the same service that is or was
// published: the step of the version number must be as large as what changes. Fault: service.smallStep.
func Follow(base, next *Ready) []fault.FieldError {
	var f fault.Findings
	if level, by := Demanded(Compare(base, next)); level > Stepped(base.Version, next.Version) {
		f.Add("/version", fault.ServiceSmallStep, "change", by.String(), "want", level.Raised(base.Version).String())
	}
	return f
}

// Predecessor is the version that v must be a step from: the newest of all below it that consumers have seen; nil when
// there is none.
func Predecessor(all []*Ready, v mconnect.Version) (base *Ready) {
	for _, r := range all {
		if r.Status != Draft && r.Version.Compare(v) < 0 && (base == nil || r.Version.Compare(base.Version) > 0) {
			base = r
		}
	}
	return base
}

// Impact is what a change of a service does, and to whom.
type Impact struct {
	Old       string   `json:"old"`     // "GetPerson/1.0.0"
	New       string   `json:"new"`     // "GetPerson/1.1.0"
	Demands   Level    `json:"demands"` // by the changes
	States    Level    `json:"states"`  // by the version numbers
	Changes   []Change `json:"changes"`
	Consumers []Hit    `json:"consumers"`
	Days      int      `json:"days"` // over which calls were counted
}

// Hit is one consumer with an agreement for the old version.
type Hit struct {
	System    mconnect.SystemID    `json:"system"`
	Agreement mconnect.AgreementID `json:"agreement"`
	Status    string               `json:"status"`
	Broken    Class                `json:"broken"`           // by the change as a whole, for this consumer
	Lost      []string             `json:"lost,omitempty"`   // fields granted that are no more
	Judged    []string             `json:"judged,omitempty"` // fields granted that have become personal data
	Calls     int64                `json:"calls"`            // of this service by the system, in the last Days
}
