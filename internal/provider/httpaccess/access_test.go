package httpaccess

import (
	"crypto/tls"
	"testing"
	"time"

	"mconnect/test/registers"
)

func TestAccess_SecretIsReloaded(t *testing.T) {
	value := "one"
	s := &secret{read: func(string, string) ([]byte, error) { return []byte(value), nil }, kind: "bearer"}
	first, _ := s.append(nil)
	value = "two"
	cached, _ := s.append(nil)
	s.current.Store(&line{"", time.Now().Add(-time.Second)})
	again, _ := s.append(nil)
	if string(first) != string(cached) || string(again) != "Authorization: Bearer two\r\n" {
		t.Errorf("got %q, %q, %q", first, cached, again)
	}
}

func TestAccess_PlatformCertificateRotates(t *testing.T) {
	ours := registers.NewAuthority(t)
	first, second := ours.Issue(t, "first.test", time.Now().Add(time.Hour)), ours.Issue(t, "second.test", time.Now().Add(time.Hour))
	current := first
	i := &identity{anchors: registers.Fixed(ours.Pool()), serverName: "x", certificate: func() *tls.Certificate { return current }}
	a, b := i.config(), i.config()
	current = second
	c := i.config()
	if a != b || c == a || c.ClientSessionCache == a.ClientSessionCache || string(c.Certificates[0].Certificate[0]) != string(second.Certificate[0]) {
		t.Error("a new certificate must begin with new sessions, an old one keep its own")
	}
}
