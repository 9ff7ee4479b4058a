package mconnect

import (
	"net/netip"
	"slices"
)

// InNetworks reports whether an address lies in one of the networks. Where there are none, every address is allowed.
// IPv4 written as IPv6 is IPv4, and a zone does not count.
func InNetworks(networks []netip.Prefix, address netip.Addr) bool {
	if len(networks) == 0 {
		return true
	}
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(address) })
}
