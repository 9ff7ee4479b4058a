package portal

import (
	"strings"

	"mconnect"
)

// described is the aria-describedby of an input.
func (i input) described(all []wrong) string {
	return describedBy(i.id, i.hint != (mconnect.Text{}), of(all, i.id) != "")
}

// describedBy is the aria-describedby of a control: its hint and its errors, where there are any.
func describedBy(id string, hint, wrong bool) string {
	var ids []string
	if hint {
		ids = append(ids, id+"-h")
	}
	if wrong {
		ids = append(ids, id+"-e")
	}
	return strings.Join(ids, " ")
}
