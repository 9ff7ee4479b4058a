package registry

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"mconnect/fault"
)

func (s System) validateWebhooks(f *fault.Findings) {
	if len(s.Webhooks) > maxWebhooks {
		f.Add("/webhooks", fault.InputLength, "min", "0", "max", fmt.Sprint(maxWebhooks))
	}
	for i, w := range s.Webhooks {
		if !isHost(w) {
			f.Add(fmt.Sprintf("/webhooks/%d", i), fault.InputFormat, "want",
				"a host in lower case such as events.example.md or events.example.md:8443")
		}
	}
}

// isHost: a DNS name in lower case, or an address, with or without a port.
func isHost(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host = s
	} else if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

// MayPush reports that events of the system may be pushed to this host and port: they are registered, or the host is an
// address within the system's networks. What a name leads to is checked when a connection is made, not here.
func (s *System) MayPush(host, port string) bool {
	host = strings.ToLower(host)
	for _, w := range s.Webhooks {
		if w == host || w == net.JoinHostPort(host, port) {
			return true
		}
	}
	address, err := netip.ParseAddr(host)
	return err == nil && s.Reaches(address)
}

// Reaches reports that an address lies within the system's networks. A system without networks has none to be reached
// in. This machine's own addresses lie only in networks that name them: not in 0.0.0.0/0 or another one that holds half
// of the world.
func (s *System) Reaches(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(s.Networks, func(n netip.Prefix) bool {
		return n.Contains(address) && (!address.IsLoopback() || n.Bits() >= narrow)
	})
}

// narrow is the length of a prefix that names a network of its own.
const narrow = 8
