package endpoint

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/pires/go-proxyproto"
)

// Plain watches a port without TLS for stations that speak it there, which then get an answer that they can't read. Failed is told of each.
func Plain(inner net.Listener, failed func(ctx context.Context, remote netip.Addr, f Failure)) net.Listener {
	return &plain{Listener: inner, failed: failed}
}

type plain struct {
	net.Listener
	failed func(ctx context.Context, remote netip.Addr, f Failure)
	wg     sync.WaitGroup
}

func (p *plain) Accept() (net.Conn, error) {
	c, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plainConn{Conn: c, listener: p}, nil
}

// Close waits for what is being told.
func (p *plain) Close() error {
	err := p.Listener.Close()
	p.wg.Wait()
	return err
}

type plainConn struct {
	net.Conn
	listener *plain
	begun    bool
}

// Read looks at the first byte: no request of HTTP begins as a handshake of TLS does (RFC 8446 §5.1).
func (c *plainConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if !c.begun && n > 0 {
		c.begun = true
		if b[0] == 0x16 {
			remote := address(c.Conn)
			c.listener.wg.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), reportTimeout)
				defer cancel()
				c.listener.failed(ctx, remote, Failure{Reason: TLSOnPlain})
			})
		}
	}
	return n, err
}

// Proxied reads the PROXY protocol, version 1 and 2, of load balancers that are trusted to say for whom they speak. A header from anybody
// else ends the connection; without one it is as it looks.
func Proxied(inner net.Listener, trusted []netip.Prefix) net.Listener {
	return &proxyproto.Listener{Listener: inner, ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
		a, err := netip.ParseAddrPort(o.Upstream.String())
		if err == nil && slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a.Addr().Unmap()) }) {
			return proxyproto.USE, nil
		}
		return proxyproto.REJECT, nil
	}}
}
