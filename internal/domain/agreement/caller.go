package agreement

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
)

// The names of the four values of the legal context, as live clients send them.
const (
	CallingUser   = "CallingUser"
	CallingEntity = "CallingEntity"
	CallBasis     = "CallBasis"
	CallReason    = "CallReason"
)

// maxTolerated bounds CallingUser and CallingEntity, in characters, where tolerant rules accept free text.
const maxTolerated = 256

// contextComplete: a service with personal data is called with all four values; another may be called
// with none, and then the first valid purpose represents the call.
func (t *trial) contextComplete() outcome {
	c := t.req.Context
	if c.IsZero() && !t.req.Service.Personal {
		t.stateless = true
	} else if o := t.contextStated(c); o.result == fault.Failed {
		return o
	}
	t.choice = choose(t.agreement, c, t.stateless, t.at)
	return passed
}

func (t *trial) contextStated(c mconnect.LegalContext) outcome {
	longUser, longEntity := mconnect.MaxCallingUser, mconnect.MaxCallingEntity
	if t.agreement.CallerRules == Tolerant {
		longUser, longEntity = maxTolerated, maxTolerated
	}
	if c.User == string(t.req.Consumer.System) {
		longUser = maxTolerated // its own id, registered by the platform, may be longer
	}
	values := [...]struct {
		name, value string
		limit       int
	}{
		{CallingUser, c.User, longUser},
		{CallingEntity, c.Entity, longEntity},
		{CallBasis, c.Basis, mconnect.MaxCallBasis},
		{CallReason, c.Reason, mconnect.MaxCallReason},
	}
	for _, v := range values {
		switch {
		case strings.TrimSpace(v.value) == "":
			return failed(fault.ContextMissing, "name", v.name)
		case !utf8.ValidString(v.value) || strings.ContainsFunc(v.value, unicode.IsControl):
			return failed(fault.ContextMalformed, "name", v.name)
		case utf8.RuneCountInString(v.value) > v.limit:
			return failed(fault.ContextTooLong, "name", v.name, "limit", strconv.Itoa(v.limit))
		}
	}
	return passed
}

// callerUser: CallingUser is an official's IDNP, or the system itself by its id or its owner's IDNO. The
// person looked up cannot be the official who looks.
func (t *trial) callerUser() outcome {
	if t.stateless {
		return inapplicable
	}
	user := t.req.Context.User
	if user == string(t.req.Consumer.System) || user == string(t.req.Consumer.Owner) {
		return passed
	}
	if _, err := mconnect.ParseIDNP(user); err != nil {
		return t.wrongCaller(fault.CallerUserInvalid, CallingUser)
	}
	if user == t.req.Subject {
		return t.wrongCaller(fault.CallerUserIsSubject, CallingUser)
	}
	return passed
}

// callerEntity: CallingEntity is the IDNO of the system's owner or of an entity that it represents.
func (t *trial) callerEntity() outcome {
	if t.stateless {
		return inapplicable
	}
	entity, err := mconnect.ParseIDNO(t.req.Context.Entity)
	if err != nil {
		return t.wrongCaller(fault.CallerEntityInvalid, CallingEntity)
	}
	if entity != t.req.Consumer.Owner && !slices.Contains(t.req.Consumer.Represents, entity) {
		return t.wrongCaller(fault.CallerEntityForeign, CallingEntity)
	}
	return passed
}

// wrongCaller refuses, or flags where the agreement is tolerant. The value itself, which may be personal
// data, is not repeated.
func (t *trial) wrongCaller(code fault.Code, name string) outcome {
	o := failed(code, "name", name, "system", string(t.req.Consumer.System))
	if t.agreement.CallerRules == Tolerant {
		o.result = fault.Flagged
	}
	return o
}
