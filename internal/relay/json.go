package relay

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"strings"
	"time"

	"mconnect/internal/event"
)

// appendJSON writes the event in the JSON format of CloudEvents 1.0, its data last.
func appendJSON(b []byte, e *event.Event) []byte {
	b = append(b, `{"specversion":"1.0"`...)
	for _, a := range [...]struct{ name, value string }{
		{"id", e.ID}, {"source", e.Source}, {"type", string(e.Type)}, {"datacontenttype", e.ContentType},
		{"dataschema", e.DataSchema}, {"subject", e.Subject}, {"partitionkey", e.PartitionKey},
	} {
		if a.value != "" {
			b = append(append(append(b, `,"`...), a.name...), `":`...)
			b = quote(b, a.value)
		}
	}
	b = append(b, `,"time":"`...)
	b = e.Time.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	switch {
	case len(e.Data) == 0:
	case isJSON(e.ContentType):
		b = append(append(b, `,"data":`...), e.Data...)
	default:
		b = append(b, `,"data_base64":"`...)
		b = append(base64.StdEncoding.AppendEncode(b, e.Data), '"')
	}
	return append(b, '}')
}

// quote writes a JSON string.
func quote(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			text, _ := json.Marshal(s) // a string always has a JSON form
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// isJSON says whether a content type is JSON: application/json, or any with the suffix +json (RFC 6839).
func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/json" || strings.HasSuffix(t, "+json"))
}

// dataOf reads the data of an event in JSON form.
func dataOf(text []byte) ([]byte, error) {
	var v struct {
		Data   json.RawMessage `json:"data"`
		Base64 []byte          `json:"data_base64"`
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return nil, errEntry
	}
	if v.Base64 != nil {
		return v.Base64, nil
	}
	return v.Data, nil
}
