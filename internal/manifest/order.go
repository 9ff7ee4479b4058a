package manifest

import (
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/agreement"
)

// Order states who changes the declared state, why, and which steps are allowed explicitly.
type Order struct {
	Actor  string // whom the journal names
	Reason string // kept in the change records; at most MaxReason characters
	DryRun bool   // validate and plan only

	// Resume names the resources of the set whose suspension or pause ends, each as "id", "Kind id" or "Kind/id".
	// Everything else that is suspended or paused in the store stays so, also where the set differs.
	Resume []string
	// Prune removes what the set does not name. What is revoked, terminated, deprecated or retired stays, and so do
	// services that are published and all that these refer to: see Stays.
	Prune bool
	// Strict refuses a set that contradicts a restraint instead of keeping it: for a single document that somebody
	// wrote now.
	Strict bool

	// Request is the access request that the order carries out; "" for none. Only its own order changes an agreement
	// that a request made, or prunes it, unless Replace names that agreement.
	Request string
	Replace []string
	// Flags is the agreement whose suspensions the order sets or lifts, by Flag, which is given the newest state; ""
	// for none. Any other order keeps the suspensions.
	Flags string
	Flag  func(agreement.Agreement) (agreement.Agreement, error)
	// Also writes further rows in the transaction of the change, and returns their journal entries. nil: nothing.
	Also func(tx appendlog.Tx) ([]appendlog.Entry, error)
}

// MaxReason is the longest reason of a change, in characters.
const MaxReason = 500

// lifts returns the name by which the order resumes the item; "" when it does not.
func (o Order) lifts(item Item) string {
	for _, name := range o.Resume {
		if name == item.ID || name == item.Kind+" "+item.ID || name == item.Kind+"/"+item.ID {
			return name
		}
	}
	return ""
}

func (o Order) validate() error {
	var found fault.Findings
	found.Length("/reason", o.Reason, 0, MaxReason)
	return found.Err(fault.ResourceInvalid, "kind", "manifest", "id", "*")
}
