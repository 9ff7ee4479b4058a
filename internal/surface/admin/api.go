package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-json-experiment/json/jsontext"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/surface/problem"
)

// maxBody bounds one resource document, in bytes; a set of manifests may be larger.
const (
	maxBody = 1 << 20
	maxSet  = 32 << 20
)

// huma knows one constructor of errors for the whole process. Only this surface uses huma, so it is set
// once, to the fault catalogue.
var registerFaults = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return newProblem(translate(status, msg, errs, maxBody), mconnect.Romanian)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		if ctx == nil {
			return newProblem(translate(status, msg, errs, maxBody), mconnect.Romanian)
		}
		e := translate(status, msg, errs, limitOf(ctx.Operation()))
		lang := problem.Language(ctx.Header("Accept-Language"))
		ctx.SetHeader("Content-Language", string(lang))
		if e.RetryAfter > 0 {
			ctx.SetHeader("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
		}
		return newProblem(e, lang)
	}
})

// newAPI makes the typed API: JSON only, unknown members and duplicate names refused.
func newAPI(mux *http.ServeMux, version string) huma.API {
	registerFaults()
	format := huma.Format{
		Marshal: func(w io.Writer, v any) error {
			encoder := json.NewEncoder(w)
			encoder.SetEscapeHTML(false)
			return encoder.Encode(v)
		},
		Unmarshal: func(data []byte, v any) error {
			if !jsontext.Value(data).IsValid() { // strict: also refuses duplicate names and invalid UTF-8
				return errors.New("not JSON, or a name twice in one object")
			}
			return json.Unmarshal(data, v)
		},
	}
	return humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "MConnect management API", Version: version,
				Description: "Participants, systems, certificates, services and agreements; the journal and its evidence. " +
					"Every change and every reading of the journal is recorded with the administrator's name.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer",
						Description: "A token whose SHA-256 is in the configuration."},
					"certificate": {Type: "mutualTLS", Description: "A client certificate named in the configuration."},
				},
			},
			Servers:  []*huma.Server{{URL: "/", Description: "The administrators' listener that serves this description."}},
			Security: []map[string][]string{{"token": {}}, {"certificate": {}}},
		},
		OpenAPIPath:                  "/openapi",
		Formats:                      map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	})
}

// schemaName distinguishes the parts of a problem from the catalogue's types of the same name.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	of := t
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	if strings.Contains(of.PkgPath(), "/domain/access") { // Version and Change are names of other things too
		return "Access" + name
	}
	if t.PkgPath() == reflect.TypeFor[problem.Document]().PkgPath() {
		return "Problem" + name
	}
	return name
}

// handle registers one operation: role first, then do; every error leaves as a problem and an internal one
// is logged once, with its cause.
func handle[I, O any](s *Surface, role Role, op huma.Operation, do func(context.Context, *I) (*O, error)) {
	op.MaxBodyBytes = cmp.Or(op.MaxBodyBytes, maxBody)
	op = s.declared(op, role)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		err := require(ctx.Context(), role) // before the input is even read
		if err == nil {
			err = checkMedia(ctx)
		}
		if err != nil {
			_ = huma.WriteErr(s.api, ctx, http.StatusForbidden, "", err)
			return
		}
		next(ctx)
	})
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, s.toFault(ctx, err)
		}
		return out, nil
	})
}

// toFault returns err as a fault and logs, once, what outsiders must not see.
func (s *Surface) toFault(ctx context.Context, err error) *fault.Error {
	e := fault.From(err)
	if kind := e.Kind(); kind == fault.Internal || kind == fault.Unavailable {
		s.cfg.Logger.ErrorContext(ctx, "management API", "code", string(e.Code), "cause", e.Cause)
	}
	return e
}

// limitOf is the largest body of an operation.
func limitOf(op *huma.Operation) int64 {
	if op == nil || op.MaxBodyBytes <= 0 {
		return maxBody
	}
	return op.MaxBodyBytes
}

// translate gives huma's own refusals (unreadable input, input against the schema) their code. limit is that of a body.
func translate(status int, msg string, errs []error, limit int64) *fault.Error {
	for _, err := range errs {
		var e *fault.Error
		if errors.As(err, &e) {
			return e
		}
	}
	switch status {
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.MessageTooLarge, "limit", strconv.FormatInt(limit, 10))
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		return fault.New(fault.MessageMediaType, "want", "application/json")
	case http.StatusRequestTimeout:
		return fault.New(fault.MessageTooSlow)
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return invalid(msg, errs)
	}
	return fault.Wrap(errors.Join(append(errs, errors.New(msg))...), fault.InternalError)
}

// invalid distinguishes an unreadable body, a query against the rules, and a document against the schema.
func invalid(msg string, errs []error) *fault.Error {
	e := fault.New(fault.ResourceInvalid)
	for _, err := range errs {
		detail, ok := err.(*huma.ErrorDetail)
		if !ok {
			return fault.New(fault.MessageMalformed, "what", "JSON")
		}
		place, inBody := strings.CutPrefix(detail.Location, "body")
		if !inBody {
			wrong := fault.New(fault.QueryInvalid, "what", detail.Location)
			wrong.Fields = []fault.FieldError{fieldErrorAt(detail.Location, detail.Message)}
			return wrong
		}
		if place == "" && strings.Contains(detail.Message, "JSON") {
			return fault.New(fault.MessageMalformed, "what", "JSON")
		}
		if len(e.Fields) < fault.MaxFields {
			e.Fields = append(e.Fields, fieldErrorAt(pointer(place), detail.Message))
		}
	}
	if len(e.Fields) == 0 {
		return fault.New(fault.MessageMalformed, "what", msg)
	}
	return e
}

// pointer turns huma's ".purposes[0].code" into the JSON pointer "/purposes/0/code".
func pointer(place string) string {
	place = strings.NewReplacer("[", "/", "]", "", ".", "/").Replace(place)
	if place != "" && !strings.HasPrefix(place, "/") {
		place = "/" + place
	}
	return place
}
