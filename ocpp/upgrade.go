package ocpp

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/pki/endpoint"
	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// handshakeTimeout bounds what a handshake may wait for the database.
const handshakeTimeout = 15 * time.Second

// ServeHTTP answers a station's request to connect.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Some chargers leave the Connection header out of an otherwise good upgrade.
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") && r.Header.Get("Connection") == "" {
		r.Header.Set("Connection", "Upgrade")
	}
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "Stations connect here with a WebSocket. Enter this address as the central system URL, starting with ws:// or wss://.", http.StatusUpgradeRequired)
		return
	}
	if !s.enter() {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "The server is shutting down", http.StatusServiceUnavailable)
		return
	}
	defer s.busy.Done()
	h := s.readHandshake(r)
	ctx, cancel := context.WithTimeout(r.Context(), handshakeTimeout)
	defer cancel()
	admission, refusal, err := s.charging.Admit(ctx, h)
	switch {
	case err != nil && errors.Is(r.Context().Err(), context.Canceled): // it hung up
	case err != nil:
		s.unavailable(w, err)
	case refusal != nil:
		refuse(w, refusal)
	default:
		s.upgrade(ctx, w, r, h, admission)
	}
}

// unavailable asks the station to come back. What is wrong is ours.
func (s *Server) unavailable(w http.ResponseWriter, err error) {
	s.logger.Error("a station can't be let in", "error", err)
	w.Header().Set("Retry-After", "10")
	http.Error(w, "Temporarily unavailable", http.StatusServiceUnavailable)
}

