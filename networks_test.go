package mconnect

import (
	"net/netip"
	"testing"
)

// TestInNetworks: an address is compared as the plain one that it is; without networks any is allowed.
func TestInNetworks(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for address, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "11.1.2.3": false, "2001:db8::1": true, "2001:db8::1%eth0": true, "2001:db9::1": false,
	} {
		if InNetworks(networks, netip.MustParseAddr(address)) != want {
			t.Errorf("%s: not %t", address, want)
		}
		if !InNetworks(nil, netip.MustParseAddr(address)) {
			t.Errorf("%s is outside of no networks", address)
		}
	}
	if InNetworks(networks, netip.Addr{}) || !InNetworks(nil, netip.Addr{}) {
		t.Error("an unknown address")
	}
}
