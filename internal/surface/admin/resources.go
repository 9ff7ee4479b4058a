package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
)

// ByID addresses a resource by one segment of the path. It is exported, like ByVersion and Precondition,
// only because huma fills in no unexported part of an input.
type ByID struct {
	ID string `path:"id" maxLength:"200"`
}

func (a ByID) id() string { return a.ID }

// ByVersion addresses a service version by two segments of the path.
type ByVersion struct {
	Name    string `path:"name" maxLength:"64" example:"GetPerson"`
	Version string `path:"version" maxLength:"14" example:"1.0.0"`
}

func (a ByVersion) id() string { return a.Name + "/" + a.Version }

type address interface{ id() string }

// Precondition states the revision on which a change is based.
type Precondition struct {
	IfMatch     string `header:"If-Match" doc:"the revision (ETag) that is to be replaced, or *; needed when the resource exists"`
	IfNoneMatch string `header:"If-None-Match" doc:"* when the resource must not exist yet"`
}

// base reads the Precondition. Without one a resource can only be created.
func (p Precondition) base() (int64, error) {
	switch match := strings.TrimSpace(p.IfMatch); {
	case p.IfNoneMatch != "" && strings.TrimSpace(p.IfNoneMatch) != "*", p.IfNoneMatch != "" && match != "":
		return 0, fault.New(fault.QueryInvalid, "what", "If-None-Match")
	case match == "":
		return BaseAbsent, nil
	case match == "*":
		return BaseAny, nil
	default:
		n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(match, "W/"), `"`), 10, 64)
		if err != nil || n <= 0 {
			return 0, fault.New(fault.QueryInvalid, "what", "If-Match")
		}
		return n, nil
	}
}

// Because states why a change is made.
type Because struct {
	Reason string `query:"reason" maxLength:"500" doc:"why; kept in the change record"`
}

func (b Because) act(ctx context.Context, resume ...string) Act {
	return Act{Actor: actor(ctx).Name, Reason: b.Reason, Resume: resume}
}

type putByID[T any] struct {
	ByID
	Precondition
	Because
	Body T
}

type putByVersion[T any] struct {
	ByVersion
	Precondition
	Because
	Body T
}

func (p putByID[T]) document() any      { return p.Body }
func (p putByVersion[T]) document() any { return p.Body }

type replacement interface {
	address
	base() (int64, error)
	act(ctx context.Context, resume ...string) Act
	document() any
}

type deleteByID struct {
	ByID
	Precondition
	Because
}

type deleteByVersion struct {
	ByVersion
	Precondition
	Because
}

type removal interface {
	address
	base() (int64, error)
	act(ctx context.Context, resume ...string) Act
}

// resourceOut is the answer about one resource.
type resourceOut struct {
	ETag string `header:"ETag"`
	Body Resource
}

func shown(r Resource) *resourceOut {
	return &resourceOut{ETag: strconv.Quote(strconv.FormatInt(r.Revision, 10)), Body: r}
}

type pageIn struct {
	Cursor string `query:"cursor" doc:"as the page before gave it"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// pageOut is one page of a list, in order of last change.
type pageOut struct {
	Body struct {
		Items []Resource `json:"items"`
		Next  string     `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
	}
}

type historyOut struct {
	Body struct {
		Items []Resource `json:"items" doc:"newest first"`
	}
}

type noInput struct{}

// EventType is an event.Type under a name of its own in the OpenAPI document, where the catalogue has a Type too.
type EventType event.Type

// LegalAct is a legalact.Act under a name of its own in the OpenAPI document, where Act is who changes something.
type LegalAct legalact.Act

// collection is where the resources of one kind live.
type collection struct {
	kind   string // "Participant"
	plural string // "participants"
	item   string // "/{id}"
}

var (
	participants = collection{KindParticipant, "participants", "/{id}"}
	systems      = collection{KindSystem, "systems", "/{id}"}
	certificates = collection{KindCertificate, "certificates", "/{id}"}
	categories   = collection{KindCategory, "categories", "/{id}"}
	classifiers  = collection{KindClassifier, "classifiers", "/{name}/{version}"}
	dataTypes    = collection{KindDataType, "types", "/{name}/{version}"}
	acts         = collection{KindLegalAct, "acts", "/{id}"}
	services     = collection{KindService, "services", "/{name}/{version}"}
	agreements   = collection{KindAgreement, "agreements", "/{id}"}

	eventTypes    = collection{KindEventType, "event-types", "/{id}"}
	subscriptions = collection{KindSubscription, "subscriptions", "/{id}"}
)

