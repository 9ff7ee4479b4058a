package draft

import (
	"mime"
	"regexp"
	"slices"
	"strings"

	"mconnect"
	"mconnect/internal/catalog"
)

// openapi makes a draft of every operation of an OpenAPI 3.0 or 3.1 description.
func (r *reader) openapi(root value) error {
	if version := root.get("openapi").text(); !strings.HasPrefix(version, "3.") {
		return unsupported(root.where(), "OpenAPI in a version other than 3.0 and 3.1")
	}
	paths := root.get("paths")
	if !paths.isObject() {
		return malformed(root.where(), "an OpenAPI description without paths")
	}
	for _, p := range paths.members() {
		item, err := p.follow()
		if err != nil {
			return err
		}
		for _, method := range []string{"get", "post", "put", "patch", "delete", "head", "options", "trace"} {
			op := item.get(method)
			name := op.get("operationId").text()
			if name == "" {
				name = method + "_" + strings.NewReplacer("{", "By_", "}", "").Replace(p.name)
			}
			if !op.present() || !r.wanted(name) {
				continue
			}
			if method != "get" && method != "post" && method != "put" {
				err = r.left(name, unsupported(op.where(), "the method "+strings.ToUpper(method)))
			} else {
				err = r.route(route{root: root, item: item, op: op, method: method, path: p.name}, name)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// route is one operation of an OpenAPI description and where it stands.
type route struct {
	root, item, op value
	method, path   string
}

// route makes the draft of one operation, or notes why there is none.
func (r *reader) route(at route, name string) error {
	d := Draft{}
	if v, err := mconnect.ParseVersion(at.root.get("info").get("version").text()); err == nil && v.Major > 0 {
		d.Version = v
	}
	say(&d.Title, "", clip(at.op.get("summary").text(), 300), r.opt.Lang)
	say(&d.Description, "", at.op.get("description").text(), r.opt.Lang)
	if d.Title == (mconnect.Text{}) {
		d.words(at.op.get("description").text(), r)
	}
	if d.Title == (mconnect.Text{}) && at.op.get("operationId").text() == "" {
		d.Title.RO = clip(strings.ToUpper(at.method)+" "+at.path, 300)
	}
	rest := &catalog.REST{Method: strings.ToUpper(at.method)}
	d.Endpoint.REST = rest
	rest.URL = r.server(at, &d)
	s := &shaper{reader: r, draft: &d}
	err := s.parameters(at, rest)
	if err == nil {
		err = s.body(at, rest)
	}
	if err == nil {
		err = s.answer(at, rest)
	}
	if err == nil {
		err = s.template(at, rest)
	}
	if err != nil {
		return r.left(name, err)
	}
	if at.root.get("security").present() || at.op.get("security").present() {
		d.note(Decide, "endpoint", at.op.where(), "the provider asks for credentials: state endpoint.rest.credentials")
	}
	return r.add(d, name)
}

var templateVariable = regexp.MustCompile(`\{([^{}]*)\}`)

// server is the address of the first server, its variables at their defaults.
func (r *reader) server(at route, d *Draft) string {
	servers := at.op.get("servers")
	for _, outer := range []value{at.item, at.root} {
		if !servers.present() {
			servers = outer.get("servers")
		}
	}
	address := ""
	if all := servers.items(); len(all) > 0 {
		first := all[0]
		address = templateVariable.ReplaceAllStringFunc(first.get("url").text(), func(m string) string {
			return first.get("variables").get(strings.Trim(m, "{}")).get("default").text()
		})
	}
	address = strings.TrimSuffix(address, "/")
	switch {
	case !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://"), strings.ContainsAny(address, "?#@{}"):
		d.note(Decide, "endpoint", at.op.where(), "the description states no usable address of the provider")
		return "https://decide.invalid" + strings.TrimSuffix(strings.Split(address, "?")[0], "/")
	case strings.HasPrefix(address, "http://"):
		d.note(Decide, "endpoint", at.op.where(), "the address is not https")
	}
	return address
}

// parameters makes request fields of path and query parameters.
func (s *shaper) parameters(at route, rest *catalog.REST) error {
	seen := map[string]bool{}
	for _, p := range slices.Concat(at.op.get("parameters").items(), at.item.get("parameters").items()) {
		p, err := p.follow()
		if err != nil {
			return err
		}
		name, in := p.get("name").text(), p.get("in").text()
		if seen[in+" "+name] {
			continue // the operation's own parameter stands before the path's
		}
		seen[in+" "+name] = true
		field := fieldName(name)
		if (in != "path" && in != "query") || field == "" {
			kind := "the " + in + " parameter " + clip(name, 60)
			if p.get("required").isTrue() {
				kind += ", which the provider requires"
			}
			s.note(Lost, "request", p, kind)
			continue
		}
		f, ok, err := s.field(p.get("schema"), field, "request."+field)
		if err != nil {
			return err
		}
		if !ok || f.Type == catalog.Object || f.Type == catalog.Array {
			s.note(Lost, "request."+field, p, "a parameter that is no single value")
			continue
		}
		s.described(&f.Description, p)
		f.Mandatory, f.Nullable = in == "path" || p.get("required").isTrue(), false
		if in == "query" {
			if rest.Query == nil {
				rest.Query = map[string]string{}
			}
			rest.Query[name] = field
		}
		s.draft.Request.Fields = s.join(s.draft.Request.Fields, []catalog.Field{f}, p, "request")
	}
	return nil
}

// body adds the fields of the request's body. Those of path and query are taken out of it again on the way.
func (s *shaper) body(at route, rest *catalog.REST) error {
	body, err := at.op.get("requestBody").follow()
	if err != nil || !body.present() {
		return err
	}
	if rest.Method == "GET" {
		s.note(Lost, "request", body, "the body of a GET request")
		return nil
	}
	schema, media := content3(body)
	if media == "" {
		return unsupported(body.where(), "a request body that is not JSON")
	}
	s.budget = 0
	fields, wrapped, err := s.root(schema, "request")
	if err != nil {
		return err
	}
	var outside []string
	for _, f := range s.draft.Request.Fields {
		outside = append(outside, "."+f.Name)
	}
	s.draft.Request.Fields = s.join(s.draft.Request.Fields, fields, body, "request")
	switch {
	case wrapped != "":
		rest.Request = "." + wrapped
	case len(outside) > 0:
		rest.Request = "del(" + strings.Join(outside, ", ") + ")"
	}
	return nil
}

// content3 finds the JSON form of a body or answer.
func content3(of value) (schema value, media string) {
	for _, m := range of.get("content").members() {
		kind, _, err := mime.ParseMediaType(m.name)
		if err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json")) {
			return m.get("schema"), kind
		}
	}
	return value{nil, of.doc}, ""
}

// answer takes the first successful answer: JSON is typed, anything else passes through as a document.
func (s *shaper) answer(at route, rest *catalog.REST) error {
	s.budget = 0
	responses := at.op.get("responses")
	for _, status := range []string{"200", "201", "202", "203", "2XX", "default"} {
		response, err := responses.get(status).follow()
		if err != nil {
			return err
		}
		if !response.present() || !response.get("content").present() {
			continue
		}
		schema, media := content3(response)
		if media == "" {
			return s.opaque(response)
		}
		fields, wrapped, err := s.root(schema, "response")
		if err != nil {
			return err
		}
		s.draft.Response.Fields = fields
		if ref := schema.get("$ref").text(); ref != "" && wrapped == "" {
			s.draft.Response.Name = ref[strings.LastIndexByte(ref, '/')+1:]
		}
		if wrapped != "" {
			rest.Response = "{" + wrapped + ": .}"
		}
		return nil
	}
	return unsupported(at.op.where(), "an operation without a successful answer that has content")
}

func (s *shaper) opaque(response value) error {
	o := &catalog.Opaque{}
	for _, m := range response.get("content").members() {
		kind, params, err := mime.ParseMediaType(m.name)
		if err == nil && len(params) == 0 && kind == m.name && !strings.Contains(kind, "*") {
			o.MediaTypes = append(o.MediaTypes, kind)
		}
	}
	if len(o.MediaTypes) == 0 {
		return unsupported(response.where(), "an answer whose media type is not stated exactly")
	}
	s.draft.Opaque = o
	s.note(Decide, "opaque", response, "say whether the document holds personal data (opaque.personal)")
	return nil
}

// template writes the path with the names of the fields.
func (s *shaper) template(at route, rest *catalog.REST) error {
	if at.path == "/" || at.path == "" {
		return nil
	}
	var out []string
	for segment := range strings.SplitSeq(at.path, "/") {
		if m := templateVariable.FindStringSubmatch(segment); m != nil {
			if m[0] != segment || s.draft.Request.Lookup(fieldName(m[1])) == nil {
				return unsupported(at.op.where(), "the path "+clip(at.path, 200)+": a parameter must be a declared, whole segment")
			}
			segment = "{" + fieldName(m[1]) + "}"
		}
		out = append(out, segment)
	}
	rest.Path = strings.Join(out, "/")
	if strings.ContainsAny(rest.Path, "?#%\\ ") || !strings.HasPrefix(rest.Path, "/") {
		return unsupported(at.op.where(), "the path "+clip(at.path, 200))
	}
	return nil
}
