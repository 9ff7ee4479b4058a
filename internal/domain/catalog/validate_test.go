package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

type spoiled map[string]struct {
	spoil func(*catalog.Service)
	want  []string
}

func (cases spoiled) run(t *testing.T) {
	t.Helper()
	for name, c := range cases {
		s := service("1.0.0", catalog.Published)
		c.spoil(&s)
		var got []string
		for _, f := range s.Validate() {
			got = append(got, f.Path+" "+string(f.Code))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		if err := catalog.New().Put(s); (err != nil) != (len(c.want) > 0) || (err != nil && fault.From(err).Code != fault.ResourceInvalid) {
			t.Errorf("%s: Put says %v", name, err)
		}
	}
}

func TestValidate_Head(t *testing.T) {
	spoiled{
		"good":                {func(*catalog.Service) {}, nil},
		"a malformed name":    {func(s *catalog.Service) { s.Name = "get_person" }, []string{"/name input.format"}},
		"no version":          {func(s *catalog.Service) { s.Version = mconnect.Version{} }, []string{"/version input.range"}},
		"no title":            {func(s *catalog.Service) { s.Title = mconnect.Text{} }, []string{"/title/ro input.missing"}},
		"no provider":         {func(s *catalog.Service) { s.Provider = "" }, []string{"/provider input.missing"}},
		"an unknown status":   {func(s *catalog.Service) { s.Status = "live" }, []string{"/status input.enum"}},
		"a long description":  {func(s *catalog.Service) { s.Description.RO = strings.Repeat("x", 4001) }, []string{"/description/ro input.length"}},
		"malformed category":  {func(s *catalog.Service) { s.Categories = []string{"populatie", "A b"} }, []string{"/categories/1 input.pattern"}},
		"malformed successor": {func(s *catalog.Service) { s.Successor = "GetPerson/x" }, []string{"/successor input.format"}},
		"its own successor":   {func(s *catalog.Service) { s.Successor = "GetPerson/1.0.0" }, []string{"/successor input.format"}},
		"deprecated when?":    {func(s *catalog.Service) { s.Status = catalog.Deprecated }, []string{"/deprecation input.missing", "/sunset input.missing"}},
		"too little notice": {func(s *catalog.Service) {
			*s = service("1.0.0", catalog.Deprecated)
			s.Sunset = s.Sunset.Add(-time.Hour)
		}, []string{"/sunset input.range"}},
		"limits": {func(s *catalog.Service) {
			s.Limits = catalog.Limits{Request: -1, Answer: 65 << 20, Timeout: catalog.Duration(time.Hour)}
			s.KeepBodies = -1
		}, []string{"/limits/request_bytes input.range", "/limits/answer_bytes input.range", "/limits/timeout input.range", "/keep_bodies input.range"}},
	}.run(t)
}

func TestValidate_Types(t *testing.T) {
	field := func(f schema.Field) func(*catalog.Service) {
		return func(s *catalog.Service) { s.Response.Fields = []schema.Field{f} }
	}
	spoiled{
		"no answer":         {func(s *catalog.Service) { s.Response = schema.Type{} }, []string{"/response input.missing"}},
		"a nameless type":   {func(s *catalog.Service) { s.Request.Name = "" }, []string{"/request/name input.format"}},
		"an unknown base":   {field(schema.Field{Name: "A", Type: "text"}), []string{"/response/fields/0/type input.enum"}},
		"a broken pattern":  {field(schema.Field{Name: "A", Type: schema.String, Pattern: "("}), []string{"/response/fields/0/pattern input.format"}},
		"a long text":       {field(schema.Field{Name: "A", Type: schema.String, Description: mconnect.Text{RO: strings.Repeat("x", 4001)}}), []string{"/response/fields/0/description/ro input.length"}},
		"text in items":     {field(schema.Field{Name: "A", Type: schema.Array, Items: &schema.Field{Type: schema.String, Description: mconnect.Text{EN: "x"}}}), []string{"/response/fields/0/items/description/ro input.missing"}},
		"a subject unknown": {func(s *catalog.Service) { s.Subject = "Idnp" }, []string{"/subject input.unknownField"}},
		"a subject that is no identifier": {func(s *catalog.Service) {
			s.Request.Fields = append(s.Request.Fields, schema.Field{Name: "On", Type: schema.Date})
			s.Subject = "On"
		}, []string{"/subject input.type"}},
		"a document": {func(s *catalog.Service) {
			s.Response, s.Opaque = schema.Type{}, &catalog.Opaque{MediaTypes: []string{"application/pdf"}}
			s.Limits.Answer = 1 << 30
		}, nil},
		"a document with fields": {func(s *catalog.Service) { s.Opaque = &catalog.Opaque{MediaTypes: []string{"application/pdf"}} },
			[]string{"/response input.unknownField"}},
		"a document of any type": {func(s *catalog.Service) {
			s.Response, s.Opaque = schema.Type{}, &catalog.Opaque{MediaTypes: []string{"image/*", "Text/Plain; charset=utf-8"}}
		}, []string{"/opaque/media_types/0 input.format", "/opaque/media_types/1 input.format"}},
		"a document of no type": {func(s *catalog.Service) { s.Response, s.Opaque = schema.Type{}, &catalog.Opaque{} },
			[]string{"/opaque/media_types input.missing"}},
	}.run(t)
}

func rest(change func(*catalog.REST)) func(*catalog.Service) {
	return func(s *catalog.Service) { change(s.Endpoint.REST) }
}

func TestValidate_REST(t *testing.T) {
	const at = "/endpoint/rest"
	cases := spoiled{
		"no endpoint": {func(s *catalog.Service) { s.Endpoint = catalog.Endpoint{} }, []string{"/endpoint input.missing"}},
		"two endpoints": {func(s *catalog.Service) { s.Endpoint.SQL = &catalog.SQL{Database: "x", Query: "SELECT 1"} },
			[]string{"/endpoint/sql input.unknownField"}},
		"no URL":          {rest(func(r *catalog.REST) { r.URL = "" }), []string{at + "/url input.missing"}},
		"a method":        {rest(func(r *catalog.REST) { r.Method = "DELETE" }), []string{at + "/method input.enum"}},
		"unknown field":   {rest(func(r *catalog.REST) { r.Path = "/x/{Nobody}" }), []string{at + "/path input.unknownField"}},
		"unknown query":   {rest(func(r *catalog.REST) { r.Query = map[string]string{"a/b~c": "Nobody"} }), []string{at + "/query/a~1b~0c input.unknownField"}},
		"own header":      {rest(func(r *catalog.REST) { r.Headers = map[string]string{"Authorization": "x"} }), []string{at + "/headers/Authorization input.format"}},
		"injected header": {rest(func(r *catalog.REST) { r.Headers = map[string]string{"X-A": "x\ny"} }), []string{at + "/headers/X-A input.format"}},
		"not a header":    {rest(func(r *catalog.REST) { r.Headers = map[string]string{"X A": "x"} }), []string{at + "/headers/X A input.format"}},
		"a status":        {rest(func(r *catalog.REST) { r.NotFound = []int{404, 99} }), []string{at + "/not_found/1 input.range"}},
		"half of basic":   {rest(func(r *catalog.REST) { r.Credentials = catalog.Credentials{Kind: "basic"} }), []string{at + "/credentials/user input.missing", at + "/credentials/secret input.missing"}},
		"secret path":     {rest(func(r *catalog.REST) { r.Credentials = catalog.Credentials{Kind: "bearer", Secret: "../key"} }), []string{at + "/credentials/secret input.format"}},
		"unknown kind":    {rest(func(r *catalog.REST) { r.Credentials = catalog.Credentials{Kind: "digest"} }), []string{at + "/credentials/kind input.enum"}},
	}
	for _, url := range []string{"ftp://x.invalid", "x.invalid", "https://u:p@x.invalid", "https://x.invalid/?q=1", "https://x.invalid/#f", "https://", "%"} {
		cases["URL "+url] = cases["no URL"]
		entry := cases["URL "+url]
		entry.spoil, entry.want = rest(func(r *catalog.REST) { r.URL = url }), []string{at + "/url input.format"}
		cases["URL "+url] = entry
	}
	for _, path := range []string{"x", "/../x", "/a/./b", "/x?y", "/%2e", "/a b", "/x{IDNP}{IDNP}", "/.{IDNP}", "/{IDNP", `/\x`, "/" + strings.Repeat("x", 500)} {
		entry := cases["no URL"]
		entry.spoil, entry.want = rest(func(r *catalog.REST) { r.Path = path }), []string{at + "/path input.format"}
		cases["path "+path] = entry
	}
	cases.run(t)
}

func TestValidate_SQL(t *testing.T) {
	const at = "/endpoint/sql"
	sql := func(q catalog.SQL) func(*catalog.Service) {
		return func(s *catalog.Service) { s.Endpoint = catalog.Endpoint{SQL: &q} }
	}
	spoiled{
		"good":          {sql(catalog.SQL{Database: "rsp", Query: "SELECT 1", Params: []string{"IDNP"}}), nil},
		"empty":         {sql(catalog.SQL{}), []string{at + "/database input.missing", at + "/query input.missing"}},
		"unknown field": {sql(catalog.SQL{Database: "rsp", Query: "SELECT 1", Params: []string{"IDNP", "X"}}), []string{at + "/params/1 input.unknownField"}},
		"too many rows": {sql(catalog.SQL{Database: "rsp", Query: "SELECT 1", MaxRows: 100_001}), []string{at + "/max_rows input.range"}},
		"a list as a parameter": {func(s *catalog.Service) {
			sql(catalog.SQL{Database: "rsp", Query: "SELECT 1", Params: []string{"All"}})(s)
			s.Request.Fields = append(s.Request.Fields, schema.Field{Name: "All", Type: schema.Array, Items: &schema.Field{Type: schema.String}})
		}, []string{at + "/params/0 input.type"}},
	}.run(t)
}
