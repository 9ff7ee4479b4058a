package catalog_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

func service(version string, status catalog.Status) catalog.Service {
	v, err := mconnect.ParseVersion(version)
	if err != nil {
		panic(err)
	}
	s := catalog.Service{
		Name: "GetPerson", Version: v, Title: mconnect.Text{RO: "Persoană"}, Provider: "asp.rsp", Status: status, Subject: "IDNP",
		Request: schema.Type{Name: "GetPerson", Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true}}},
		Response: schema.Type{Name: "Person", Fields: []schema.Field{
			{Name: "LastName", Type: schema.String, Personal: true},
			{Name: "Children", Type: schema.Array, Items: &schema.Field{Type: schema.Object, Fields: []schema.Field{{Name: "Name", Type: schema.String}}}},
		}},
		Endpoint: catalog.Endpoint{REST: &catalog.REST{URL: "https://rsp.exemplu.invalid/api", Method: "GET", Path: "/persons/{IDNP}"}},
	}
	if status == catalog.Deprecated {
		s.Deprecation = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		s.Sunset = s.Deprecation.AddDate(0, 6, 0)
	}
	return s
}

func filled(t testing.TB, services ...catalog.Service) *catalog.Catalog {
	t.Helper()
	c := catalog.New()
	for _, s := range services {
		must.OK(t, c.Put(s))
	}
	return c
}

func TestResolve_Versions(t *testing.T) {
	retired := service("3.0.0", catalog.Retired)
	retired.Successor = "GetPerson/2.1.0"
	c := filled(t,
		service("1.0.0", catalog.Published), service("1.2.0", catalog.Published), service("1.4.0", catalog.Deprecated),
		service("2.0.0", catalog.Deprecated), service("2.1.0", catalog.Published), retired,
		service("4.0.0", catalog.Draft), service("5.0.0", catalog.Deprecated))
	for asked, want := range map[string]struct {
		version string
		code    fault.Code
	}{
		"0": {"2.1.0", ""}, "1": {"1.2.0", ""}, "1.0.0": {"1.2.0", ""}, "1.2": {"1.2.0", ""}, "1.3": {"1.4.0", ""}, "1.4.0": {"1.4.0", ""},
		"1.5": {"", fault.ServiceVersion}, "2.0.0": {"2.1.0", ""}, "2.1.1": {"", fault.ServiceVersion},
		"3": {"", fault.ServiceRetired}, "4": {"", fault.ServiceVersion}, "5": {"5.0.0", ""}, "6": {"", fault.ServiceVersion},
	} {
		v := must.Get(mconnect.ParseVersion(asked))(t)
		r, err := c.Resolve("GetPerson", v)
		switch {
		case want.code != "" && (err == nil || fault.From(err).Code != want.code):
			t.Errorf("%s: got %v, %v, want %s", asked, r, err, want.code)
		case want.code == "" && (err != nil || r.Version.String() != want.version):
			t.Errorf("%s: got %v, %v, want %s", asked, r, err, want.version)
		}
	}
	_, err := c.Resolve("GetPerson", retired.Version)
	if f := fault.From(err); f.Params["successor"] != retired.Successor {
		t.Errorf("the successor is not named: %v", f.Params)
	}
	if _, err := c.Resolve("GetNothing", mconnect.Version{}); fault.From(err).Code != fault.ServiceUnknown {
		t.Error(err)
	}
	if _, err := filled(t, service("1.0.0", catalog.Draft)).Resolve("GetPerson", mconnect.Version{}); fault.From(err).Code != fault.ServiceUnknown {
		t.Error("a draft is visible: ", err)
	}
}

// What is resolved is of the same MAJOR, not older than asked for, callable, and published if anything fitting is.
func TestResolve_Properties(t *testing.T) {
	states := []catalog.Status{catalog.Draft, catalog.Published, catalog.Deprecated, catalog.Retired}
	rapid.Check(t, func(t *rapid.T) {
		c := catalog.New()
		version := func(name string) mconnect.Version {
			return mconnect.Version{Major: rapid.IntRange(1, 3).Draw(t, name), Minor: rapid.IntRange(0, 3).Draw(t, name)}
		}
		for range rapid.IntRange(0, 8).Draw(t, "versions") {
			must.OK(t, c.Put(service(version("version").String(), rapid.SampledFrom(states).Draw(t, "status"))))
		}
		var asked mconnect.Version
		if rapid.Bool().Draw(t, "stated") {
			asked = version("asked")
		}
		fits := func(r *catalog.Ready) bool {
			return asked.IsZero() || (r.Version.Major == asked.Major && r.Version.Compare(asked) >= 0)
		}
		published := slices.ContainsFunc(c.All(), func(r *catalog.Ready) bool { return fits(r) && r.Status == catalog.Published })
		callable := published || slices.ContainsFunc(c.All(), func(r *catalog.Ready) bool { return fits(r) && r.Status == catalog.Deprecated })
		r, err := c.Resolve("GetPerson", asked)
		if (err == nil) != callable {
			t.Fatalf("callable %v, got %v", callable, err)
		}
		if err == nil && (!fits(r) || (r.Status != catalog.Published) == published || r.Status == catalog.Retired || r.Status == catalog.Draft) {
			t.Fatalf("asked %s, got %s %s", asked, r.Version, r.Status)
		}
	})
}

