package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Network is a network namespace with one wire to the caller's: the machine of a server that can vanish without a
// packet. Making one needs the rights of root and Debian's iproute2.
type Network struct {
	Name string // of the namespace, for Config.Namespace
	Host string // address of the machine inside
	near string // this end of the wire
	far  string // the end inside
}

// NewNetwork makes a namespace and its wire. Number tells networks of one process apart. Close removes it.
func NewNetwork(number int) (*Network, error) {
	id := fmt.Sprintf("mc%d-%d", os.Getpid(), number)
	net := fmt.Sprintf("198.18.%d", os.Getpid()%250) // of the range for tests of networks (RFC 2544)
	n := &Network{Name: id, Host: fmt.Sprintf("%s.%d", net, 4*number+2), near: id + "n", far: id + "f"}
	gate := fmt.Sprintf("%s.%d", net, 4*number+1)
	steps := []string{
		"netns add " + n.Name,
		"link add " + n.near + " type veth peer name " + n.far,
		"link set " + n.far + " netns " + n.Name,
		"addr add " + gate + "/30 dev " + n.near,
		"link set " + n.near + " up",
		"-n " + n.Name + " addr add " + n.Host + "/30 dev " + n.far,
		"-n " + n.Name + " link set " + n.far + " up",
		"-n " + n.Name + " link set lo up",
	}
	for _, step := range steps {
		if err := ip(step); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	return n, nil
}

// Vanish takes the machine off the wire: nothing that it was sent is answered any more, not even by a reset. Behind a
// router its address stays known and packets are lost; else the neighbours find that nobody has the address.
func (n *Network) Vanish(behindRouter bool) error {
	if behindRouter {
		if err := ip("neigh replace " + n.Host + " lladdr 02:00:00:00:00:01 nud permanent dev " + n.near); err != nil {
			return err
		}
	}
	return ip("-n " + n.Name + " addr flush dev " + n.far)
}

// Close removes the namespace; its servers must have ended.
func (n *Network) Close() error {
	err := ip("link del " + n.near)
	if err != nil && strings.Contains(err.Error(), "Cannot find device") {
		err = nil
	}
	return errors.Join(err, ip("netns del "+n.Name))
}

func ip(args string) error {
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", args, err, out)
	}
	return nil
}
