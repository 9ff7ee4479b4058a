package fault

import "mconnect"

// Entry is what the catalogue knows of a Code.
type Entry struct {
	Kind   Kind
	Leg    Leg
	Party  Party
	Says   mconnect.Text // one sentence: the fact; {names} are replaced by Params
	Remedy mconnect.Text // one sentence: what Party must do
}

// Entry returns what the catalogue knows of c; an unknown code reads as InternalError's entry.
func (c Code) Entry() Entry {
	if e, ok := catalogue[c]; ok {
		return e
	}
	return catalogue[InternalError]
}