func TestCatalog_PutAndRemove(t *testing.T) {
	c := filled(t, service("1.0.0", catalog.Draft), service("1.1.0", catalog.Draft))
	put := service("1.0.0", catalog.Published)
	put.Provider = "asp.other"
	must.OK(t, c.Put(put))
	if r, ok := c.Get("GetPerson", put.Version); !ok || r.Provider != "asp.other" || len(c.All()) != 2 {
		t.Errorf("not replaced: %v", r)
	}
	if all := c.All(); all[0].Version.Minor != 1 {
		t.Error("newest first")
	}
	c.Remove("GetPerson", put.Version)
	c.Remove("GetPerson", put.Version)
	c.Remove("GetPerson", mconnect.Version{Major: 1, Minor: 1})
	if _, ok := c.Get("GetPerson", put.Version); ok || len(c.All()) != 0 {
		t.Error("not removed")
	}
}

func TestCatalog_PersonalIsDerived(t *testing.T) {
	plain := service("1.0.0", catalog.Published)
	plain.Subject, plain.Response.Fields[0].Personal = "", false
	plain.Request.Fields = []schema.Field{{Name: "Code", Type: schema.String}}
	plain.Endpoint.REST.Path = "/x"
	nested := plain
	nested.Response.Fields = []schema.Field{{Name: "List", Type: schema.Array, Items: &schema.Field{Type: schema.Object, Fields: []schema.Field{{Name: "Who", Type: schema.IDNP}}}}}
	opaque := plain
	opaque.Response, opaque.Opaque = schema.Type{}, &catalog.Opaque{MediaTypes: []string{"application/pdf"}, Personal: true}
	for name, c := range map[string]struct {
		s    catalog.Service
		want bool
	}{
		"nothing personal": {plain, false}, "a marked field": {service("1.0.0", catalog.Published), true},
		"an IDNP inside an array": {nested, true}, "a personal document": {opaque, true},
	} {
		r, err := catalog.Prepare(c.s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Personal != c.want || (r.ResponseSchema == nil) != (c.s.Opaque != nil) || r.RequestSchema == nil {
			t.Errorf("%s: personal %v", name, r.Personal)
		}
	}
}

func TestCatalog_Lookup(t *testing.T) {
	s := service("1.0.0", catalog.Published)
	for path, want := range map[string]bool{
		"LastName": true, "Children": true, "Children.Name": true, "Children.Age": false, "": false, "LastName.x": false, "children": false,
	} {
		if got := s.Response.Lookup(path) != nil; got != want {
			t.Errorf("%q: found %v", path, got)
		}
	}
}

func TestDuration_IsText(t *testing.T) {
	var d catalog.Duration
	if err := yaml.Unmarshal([]byte("1.5s"), &d); err != nil || d.String() != "1.5s" {
		t.Errorf("%s %v", d, err)
	}
	raw, err := json.Marshal(catalog.Limits{Timeout: d})
	if err != nil || string(raw) != `{"timeout":"1.5s"}` {
		t.Errorf("%s %v", raw, err)
	}
	if err := json.Unmarshal([]byte(`"5 seconds"`), &d); err == nil {
		t.Error("prose is no duration")
	}
}

func TestCatalog_ConcurrentUse(t *testing.T) {
	c := filled(t, service("1.0.0", catalog.Published))
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 2000 {
				if _, err := c.Resolve("GetPerson", mconnect.Version{}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 50 {
		if err := c.Put(service("1.1.0", catalog.Published)); err != nil {
			t.Error(err)
		}
		c.Remove("GetPerson", mconnect.Version{Major: 1, Minor: 1})
	}
	all.Wait()
}
