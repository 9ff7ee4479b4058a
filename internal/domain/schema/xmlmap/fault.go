package xmlmap

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"mconnect/fault"
)

// flaw is why a message cannot be read at all. It holds no bytes of the message.
type flaw struct {
	code fault.Code
	what string // or the limit
	at   int    // byte
}

func (f *flaw) Error() string { return fmt.Sprintf("%s %s at byte %d", f.code, f.what, f.at) }

// pathStep is one level of the path from the root: a field's name or, when that is "", an item's index.
type pathStep struct {
	name  string
	index int
}

// places notes what is wrong where, in the neutral names of the type.
type places struct {
	stack  []pathStep
	faults []fault.FieldError
}

func (p *places) enter(name string) { p.stack = append(p.stack, pathStep{name: name}) }

func (p *places) enterItem(i int) { p.stack = append(p.stack, pathStep{index: i}) }

func (p *places) leave() { p.stack = p.stack[:len(p.stack)-1] }

func (p *places) wrong(code fault.Code, params ...string) {
	if len(p.faults) >= fault.MaxFields {
		return
	}
	var path []byte
	for _, s := range p.stack {
		path = append(path, '/')
		if s.name != "" {
			path = append(path, s.name...)
		} else {
			path = strconv.AppendInt(path, int64(s.index), 10)
		}
	}
	p.faults = append(p.faults, fault.FieldError{Path: string(path), Code: code,
		Params: fault.New(code, params...).Params})
}

// undeclared notes a name that the type does not have. The name is repeated only when it looks like one: it
// could be personal data in the wrong place.
func (p *places) undeclared(name []byte, code fault.Code, params ...string) {
	if len(p.faults) >= fault.MaxFields {
		return
	}
	if len(name) > 64 || len(name) == 0 || class[name[0]]&nameStart == 0 {
		p.wrong(code, params...)
		return
	}
	for _, c := range name {
		if class[c]&nameByte == 0 {
			p.wrong(code, params...)
			return
		}
	}
	p.enter(string(name))
	p.wrong(code, params...)
	p.leave()
}

// raise turns what was found in a message into the fault for who sent it; nil when nothing was.
func (f *Form) raise(message []byte, err error, found []fault.FieldError) error {
	if err == nil && len(found) == 0 {
		return nil
	}
	var e *fault.Error
	switch bad := (*flaw)(nil); {
	case err == nil && f.cfg.Answer:
		e = fault.New(fault.ProviderInvalid)
		e.Fields = append(e.Fields, found...)
	case err == nil:
		e = fault.New(fault.InputInvalid)
		e.Fields = append(e.Fields, found...)
	case !errors.As(err, &bad):
		return fault.From(err)
	case f.cfg.Answer && bad.code == fault.MessageTooLarge:
		e = fault.Wrap(bad, fault.ProviderTooLarge, "limit", bad.what)
	case f.cfg.Answer:
		e = fault.Wrap(bad, fault.ProviderMalformed)
	default:
		e = bad.fault(message)
	}
	e.Leg = fault.Caller
	if f.cfg.Answer {
		e.Leg = fault.Provider
	}
	return e
}

// refuse is the fault for who sent a text that is no XML.
func (f *Form) refuse(err error) error {
	e := *fault.From(err)
	e.Leg = fault.Caller
	if f.cfg.Answer {
		e = *fault.Wrap(err, fault.ProviderMalformed)
		e.Leg = fault.Provider
	}
	return &e
}

func (f *flaw) fault(message []byte) *fault.Error {
	switch f.code {
	case fault.XMLMalformed:
		line := 1 + bytes.Count(message[:min(f.at, len(message))], []byte("\n"))
		return fault.Wrap(f, f.code, "what", f.what, "line", strconv.Itoa(line))
	case fault.XMLEncoding:
		return fault.Wrap(f, f.code, "encoding", f.what)
	case fault.XMLTooDeep, fault.MessageTooLarge, fault.MessageTooDeep:
		return fault.Wrap(f, f.code, "limit", f.what)
	case fault.XMLTooLarge:
		limit, what, _ := bytes.Cut([]byte(f.what), []byte(" "))
		return fault.Wrap(f, f.code, "limit", string(limit), "what", string(what))
	case fault.XMLEntity:
		return fault.Wrap(f, f.code, "name", f.what)
	}
	return fault.Wrap(f, f.code, "what", f.what)
}
