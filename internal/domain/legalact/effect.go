package legalact

import (
	"slices"

	"mconnect"
)

// Rest is one purpose of an agreement whose legal basis a change of an act touches.
type Rest struct {
	Agreement mconnect.AgreementID `json:"agreement"`
	Consumer  mconnect.SystemID    `json:"consumer"`
	Subject   string               `json:"subject" doc:"the service or type of event"`
	Purpose   mconnect.PurposeCode `json:"purpose"`
	Path      string               `json:"path"`
	Version   string               `json:"version,omitempty" doc:"cited; absent: the one in force"`
	Effect
}

// CitedBy is one purpose of an agreement that cites an act, and how the cited place is now.
type CitedBy struct {
	Agreement mconnect.AgreementID `json:"agreement"`
	Consumer  mconnect.SystemID    `json:"consumer"`
	Subject   string               `json:"subject" doc:"the service or type of event"`
	Status    string               `json:"status" doc:"of the agreement: active, suspended or terminated"`
	Purpose   mconnect.PurposeCode `json:"purpose"`
	Title     mconnect.Text        `json:"title"`
	Path      string               `json:"path"`
	Version   string               `json:"version,omitempty" doc:"cited; absent: the one in force"`
	State     State                `json:"state" enum:"in_force,coming,repealed,unknown"`
	Changed   bool                 `json:"changed,omitempty" doc:"the text in force is another than in the cited version"`
}

// Effect is what a change of the register does to a cited place.
type Effect struct {
	Kind string `json:"effect" enum:"changed,removed,repealed"`
	// the first day of the new text, or without the place; of a repeal, the last day in force
	Day string `json:"day"`
}

// EffectOn says what replacing an act by next does to a citation of it; false when nothing. Versions that the act
// already had are not counted again.
func EffectOn(old, next *Act, c Citation) (Effect, bool) {
	for i := range next.Versions {
		v := &next.Versions[i]
		if v.From <= c.Version || sameAs(old, v) {
			continue
		}
		base, known := cited(next, c, i)
		if !known {
			continue
		}
		before, had := base.Article(c.Path)
		now, has := v.Article(c.Path)
		switch {
		case had && !has:
			return Effect{"removed", v.From}, true
		case had && before.Digest != "" && now.Digest != "" && before.Digest != now.Digest:
			return Effect{"changed", v.From}, true
		}
	}
	if end := ends(next); end != "" && end != ends(old) {
		return Effect{"repealed", end}, true
	}
	return Effect{}, false
}

// cited is the version whose text a citation rests on before version i.
func cited(a *Act, c Citation, i int) (*Version, bool) {
	if c.Version != "" {
		return a.Version(c.Version)
	}
	if i == 0 {
		return nil, false
	}
	return &a.Versions[i-1], true
}

// sameAs reports that an act had the version already, with the same articles.
func sameAs(old *Act, v *Version) bool {
	if old == nil {
		return false
	}
	was, ok := old.Version(v.From)
	return ok && slices.Equal(was.Articles, v.Articles)
}

// ends is the last day in force of an act; "" without end.
func ends(a *Act) string {
	if a == nil || len(a.Versions) == 0 {
		return ""
	}
	return a.Versions[len(a.Versions)-1].To
}
