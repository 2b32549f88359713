package pki

import (
	"net"
	"slices"
)

// Names are what a server is called.
type Names struct {
	Hosts     []string
	Addresses []net.IP
}

// NamesOf sorts hosts and addresses, each once.
func NamesOf(list ...string) (n Names) {
	for _, name := range list {
		if ip := net.ParseIP(name); ip != nil {
			if !slices.ContainsFunc(n.Addresses, ip.Equal) {
				n.Addresses = append(n.Addresses, ip)
			}
		} else if name != "" && !slices.Contains(n.Hosts, name) {
			n.Hosts = append(n.Hosts, name)
		}
	}
	return n
}

func (n Names) first() string {
	if len(n.Hosts) > 0 {
		return n.Hosts[0]
	}
	if len(n.Addresses) > 0 {
		return n.Addresses[0].String()
	}
	return "busbar"
}
