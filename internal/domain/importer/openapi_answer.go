package importer

import (
	"fmt"
	"slices"
	"strings"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/media"
)

// body adds the fields of the request's body. Those of path and query are taken out of it again on the way.
func (s *shaper) body(at route, rest *catalog.REST) error {
	body, err := at.op.get("requestBody").follow()
	if err != nil || !body.present() {
		return err
	}
	if rest.Method == "GET" {
		s.note(Lost, "request", body, "the body of a GET request"+inParentheses(s.namesIn(body.get("content"))))
		return nil
	}
	schema, media := s.content(body, "request")
	if media == "" {
		return unsupported(body.where(), "a request body that is not JSON")
	}
	fields, wrapped, err := s.root(schema, "request")
	if err != nil {
		return err
	}
	s.sweep(schema)
	var outside []string
	taken := map[string]bool{}
	for _, f := range s.draft.Request.Fields {
		outside = append(outside, "."+f.Name)
		taken[f.Name] = true
	}
	for _, f := range fields {
		if taken[f.Name] {
			s.note(Lost, "request."+f.Name, schema, "a member of the body with the name of a parameter")
			continue
		}
		s.draft.Request.Fields = append(s.draft.Request.Fields, f)
	}
	switch {
	case wrapped != "":
		rest.Request = "." + wrapped
	case len(outside) > 0:
		rest.Request = "del(" + strings.Join(outside, ", ") + ")"
	}
	return nil
}

func isJSON(kind string) bool {
	return kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

// content finds the JSON form of a body or answer, and notes the forms next to it. A schema under a range of media
// types (springdoc writes "*/*") is taken for JSON.
func (s *shaper) content(of value, side string) (schema value, chosen string) {
	var others []member
	var wild member
	for _, m := range of.get("content").members() {
		t, ok := media.Parse(m.name)
		kind := t.Name
		switch {
		case ok && isJSON(kind) && chosen == "":
			schema, chosen = m.get("schema"), kind
		case ok && (kind == "*/*" || kind == "application/*") && isData(m.get("schema")):
			wild = m
		default:
			others = append(others, m)
		}
	}
	switch {
	case chosen == "" && wild.present():
		schema, chosen = wild.get("schema"), "application/json"
		s.note(Changed, side, wild.value, "the media type "+clip(wild.name, 20)+" was taken for JSON")
	case chosen == "":
		return value{nil, of.doc}, ""
	case wild.present():
		others = append(others, wild)
	}
	for _, m := range others {
		s.note(Lost, side, m.value, "the same in the form "+clip(m.name,
			80)+inParentheses(s.beyond(schema, m.get("schema"))))
	}
	return schema, chosen
}

// beyond are the members that a second schema has and the first has not.
func (s *shaper) beyond(first, second value) (more []string) {
	has := s.namesIn(first)
	for _, name := range s.namesIn(second) {
		if !slices.Contains(has, name) {
			more = append(more, name)
		}
	}
	return more
}

// isData tells a schema of values from one of a file.
func isData(schema value) bool {
	to, err := schema.follow()
	return err == nil && to.present() && to.get("format").text() != "binary"
}

// answer takes the first successful answer that has content: JSON is typed, anything else passes through as a document.
// "default" is the answer to everything that is not declared: an error, when any success is declared (OpenAPI 3.0,
// Responses Object).
func (s *shaper) answer(at route, rest *catalog.REST) error {
	responses := at.op.get("responses")
	success, empty := "", ""
	for _, m := range responses.members() {
		if !strings.HasPrefix(m.name, "2") {
			continue
		}
		response, err := m.follow()
		if err != nil {
			return err
		}
		switch {
		case len(response.get("content").members()) == 0:
			empty = m.name
		case success == "" || m.name < success:
			success = m.name
		}
	}
	switch byDefault, err := responses.get("default").follow(); {
	case err != nil:
		return err
	case success == "" && empty != "":
		return unsupported(at.op.where(), "an operation whose answer has no content ("+empty+")")
	case success == "" && isError(byDefault):
		return unsupported(at.op.where(), "an operation without a successful answer: default is an error")
	case success == "" && len(byDefault.get("content").members()) > 0:
		success = "default"
		s.note(Decide, "response", byDefault, "only a default answer is declared: check that it is not the one of errors")
	}
	response, err := responses.get(success).follow()
	if err != nil {
		return err
	}
	if success == "" {
		return unsupported(at.op.where(), "an operation without a successful answer that has content")
	}
	schema, media := s.content(response, "response")
	if media == "" {
		err = s.opaque(response)
	} else {
		err = s.typed(schema, rest)
	}
	if err == nil {
		s.others(responses, success, schema)
	}
	return err
}

// isError reports an answer that is a problem document (RFC 9457).
func isError(response value) bool {
	return slices.ContainsFunc(response.get("content").members(), func(m member) bool {
		return strings.HasPrefix(m.name, "application/problem+")
	})
}

func (s *shaper) typed(schema value, rest *catalog.REST) error {
	fields, wrapped, err := s.root(schema, "response")
	if err != nil {
		return err
	}
	s.sweep(schema)
	s.draft.Response.Fields = fields
	if ref := schema.get("$ref").text(); ref != "" && wrapped == "" {
		if to, err := schema.follow(); err == nil {
			s.draft.Response.Name = s.nameOf(to)
		}
	}
	if wrapped != "" {
		rest.Response = "{" + wrapped + ": .}"
	}
	return nil
}

// others notes the answers that are not the draft's.
func (s *shaper) others(responses value, taken string, schema value) {
	var errors, members []string
	for _, m := range responses.members() {
		response, err := m.follow()
		if err != nil || strings.HasPrefix(m.name, "x-") {
			continue
		}
		for _, h := range response.get("headers").members() {
			if m.name == taken {
				s.note(Lost, "response", h.value, "the header "+clip(h.name, 60)+" of the answer")
			}
		}
		content := response.get("content")
		switch {
		case m.name == taken:
		case strings.HasPrefix(m.name, "2"):
			s.note(Lost, "response", m.value, "the answer "+clip(m.name, 10)+inParentheses(s.beyond(schema, content)))
		default:
			errors = append(errors, m.name)
			members = append(members, s.namesIn(content)...)
		}
	}
	if len(errors) > 0 {
		s.note(Changed, "response", responses, fmt.Sprintf("the errors %s become errors of the platform: what the provider's say is not passed on%s",
			names(errors), inParentheses(members)))
	}
}

func (s *shaper) opaque(response value) error {
	o := &catalog.Opaque{}
	for _, m := range response.get("content").members() {
		t, ok := media.Parse(m.name)
		if ok && t.Name == m.name && !strings.Contains(t.Name, "*") {
			o.MediaTypes = append(o.MediaTypes, t.Name)
			if inside := s.namesIn(m.get("schema")); len(inside) > 0 {
				s.note(Lost, "opaque", m.value, "its members, which are not read: "+names(inside))
			}
		}
	}
	if len(o.MediaTypes) == 0 {
		return unsupported(response.where(), "an answer whose media type is not stated exactly")
	}
	s.draft.Opaque = o
	s.note(Decide, "opaque", response, "say whether the document holds personal data (opaque.personal)")
	return nil
}
