package registry_test

import (
	"net/netip"
	"slices"
	"testing"

	"mconnect/internal/domain/registry"
)

func TestValidate_WebhookHosts(t *testing.T) {
	s := aid
	s.Webhooks = []string{"events.example.md", "a.md:8443", "10.1.2.3", "[2001:db8::1]:443", "2001:db8::2"}
	if found := s.Validate(); len(found) != 0 {
		t.Errorf("%v", found)
	}
	for _, bad := range []string{"", "https://a.md", "A.md", "a..md", "-a.md", "a-.md", "a.md:0", "a.md:70000", "a.md:08", "a.md:x", "a b", "*.md", "a.md/", "a_b.md"} {
		s.Webhooks = []string{bad}
		if found := s.Validate(); len(found) != 1 || found[0].Path != "/webhooks/0" {
			t.Errorf("%q: %v", bad, found)
		}
	}
	s.Webhooks = slices.Repeat([]string{"a.md"}, 21)
	if found := s.Validate(); len(found) != 1 || found[0].Path != "/webhooks" {
		t.Errorf("%v", found)
	}
}

func TestSystem_MayPush(t *testing.T) {
	s := registry.System{Webhooks: []string{"events.example.md", "a.md:8443", "[2001:db8::1]:443"}, Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for _, c := range []struct {
		host, port string
		may        bool
	}{
		{"events.example.md", "443", true}, {"events.example.md", "1", true}, {"Events.Example.md", "443", true}, {"a.md", "8443", true}, {"a.md", "443", false},
		{"sub.events.example.md", "443", false}, {"2001:db8::1", "443", true}, {"10.1.2.3", "443", true}, {"::ffff:10.1.2.3", "443", true}, {"10.2.0.1", "443", false}, {"", "", false},
	} {
		if got := s.MayPush(c.host, c.port); got != c.may {
			t.Errorf("%s %s: %t", c.host, c.port, got)
		}
	}
	none := registry.System{}
	if none.Reaches(netip.MustParseAddr("10.1.2.3")) {
		t.Error("a system without networks is reached anywhere")
	}
}

// TestReaches_ThisMachineOnlyWhereItIsNamed: whoever allows every address has not allowed the platform's own services.
func TestReaches_ThisMachineOnlyWhereItIsNamed(t *testing.T) {
	for _, c := range []struct {
		networks, address string
		want              bool
	}{
		{"0.0.0.0/0", "127.0.0.1", false}, {"0.0.0.0/1", "127.0.0.1", false}, {"::/0", "::1", false}, {"127.0.0.0/8", "127.0.0.1", true},
		{"127.0.0.1/32", "127.0.0.1", true}, {"127.0.0.1/32", "127.0.0.2", false}, {"::1/128", "::1", true}, {"0.0.0.0/0", "::ffff:127.0.0.1", false},
		{"0.0.0.0/0", "10.1.2.3", true}, {"::/0", "2001:db8::1", true}, {"10.0.0.0/8", "10.1.2.3", true},
	} {
		s := registry.System{Networks: []netip.Prefix{netip.MustParsePrefix(c.networks)}}
		if got := s.Reaches(netip.MustParseAddr(c.address)); got != c.want {
			t.Errorf("%s in %s: %t", c.address, c.networks, got)
		}
	}
}
