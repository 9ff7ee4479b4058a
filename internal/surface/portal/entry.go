package portal

import (
	"strings"

	"mconnect"
)

// described is the aria-describedby of an input: its hint and its error, where there are any.
func (i input) described(all []wrong) string {
	var ids []string
	if i.hint != (mconnect.Text{}) {
		ids = append(ids, i.id+"-h")
	}
	if of(all, i.id) != "" {
		ids = append(ids, i.id+"-e")
	}
	return strings.Join(ids, " ")
}
