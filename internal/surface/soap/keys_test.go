package soap_test

import (
	"os"
	"strings"
	"sync"
	"testing"

	"mconnect/internal/config"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

// TestKeys_SigningKeyRotates: by new files, without a restart; who pins the old certificate sees the change at once.
func TestKeys_SigningKeyRotates(t *testing.T) {
	w := newTestPlatform(t)
	ask := func() string {
		return w.post(w.client(""), "/soap", sealed(t, safe("sha256"), askPerson, blocks, w.parties["hall.app"]), nil).body
	}
	if bodyOf(t, ask(), w.signing) != person {
		t.Error("the first key")
	}
	cfg := w.app.Config.PKI
	fresh := must.Get(w.Authority.Issue(authority.Request{Use: authority.ForSigning, Name: "mconnect", RSA: true}))(t)
	must.OK(t, fresh.Save(cfg.SigningCertificate, cfg.SigningKey))
	if changed, err := w.app.Signing.Reload(); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if bodyOf(t, ask(), fresh.Certificate) != person {
		t.Error("the second key")
	}
	must.OK(t, os.WriteFile(cfg.SigningKey, []byte("half"), 0o600))
	if _, err := w.app.Signing.Reload(); err == nil {
		t.Error("half a pair was taken")
	}
	if bodyOf(t, ask(), fresh.Certificate) != person {
		t.Error("the former stays in use")
	}
}

// TestKeys_WithoutAnRSACertificateP256Signs: an installation older than the certificate goes on, and says so.
func TestKeys_WithoutAnRSACertificateP256Signs(t *testing.T) {
	w := newTestPlatform(t, func(c *config.Config) { c.Node = withoutRSA })
	g := w.post(w.client(""), "/soap", sealed(t, safe("sha256"), askPerson, blocks, w.parties["hall.app"]), nil)
	if g.status != 200 || bodyOf(t, g.body, w.Platform) != person {
		t.Errorf("%d %s", g.status, g.body)
	}
}

// TestKeys_CallersAtOnce: each gets the answer to its own question, under the signature of its own call.
func TestKeys_CallersAtOnce(t *testing.T) {
	w := newTestPlatform(t)
	const callers, each = 8, 6
	var all sync.WaitGroup
	for n := range callers {
		name, content, want := "GetPerson", askPerson, person
		if n%2 == 1 {
			name, content, want = "GetRealEstates", calling("GetRealEstates", "IDNP", "2999000000003"), "0100101.003"
		}
		c := w.client("")
		all.Go(func() {
			for range each {
				g := w.post(c, "/soap/hall.app", sealed(t, safe("sha256"), content, blocks, w.parties["hall.app"]), nil)
				if got := bodyOf(t, g.body, w.signing); !strings.Contains(got, want) {
					t.Errorf("%s: %s", name, got)
				}
			}
		})
	}
	all.Wait()
	if w.app.Ready(t.Context()) != nil {
		t.Error("not ready any more")
	}
}
