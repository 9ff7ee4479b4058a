package app_test

import (
	"crypto/tls"
	"net/http"
	"testing"
	"time"

	"mconnect/test/must"
)

// TestRevocation_ByTheAuthorityActsWithTheNextReading of its list, however often the certificate was used before.
func TestRevocation_ByTheAuthorityActsWithTheNextReading(t *testing.T) {
	w := newTestPlatform(t)
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	if status, _, body := r.ask("DOS-0001"); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	pair := must.Get(tls.LoadX509KeyPair(w.path("hall.pem"), w.path("hall-key.pem")))(t)
	must.OK(t, w.authority.Revoke(pair.Leaf, time.Now()))
	for { // the list is read every 5 s
		status, _, _ := r.ask("DOS-0001")
		if status == http.StatusUnauthorized {
			break
		}
		if status != http.StatusOK {
			t.Fatalf("%d", status)
		}
		<-time.After(50 * time.Millisecond)
	}
	r.end()
}
