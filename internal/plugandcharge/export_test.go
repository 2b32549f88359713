package plugandcharge

import "net/netip"

// Refuses says what the guard answers for an address that is about to be dialled; nothing is dialled.
func Refuses(allowed []netip.Prefix, address string) error {
	return guard{allowed}.control("tcp", address, nil)
}