// refuse answers every refusal alike: whoever guesses learns nothing. The operator reads the cause among the connection
// attempts.
func refuse(w http.ResponseWriter, r *charging.Refusal) {
	if r.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(r.RetryAfter.Seconds()))))
		http.Error(w, "Too many failed attempts", http.StatusTooManyRequests)
		return
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="ocpp"`)
	http.Error(w, "Unauthorized", http.StatusUnauthorized)
}

func (s *Server) upgrade(ctx context.Context, w http.ResponseWriter, r *http.Request, h charging.Handshake, a *charging.Admission) {
	version, offer := choose(h.Subprotocols, a.PreferredVersion, a.DefaultVersion)
	c := &conn{server: s, dialect: version}
	opts := websocket.AcceptOptions{
		Subprotocols: offer, InsecureSkipVerify: true, CompressionMode: compression(version), CompressionThreshold: compressFrom,
		OnPingReceived: func(context.Context, []byte) bool { c.heard(); return true },
		OnPongReceived: func(context.Context, []byte) { c.ponged.Store(true); c.heard() },
	}
	ws, err := websocket.Accept(w, r, &opts)
	if err != nil {
		if err := s.charging.RejectUpgrade(ctx, a, err); err != nil {
			s.logger.Error("a malformed upgrade can't be kept", "station", a.Identity, "error", err)
		}
		return
	}
	if version == nil {
		// OCPP-J 1.6 §3.2: complete the handshake, then close.
		if _, err := s.charging.Reject(ctx, a, h.Subprotocols); err != nil {
			s.logger.Error("a refused connection can't be kept", "station", a.Identity, "error", err)
		}
		_ = ws.Close(websocket.StatusProtocolError, "none of the offered OCPP versions is spoken here")
		return
	}
	link, err := s.charging.Connect(ctx, a, charging.Connection{Version: version.version().String(), Remote: h.Remote})
	if err != nil {
		// A station that hung up meanwhile is no fault of ours.
		if !errors.Is(err, charging.ErrNotAdmitted) && !errors.Is(r.Context().Err(), context.Canceled) {
			s.logger.Error("a station can't be connected", "station", a.Identity, "error", err)
		}
		_ = ws.Close(websocket.StatusTryAgainLater, "temporarily unavailable")
		return
	}
	ws.SetReadLimit(frame.MaxBytes)
	c.open(ws, link)
	if !s.adopt(c) {
		c.end()
		_ = ws.Close(websocket.StatusGoingAway, "connect again")
		return
	}
	// A takeover by another node may have come between: its notice found nothing here to close.
	if owns, err := s.charging.Owns(ctx, link); err != nil || !owns {
		c.superseded()
	}
	// The loop outlives the request, whose goroutine and buffers are given back.
	s.busy.Go(c.run)
}

// compressFrom is the size in bytes from which our messages are compressed. Below it there is little to win, and compressing takes
// a megabyte for as long as it lasts.
const compressFrom = 1 << 10

// compression is agreed to with stations of OCPP 2.x that offer it (Part 4 §3.3), and not of 1.6, where the standard has none. No
// context is kept from one message to the next: for an idle connection it would cost 40 KB and more. What comes inflated is counted
// against the same limit as what comes as it is.
func compression(d dialect) websocket.CompressionMode {
	if d == nil || d.version() == schema.V16 {
		return websocket.CompressionDisabled
	}
	return websocket.CompressionNoContextTakeover
}

// readHandshake gathers what a station presents.
func (s *Server) readHandshake(r *http.Request) charging.Handshake {
	h := charging.Handshake{URL: r.URL.EscapedPath(), UserAgent: r.UserAgent(), Subprotocols: offered(r)}
	h.Remote, h.TLS = s.peer(r)
	h.Legacy = r.TLS != nil && endpoint.Legacy(r.Context())
	if r.TLS != nil && !h.Legacy && h.TLS != terminated { // what a proxy presents is its own
		h.Certificates = r.TLS.PeerCertificates
	}
	if forwarded := s.forwarded(r, h.TLS); forwarded != nil {
		h.Certificates = forwarded
	}
	segments, err := pathSegments(r.URL.EscapedPath())
	if err != nil {
		h.Malformed = err.Error()
	}
	switch len(segments) {
	case 0:
	case 1:
		h.Identities = segments
	default:
		h.Tenant = segments[0]
		// Chargers append their serial, or their identity once more: the last segment is the likeliest, then the one before.
		for i := len(segments) - 1; i > 0; i-- {
			h.Identities = append(h.Identities, segments[i])
		}
	}
	readBasic(r, &h)
	return h
}

// pathSegments are the decoded parts of the path after /ocpp. A trailing slash adds none.
func pathSegments(escaped string) ([]string, error) {
	rest, _ := strings.CutPrefix(escaped, "/ocpp")
	var segments []string
	for part := range strings.SplitSeq(rest, "/") {
		if part == "" {
			continue
		}
		decoded, err := url.PathUnescape(part)
		if err != nil {
			return nil, fmt.Errorf("a %%-escape in it is broken")
		}
		if !charging.ValidIdentity(decoded) {
			return nil, fmt.Errorf("it has characters that identities don't have, or more than 48 of them")
		}
		segments = append(segments, decoded)
		if len(segments) > 4 {
			return nil, fmt.Errorf("the path has too many parts")
		}
	}
	return segments, nil
}

// readBasic reads HTTP Basic authentication. An identity may hold colons, so the user name is what the URL says where that
// fits. A station that gives no identity in its URL is the one its user name says.
func readBasic(r *http.Request, h *charging.Handshake) {
	encoded, ok := cutPrefixFold(r.Header.Get("Authorization"), "Basic ")
	if !ok {
		return
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		raw, err = base64.RawStdEncoding.DecodeString(strings.TrimSpace(encoded))
	}
	if err != nil {
		h.HasBasic = true // something was sent, and it is no credential
		return
	}
	h.HasBasic = true
	credential := string(raw)
	for _, identity := range h.Identities {
		if password, ok := strings.CutPrefix(credential, identity+":"); ok {
			h.BasicUser, h.Password = identity, []byte(password)
			return
		}
	}
	user, password, _ := strings.Cut(credential, ":")
	h.BasicUser, h.Password = user, []byte(password)
	if len(h.Identities) == 0 && h.Malformed == "" && charging.ValidIdentity(user) {
		h.Identities = []string{user}
	}
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// peer is who connects, and over which TLS. Only proxies that are configured may speak for somebody else.
func (s *Server) peer(r *http.Request) (netip.Addr, string) {
	tls := ""
	if r.TLS != nil {
		tls = endpoint.VersionName(r.TLS.Version)
		if endpoint.Legacy(r.Context()) {
			tls += " (legacy listener)"
		}
	}
	direct, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, tls
	}
	address := direct.Addr().Unmap()
	if !s.trusted(address) {
		return address, tls
	}
	switch proto := r.Header.Get("X-Forwarded-Proto"); {
	case strings.EqualFold(proto, "https"), strings.EqualFold(proto, "wss"):
		tls = terminated
	case proto != "":
		tls = "" // the proxy speaks TLS to us, and the station doesn't to the proxy
	}
	// The nearest address that isn't one of our own proxies is the station's.
	hops := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap()
		if !s.trusted(address) {
			break
		}
	}
	return address, tls
}

// terminated is what is known of TLS that ends in front of us.
const terminated = "terminated by proxy"

func (s *Server) trusted(address netip.Addr) bool {
	for _, prefix := range s.config.TrustedProxies {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}
