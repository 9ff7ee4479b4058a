package event

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendJSON appends the event in the JSON format. It always writes datacontenttype, without which some consumers'
// libraries reconnect for ever; data comes last, JSON as its exact text, text as a string, anything else in base64.
func (e *Event) AppendJSON(b []byte) []byte { return append(e.appendData(e.appendAttributes(b)), '}') }

// AppendBase64 appends the event as AppendJSON does, but for text, which it writes in base64 as well: what producers
// send.
func (e *Event) AppendBase64(b []byte) []byte {
	if b = e.appendAttributes(b); e.Data == nil || IsJSON(e.ContentType) {
		return append(e.appendData(b), '}')
	}
	b = append(b, `,"data_base64":"`...)
	return append(base64.StdEncoding.AppendEncode(b, e.Data), `"}`...)
}

func (e *Event) appendAttributes(b []byte) []byte {
	b = append(b, `{"specversion":"1.0","id":`...)
	b = appendText(b, e.ID)
	b = appendText(append(b, `,"source":`...), e.Source)
	b = appendText(append(b, `,"type":`...), string(e.Type))
	b = appendText(append(b, `,"datacontenttype":`...), e.ContentType)
	if e.DataSchema != "" {
		b = appendText(append(b, `,"dataschema":`...), e.DataSchema)
	}
	if e.Subject != "" {
		b = appendText(append(b, `,"subject":`...), e.Subject)
	}
	if !e.Time.IsZero() {
		b = append(e.Time.AppendFormat(append(b, `,"time":"`...), time.RFC3339Nano), '"')
	}
	if e.PartitionKey != "" {
		b = appendText(append(b, `,"partitionkey":`...), e.PartitionKey)
	}
	for _, x := range e.Extensions {
		b = append(appendText(append(b, ','), x.Name), ':')
		if x.Bare {
			b = append(b, x.Value...)
		} else {
			b = appendText(b, x.Value)
		}
	}
	return b
}

func (e *Event) appendData(b []byte) []byte {
	switch {
	case e.Data == nil:
		return b
	case IsJSON(e.ContentType):
		return append(append(b, `,"data":`...), e.Data...)
	case isText(e.ContentType) && utf8.Valid(e.Data):
		b, _ = jsontext.AppendQuote(append(b, `,"data":`...), e.Data) // only text that is not UTF-8 fails
		return b
	}
	b = append(b, `,"data_base64":"`...)
	return append(base64.StdEncoding.AppendEncode(b, e.Data), '"')
}

// AppendWithOffset appends an event in the JSON format, as AppendJSON wrote it, with its offset as first member.
func AppendWithOffset(b, json []byte, offset int64) []byte {
	return append(AppendOffset(b, offset), json[1:]...)
}

// AppendOffset appends what takes the place of the first byte of an event in the JSON format.
func AppendOffset(b []byte, offset int64) []byte {
	b = append(b, `{"offset":"`...)
	return append(strconv.AppendInt(b, offset, 10), `",`...)
}

// appendText appends s as a JSON string.
func appendText(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			b, _ = jsontext.AppendQuote(b, s) // attributes are UTF-8
			return b
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
