package manifest

import (
	"slices"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
)

// Moves reports what a change of a service version does to calls that state no version: they get the newest that their
// agreement covers.
type Moves struct {
	Moved     []Move `json:"moved,omitempty"`
	Uncovered []Move `json:"uncovered,omitempty"` // whose agreements do not cover the version: they stay where they are
}

// Move is what one agreement's calls without a version get before and after a change, "1.0.0"; "" for nothing.
type Move struct {
	System    mconnect.SystemID    `json:"system"`
	Agreement mconnect.AgreementID `json:"agreement"`
	From      string               `json:"from,omitempty"`
	To        string               `json:"to,omitempty"`
}

// moves returns what a change of this version of a service does to the agreements for it; nil when nothing.
func (v *candidate) moves(name mconnect.ServiceName, version mconnect.Version) *Moves {
	before, after := v.rooms.Catalog.Versions(name), v.versions(name)
	slices.SortFunc(after, func(a, b *catalog.Ready) int { return b.Version.Compare(a.Version) })
	got := func(all []*catalog.Ready, a *agreement.Compiled) string {
		r, err := catalog.Choose(name, all, a.Version)
		if err != nil {
			return ""
		}
		return r.Version.String()
	}
	var m Moves
	for _, a := range v.rooms.Agreements.All() {
		if a.Service != name || a.Event != "" || a.Status == agreement.Terminated {
			continue
		}
		one := Move{System: a.Consumer, Agreement: a.ID, From: got(before, a), To: got(after, a)}
		switch {
		case one.From != one.To:
			m.Moved = append(m.Moved, one)
		case a.Version.Major != version.Major || version.Compare(a.Version) < 0:
			m.Uncovered = append(m.Uncovered, one)
		}
	}
	if len(m.Moved) == 0 && len(m.Uncovered) == 0 {
		return nil
	}
	return &m
}
