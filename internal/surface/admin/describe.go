package admin

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"mconnect/internal/surface/problem"
)

// refusals are the statuses in which an operation of this method may be refused. They are declared for each operation,
// so that a generated client meets nothing that the description does not name.
func refusals(method string) []int {
	all := []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable,
	}
	if method != http.MethodGet {
		all = append(all, http.StatusRequestTimeout, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType)
	}
	slices.Sort(all)
	return all
}

// roleExtension is under which an operation states the roles that may do it.
const roleExtension = "x-role"

// declared completes an operation: the role, what it refuses with, and one answer for what is listed nowhere.
func (s *Surface) declared(op huma.Operation, role Role) huma.Operation {
	if role != "" {
		op.Description = strings.TrimSpace(op.Description + "\n\nRole: " + string(role) + ".")
		op.Extensions = map[string]any{roleExtension: string(role)}
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = s.refused("Any other refusal")
	op.Errors = refusals(op.Method)
	return op
}

// refused describes a refusal as a problem document.
func (s *Surface) refused(description string) *huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return &huma.Response{Description: description,
		Content: map[string]*huma.MediaType{problem.MediaType: {Schema: schema}}}
}

// answersIn describes an answer that is no JSON of a type: it has one of the media types.
func answersIn(media ...string) map[string]*huma.Response {
	content := map[string]*huma.MediaType{}
	for _, one := range media {
		content[one] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
		if one == mediaBytes {
			content[one].Schema.Format = "binary"
		}
	}
	return map[string]*huma.Response{"200": {Description: http.StatusText(http.StatusOK), Content: content}}
}

// Media types of answers that are no JSON.
const (
	mediaBytes = "application/octet-stream"
	mediaText  = "text/plain"
)

// describeRaw adds to the description an operation that the typed API does not serve. role "": for everybody.
func (s *Surface) describeRaw(op huma.Operation, role Role) {
	op = s.declared(op, role)
	if role == "" {
		op.Security = []map[string][]string{{}}
		op.Errors = slices.DeleteFunc(op.Errors, func(status int) bool {
			return status != http.StatusInternalServerError && status != http.StatusServiceUnavailable
		})
	}
	for _, status := range op.Errors {
		op.Responses[strconv.Itoa(status)] = s.refused(http.StatusText(status))
	}
	s.api.OpenAPI().AddOperation(&op)
}

// parameter describes one that stands in the path, or with in "query" or "header" elsewhere.
func parameter(name, in, typ, doc string) *huma.Param {
	return &huma.Param{Name: name, In: in, Required: in == "path", Description: doc, Schema: &huma.Schema{Type: typ}}
}
