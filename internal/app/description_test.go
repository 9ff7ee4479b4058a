package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/surface/admin"
	"mconnect/test/must"
)

// generated is how many requests are made of the description.
const generated = 6000

// cachedDocument is the part of an OpenAPI document from which requests are made and by which answers are judged.
type cachedDocument struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	Parameters  []struct{ Name, In string }
	RequestBody *struct {
		Content map[string]struct{ Schema schema }
	}
	Responses map[string]struct{ Content map[string]any }
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]schema
	Items      *schema
}

// generator makes requests: half lawful, half not.
type generator struct {
	*rand.Rand
	api  cachedDocument
	docs []admin.Resource // of the country: what is changed a little is refused for finer reasons than what is random
}

var odd = []string{
	"", "x", "1", "0", "-1", "1.0.0", "99.99.99", "%00", "ș", "..%2f..", "2999000006393", "true", "*", `"1"`, "9999-12-31T23:59:59Z", "{}", "[]",
	strings.Repeat("a", 300), "GetPerson", "hall", "hall.app", "schema.json", "GetPerson/1.0.0", "9223372036854775807", "1e9",
}

var oddValues = []any{
	nil, 0, -1, 1.5, "", "x", "ș", "\x00", []any{}, map[string]any{}, true, 1e30, "9999-12-31T23:59:59Z", strings.Repeat("a", 5000), "(a+)+$",
	"${X}", ".a | error(\"x\")", "http://169.254.169.254/", "1.0.0", "-1h", map[string]any{"ro": nil}, []any{nil},
}

func (g *generator) pick(all []string) string { return all[g.IntN(len(all))] }

// value makes one by a schema, at most depth deep.
func (g *generator) value(s schema, depth int) any {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = g.api.Components.Schemas[name]
	}
	if depth == 0 || g.IntN(8) == 0 {
		return oddValues[g.IntN(len(oddValues))]
	}
	switch {
	case s.Properties != nil:
		out := map[string]any{}
		for name, p := range s.Properties {
			if g.IntN(3) > 0 {
				out[name] = g.value(p, depth-1)
			}
		}
		return out
	case s.Items != nil:
		return []any{g.value(*s.Items, depth-1)}
	case s.Type == "integer":
		return g.IntN(50)
	case s.Type == "boolean":
		return g.IntN(2) == 0
	}
	return g.pick(odd)
}

// spoil changes one place of a document.
func (g *generator) spoil(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) > 0 && g.IntN(6) > 0 {
			names := make([]string, 0, len(v))
			for name := range v {
				names = append(names, name)
			}
			slices.Sort(names)
			name := g.pick(names)
			if g.IntN(6) == 0 {
				delete(v, name)
			} else {
				v[name] = g.spoil(v[name])
			}
			return v
		}
	case []any:
		if len(v) > 0 && g.IntN(6) > 0 {
			v[g.IntN(len(v))] = g.spoil(v[g.IntN(len(v))])
			return v
		}
	}
	return oddValues[g.IntN(len(oddValues))]
}

