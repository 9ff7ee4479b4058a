package event

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"maps"
	"strconv"

	"mconnect/fault"
	"mconnect/internal/jsonscan"
)

// Media types of the JSON event format (CloudEvents 1.0).
const (
	MediaType      = "application/cloudevents+json"
	BatchMediaType = "application/cloudevents-batch+json"
)

// Form says who wrote an event that is read.
type Form int

// The forms.
const (
	Produced  Form = iota // by a producer: data is JSON, text as a string, or anything in base64
	Delivered             // by the platform, and returned by a consumer that may have changed it
)

// eventReader reads events off a text, of which they keep parts.
type eventReader struct{ jsonscan.Scanner }

func reader(text []byte) eventReader {
	return eventReader{jsonscan.Scanner{In: text, MaxDepth: MaxDepth, Unique: true}}
}

// unread turns what makes a text unreadable into a fault.
func unread(err error) error {
	if err == nil {
		return nil
	}
	var at jsonscan.SyntaxError
	switch {
	case errors.As(err, &at):
		return fault.New(fault.MessageMalformed, "what", "JSON, byte "+strconv.Itoa(int(at)))
	case errors.Is(err, jsonscan.ErrDuplicate):
		return fault.New(fault.MessageDuplicateKey)
	case errors.Is(err, jsonscan.ErrTooDeep):
		return fault.New(fault.MessageTooDeep, "limit", strconv.Itoa(MaxDepth))
	}
	return err
}

// valid reports whether text is one JSON value.
func valid(text []byte) error {
	s := reader(text)
	if err := s.Skip(0); err != nil {
		return unread(err)
	}
	return unread(s.End())
}

// Read reads one event in the JSON format. Data is a part of text. Faults: message.malformed, .duplicateKey, .tooDeep,
// event.malformed.
func Read(text []byte, form Form) (Event, error) {
	s := reader(text)
	e, err := s.event(form, 0)
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return Event{}, unread(err)
	}
	return e, nil
}

// ReadBatch reads a batch: a JSON array of events, all of them or none. Faults as of Read, with the parameter "index",
// from 0, when they concern one event.
func ReadBatch(text []byte, form Form) ([]Event, error) {
	s := reader(text)
	if !s.Eat('[') {
		return nil, unread(s.Bad())
	}
	var events []Event
	for more := !s.Eat(']'); more; {
		e, err := s.event(form, 1)
		if err != nil {
			return nil, At(len(events), unread(err))
		}
		events = append(events, e)
		if more, err = s.Next(']'); err != nil {
			return nil, unread(err)
		}
	}
	return events, unread(s.End())
}

// At says that a fault concerns the event at index of a batch.
func At(index int, err error) error {
	f := *fault.From(err)
	params := map[string]string{"index": strconv.Itoa(index)}
	maps.Copy(params, f.Params)
	f.Params = params
	return &f
}

// payload is the data of an event as it stands in JSON.
type payload struct {
	json   []byte // value of "data"
	base64 []byte // content of "data_base64"
	coded  bool   // there is a "data_base64"
}

// event reads the event that begins here, inside depth arrays.
func (s *eventReader) event(form Form, depth int) (e Event, err error) {
	if !s.Eat('{') {
		return e, s.Bad()
	}
	var (
		version bool
		data    payload
		names   = s.Open()
	)
	for more := !s.Eat('}'); more; {
		name, err := s.UniqueKey(&names)
		if err != nil {
			return e, err
		}
		switch string(name) {
		case "data":
			s.Peek()
			start := s.Pos
			if err := s.Skip(depth + 1); err != nil {
				return e, err
			}
			data.json = s.In[start:s.Pos:s.Pos]
		case "data_base64":
			if data.base64, data.coded, err = s.coded(); err != nil {
				return e, err
			}
		case "offset":
			// The platform's own attribute: left out, so that a consumer may produce what it was delivered.
			if err := s.Skip(depth + 1); err != nil {
				return e, err
			}
		default:
			if err := s.attribute(&e, name, &version); err != nil {
				return e, err
			}
		}
		if more, err = s.Next('}'); err != nil {
			return e, err
		}
	}
	s.Close(names)
	if err := e.complete(version); err != nil {
		return e, err
	}
	return e, e.carry(data, form)
}

