package rest

import (
	"net/http"
	"testing"
	"time"

	"mconnect/internal/domain/catalog"
)

// TestDeprecation_IsAnnounced: when, until when, and where to go, if anywhere.
func TestDeprecation_IsAnnounced(t *testing.T) {
	for successor, link := range map[string]string{
		"GetPerson/2.0.0": `</api/v1/GetPerson/2.0.0>; rel="successor-version"`, catalog.NoSuccessor: "", "": "",
	} {
		h := http.Header{}
		deprecate(h, &catalog.Ready{Service: catalog.Service{
			Deprecation: time.Unix(1_700_000_000, 0), Sunset: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC), Successor: successor,
		}})
		if h.Get("Deprecation") != "@1700000000" || h.Get("Sunset") != "Sat, 02 Jan 2027 03:04:05 GMT" || h.Get("Link") != link {
			t.Errorf("%q: %v", successor, h)
		}
	}
}
