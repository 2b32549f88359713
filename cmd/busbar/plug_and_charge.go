package main

import (
	"context"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/authority"
	"github.com/busbar-ev/busbar/internal/plugandcharge"
	"github.com/busbar-ev/busbar/internal/plugandcharge/pncdev"
	"github.com/busbar-ev/busbar/tenancy"
)

// PNCConfig is what can be set of Plug and Charge. It is exported so that the environment is read into it.
type PNCConfig struct {
	PNCURL     string   `env:"BUSBAR_PNC_URL"`
	PNCToken   string   `env:"BUSBAR_PNC_TOKEN"`
	PNCAllowed []string `env:"BUSBAR_PNC_ALLOWED_ADDRESSES" envSeparator:","`

	allowed []netip.Prefix
}

func (c *PNCConfig) check() error {
	if u, err := url.Parse(c.PNCURL); c.PNCURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil) {
		return usage("BUSBAR_PNC_URL is %q; it must be a whole URL, such as https://pnc.operator.example", c.PNCURL)
	}
	if c.PNCToken != "" && c.PNCURL == "" {
		return usage("BUSBAR_PNC_TOKEN is set without BUSBAR_PNC_URL: set both, or neither")
	}
	for _, text := range c.PNCAllowed {
		prefix, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return usage("BUSBAR_PNC_ALLOWED_ADDRESSES has %q, which is neither an address nor a range such as 10.0.0.0/8", text)
		}
		c.allowed = append(c.allowed, prefix)
	}
	return nil
}

// demoOperatorPath is where the demo's operator of Plug and Charge answers.
const demoOperatorPath = "/demo/plug-and-charge"

// openPlugAndCharge makes who is asked about certificates of cars. The demo has an operator of its own where none is set.
func (s *server) openPlugAndCharge(demo bool) (err error) {
	c := s.config
	to := plugandcharge.Config{URL: c.PNCURL, Token: c.PNCToken, Allowed: c.allowed, Secret: derive(c.secret, "plug and charge")}
	if demo && c.PNCURL == "" {
		to.URL, to.Token = s.url+demoOperatorPath, hex.EncodeToString(derive(c.secret, "plug and charge of the demo"))
		if s.pncDemo, err = pncdev.Open(filepath.Join(c.DataDir, "plug-and-charge-demo.json"), to.URL, to.Token); err != nil {
			return err
		}
		// Its responder is this server. Who reaches a server that listens on loopback alone is on the machine already.
		if host, _, _ := net.SplitHostPort(c.Listen); host == "127.0.0.1" || host == "::1" || host == "localhost" {
			to.Allowed = append(to.Allowed, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
		}
	}
	if s.plugAndCharge, err = plugandcharge.New(s.db, s.logger, to); err != nil {
		return err
	}
	s.charging.UsePlugAndCharge(s.plugAndCharge)
	return nil
}

// mountDemoOperator serves the demo's operator of Plug and Charge.
func (s *server) mountDemoOperator(mux *http.ServeMux) {
	if s.pncDemo != nil {
		mux.Handle(demoOperatorPath+"/", http.StripPrefix(demoOperatorPath, s.pncDemo.Handler()))
	}
}

// trustDemoOperator has the demo's tenant believe contracts of the demo's operator.
func (s *server) trustDemoOperator(ctx context.Context, tenant uuid.UUID) error {
	if s.pncDemo == nil {
		return nil
	}
	ctx = tenancy.NewContext(ctx, tenancy.Console(tenant))
	for kind, name := range map[string]string{authority.V2GRoot: pncdev.V2GRoot, authority.MORoot: pncdev.MORoot} {
		root := s.pncDemo.Root(name)
		if _, err := s.authorities.AddRoot(ctx, kind, pki.Name(root), pki.WritePEM(root)); err != nil {
			return err
		}
	}
	return nil
}
