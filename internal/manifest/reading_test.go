package manifest

import (
	"fmt"
	"testing"

	"mconnect/internal/appendlog"
)

// TestReadAllKeepsTheOrder: many documents, read on several processors, arrive the order of the page, each with its own
// value or its own error.
func TestReadAllKeepsTheOrder(t *testing.T) {
	o := newOffice(t)
	const doc = `{"id":"a%d","consumer":"aa.bb","service":"GetX","version":"1.0.0","purposes":[{"code":"scop","title":{"ro":"Scop"},` +
		`"legal_basis":{"act":"Lege","article":"art. 1"},"accepts":["Lege"],"fields":["LastName"]}]}`
	for _, n := range []int{0, 1, piece, piece + 1, 5*piece + 3} {
		page := make([]appendlog.Resource, n)
		for i := range page {
			page[i] = appendlog.Resource{Kind: Agreement, ID: fmt.Sprintf("a%d", i), Doc: fmt.Appendf(nil, doc, i), Deleted: i%10 == 3}
			if i%10 == 7 {
				page[i].Doc = []byte(`{"id":`)
			}
		}
		all := o.readAll(page)
		if len(all) != n {
			t.Fatalf("%d of %d documents", len(all), n)
		}
		for i, one := range all {
			switch i % 10 {
			case 3:
				if one.value != nil || one.agreement != nil || one.err != nil {
					t.Fatalf("a deleted document was read: %+v", one)
				}
			case 7:
				if one.err == nil {
					t.Fatalf("document %d is no JSON, and was read", i)
				}
			default:
				if one.err != nil || one.agreement == nil || string(one.agreement.ID) != page[i].ID {
					t.Fatalf("document %d of %d: %+v", i, n, one)
				}
			}
		}
	}
}
