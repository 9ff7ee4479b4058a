package requests

import (
	"fmt"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/agreement"
)

// covered lists the purposes of a new request for which one of its systems has an agreement about the service already:
// that one is to be amended, so that no two agreements state the same purpose. A suspended agreement counts too.
func (x *Requests) covered(r *access.Request, answers map[string]any, now time.Time) (all []fault.FieldError) {
	if r.Kind != access.New {
		return nil
	}
	for _, system := range texts(answers["systems"]) {
		for _, a := range x.cfg.Rooms.Agreements.For(mconnect.SystemID(system), r.Service) {
			if a.Status == agreement.Terminated || a.Validity.Over(now) {
				continue
			}
			for i, row := range rows(answers["purposes"]) {
				if code := text(row, "code"); code != "" && states(a, mconnect.PurposeCode(code), now) {
					all = append(all, fault.FieldError{Path: fmt.Sprintf("/purposes/%d/code", i), Code: fault.RequestExists,
						Params: map[string]string{"agreement": string(a.ID)}})
				}
			}
		}
	}
	return all
}

// states reports whether an agreement has a purpose that is not over.
func states(a *agreement.Compiled, code mconnect.PurposeCode, now time.Time) bool {
	for i := range a.Purposes {
		if p := &a.Purposes[i]; p.Code == code && !p.Validity.Over(now) {
			return true
		}
	}
	return false
}