// request makes one of an operation.
func (g *generator) request(t *testing.T, method, path string, op operation) *http.Request {
	body, media := "", ""
	known := g.docs[g.IntN(len(g.docs))]
	if op.RequestBody != nil && g.IntN(12) > 0 {
		medias := make([]string, 0, len(op.RequestBody.Content))
		for m := range op.RequestBody.Content {
			medias = append(medias, m)
		}
		slices.Sort(medias)
		media = g.pick(medias)
		var made any = g.value(op.RequestBody.Content[media].Schema, 4)
		if g.IntN(2) == 0 {
			var document map[string]any
			must.OK(t, json.Unmarshal(known.Document, &document))
			if made = g.spoil(document); strings.HasSuffix(path, "/apply") {
				document["kind"] = known.Kind
			}
		}
		text := must.Get(json.Marshal(made))(t)
		if body = string(text); g.IntN(20) == 0 {
			body = body[:g.IntN(len(body)+1)]
		}
		if g.IntN(20) == 0 {
			media = g.pick([]string{"text/plain", "", "application/xml", "a/b;;"})
		}
	}
	name, version, _ := strings.Cut(known.ID, "/")
	query, header := url.Values{}, http.Header{}
	for _, p := range op.Parameters {
		value := g.pick(odd)
		if p.In == "path" && g.IntN(2) == 0 {
			value = map[string]string{"id": known.ID, "name": name, "version": version, "service": name, "place": "000", "level": "0"}[p.Name]
		}
		switch p.In {
		case "path":
			if value == "" {
				value = "1"
			}
			if !strings.Contains(value, "%") {
				value = url.PathEscape(value)
			}
			path = strings.Replace(path, "{"+p.Name+"}", value, 1)
		case "query":
			if g.IntN(3) == 0 && p.Name != "seconds" && p.Name != "follow" {
				// a profile takes its time, and who follows waits for ever
				query.Set(p.Name, value)
			}
		case "header":
			if g.IntN(2) == 0 {
				header.Set(p.Name, strings.Map(func(r rune) rune { return max(r, ' ') }, value))
			}
		}
	}
	if g.IntN(30) == 0 {
		query.Set("nobody", "reads this")
	}
	r := httptest.NewRequestWithContext(t.Context(), strings.ToUpper(method), path+"?"+query.Encode(), strings.NewReader(body))
	r.Header = header
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	return r
}

// TestDescription_DeclaresEveryAnswer makes requests of the description of the management API, lawful and not, and
// finds no status and no media type that the description does not name, and no failure of the platform.
func TestDescription_DeclaresEveryAnswer(t *testing.T) {
	i := opened(t, newTestPlatform(t))
	handler, token, err := i.Management("tester")
	must.OK(t, err)
	send := func(r *http.Request, token string) *httptest.ResponseRecorder {
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	g := &generator{Rand: rand.New(rand.NewPCG(11, 7))}
	must.OK(t, json.Unmarshal(send(httptest.NewRequest("GET", "/openapi.json", nil), "").Body.Bytes(), &g.api))
	var keys []string
	for path, methods := range g.api.Paths {
		for method := range methods {
			if !strings.HasSuffix(path, "/profile") { // takes its time
				keys = append(keys, method+" "+path)
			}
		}
	}
	slices.Sort(keys)
	for _, kind := range []string{"Participant", "System", "Certificate", "Service", "Agreement"} {
		found, _, err := i.Resources().List(t.Context(), kind, 0, 100)
		must.OK(t, err)
		g.docs = append(g.docs, found...)
	}
	undeclared, statuses := map[string]string{}, map[int]int{}
	for n := range generated {
		method, path, _ := strings.Cut(keys[n%len(keys)], " ")
		op := g.api.Paths[path][method]
		r := g.request(t, method, path, op)
		asked := fmt.Sprintf("%s %s %v", r.Method, r.URL, r.Header)
		credential := token
		if g.IntN(40) == 0 {
			credential = g.pick([]string{"", "wrong"})
		}
		w := send(r, credential)
		statuses[w.Code]++
		media, _, _ := mime.ParseMediaType(w.Header().Get("Content-Type"))
		answer, ok := op.Responses[fmt.Sprint(w.Code)]
		if w.Code == http.StatusMethodNotAllowed || strings.Contains(w.Body.String(), `"path.unknown"`) {
			continue // the values made another path of it
		}
		if _, typed := answer.Content[media]; !ok || w.Body.Len() > 0 && !typed || w.Code == http.StatusInternalServerError {
			undeclared[fmt.Sprint(method, " ", path, " ", w.Code, " ", media)] = asked + "\n" + w.Body.String()
		}
	}
	for what, request := range undeclared {
		t.Errorf("%s: %.600s", what, request)
	}
	for _, status := range []int{200, 400, 401, 404, 415, 422} {
		if statuses[status] == 0 {
			t.Errorf("no request was answered %d: %v", status, statuses)
		}
	}
}
