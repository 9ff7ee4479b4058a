package xsd_test

import (
	"fmt"
	"strings"
	"testing"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/domain/schema/xsd"
	"mconnect/test/must"
)

// coded is a service whose answer holds a field of a classifier of n codes, the first of them as given.
func coded(t *testing.T, n int, first string) catalog.Service {
	t.Helper()
	c := schema.Classifier{Code: "kind", Version: mconnect.Version{Major: 1}, Title: mconnect.Text{RO: "Feluri", EN: "Kinds"}}
	for i := range n {
		e := schema.Entry{Code: fmt.Sprintf("K%d", i), Label: mconnect.Text{RO: fmt.Sprintf("felul %d <&>", i), RU: "вид"}}
		if i == 0 {
			e.Code = first
		}
		c.Entries = append(c.Entries, e)
	}
	r, err := catalog.PrepareWith(schema.NewLibrary().With(c), catalog.Service{
		Name: "GetKind", Version: mconnect.Version{Major: 1}, Title: mconnect.Text{RO: "Fel"}, Provider: "aa.bb", Status: catalog.Draft,
		Request:  schema.Type{Name: "Q", Fields: []schema.Field{{Name: "Key", Type: schema.String}}},
		Response: schema.Type{Name: "Kind", Fields: []schema.Field{{Name: "Kind", Type: schema.String, Classifier: "kind", Nullable: true}}},
		Endpoint: catalog.Endpoint{SQL: &catalog.SQL{Database: "d", Query: "SELECT 1"}},
	})
	must.OK(t, err)
	return r.Service
}

// TestSchema_ClassifierIsEnumerated: each code with its labels; lists that are too long, or hold what an attribute
// cannot carry, are named only.
func TestSchema_ClassifierIsEnumerated(t *testing.T) {
	for _, c := range []struct {
		n     int
		first string
		want  int
	}{{3, "K0", 3}, {schema.MaxListed, "K0", schema.MaxListed}, {schema.MaxListed + 1, "K0", 0}, {2, `a"b`, 2}, {1, "€", 1}} {
		text := must.Get(xsd.Schema(xmlmap.Namespace, catalog.Operations([]catalog.Service{coded(t, c.n, c.first)})))(t)
		s := string(text)
		if got := strings.Count(s, "<xs:enumeration "); got != c.want {
			t.Errorf("%d codes: %d written", c.n, got)
		}
		if !strings.Contains(s, "Clasificatorul kind/1.0.0: Feluri") || !strings.Contains(s, "Классификатор kind/1.0.0: Feluri") {
			t.Errorf("%d codes: the classifier is not named", c.n)
		}
		if c.want > 1 && !strings.Contains(s, `<xs:documentation xml:lang="ro">felul 1 &lt;&amp;&gt;</xs:documentation>`) {
			t.Errorf("%d codes: no labels", c.n)
		}
	}
}
