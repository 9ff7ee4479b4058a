package event

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"mconnect"
)

// Status is where a type stands in its life. The zero value is not one.
type Status string

// The life of a type: only published and deprecated ones are produced and consumed.
const (
	Draft      Status = "draft"
	Published  Status = "published"
	Deprecated Status = "deprecated"
	Retired    Status = "retired"
)

// Content is a form that the data of a type may have.
type Content string

// The forms of data, as POST /ce/produce/raw accepts them.
const (
	JSON   Content = "json"   // application/json, and media types that end in +json
	Text   Content = "text"   // text/plain
	Binary Content = "binary" // application/octet-stream
)

// Type declares one type of event. There is one document a type; its Version says which schema holds now: MAJOR is
// raised when consumers must change, MINOR when they may notice.
type Type struct {
	Name        mconnect.EventType     `json:"name"`
	Version     mconnect.Version       `json:"version"`
	Owner       mconnect.ParticipantID `json:"owner"` // answers for the data
	Title       mconnect.Text          `json:"title"`
	Description mconnect.Text          `json:"description"`
	Categories  []string               `json:"categories,omitempty"`
	Status      Status                 `json:"status"`
	Successor   mconnect.EventType     `json:"successor,omitempty"` // of a deprecated or retired type
	Content     []Content              `json:"content,omitempty"`   // forms of data allowed; none stated: json
	// JSON Schema of JSON data; drafts 6, 7, 2019-09, 2020-12
	Schema     json.RawMessage `json:"schema,omitempty"`
	Example    json.RawMessage `json:"example,omitempty"`    // data of one event, valid against Schema
	Retention  Duration        `json:"retention,omitzero"`   // zero: the platform's
	Attributes []string        `json:"attributes,omitempty"` // extension attributes that an agreement may grant
	// guidance: "free", or where in data the key lies, "$.ChildIDNP"
	Partition string `json:"partition,omitempty"`
	// data about a person: each consumption is accounted for
	Personal  bool       `json:"personal,omitempty"`
	Producers []Producer `json:"producers"`
}

// Producer lets one system produce a type. A source is exact, or a prefix when it ends in "*":
// "urn:asp:rsc*" covers "urn:asp:rsc" and "urn:asp:rsc:chisinau". "*" alone covers every source.
type Producer struct {
	System  mconnect.SystemID `json:"system"`
	Sources []string          `json:"sources"`
}

// Duration is a span of time, written as Go does: "120h", "1h30m".
type Duration time.Duration

// String writes the duration as "1h30m0s".
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err == nil {
		*d = Duration(parsed)
	}
	return err
}

// stages is the order of a type's life.
var stages = []Status{Draft, Published, Deprecated, Retired}

// Leads reports whether a type may go from this status to that: forward, or nowhere.
func (s Status) Leads(to Status) bool { return slices.Index(stages, to) >= slices.Index(stages, s) }

// Live reports that events of the type flow.
func (t *Type) Live() bool { return t.Status == Published || t.Status == Deprecated }

// Allows reports that data of this media type may be produced.
func (t *Type) Allows(contentType string) bool {
	form := ContentOf(contentType)
	if len(t.Content) == 0 {
		return form == JSON
	}
	return slices.Contains(t.Content, form)
}

// Produces reports that system is a producer of the type, and covered that it may name source.
func (t *Type) Produces(system mconnect.SystemID, source string) (producer, covered bool) {
	for _, p := range t.Producers {
		if p.System != system {
			continue
		}
		producer = true
		for _, s := range p.Sources {
			if SourceCovers(s, source) {
				return true, true
			}
		}
	}
	return producer, false
}

// SourceCovers reports that a declared source, exact or a prefix ending in "*", covers source.
func SourceCovers(declared, source string) bool {
	if prefix, ok := strings.CutSuffix(declared, "*"); ok {
		return strings.HasPrefix(source, prefix)
	}
	return declared == source
}

// SourcesOverlap reports that some source is covered by both of two declared ones.
func SourcesOverlap(a, b string) bool {
	first, open := strings.CutSuffix(a, "*")
	second, also := strings.CutSuffix(b, "*")
	switch {
	case open && also:
		return strings.HasPrefix(first, second) || strings.HasPrefix(second, first)
	case open:
		return strings.HasPrefix(second, first)
	case also:
		return strings.HasPrefix(first, second)
	}
	return a == b
}

// ContentOf reports which form of data a media type is; parameters do not count.
func ContentOf(contentType string) Content {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	switch {
	case media == "application/json", strings.HasSuffix(media, "+json"), media == "text/json":
		return JSON
	case strings.HasPrefix(media, "text/"):
		return Text
	}
	return Binary
}
