package xmlsec

import (
	"time"

	"mconnect/fault"
)

// timestamp is wsu:Timestamp, read.
type timestamp struct{ created, expires time.Time }

// readTimestamp reads Created and Expires (WS-Security §10). Expires may be missing; then the policy's lifetime counts.
func readTimestamp(n Node) (t timestamp, err error) {
	for kid := range n.Elements() {
		var into *time.Time
		switch {
		case kid.Is(namespaceWSU, "Created"):
			into = &t.created
		case kid.Is(namespaceWSU, "Expires"):
			into = &t.expires
		default:
			return t, badTime(kid.Name())
		}
		text, err := leaf(kid)
		if err != nil {
			return t, err
		}
		if !into.IsZero() {
			return t, badTime(kid.Name())
		}
		var ok bool
		if *into, ok = parseTime(trimBlank(text)); !ok {
			return t, badTime(text)
		}
	}
	if t.created.IsZero() {
		return t, badTime("Created")
	}
	if !t.expires.IsZero() && t.expires.Before(t.created) {
		return t, badTime("Expires < Created")
	}
	return t, nil
}

func badTime(what string) error { return fault.New(fault.SignatureTimestamp, "what", shown(what)) }

// parseTime reads xsd:dateTime with a zone (Z or ±hh:mm) and a fraction of any length.
func parseTime(s string) (time.Time, bool) {
	if len(s) < 20 || len(s) > 48 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' ||
		s[19] == ',' {
		return time.Time{}, false
	}
	t, err := time.Parse("2006-01-02T15:04:05Z07:00", s)
	return t.UTC(), err == nil
}

// Fresh checks the Timestamp of a message that is not signed: it proves nothing, and is held to the same as a signed
// one. Faults: signature.timestamp, signature.expired, signature.future.
func (e *Envelope) Fresh(now time.Time) error {
	policy := Policy{}.filled()
	for _, s := range e.security() {
		for n := range s.Elements() {
			if !n.Is(namespaceWSU, "Timestamp") {
				continue
			}
			t, err := readTimestamp(n)
			if err != nil {
				return err
			}
			if _, err := t.check(now, policy); err != nil {
				return err
			}
		}
	}
	return nil
}

// check holds t against the clock and returns when it lapses permanently, the policy's skew included.
func (t timestamp) check(now time.Time, p Policy) (lapses time.Time, err error) {
	expires := t.created.Add(p.Lifetime)
	if !t.expires.IsZero() && t.expires.Before(expires) {
		expires = t.expires
	}
	if t.created.After(now.Add(p.Skew)) {
		return expires, fault.New(fault.SignatureFuture, "created", t.created.Format(time.RFC3339))
	}
	lapses = expires.Add(p.Skew)
	if !now.Before(lapses) {
		return lapses, fault.New(fault.SignatureExpired, "expires", expires.Format(time.RFC3339))
	}
	return lapses, nil
}
