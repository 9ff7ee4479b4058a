package entitlement

import (
	"cmp"
	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/event"
)

// value is one declared value of an account, made ready: a constant or a path into the payload.
type value struct {
	name  string
	text  string // as declared
	path  event.Path
	found bool // it is a path
}

func valueOf(name, declared string) (value, error) {
	v := value{name: name, text: declared}
	if !event.IsPath(declared) {
		return v, nil
	}
	path, err := event.ParsePath(declared)
	v.path, v.found = path, true
	return v, err
}

// of returns the value for one event.
func (v *value) of(e *event.Event) (string, error) {
	if !v.found {
		return v.text, nil
	}
	if event.ContentOf(e.ContentType) == event.JSON {
		if text, ok := v.path.In(e.Data); ok && len(text) <= maxValue {
			return text, nil
		}
	}
	return "", fault.New(fault.EventAccount, "path", v.text, "name", v.name)
}

// maxValue bounds, in bytes, a value taken out of a payload.
const maxValue = 1024

// values are the four of one source.
type values struct{ entity, basis, reason, subject value }

func valuesOf(a agreement.AccountValues, owner mconnect.IDNO) (v values, err error) {
	a.Entity = cmp.Or(a.Entity, string(owner))
	for _, one := range []struct {
		to       *value
		name, is string
	}{{&v.entity, "entity", a.Entity}, {&v.basis, "basis", a.Basis}, {&v.reason, "reason", a.Reason},
		{&v.subject, "subject", a.Subject}} {
		if *one.to, err = valueOf(one.name, one.is); err != nil {
			return v, err
		}
	}
	return v, nil
}

// accounting makes of a declared account the function that the broker calls for each event. Paths are parsed once;
// sources are distinguished when the event is there.
func accounting(a *agreement.Account, owner mconnect.IDNO) (func(*event.Event) (*broker.Accounting, error), error) {
	general, err := valuesOf(a.AccountValues, owner)
	if err != nil {
		return nil, err
	}
	type special struct {
		source string
		values
	}
	var specials []special
	for _, s := range a.Sources {
		v, err := valuesOf(a.For(s.Source), owner)
		if err != nil {
			return nil, err
		}
		specials = append(specials, special{s.Source, v})
	}
	return func(e *event.Event) (*broker.Accounting, error) {
		v := &general
		for i := range specials {
			if event.SourceCovers(specials[i].source, e.Source) {
				v = &specials[i].values
				break
			}
		}
		return v.account(e)
	}, nil
}

func (v *values) account(e *event.Event) (*broker.Accounting, error) {
	entity, err := v.entity.of(e)
	if err != nil {
		return nil, err
	}
	number, err := mconnect.ParseIDNO(entity)
	if err != nil {
		return nil, fault.New(fault.EventAccount, "path", v.entity.text, "name", v.entity.name)
	}
	a := &broker.Accounting{Entity: number}
	for _, one := range []struct {
		to   *string
		from *value
	}{{&a.Basis, &v.basis}, {&a.Reason, &v.reason}, {&a.Subject, &v.subject}} {
		if *one.to, err = one.from.of(e); err != nil {
			return nil, err
		}
	}
	return a, nil
}
