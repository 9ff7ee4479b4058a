package event

import (
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// prefix begins the header of every attribute in binary mode (CloudEvents HTTP binding 1.0, section 3.1.3), as
// net/textproto writes it.
const prefix = "Ce-"

// ReadBinary reads an event in binary mode: attributes in headers, whose names are in canonical form, and the payload
// as it is, of which Data becomes a part. A producer may state the attributes of the specification and partitionkey;
// any other ce-header is refused. Faults: event.malformed, message.malformed, .duplicateKey, .tooDeep.
func ReadBinary(header map[string][]string, body []byte, form Form) (e Event, err error) {
	version := false
	for name, values := range header {
		attribute, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		attribute = strings.ToLower(attribute)
		if len(values) != 1 {
			return e, malformed("the header ce-" + attribute + " stands twice")
		}
		if err := e.header(attribute, values[0], form); err != nil {
			return e, err
		}
		version = version || attribute == "specversion"
	}
	if err := e.complete(version); err != nil {
		return e, err
	}
	media := header["Content-Type"]
	if len(media) == 0 && len(body) == 0 { // an event may have no data
		e.ContentType = JSONType
		return e, nil
	}
	if len(media) != 1 || !isMedia(media[0]) || len(media[0]) > MaxContentType {
		return e, malformed("Content-Type is missing or no media type")
	}
	e.ContentType, e.Data = media[0], body
	if !IsJSON(e.ContentType) {
		return e, nil
	}
	if len(body) == 0 {
		e.Data = nil
		return e, nil
	}
	return e, valid(body)
}

func (e *Event) header(attribute, raw string, form Form) error {
	value, err := decodeHeader(raw)
	if err != nil {
		return malformed("the header ce-" + attribute + " is not percent-encoded UTF-8")
	}
	switch attribute {
	case "datacontenttype":
		return malformed("the header ce-datacontenttype: Content-Type says it")
	case "offset":
		return nil
	}
	known, err := e.set(attribute, value)
	switch {
	case known:
		return err
	case form == Produced:
		return malformed("a header ce-… is unknown")
	}
	return e.extend(Extension{Name: attribute, Value: value})
}

// decodeHeader undoes quotes and percent-encoding (CloudEvents HTTP binding 1.0, section 3.1.3.2).
func decodeHeader(raw string) (string, error) {
	if len(raw) >= 2 && raw[0] == '"' && raw[len(raw)-1] == '"' {
		raw = unquote(raw[1 : len(raw)-1])
	}
	if strings.IndexByte(raw, '%') < 0 && isASCII(raw) {
		return raw, nil
	}
	value, err := url.PathUnescape(raw)
	if err != nil { // some libraries encode nothing: "50%" represents itself
		value = raw
	}
	if !utf8.ValidString(value) {
		return "", errNotText
	}
	return value, nil
}

var errNotText = errors.New("not UTF-8")

// unquote drops the backslashes of a quoted string (RFC 9110, section 5.6.4).
func unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Headers calls set with every attribute as a header in binary mode, Content-Type included.
func (e *Event) Headers(set func(name, value string)) {
	set("Content-Type", e.ContentType)
	set("Ce-Specversion", "1.0")
	for _, a := range [...]struct{ name, value string }{
		{"Id", e.ID}, {"Source", e.Source}, {"Type", string(e.Type)}, {"Dataschema", e.DataSchema},
		{"Subject", e.Subject},
		{"Partitionkey", e.PartitionKey},
	} {
		if a.value != "" {
			set(prefix+a.name, encodeHeader(a.value))
		}
	}
	if !e.Time.IsZero() {
		set("Ce-Time", e.Time.Format(time.RFC3339Nano))
	}
	for _, x := range e.Extensions {
		set(prefix+strings.ToUpper(x.Name[:1])+x.Name[1:], encodeHeader(x.Value))
	}
}

// encodeHeader percent-encodes spaces, quotes, percent signs and what is not printable ASCII (section 3.1.3.2).
func encodeHeader(s string) string {
	const hex = "0123456789ABCDEF"
	var b []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		plain := c > ' ' && c < 0x7f && c != '"' && c != '%'
		if !plain && b == nil {
			b = append(make([]byte, 0, len(s)+16), s[:i]...)
		}
		switch {
		case !plain:
			b = append(b, '%', hex[c>>4], hex[c&15])
		case b != nil:
			b = append(b, c)
		}
	}
	if b == nil {
		return s
	}
	return string(b)
}
