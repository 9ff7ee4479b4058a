package mconnect

import "net/netip"

// InNetworks reports whether an address lies in one of the networks. Where there are none, every address is allowed.
// IPv4 written as IPv6 is IPv4, and a zone does not count.
func InNetworks(networks []netip.Prefix, address netip.Addr) bool {
	if len(networks) == 0 {
		return true
	}
	address = address.Unmap().WithZone("")
	for _, n := range networks {
		if n.Contains(address) {
			return true
		}
	}
	return false
}
