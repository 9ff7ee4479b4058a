package event

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
)

// DefaultGroup is the group of consumers that name none.
const DefaultGroup = "~default"

// Subscription declares how one group of a consumer system gets its events. A group without one gets everything its
// system is entitled to, and fetches it.
type Subscription struct {
	ID     string            `json:"id" yaml:"id"` // form of an AgreementID
	System mconnect.SystemID `json:"system" yaml:"system"`
	Group  string            `json:"group,omitempty" yaml:"group,omitempty"` // "": ~default
	// none: all that the system is entitled to
	Types    []mconnect.EventType `json:"types,omitempty" yaml:"types,omitempty"`
	Filters  []Rule               `json:"filters,omitempty" yaml:"filters,omitempty"` // all of them must match
	Delivery Delivery             `json:"delivery,omitzero" yaml:"delivery,omitempty"`
	// a webhook is not called; nothing is lost
	Paused bool   `json:"paused,omitempty" yaml:"paused,omitempty"`
	Note   string `json:"note,omitempty" yaml:"note,omitempty"`
}

// Rule is one filter of the CloudEvents Subscriptions API 1.0 (section 3.2.4), or an expression in CEL. Exactly one
// member is set. Names of attributes are those of CloudEvents: id, source, type, subject, time, partitionkey,
// datacontenttype, dataschema, specversion.
type Rule struct {
	Exact  map[string]string `json:"exact,omitempty" yaml:"exact,omitempty"`   // each attribute is the value
	Prefix map[string]string `json:"prefix,omitempty" yaml:"prefix,omitempty"` // each begins with it
	Suffix map[string]string `json:"suffix,omitempty" yaml:"suffix,omitempty"` // each ends with it
	All    []Rule            `json:"all,omitempty" yaml:"all,omitempty"`
	Any    []Rule            `json:"any,omitempty" yaml:"any,omitempty"`
	Not    *Rule             `json:"not,omitempty" yaml:"not,omitempty"`
	// over event (attributes) and data, as far as granted
	CEL string `json:"cel,omitempty" yaml:"cel,omitempty"`
}

// Mode is how events reach a group.
type Mode string

// The modes; the zero value reads as Pull.
const (
	Pull Mode = "pull"    // WebSocket or long polling
	Push Mode = "webhook" // the platform posts each event
)

// Delivery reports how events reach a group.
type Delivery struct {
	Mode    Mode     `json:"mode,omitempty" yaml:"mode,omitempty"`
	Webhook *Webhook `json:"webhook,omitempty" yaml:"webhook,omitempty"`
}

// Signing is how a pushed event proves that it comes from the platform.
type Signing string

// The choices; the zero value reads as Signatures.
const (
	Signatures Signing = "http-signature" // RFC 9421 over the request
	JWS        Signing = "jws"            // RFC 7515, detached, over the body
)

// Webhook is where and how events are pushed (CloudEvents HTTP 1.1 Web Hooks).
type Webhook struct {
	URL     string  `json:"url" yaml:"url"` // https; its host is one that the system has registered
	Signing Signing `json:"signing,omitempty" yaml:"signing,omitempty"`
	// name of the configured bearer token, sent as Authorization
	Secret      string   `json:"secret,omitempty" yaml:"secret,omitempty"`
	Schedule    Schedule `json:"schedule,omitzero" yaml:"schedule,omitempty"`
	MaxInFlight int      `json:"max_in_flight,omitempty" yaml:"max_in_flight,omitempty"` // 1 to 64; zero: 4
	// asked for as WebHook-Request-Rate; zero: unbounded
	PerMinute int `json:"per_minute,omitempty" yaml:"per_minute,omitempty"`
}

// Schedule reports when a delivery that failed is tried again: after First, then twice as long each time up to Max,
// each with jitter, until GiveUp has passed since the first attempt: then the event is dead for this consumer. Zero:
// 1s, 5m, 120h.
type Schedule struct {
	First  Duration `json:"first,omitzero" yaml:"first,omitempty"`
	Max    Duration `json:"max,omitzero" yaml:"max,omitempty"`
	GiveUp Duration `json:"give_up,omitzero" yaml:"give_up,omitempty"`
}

