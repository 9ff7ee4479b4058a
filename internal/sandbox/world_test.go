package sandbox_test

import (
	"encoding/json"
	"testing"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
	"mconnect/internal/sandbox"
	"mconnect/test/must"
)

func prepared(t testing.TB, s catalog.Service) *catalog.Ready {
	t.Helper()
	if s.Version.IsZero() {
		s.Version = mconnect.Version{Major: 1}
	}
	s.Title, s.Provider = mconnect.Text{RO: "Exemplu"}, "asp.rsp"
	if s.Status == "" {
		s.Status = catalog.Published
	}
	if s.Endpoint == (catalog.Endpoint{}) {
		s.Endpoint = catalog.Endpoint{REST: &catalog.REST{URL: "https://127.0.0.1:1", Method: "POST"}}
	}
	r, err := catalog.Prepare(s)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return r
}

// deliver asks the sandbox in the place of the provider.
func deliver(t testing.TB, r *catalog.Ready, input string) (exchange.Reply, error) {
	t.Helper()
	canonical, err := r.RequestSchema.Read([]byte(input))
	if err != nil {
		t.Fatalf("%s: %v", input, err)
	}
	return sandbox.Provider{}.Deliver(t.Context(), exchange.Delivery{Service: r, Input: canonical})
}

// answer is what a service says, whole and checked as the exchange checks it.
func answer(t testing.TB, r *catalog.Ready, input string) map[string]any {
	t.Helper()
	reply := must.Get(deliver(t, r, input))(t)
	cut, dropped, err := r.ResponseSchema.Cut(nil, reply.Body, r.ResponseSchema.Mask([]string{"*"}))
	if err != nil || dropped != 0 {
		t.Fatalf("%s: %v, dropped %d: %s", r.Name, err, dropped, reply.Body)
	}
	var out map[string]any
	must.OK(t, json.Unmarshal(cut, &out))
	return out
}

func about(name string, fields ...schema.Field) catalog.Service {
	return catalog.Service{
		Name: mconnect.ServiceName(name), Subject: "IDNP",
		Request:  schema.Type{Name: name, Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true}}},
		Response: schema.Type{Name: "Answer", Fields: fields},
	}
}

func text(name string) schema.Field { return schema.Field{Name: name, Type: schema.String} }

const (
	ana = "2999000006393"
	ask = `{"IDNP":"` + ana + `"}`
)
