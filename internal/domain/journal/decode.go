package journal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
)

// Entry is a record as it is read back: Record.Subject is empty, in its place stand the pseudonym and the
// sealed identifier (see Journal.Open). A kind Erasure has a pseudonym only.
type Entry struct {
	Record
	Pseudonym []byte
	Sealed    []byte
}

var errRecord = errors.New("journal: not a record in canonical form")

// Decode reads a record. It accepts exactly what the journal writes: encoding the result again gives
// data. It allocates in proportion to data and never retains it.
func Decode(data []byte) (Entry, error) {
	e, err := parse(data)
	if err != nil || !utf8.Valid(data) || !bytes.Equal(encode(&e), data) {
		return Entry{}, errRecord
	}
	return e, nil
}

// parse reads a record that this platform has written, without proving that it is in canonical form.
func parse(data []byte) (Entry, error) {
	if len(data) > MaxRecord {
		return Entry{}, errRecord
	}
	var e Entry
	r := reader{data: data}
	version := int64(0)
	r.object(func(name string) { r.field(name, &e, &version) })
	if r.failed || r.pos != len(data) || version != 1 {
		return Entry{}, errRecord
	}
	return e, nil
}

// reader walks through JSON; after the first thing that is not as expected, failed stays set.
type reader struct {
	data   []byte
	pos    int
	failed bool
}

func (r *reader) field(name string, e *Entry, version *int64) {
	switch name {
	case "answer":
		e.Answer = r.body()
	case "change":
		e.Change = r.change()
	case "checks":
		r.array(func() { e.Checks = append(e.Checks, r.check()) })
	case "context":
		e.Context = r.context()
	case "event":
		e.Event = r.event()
	case "grant":
		r.array(func() { e.Grant = append(e.Grant, r.text()) })
	case "reading":
		e.Reading = r.reading()
	case "request":
		e.Request = r.body()
	case "revision":
		e.Revision = r.integer()
	case "spent":
		e.Spent = make(map[string]int64, 3)
		r.object(func(leg string) { e.Spent[leg] = r.integer() })
	case "subject":
		r.subject(e)
	case "time":
		at, err := time.Parse(timeForm, r.text())
		e.Time = at
		r.failed = r.failed || err != nil
	case "v":
		*version = r.integer()
	case "version":
		v, err := mconnect.ParseVersion(r.text())
		e.Version = v
		r.failed = r.failed || err != nil
	default:
		r.plain(name, &e.Record)
	}
}

// plain reads the fields that are text.
func (r *reader) plain(name string, e *Record) {
	s := r.text()
	switch name {
	case "actor":
		e.Actor = s
	case "address":
		e.Address = s
	case "agreement":
		e.Agreement = mconnect.AgreementID(s)
	case "call":
		e.Call = mconnect.CallID(s)
	case "certificate":
		e.Certificate = mconnect.Fingerprint(s)
	case "code":
		e.Code = fault.Code(s)
	case "consumer":
		e.Consumer = mconnect.ParticipantID(s)
	case "kind":
		e.Kind = Kind(s)
	case "leg":
		e.Leg = fault.Leg(s)
	case "legalBasis":
		e.LegalBasis = s
	case "node":
		e.Node = s
	case "note":
		e.Note = s
	case "protocol":
		e.Protocol = s
	case "provider":
		e.Provider = mconnect.SystemID(s)
	case "purpose":
		e.Purpose = mconnect.PurposeCode(s)
	case "service":
		e.Service = mconnect.ServiceName(s)
	case "system":
		e.System = mconnect.SystemID(s)
	case "trace":
		e.Trace = s
	default:
		r.failed = true
	}
}

func (r *reader) body() *Body {
	b := &Body{}
	r.object(func(name string) {
		switch name {
		case "sha256":
			b.SHA256 = r.text()
		case "size":
			b.Size = r.integer()
		default:
			r.failed = true
		}
	})
	return b
}

func (r *reader) change() *ChangeNote {
	c := &ChangeNote{}
	r.object(func(name string) {
		switch name {
		case "action":
			c.Action = r.text()
		case "digest":
			c.Digest = r.text()
		case "document":
			c.Document = r.text()
		case "id":
			c.ID = r.text()
		case "reason":
			c.Reason = r.text()
		case "resource":
			c.Resource = r.text()
		case "revision":
			c.Revision = r.integer()
		default:
			r.failed = true
		}
	})
	return c
}