// GroupName is the group, never empty.
func (s *Subscription) GroupName() string { return cmp.Or(s.Group, DefaultGroup) }

// Pushes reports that the platform posts the events.
func (s *Subscription) Pushes() bool { return s.Delivery.Mode == Push && s.Delivery.Webhook != nil }

// Limits of a subscription.
const (
	maxTypes    = 1000
	maxGroup    = 64
	maxNote     = 4000
	maxURL      = 2000
	maxInFlight = 64
)

// Validate says everything that is wrong with the subscription by itself; whether system, types and the webhook's host
// are registered is for country to say.
func (s Subscription) Validate() []fault.FieldError {
	_, found := s.compile()
	return found
}

func (s Subscription) compile() (*ReadySubscription, fault.Findings) {
	var f fault.Findings
	_, err := mconnect.ParseAgreementID(s.ID)
	f.Parsed("/id", s.ID, err)
	_, err = mconnect.ParseSystemID(string(s.System))
	f.Parsed("/system", string(s.System), err)
	if !IsGroup(s.GroupName()) {
		f.Add("/group", fault.InputFormat, "want", "1 to 64 characters a-z, A-Z, 0-9, '.', '_', '-' or '~'")
	}
	f.Length("/note", s.Note, 0, maxNote)
	if len(s.Types) > maxTypes {
		f.Add("/types", fault.InputLength, "min", "0", "max", fmt.Sprint(maxTypes))
	}
	ready := &ReadySubscription{Subscription: s, types: map[mconnect.EventType]bool{}}
	for i, t := range s.Types {
		path := fmt.Sprintf("/types/%d", i)
		_, err := mconnect.ParseEventType(string(t))
		f.Parsed(path, string(t), err)
		if ready.types[t] {
			f.Add(path, fault.ResourceDuplicate, "kind", "EventType", "id", string(t))
		}
		ready.types[t] = true
	}
	ready.rules = compileRules(&f, "/filters", s.Filters)
	s.validateDelivery(&f)
	return ready, f
}

// IsGroup reports that name can be a group: it stands in the path of a URL.
func IsGroup(name string) bool {
	if name == "" || len(name) > maxGroup {
		return false
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-~", r) {
			return false
		}
	}
	return name != "." && name != ".."
}

func (s Subscription) validateDelivery(f *fault.Findings) {
	d := s.Delivery
	f.OneOf("/delivery/mode", string(d.Mode), "", string(Pull), string(Push))
	switch {
	case d.Mode == Push && d.Webhook == nil:
		f.Add("/delivery/webhook", fault.InputMissing)
		return
	case d.Mode != Push && d.Webhook != nil:
		f.Add("/delivery/webhook", fault.InputUnknownField)
		return
	case d.Webhook == nil:
		return
	}
	w, at := d.Webhook, "/delivery/webhook"
	if _, _, err := w.Target(); err != nil {
		f.Add(at+"/url", fault.WebhookAddress, "what", err.Error())
	}
	f.OneOf(at+"/signing", string(w.Signing), "", string(Signatures), string(JWS))
	f.Length(at+"/secret", w.Secret, 0, 100)
	if w.MaxInFlight < 0 || w.MaxInFlight > maxInFlight {
		f.Add(at+"/max_in_flight", fault.InputRange, "min", "1", "max", fmt.Sprint(maxInFlight))
	}
	if w.PerMinute < 0 || w.PerMinute > 1_000_000 {
		f.Add(at+"/per_minute", fault.InputRange, "min", "0", "max", "1000000")
	}
	for _, span := range []struct {
		name     string
		is       Duration
		min, max time.Duration
	}{
		{"first", w.Schedule.First, 100 * time.Millisecond, time.Hour},
		{"max", w.Schedule.Max, time.Second, 24 * time.Hour},
		{"give_up", w.Schedule.GiveUp, time.Minute, MaxRetention},
	} {
		if d := time.Duration(span.is); d != 0 && (d < span.min || d > span.max) {
			f.Add(at+"/schedule/"+span.name, fault.InputRange, "min", span.min.String(), "max", span.max.String())
		}
	}
}
