package endpoint

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// say sends a text and gives the answer, up to the end.
func say(t *testing.T, address, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(c, text)
	answer, _ := io.ReadAll(c) // an abrupt end is one of the answers
	return string(answer)
}

// page asks an open connection for the page, and keeps it open.
func page(t *testing.T, c net.Conn) string {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

// opensslAsking types a line into an open connection of openssl, which takes letters for orders.
func opensslAsking(t *testing.T, address, line string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", append([]string{"s_client", "-connect", address}, args...)...)
	cmd.Stdin = strings.NewReader(line)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("openssl is needed: %v", err)
	}
	return string(out), err
}

// plainly serves HTTP without TLS, and gives its address.
func plainly(t *testing.T, told chan Failure) string {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: patience}
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(Plain(inner, func(_ context.Context, _ netip.Addr, f Failure) { told <- f }))
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
	})
	return inner.Addr().String()
}
