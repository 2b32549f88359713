package plugandcharge_test

import (
	"net/netip"
	"testing"

	"github.com/busbar-ev/busbar/internal/plugandcharge"
)

// Addresses that only the server can reach are refused by what they are, whatever their name was, and in every way to write them. Nothing is
// dialled here: security case 46.
func TestSec046_AddressesInsideAreRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"127.0.0.1:80", "127.255.255.254:443", "0.0.0.0:80", "0.1.2.3:80", "[::1]:80", "[::]:80", "[::ffff:127.0.0.1]:80", "[::127.0.0.1]:80",
		"10.0.0.1:80", "10.255.255.255:443", "172.16.0.1:80", "172.31.255.255:80", "192.168.0.1:80", "[::ffff:10.0.0.1]:80", "[::ffff:192.168.1.1]:8080",
		"169.254.169.254:80", "169.254.0.1:80", "[fe80::1]:80", "[fe80::1%eth0]:80", "[fd00::1]:80", "[fc00::1]:80", "[fec0::1]:80", "[fd00:ec2::254]:80",
		"100.64.0.1:80", "100.127.255.255:80", "192.0.0.1:80", "192.0.2.1:80", "192.88.99.1:80", "198.18.0.1:80", "198.19.255.255:80", "198.51.100.1:80", "203.0.113.1:80",
		"224.0.0.1:80", "239.255.255.255:80", "240.0.0.1:80", "255.255.255.255:80", "[ff02::1]:80",
		"[64:ff9b::7f00:1]:80", "[64:ff9b::a00:1]:80", "[64:ff9b:1::1]:80", "[2002:7f00:1::]:80", "[2002:a00:1::]:80", "[2001:0:4136:e378::1]:80", "[2001:db8::1]:80", "[100::1]:80",
		"[3fff::1]:80", "[5f00::1]:80",
		// Nobody speaks of certificates where mail, files or names are served.
		"93.184.216.34:25", "93.184.216.34:22", "93.184.216.34:53", "93.184.216.34:1", "93.184.216.34:1023", "93.184.216.34:0",
		"localhost:80", "93.184.216.34", "93.184.216.34:http", ":80", "",
	} {
		if plugandcharge.Refuses(nil, address) == nil {
			t.Errorf("%s may be asked", address)
		}
	}
	for _, address := range []string{
		"93.184.216.34:80", "93.184.216.34:443", "93.184.216.34:8080", "[::ffff:93.184.216.34]:80", "[2606:2800:220:1::1]:443",
		// Beside those that are refused.
		"9.255.255.255:80", "11.0.0.1:80", "100.63.255.255:80", "100.128.0.1:80", "172.15.255.255:80", "172.32.0.1:80", "192.167.255.255:80", "192.169.0.1:80", "169.253.0.1:80", "198.17.255.255:80", "198.20.0.1:80",
	} {
		if err := plugandcharge.Refuses(nil, address); err != nil {
			t.Errorf("%s was refused: %v", address, err)
		}
	}
	allowed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/64")}
	for address, admitted := range map[string]bool{"10.1.2.3:25": true, "[::ffff:10.1.2.3]:80": true, "[fd00::1]:80": true, "10.2.0.1:80": false, "[fd00:0:0:1::1]:80": false, "127.0.0.1:80": false} {
		if err := plugandcharge.Refuses(allowed, address); (err == nil) != admitted {
			t.Errorf("beside what is allowed, %s was answered %v", address, err)
		}
	}
}
