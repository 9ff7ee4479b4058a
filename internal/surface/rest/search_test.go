package rest

import (
	"net/url"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/catalog/search"
)

// FuzzReadSearch: whatever stands behind the question mark is read within bounds or refused with query.invalid.
func FuzzReadSearch(f *testing.F) {
	for _, seed := range []string{"q=persoan%C4%83", "q=&limit=10&offset=2", "personal=true&owner=asp&category=populatie", "q=a&q=b", "limit=-1", "limit=9999999999999999999", "%", "a=b;c=d", "q=%ff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := readSearch(raw)
		if err != nil {
			if fault.From(err).Code != fault.QueryInvalid {
				t.Fatal(err)
			}
			return
		}
		if !q.Serving || q.Versions || q.Offset < 0 || q.Limit < 0 || q.Limit > search.MaxLimit || len([]rune(q.Text)) > maxQuery || q.Status != "" {
			t.Fatalf("%q: %+v", raw, q)
		}
		values, err := url.ParseQuery(raw)
		if err != nil || values.Get("q") != q.Text {
			t.Fatalf("%q: %+v", raw, q)
		}
	})
}