// coded reads the value of data_base64; null is none.
func (s *eventReader) coded() ([]byte, bool, error) {
	switch s.Peek() {
	case 'n':
		_, err := s.Literal('n')
		return nil, false, err
	case '"':
		raw, content, err := s.Text()
		if len(content)+2 < len(raw) { // it had escapes: the next text overwrites it
			content = bytes.Clone(content)
		}
		return content, err == nil, err
	}
	return nil, false, malformed("data_base64 is no string")
}

// attribute reads the value of an attribute: text, or an integer or boolean of an extension; null is as good as absent.
func (s *eventReader) attribute(e *Event, name []byte, version *bool) error {
	c := s.Peek()
	start := s.Pos
	switch {
	case c == 'n':
		_, err := s.Literal(c)
		return err
	case c == '"':
		_, content, err := s.Text()
		if err != nil {
			return err
		}
		value := sameText(content)
		known, err := e.set(nameOf(name), value)
		if err != nil {
			return err
		}
		if known {
			*version = *version || string(name) == "specversion"
			return nil
		}
		return e.extend(Extension{Name: string(name), Value: value})
	case c == 't' || c == 'f':
		if _, err := s.Literal(c); err != nil {
			return err
		}
	case c == '-' || c-'0' <= 9:
		if _, err := s.Number(); err != nil {
			return err
		}
		// CloudEvents 1.0, section 3.1: Integer is a whole number of 32 bits
		if _, err := strconv.ParseInt(string(s.In[start:s.Pos]), 10, 32); err != nil {
			return malformed("an attribute is a number that is no integer of 32 bits")
		}
	case c == '{' || c == '[':
		return malformed("an attribute is an object or array")
	default:
		return s.Bad()
	}
	if known, _ := new(Event).set(nameOf(name), "x"); known {
		return malformed(nameOf(name) + " is no string")
	}
	return e.extend(Extension{Name: string(name), Value: string(s.In[start:s.Pos]), Bare: true})
}

// nameOf spares a copy for the names of the specification.
func nameOf(name []byte) string {
	for _, known := range [...]string{"specversion", "id", "source", "type", "subject", "time", "datacontenttype",
		"partitionkey", "dataschema"} {
		if string(name) == known {
			return known
		}
	}
	return ""
}

// sameText spares a copy for the values that nearly every event has.
func sameText(value []byte) string {
	switch string(value) {
	case JSONType:
		return JSONType
	case "1.0":
		return "1.0"
	}
	return string(value)
}

// carry takes the payload over, as the content type wants it.
func (e *Event) carry(p payload, form Form) (err error) {
	switch {
	case p.json != nil && p.coded:
		return malformed("both data and data_base64")
	case p.coded:
		return e.decode(p.base64)
	case p.json == nil: // an event may have no data
		e.ContentType = cmp.Or(e.ContentType, JSONType)
		return nil
	case e.ContentType == "":
		e.ContentType = JSONType
	case IsJSON(e.ContentType):
	case form == Produced && (!isText(e.ContentType) || p.json[0] != '"'):
		return malformed("datacontenttype is not JSON: give text as a string, other data in data_base64")
	case p.json[0] == '"': // CloudEvents JSON format 1.0, section 3.1.1: the text itself
		s := reader(p.json)
		_, content, err := s.Text()
		e.Data = append([]byte{}, content...)
		return err
	}
	e.Data = p.json
	return nil
}

func (e *Event) decode(coded []byte) error {
	data := make([]byte, base64.StdEncoding.DecodedLen(len(coded)))
	n, err := base64.StdEncoding.Strict().Decode(data, coded)
	if err != nil || base64.StdEncoding.EncodedLen(n) != len(coded) { // the decoder passes over line ends
		return malformed("data_base64 is not base64 (RFC 4648, section 4)")
	}
	e.Data = data[:n]
	e.ContentType = cmp.Or(e.ContentType, octets)
	if IsJSON(e.ContentType) {
		return valid(e.Data)
	}
	return nil
}
