package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/internal/manifest/strict"
)

// The kinds of resource, in the order in which they are applied.
const (
	Participant = "Participant"
	System      = "System"
	Certificate = "Certificate"
	Category    = "Category"
	Classifier  = schema.KindClassifier
	DataType    = schema.KindDataType
	LegalAct    = "LegalAct"
	Service     = "Service"
	EventType   = "EventType"
	Agreement   = "Agreement"

	Subscription = "Subscription"
)

// Kinds lists all kinds in the order in which they are applied: nothing refers to a later one.
func Kinds() []string {
	return []string{Participant, System, Certificate, Category, Classifier, DataType, LegalAct, Service, EventType,
		Agreement, Subscription}
}

// resource is one declared resource in the type of its package.
type resource interface {
	id() string
	document() any // a pointer to the struct that is stored, as JSON without unknown fields
	Validate() []fault.FieldError
}

type (
	participant       struct{ registry.Participant }
	system            struct{ registry.System }
	certificate       struct{ registry.Certificate }
	category          struct{ schema.Category }
	classifier        struct{ schema.Classifier }
	dataType          struct{ schema.DataType }
	legalAct          struct{ legalact.Act }
	service           struct{ catalog.Service }
	eventType         struct{ event.Type }
	agreementDocument struct{ agreement.Agreement }
	subscription      struct{ event.Subscription }
)

func (r *participant) id() string       { return string(r.ID) }
func (r *system) id() string            { return string(r.ID) }
func (r *certificate) id() string       { return r.ID }
func (r *category) id() string          { return r.Code }
func (r *classifier) id() string        { return r.ID() }
func (r *dataType) id() string          { return r.ID() }
func (r *legalAct) id() string          { return string(r.ID) }
func (r *service) id() string           { return r.ID() }
func (r *eventType) id() string         { return string(r.Name) }
func (r *agreementDocument) id() string { return string(r.ID) }
func (r *subscription) id() string      { return r.ID }

func (r *participant) document() any       { return &r.Participant }
func (r *system) document() any            { return &r.System }
func (r *certificate) document() any       { return &r.Certificate }
func (r *category) document() any          { return &r.Category }
func (r *classifier) document() any        { return &r.Classifier }
func (r *dataType) document() any          { return &r.DataType }
func (r *legalAct) document() any          { return &r.Act }
func (r *service) document() any           { return &r.Service }
func (r *eventType) document() any         { return &r.Type }
func (r *agreementDocument) document() any { return &r.Agreement }
func (r *subscription) document() any      { return &r.Subscription }

// newResource makes an empty resource of a kind, nil when there is no such kind.
func newResource(kind string) resource {
	switch kind {
	case Participant:
		return &participant{}
	case System:
		return &system{}
	case Certificate:
		return &certificate{}
	case Category:
		return &category{}
	case Classifier:
		return &classifier{}
	case DataType:
		return &dataType{}
	case LegalAct:
		return &legalAct{}
	case Service:
		return &service{}
	case EventType:
		return &eventType{}
	case Agreement:
		return &agreementDocument{}
	case Subscription:
		return &subscription{}
	}
	return nil
}

// fill calls read with a pointer to the struct that documents of kind are written in.
func fill(kind string, read func(into any) error) (resource, error) {
	r := newResource(kind)
	if r == nil {
		return nil, fmt.Errorf("unknown kind %q: want one of %s", kind, strings.Join(Kinds(), ", "))
	}
	err := read(r.document())
	if c, ok := r.(*certificate); ok && c.ID == "" {
		if leaf, err := registry.ParsePEM(c.PEM); err == nil {
			c.ID = string(registry.FingerprintOf(leaf))
		}
	}
	return r, err
}

// decode reads a stored or submitted JSON document strictly.
func decode(kind string, doc []byte) (resource, error) {
	return fill(kind, func(into any) error { return strictly(doc, into) })
}

func strictly(doc []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("text behind the document")
	}
	return nil
}

// decodeYAML reads a document of a manifest as kind, and reports what cannot be read; nil when there is no such kind.
func decodeYAML(n *yaml.Node, kind string) (resource, []strict.Mistake) {
	line, top := n.Line, n
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		top = n.Content[0]
		line = top.Line
	}
	if top.Kind != yaml.MappingNode {
		return nil, []strict.Mistake{{Line: line, FieldError: fault.FieldError{
			Code: fault.InputType, Params: map[string]string{"want": strict.WantFields}}}}
	}
	if !slices.Contains(Kinds(), kind) {
		wrong := fault.FieldError{Path: "/kind", Code: fault.InputMissing}
		if kind != "" {
			var found fault.Findings
			found.Add("/kind", fault.InputEnum, "values", strings.Join(Kinds(), ", "), fault.Near,
				fault.Nearest(kind, Kinds()))
			wrong = found[0]
		}
		return nil, []strict.Mistake{{Line: strict.Line(n, "/kind"), FieldError: wrong}}
	}
	body := *top // the kind is next to the fields
	body.Content = nil
	for i, said := 0, false; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == "kind" && !said {
			said = true
			continue
		}
		body.Content = append(body.Content, top.Content[i], top.Content[i+1])
	}
	var wrong []strict.Mistake
	value, err := fill(kind, func(into any) error {
		if _, free := into.(*event.Type); free {
			var right *yaml.Node
			right, wrong = strict.Check(&body, reflect.TypeFor[event.Type]())
			return asJSON(right, into)
		}
		wrong = strict.Decode(&body, into)
		return nil
	})
	if err != nil && len(wrong) == 0 {
		wrong = append(wrong, strict.Mistake{Line: line, FieldError: fault.FieldError{
			Code: fault.MessageMalformed, Params: map[string]string{"what": "not readable"}}})
	}
	return value, wrong
}

// serviceID splits "Name/1.0.0".
func serviceID(id string) (name mconnect.ServiceName, version mconnect.Version, ok bool) {
	n, v, found := bytes.Cut([]byte(id), []byte("/"))
	name, err := mconnect.ParseServiceName(string(n))
	version, err2 := mconnect.ParseVersion(string(v))
	return name, version, found && err == nil && err2 == nil
}
