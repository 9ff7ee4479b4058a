package manifest

import (
	"bytes"
	"encoding/json"
	"slices"

	"mconnect"
	"mconnect/fault"
)

// origins reports the agreements of a set that an access request made and that the set would change, and those whose
// origin the set invents: a declared agreement has none. An order changes those of its own request, and those that it
// names in Replace.
func (k *Keeper) origins(o Order, set Set) (found fault.Findings) {
	for _, item := range set {
		next, ok := item.value.(*agreementDocument)
		if !ok {
			continue
		}
		origin := ""
		if was, stands := k.Rooms.Agreements.Get(mconnect.AgreementID(item.ID)); stands {
			origin = was.Origin
			if doc, err := json.Marshal(was.Stated()); err == nil && bytes.Equal(doc, item.Doc) {
				continue
			}
		}
		replaced := slices.Contains(o.Replace, item.ID)
		switch {
		case o.Flags == item.ID: // neither side asks for anything else
		case origin != "" && origin != o.Request && o.Request == "" && !replaced:
			found.Add(item.Place("/origin"), fault.AgreementByRequest, "id", item.ID, "request", origin)
		case next.Origin != "" && next.Origin != origin && next.Origin != o.Request:
			found.Add(item.Place("/origin"), fault.FormNotAuthorisedOption)
		}
	}
	return found
}
