package exchange_test

import (
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/test/must"
)

// purposed is a purpose that accepts one basis.
func purposed(basis string, fields ...string) agreement.Purpose {
	if len(fields) == 0 {
		fields = []string{"LastName"}
	}
	return agreement.Purpose{
		Code: "residence", Title: mconnect.Text{RO: "Reședință"}, Accepts: []string{basis}, Fields: fields,
		LegalBasis: agreement.LegalBasis{Act: "Legea nr. 100/2001", Article: "art. 12"},
	}
}

// TestExchange_VersionlessCallGetsWhatItsAgreementCovers: a publication moves nobody who has not agreed to it.
func TestExchange_VersionlessCallGetsWhatItsAgreementCovers(t *testing.T) {
	type agreed struct {
		version   mconnect.Version
		status    agreement.Status
		purposes  []agreement.Purpose
		validFrom time.Time
	}
	one, minor, two := mconnect.Version{Major: 1}, mconnect.Version{Major: 1, Minor: 1}, mconnect.Version{Major: 2}
	law, other := "Legea 100/2001", "Legea 200/2002"
	both := []agreement.Purpose{purposed(law), purposed(other)}
	both[1].Code = "heating"
	for name, c := range map[string]struct {
		states []catalog.Status // of 1.0.0, 1.1.0 and 2.0.0; "" for none
		agreed []agreed
		fields []string
		want   mconnect.Version
		code   fault.Code
	}{
		"2.0.0 is published beside an agreement for 1": {[]catalog.Status{"published", "", "published"}, []agreed{{version: one}}, nil, one, ""},
		"the newest MINOR is covered":                  {[]catalog.Status{"published", "published", "published"}, []agreed{{version: one}}, nil, minor, ""},
		"both are agreed":                              {[]catalog.Status{"published", "", "published"}, []agreed{{version: one}, {version: two}}, nil, two, ""},
		"the newer is suspended":                       {[]catalog.Status{"published", "", "published"}, []agreed{{version: one}, {version: two, status: agreement.Suspended}}, nil, one, ""},
		"the newer has not begun":                      {[]catalog.Status{"published", "", "published"}, []agreed{{version: one}, {version: two, validFrom: time.Now().AddDate(1, 0, 0)}}, nil, one, ""},
		"the newer accepts another basis":              {[]catalog.Status{"published", "", "published"}, []agreed{{version: one, purposes: both}, {version: two, purposes: both[1:]}}, nil, one, ""},
		"the newer grants fewer fields": {[]catalog.Status{"published", "", "published"},
			[]agreed{{version: one, purposes: []agreement.Purpose{purposed(law, "*")}}, {version: two}}, []string{"IDNP"}, one, ""},
		"the agreed one is deprecated":         {[]catalog.Status{"deprecated", "", "published"}, []agreed{{version: one}}, nil, one, ""},
		"the agreed one is retired":            {[]catalog.Status{"retired", "", "published"}, []agreed{{version: one}}, nil, one, fault.ServiceRetired},
		"one of two is retired":                {[]catalog.Status{"retired", "", "published"}, []agreed{{version: one}, {version: two}}, nil, two, ""},
		"the newer is a draft":                 {[]catalog.Status{"published", "", "draft"}, []agreed{{version: one}}, nil, one, ""},
		"nothing is agreed":                    {[]catalog.Status{"published", "", "published"}, nil, nil, two, fault.AgreementNone},
		"no agreement covers what stands":      {[]catalog.Status{"published", "", ""}, []agreed{{version: two}}, nil, one, fault.ServiceVersion},
		"none is in force: the newest says so": {[]catalog.Status{"published", "", "published"}, []agreed{{version: one, status: agreement.Suspended}}, nil, one, fault.AgreementSuspended},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPlatform(t)
			w.catalog.Remove("GetPerson", one)
			w.book.Remove("town-person")
			for i, v := range []mconnect.Version{one, minor, two} {
				if c.states[i] == "" {
					continue
				}
				s := personService()
				s.Version, s.Status = v, c.states[i]
				if s.Status == catalog.Deprecated || s.Status == catalog.Retired {
					s.Deprecation, s.Sunset, s.Successor = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(1, 0, 0), "GetPerson/2.0.0"
				}
				must.OK(t, w.catalog.Put(s))
			}
			for i, a := range c.agreed {
				if a.purposes == nil {
					a.purposes = both[:1]
				}
				made, err := agreement.Compile(agreement.Agreement{
					ID: mconnect.AgreementID([]string{"first", "second"}[i]), Consumer: "town.desk", Service: "GetPerson", Version: a.version, Status: a.status,
					Validity: mconnect.Period{From: a.validFrom}, Purposes: a.purposes,
				})
				must.OK(t, err)
				w.book.Put(made)
			}
			call := w.call()
			call.Fields = c.fields
			answer, err := w.Do(t.Context(), call)
			if c.code != "" {
				if f := fault.From(err); f == nil || f.Code != c.code {
					t.Fatalf("got %v, want %s", err, c.code)
				}
				return
			}
			must.OK(t, err)
			defer answer.Release()
			if answer.Service.Version != c.want {
				t.Errorf("served %s, want %s", answer.Service.Version, c.want)
			}
		})
	}
}
