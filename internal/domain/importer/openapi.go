package importer

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

// versioned refuses what is no OpenAPI 3, and says what to do with it.
func versioned(root value) error {
	switch {
	case strings.HasPrefix(root.get("openapi").text(), "3."):
		return nil
	case root.has("swagger"):
		return unsupported(root.where(), "Swagger "+clip(root.get("swagger").text(),
			10)+": convert it to OpenAPI 3 first")
	case root.has("asyncapi"):
		return unsupported(root.where(), "AsyncAPI: it describes events, which are declared as event types")
	}
	return unsupported(root.where(), "OpenAPI in a version other than 3.0 and 3.1")
}

// openapi makes a draft of every operation of an OpenAPI 3.0 or 3.1 description.
func (r *reader) openapi(root value) error {
	if err := versioned(root); err != nil {
		return err
	}
	paths := root.get("paths")
	if !paths.isObject() {
		return malformed(root.where(), "an OpenAPI description without paths")
	}
	for _, p := range paths.members() {
		if strings.HasPrefix(p.name, "x-") {
			continue
		}
		item, err := p.follow()
		if err == nil {
			err = r.item(root, item, p.name)
		} else {
			err = r.left(p.name, err)
		}
		if err != nil {
			return err
		}
	}
	for _, m := range root.get("webhooks").members() {
		r.remark(Lost, m.where(), "the webhook %s: the platform does not call consumers by it", clip(m.name, 60))
	}
	var unused []string
	schemas := root.get("components").get("schemas")
	for _, m := range schemas.members() {
		if !r.reached[m.node] {
			unused = append(unused, m.name)
		}
	}
	r.unused(schemas.where(), unused)
	return nil
}