func (s *Surface) resources() {
	serve[ByID, putByID[registry.Participant], deleteByID](s, participants)
	serve[ByID, putByID[registry.System], deleteByID](s, systems)
	serve[ByID, putByID[registry.Certificate], deleteByID](s, certificates)
	serve[ByID, putByID[schema.Category], deleteByID](s, categories)
	serve[ByVersion, putByVersion[schema.Classifier], deleteByVersion](s, classifiers)
	serve[ByVersion, putByVersion[schema.DataType], deleteByVersion](s, dataTypes)
	serve[ByID, putByID[LegalAct], deleteByID](s, acts)
	serve[ByVersion, putByVersion[catalog.Service], deleteByVersion](s, services)
	serve[ByID, putByID[EventType], deleteByID](s, eventTypes)
	serve[ByID, putByID[agreement.Agreement], deleteByID](s, agreements)
	serve[ByID, putByID[event.Subscription], deleteByID](s, subscriptions)
}

func (c collection) operation(method, verb, path, summary string) huma.Operation {
	return huma.Operation{
		Method: method, Path: "/v1/" + c.plural + path, OperationID: verb + "-" + c.plural, Summary: summary,
		Tags: []string{c.plural},
	}
}

// serve registers list, get, history, put and delete of one collection.
func serve[A address, P replacement, D removal](s *Surface, c collection) {
	handle(s, Reader, c.operation(http.MethodGet, "list", "", "List "+c.plural),
		func(ctx context.Context, in *pageIn) (*pageOut, error) {
			return s.list(ctx, c, in)
		})
	handle(s, Reader, c.operation(http.MethodGet, "get", c.item, "Show one"),
		func(ctx context.Context, in *A) (*resourceOut, error) {
			found, err := s.cfg.Resources.Resource(ctx, c.kind, (*in).id())
			return shown(found), err
		})
	handle(s, Reader, c.operation(http.MethodGet, "history-of", c.item+"/history",
		"Show every revision, with who made it"), func(ctx context.Context, in *A) (*historyOut, error) {
		out := &historyOut{}
		var err error
		out.Body.Items, err = s.cfg.Resources.History(ctx, c.kind, (*in).id())
		return out, err
	})
	handle(s, Operator, c.operation(http.MethodPut, "put", c.item, "Create or replace one"),
		func(ctx context.Context, in *P) (*resourceOut, error) {
			return s.put(ctx, c, *in)
		})
	handle(s, Operator, c.operation(http.MethodDelete, "delete", c.item, "Remove one"),
		func(ctx context.Context, in *D) (*noInput, error) {
			base, err := (*in).base()
			if err == nil && base == BaseAbsent {
				err = fault.New(fault.QueryInvalid, "what", "If-Match")
			}
			if err != nil {
				return nil, err
			}
			return nil, s.cfg.Editor.Delete(ctx, (*in).act(ctx), c.kind, (*in).id(), base)
		})
}

func (s *Surface) list(ctx context.Context, c collection, in *pageIn) (*pageOut, error) {
	after, err := cursor(in.Cursor, 0)
	if err != nil {
		return nil, err
	}
	found, more, err := s.cfg.Resources.List(ctx, c.kind, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &pageOut{}
	out.Body.Items = append([]Resource{}, found...)
	if more && len(found) > 0 {
		out.Body.Next = strconv.FormatInt(found[len(found)-1].Revision, 10)
	}
	return out, nil
}

// put stores the document under the address in the path; an id inside the document must agree with it.
func (s *Surface) put(ctx context.Context, c collection, in replacement) (*resourceOut, error) {
	base, err := in.base()
	if err != nil {
		return nil, err
	}
	document, err := json.Marshal(in.document())
	if err != nil {
		return nil, err
	}
	stated, path := statedID(c.kind, in.document())
	if stated != in.id() {
		e := fault.New(fault.ResourceInvalid)
		e.Fields = []fault.FieldError{{Path: path, Code: fault.InputFormat, Params: map[string]string{"want": in.id()}}}
		return nil, e
	}
	stored, err := s.cfg.Editor.Put(ctx, in.act(ctx), c.kind, document, base)
	return shown(stored), err
}

// statedID is the id that a document gives itself, and where in it.
func statedID(kind string, document any) (id, path string) {
	switch d := document.(type) {
	case registry.Participant:
		return string(d.ID), "/id"
	case registry.System:
		return string(d.ID), "/id"
	case registry.Certificate:
		return d.ID, "/id"
	case schema.Category:
		return d.Code, "/code"
	case schema.Classifier:
		return d.ID(), "/version"
	case schema.DataType:
		return d.ID(), "/version"
	case LegalAct:
		return string(d.ID), "/id"
	case catalog.Service:
		return string(d.Name) + "/" + d.Version.String(), "/version"
	case agreement.Agreement:
		return string(d.ID), "/id"
	case EventType:
		return string(d.Name), "/name"
	case event.Subscription:
		return d.ID, "/id"
	}
	return "", "/" + kind
}