func (r *reader) check() fault.Check {
	var c fault.Check
	r.object(func(name string) {
		switch name {
		case "code":
			c.Code = fault.Code(r.text())
		case "name":
			c.Name = r.text()
		case "params":
			c.Params = map[string]string{}
			r.object(func(key string) { c.Params[key] = r.text() })
		case "result":
			c.Result = fault.Result(r.text())
		default:
			r.failed = true
		}
	})
	return c
}

func (r *reader) context() (c mconnect.LegalContext) {
	r.object(func(name string) {
		switch name {
		case "basis":
			c.Basis = r.text()
		case "entity":
			c.Entity = r.text()
		case "reason":
			c.Reason = r.text()
		case "user":
			c.User = r.text()
		default:
			r.failed = true
		}
	})
	return c
}

func (r *reader) event() *EventNote {
	e := &EventNote{}
	r.object(func(name string) {
		switch name {
		case "content":
			e.Content = r.text()
		case "count":
			e.Count = int(r.integer())
		case "digest":
			e.Digest = r.text()
		case "first":
			e.First = r.integer()
		case "group":
			e.Group = r.text()
		case "id":
			e.ID = r.text()
		case "last":
			e.Last = r.integer()
		case "source":
			e.Source = r.text()
		case "types":
			r.array(func() { e.Types = append(e.Types, r.text()) })
		default:
			r.failed = true
		}
	})
	return e
}

func (r *reader) reading() *ReadingNote {
	n := &ReadingNote{}
	r.object(func(name string) {
		switch name {
		case "count":
			n.Count = int(r.integer())
		case "query":
			n.Query = r.text()
		default:
			r.failed = true
		}
	})
	return n
}

func (r *reader) subject(e *Entry) {
	r.object(func(name string) {
		var err error
		switch name {
		case "pseudonym":
			e.Pseudonym, err = hex.DecodeString(r.text())
		case "sealed":
			e.Sealed, err = base64.StdEncoding.DecodeString(r.text())
		default:
			r.failed = true
		}
		r.failed = r.failed || err != nil
	})
}

func (r *reader) eat(c byte) bool {
	if r.failed || r.pos >= len(r.data) || r.data[r.pos] != c {
		return false
	}
	r.pos++
	return true
}

func (r *reader) want(c byte) {
	if !r.eat(c) {
		r.failed = true
	}
}

func (r *reader) object(field func(name string)) {
	r.want('{')
	if r.eat('}') {
		return
	}
	for !r.failed {
		name := r.text()
		r.want(':')
		if r.failed {
			return
		}
		field(name)
		if r.eat('}') {
			return
		}
		r.want(',')
	}
}

func (r *reader) array(item func()) {
	r.want('[')
	for !r.failed {
		item()
		if r.eat(']') {
			return
		}
		r.want(',')
	}
}

func (r *reader) integer() int64 {
	from := r.pos
	r.eat('-')
	for r.pos < len(r.data) && r.data[r.pos] >= '0' && r.data[r.pos] <= '9' {
		r.pos++
	}
	n, err := strconv.ParseInt(string(r.data[from:r.pos]), 10, 64)
	r.failed = r.failed || err != nil
	return n
}

// text reads a string. Escapes in another than the canonical spelling are found by Decode's comparison.
func (r *reader) text() string {
	r.want('"')
	if r.failed {
		return ""
	}
	from := r.pos
	for r.pos < len(r.data) && r.data[r.pos] != '"' && r.data[r.pos] != '\\' {
		r.pos++
	}
	if r.eat('"') {
		return string(r.data[from : r.pos-1])
	}
	unescaped := append([]byte(nil), r.data[from:r.pos]...)
	for r.pos < len(r.data) {
		c := r.data[r.pos]
		r.pos++
		switch c {
		case '"':
			return string(unescaped)
		case '\\':
			c = r.escape()
		}
		unescaped = append(unescaped, c)
	}
	r.failed = true
	return ""
}

func (r *reader) escape() byte {
	if r.pos >= len(r.data) {
		r.failed = true
		return 0
	}
	c := r.data[r.pos]
	r.pos++
	switch c {
	case '"', '\\':
		return c
	case 'b':
		return '\b'
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'f':
		return '\f'
	case 'r':
		return '\r'
	case 'u':
		if r.pos+4 <= len(r.data) {
			n, err := strconv.ParseUint(string(r.data[r.pos:r.pos+4]), 16, 8)
			r.pos += 4
			r.failed = r.failed || err != nil
			return byte(n)
		}
	}
	r.failed = true
	return 0
}
