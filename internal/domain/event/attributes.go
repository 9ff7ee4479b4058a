package event

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
)

// Bounds of the attributes, in bytes, and of their number.
const (
	MaxSource       = 1024
	MaxID           = 256
	MaxSubject      = 1024
	MaxPartitionKey = 256
	MaxContentType  = 256
	MaxDataSchema   = 1024
	MaxExtensions   = 32
	MaxExtension    = 1024
	MaxName         = 40 // CloudEvents 1.0 recommends 20
)

// Skew is how far an event's time may lie ahead of the platform's clock.
const Skew = 60 * time.Second

// JSONType is the content type of an event that names none (CloudEvents JSON format 1.0, section 3.1.1).
const JSONType = "application/json"

// octets is the content type of data in base64 that names none.
const octets = "application/octet-stream"

// malformed is the fault of an event that is readable JSON or HTTP, but no CloudEvent.
func malformed(what string) error { return fault.New(fault.EventMalformed, "what", what) }

// IsJSON reports whether a content type is JSON: its subtype is json or ends in +json (CloudEvents JSON format 1.0,
// section 3.1).
func IsJSON(contentType string) bool {
	if contentType == JSONType {
		return true
	}
	media, _, _ := strings.Cut(contentType, ";")
	_, sub, ok := strings.Cut(strings.TrimSpace(media), "/")
	sub = strings.ToLower(sub)
	return ok && (sub == "json" || strings.HasSuffix(sub, "+json"))
}

// isText reports whether a content type is text that JSON can carry as a string.
func isText(contentType string) bool {
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	media = strings.TrimSpace(media)
	return strings.HasPrefix(media, "text/") || media == "application/xml" || strings.HasSuffix(media, "+xml")
}

// Settle gives an event without a time the present one, and refuses one whose time lies more than Skew ahead:
// event.future.
func (e *Event) Settle(now time.Time) error {
	if e.Time.IsZero() {
		e.Time = now.UTC().Truncate(time.Millisecond)
		return nil
	}
	if e.Time.After(now.Add(Skew)) {
		return fault.New(fault.EventFuture, "time", e.Time.UTC().Format(time.RFC3339), "now",
			now.UTC().Format(time.RFC3339))
	}
	return nil
}

// set stores one attribute of the specification by its name; it reports whether the name is one.
func (e *Event) set(name, value string) (known bool, err error) {
	most := 0
	switch name {
	case "id":
		most, e.ID = MaxID, value
	case "source":
		most, e.Source = MaxSource, value
	case "type":
		most = 4 * 41
	case "subject":
		most, e.Subject = MaxSubject, value
	case "partitionkey":
		most, e.PartitionKey = MaxPartitionKey, value
	case "datacontenttype":
		most, e.ContentType = MaxContentType, value
	case "dataschema":
		most, e.DataSchema = MaxDataSchema, value
	case "time":
		most = 64
	case "specversion":
		if value != "1.0" {
			return true, malformed("specversion is not 1.0")
		}
		return true, nil
	default:
		return false, nil
	}
	if err := sound(name, value, most); err != nil {
		return true, err
	}
	return true, e.settle(name, value)
}

// settle reads the attributes that have a form of their own.
func (e *Event) settle(name, value string) (err error) {
	switch name {
	case "type":
		if e.Type, err = mconnect.ParseEventType(value); err != nil {
			return malformed("type is not of the form Organization.System.Entity.Action")
		}
	case "time":
		if e.Time, err = ParseTime(value); err != nil {
			return malformed("time is not an RFC 3339 time")
		}
		if e.Time.IsZero() { // the zero of .NET and Go
			return malformed("time is that of a clock which was never set")
		}
	case "source":
		if !isReference(value) {
			return malformed("source is no URI reference")
		}
	case "dataschema":
		if !isReference(value) || schemeOf(value) == "" {
			return malformed("dataschema is no absolute URI")
		}
	case "datacontenttype":
		if !isMedia(value) {
			return malformed("datacontenttype is no media type")
		}
	}
	return nil
}

// sound checks the text of an attribute: not empty, bounded, no control characters (CloudEvents 1.0, section 3.1).
func sound(name, value string, most int) error {
	switch {
	case strings.TrimSpace(value) == "":
		return malformed(name + " is empty")
	case len(value) > most:
		return malformed(name + " is longer than " + strconv.Itoa(most) + " bytes")
	}
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c < ' ' || c == 0x7f {
			return malformed(name + " holds a control character")
		}
		if c >= utf8.RuneSelf {
			return soundRunes(name, value)
		}
	}
	return nil
}

func soundRunes(name, value string) error {
	for i, r := range value {
		switch {
		case r < ' ', r >= 0x7f && r <= 0x9f:
			return malformed(name + " holds a control character")
		case r == utf8.RuneError && !strings.HasPrefix(value[i:], "\uFFFD"):
			return malformed(name + " is not UTF-8")
		case r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF:
			return malformed(name + " holds a code point that is no character")
		}
	}
	return nil
}

// ParseTime reads an RFC 3339 time.
func ParseTime(text string) (time.Time, error) { return civil.ParseInstant([]byte(text)) }

// isMedia reports whether s is type/subtype, parameters or none behind it (RFC 2046).
func isMedia(s string) bool {
	media, _, _ := strings.Cut(s, ";")
	kind, sub, ok := strings.Cut(strings.TrimRight(media, " "), "/")
	return ok && isToken(kind) && isToken(sub) && isASCII(s)
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// extend adds an attribute that the specification does not name.
func (e *Event) extend(x Extension) error {
	switch {
	case !isName(x.Name):
		return malformed("attribute names are 1 to " + strconv.Itoa(MaxName) + " letters a-z and digits")
	case len(e.Extensions) >= MaxExtensions:
		return malformed("more than " + strconv.Itoa(MaxExtensions) + " extension attributes")
	}
	if x.Value != "" { // only the attributes of the specification itself must not be empty
		if err := sound(x.Name, x.Value, MaxExtension); err != nil {
			return err
		}
	}
	e.Extensions = append(e.Extensions, x)
	return nil
}

func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= MaxName
}

// complete refuses an event without one of the attributes that every event has.
func (e *Event) complete(version bool) error {
	switch {
	case !version:
		return malformed("specversion is missing")
	case e.ID == "":
		return malformed("id is missing")
	case e.Source == "":
		return malformed("source is missing")
	case e.Type == "":
		return malformed("type is missing")
	}
	return nil
}
