package dcat_test

import (
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/dcat"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

func words(s string) mconnect.Text {
	return mconnect.Text{RO: s + " ță", EN: s + " (en)", RU: s + " (ру)"}
}

func service(t testing.TB, name, version string, provider mconnect.SystemID, status catalog.Status) *catalog.Ready {
	t.Helper()
	v := must.Get(mconnect.ParseVersion(version))(t)
	s := catalog.Service{
		Name: mconnect.ServiceName(name), Version: v, Title: words(name), Description: words("Descrierea " + name), Categories: []string{"populatie", "social"},
		Provider: provider, Status: status, Subject: "IDNP",
		Request:  schema.Type{Name: name, Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true}}},
		Response: schema.Type{Name: "Person", Fields: []schema.Field{{Name: "LastName", Type: schema.String}}},
		Endpoint: catalog.Endpoint{REST: &catalog.REST{URL: "https://10.11.12.13:9443/secret-path", Method: "POST"}},
	}
	if status == catalog.Deprecated {
		s.Deprecation, s.Sunset, s.Successor = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), "GetPerson/2.0.0"
	}
	r := must.Get(catalog.Prepare(s))(t)
	return r
}

// sampleConfig is a small catalogue with everything that a document can show.
func sampleConfig(t testing.TB) dcat.Config {
	return dcat.Config{
		Base: "https://mconnect.example:8443/",
		Owners: []dcat.Owner{
			{ID: "asp", IDNO: "1999900000014", Name: words("Agenția Exemplu"), Public: true},
			{ID: "primaria", IDNO: "1999900000025", Name: words("Primăria Exemplu"), Public: true},
			{ID: "nobody", IDNO: "1999900000036", Name: words("Fără registru")},
		},
		Register: []dcat.Register{
			{System: "asp.rsp", Title: words("Registrul populației"), Contact: dcat.Contact{Name: "Biroul tehnic", Email: "rsp@example.md"},
				Periodicity: dcat.Continuous, Basis: []dcat.Act{{Title: "Legea nr. 100/2001", Part: "art. 12"}}},
			{System: "asp.auto", Title: words("Registrul vehiculelor")},
			{System: "asp.empty", Title: words("Fără servicii")},
		},
		Services: []*catalog.Ready{
			service(t, "GetVehicle", "1.0.0", "asp.auto", catalog.Published),
			service(t, "GetPerson", "1.0.0", "asp.rsp", catalog.Deprecated),
			service(t, "GetPerson", "2.0.0", "asp.rsp", catalog.Published),
			service(t, "GetDraft", "1.0.0", "asp.rsp", catalog.Draft),
			service(t, "GetOld", "1.0.0", "asp.empty", catalog.Retired),
		},
		Public: []dcat.PublicService{{
			ID: "primaria/ajutor-social", Title: words("Ajutor social"), Authority: "primaria",
			Basis: []dcat.Act{{Title: "Legea nr. 133/2008", Part: "art. 14"}}, Uses: []mconnect.ServiceName{"GetPerson"},
		}},
		Modified: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC),
	}
}