// item makes the drafts of one path.
func (r *reader) item(root, item value, path string) (err error) {
	for _, method := range []string{"get", "post", "put", "patch", "delete", "head", "options", "trace"} {
		op := item.get(method)
		name := cmp.Or(op.get("operationId").text(),
			method+"_"+strings.NewReplacer("{", "By_", "}", "").Replace(path))
		if !op.present() || !r.wanted(name) {
			continue
		}
		if method != "get" && method != "post" && method != "put" {
			err = r.left(name, unsupported(op.where(), "the method "+strings.ToUpper(method)))
		} else {
			err = r.route(route{root: root, item: item, op: op, method: method, path: path}, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// route is one operation of an OpenAPI description with its place.
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
	s := newShaper(r, &d)
	for _, step := range []func(route, *catalog.REST) error{s.parameters, s.body, s.answer, s.template} {
		if err := step(at, rest); err != nil {
			return r.left(name, err)
		}
	}
	s.around(at)
	return r.add(d, name)
}

// around notes what is next to request and answer.
func (s *shaper) around(at route) {
	if at.root.has("security") || at.op.has("security") {
		s.note(Decide, "endpoint", at.op, "the provider asks for credentials: state endpoint.rest.credentials")
	}
	if at.op.get("deprecated").isTrue() {
		s.note(Decide, "", at.op, "marked as deprecated by the provider")
	}
	for _, m := range at.op.get("callbacks").members() {
		s.note(Lost, "", m.value, "the callback "+clip(m.name, 60)+": the platform receives no calls of providers")
	}
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
	for i, one := range servers.items() {
		url := templateVariable.ReplaceAllStringFunc(one.get("url").text(), func(m string) string {
			return one.get("variables").get(strings.Trim(m, "{}")).get("default").text()
		})
		if i == 0 {
			address = strings.TrimSuffix(url, "/")
			continue
		}
		d.note(Decide, "endpoint", one.where(), "another address is offered: "+clip(url, 200))
	}
	switch {
	case !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://"),
		strings.ContainsAny(address, "?#@{}"):
		d.note(Decide, "endpoint", at.op.where(), "the description states no usable address of the provider")
		return "https://decide.invalid" + strings.TrimSuffix(strings.Split(address, "?")[0], "/")
	case strings.HasPrefix(address, "http://"):
		d.note(Decide, "endpoint", at.op.where(), "the address is not https")
	}
	return address
}

// parameters makes request fields of path and query parameters.
func (s *shaper) parameters(at route, rest *catalog.REST) error {
	seen, taken := map[string]bool{}, map[string]bool{}
	s.side, s.textual = "request", true
	defer func() { s.textual = false }()
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
			s.note(Lost, "request", p, "the "+in+" parameter "+clip(name,
				60)+demanded(p)+inParentheses(s.namesIn(p.get("schema"))))
			continue
		}
		field = free(taken, field)
		f, ok, err := s.parameter(p, field, in)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		taken[field] = true
		s.described(&f.Description, p)
		f.Mandatory, f.Nullable = in == "path" || p.get("required").isTrue(), false
		switch {
		case in == "path":
			s.places[name] = field
		case rest.Query == nil:
			rest.Query = map[string]string{name: field}
		default:
			rest.Query[name] = field
		}
		s.draft.Request.Fields = append(s.draft.Request.Fields, f)
	}
	return nil
}

func demanded(p value) string {
	if p.get("required").isTrue() || p.get("in").text() == "path" {
		return ", which the provider requires"
	}
	return ""
}

// parameter makes the field of one parameter. A list or an object travels as one text.
func (s *shaper) parameter(p value, name, in string) (f schema.Field, ok bool, err error) {
	at := "request." + name
	decl, asJSON := p.get("schema"), false
	for _, m := range p.get("content").members() {
		decl, asJSON = m.get("schema"), true
	}
	f = schema.Field{Name: name, Type: schema.String}
	if !decl.present() {
		s.note(Changed, at, p, "a parameter without a schema became text")
		return f, true, nil
	}
	parts, err := s.flatten([]part{{value: decl}})
	if err != nil {
		return f, false, err
	}
	style, several := p.get("style").text(), p.get("explode").text() != "false" && in == "query"
	switch kind, _, _ := parts.kind(); {
	case asJSON:
		s.note(Changed, at, p, "a parameter in JSON became one text, which the caller writes as JSON"+inParentheses(s.namesIn(decl)))
	case kind == "object":
		s.note(Lost, at, p, "the "+in+" parameter "+clip(p.get("name").text(),
			60)+", an object"+demanded(p)+inParentheses(s.namesIn(decl)))
		return f, false, nil
	case kind == "array" && (style == "" || style == "form" || style == "simple") && several:
		s.note(Changed, at, p, "a list became one text: one value can be sent, several cannot (the provider repeats the parameter)"+
			inParentheses(s.namesIn(decl)))
	case kind == "array":
		s.note(Changed, at, p, fmt.Sprintf("a list became one text: its values with %q between them", separator(style)))
	case kind == "":
		s.note(Changed, at, p, "a value of any type became text")
	default:
		return s.field([]part{{value: decl}}, name, at)
	}
	return f, true, nil
}

func separator(style string) string {
	return cmp.Or(map[string]string{"spaceDelimited": " ", "pipeDelimited": "|", "label": ".", "matrix": ";"}[style], ",")
}

// template writes the path with the names of the fields.
func (s *shaper) template(at route, rest *catalog.REST) error {
	if at.path == "/" || at.path == "" {
		return nil
	}
	var out []string
	for segment := range strings.SplitSeq(at.path, "/") {
		places := templateVariable.FindAllStringSubmatch(segment, -1)
		if len(places) > 1 {
			return unsupported(at.op.where(), "the path "+clip(at.path, 200)+": two parameters in one segment")
		}
		for _, m := range places {
			field := s.places[m[1]]
			if field == "" {
				return unsupported(at.op.where(), "the path "+clip(at.path, 200)+": the parameter "+clip(m[1],
					60)+" is not declared")
			}
			segment = strings.Replace(segment, m[0], "{"+field+"}", 1)
		}
		out = append(out, segment)
	}
	rest.Path = strings.Join(out, "/")
	if strings.ContainsAny(rest.Path, "?#%\\ ") || !strings.HasPrefix(rest.Path, "/") ||
		strings.Contains(rest.Path, "/.") {
		return unsupported(at.op.where(), "the path "+clip(at.path, 200))
	}
	return nil
}
