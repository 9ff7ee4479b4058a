package rest

import (
	"strings"

	"github.com/go-jose/go-jose/v4"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/request"
)

// Parameters of a JWS header by which the signature also covers what the payload does not hold: the service called, as
// "Name" or "Name/version", and the legal context, an object with the names of its HTTP headers.
const (
	claimService = "service"
	claimContext = "context"
)

// claims are what a JWS states in addition to its payload.
type claims struct {
	service string
	context *request.Statement // nil: not stated
}

// readClaims reads the parameters. Faults: signature.malformed, context.*.
func readClaims(extra map[jose.HeaderKey]any) (c claims, err error) {
	if value, stated := extra[claimService]; stated {
		name, ok := value.(string)
		if !ok || name == "" {
			return c, fault.New(fault.SignatureMalformed, "what", claimService)
		}
		c.service = name
	}
	value, stated := extra[claimContext]
	if !stated {
		return c, nil
	}
	members, ok := value.(map[string]any)
	if !ok {
		return c, fault.New(fault.SignatureMalformed, "what", claimContext)
	}
	c.context = &request.Statement{}
	for name, value := range members {
		text, ok := value.(string)
		which := request.ContextName(name)
		if !ok || which < 0 {
			return c, fault.New(fault.SignatureMalformed, "what", claimContext+": "+bounded(name))
		}
		text, ok = request.Clean(text)
		if err := c.context.Add(which, text, ok); err != nil {
			return c, err
		}
	}
	return c, nil
}

// bind holds a call to what its signature states. A context that no HTTP header repeats is taken from the signature.
// Where the policy of the system demands it, both must be stated. Faults: signature.claim, signature.claimMissing,
// context.conflict.
func (c *claims) bind(x *exchange.Call, fields *request.Statement, demanded bool) error {
	switch {
	case demanded && c.service == "":
		return fault.New(fault.SignatureClaimMissing, "name", claimService)
	case demanded && c.context == nil:
		return fault.New(fault.SignatureClaimMissing, "name", claimContext)
	case c.service != "" && !means(c.service, x.Service, x.Version):
		return fault.New(fault.SignatureClaim, "name", claimService)
	case c.context == nil:
	case !fields.Any():
		x.Context = c.context.Context
	default:
		if name := c.context.Conflict(fields); name != "" {
			return fault.New(fault.ContextConflict, "name", name)
		}
	}
	return nil
}

// means reports whether a claim names the service called: its name alone, or with the version that the address states.
func means(claim string, service mconnect.ServiceName, version mconnect.Version) bool {
	name, stated, both := strings.Cut(claim, "/")
	if name != string(service) {
		return false
	}
	return !both || stated == version.String()
}

func bounded(s string) string {
	if len(s) > 80 {
		s = s[:80]
	}
	return strings.ToValidUTF8(s, "")
}
