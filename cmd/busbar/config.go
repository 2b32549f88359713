package main

import (
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/caarlos0/env/v11"
)

// environment is the variables of the process, or of a test.
type environment map[string]string

func newEnvironment(environ []string) environment {
	e := environment{}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			e[name] = value
		}
	}
	return e
}

// config is everything that can be set from outside.
type config struct {
	Listen         string   `env:"BUSBAR_LISTEN" envDefault:"127.0.0.1:8080"`
	PublicURL      string   `env:"BUSBAR_PUBLIC_URL"`
	DataDir        string   `env:"BUSBAR_DATA_DIR" envDefault:"./.busbar"`
	DatabaseURL    string   `env:"DATABASE_URL"`
	NATSURL        string   `env:"BUSBAR_NATS_URL"`
	SecretKey      string   `env:"BUSBAR_SECRET_KEY"`
	Node           string   `env:"BUSBAR_NODE"`
	LogLevel       string   `env:"BUSBAR_LOG_LEVEL" envDefault:"info"`
	HideSchema     bool     `env:"BUSBAR_HIDE_SCHEMA"`
	TrustedProxies []string `env:"BUSBAR_TRUSTED_PROXIES" envSeparator:","`
	RetentionDays  int      `env:"BUSBAR_RETENTION_DAYS" envDefault:"400"`
	SMTPURL        string   `env:"BUSBAR_SMTP_URL"`
	MailFrom       string   `env:"BUSBAR_MAIL_FROM"`
	S3Endpoint     string   `env:"BUSBAR_S3_ENDPOINT"`
	S3Bucket       string   `env:"BUSBAR_S3_BUCKET"`
	S3AccessKey    string   `env:"BUSBAR_S3_ACCESS_KEY"`
	S3SecretKey    string   `env:"BUSBAR_S3_SECRET_KEY"`
	S3Region       string   `env:"BUSBAR_S3_REGION"`
	MapStyleURL    string   `env:"BUSBAR_MAP_STYLE_URL"`
	TLSConfig
	PNCConfig

	secret  []byte
	style   *url.URL
	public  *url.URL
	proxies []netip.Prefix
}

// read fills a config from the environment; flags override it afterwards.
func (c *config) read(vars environment) error {
	err := env.ParseWithOptions(c, env.Options{Environment: vars})
	var aggregate env.AggregateError
	if errors.As(err, &aggregate) && len(aggregate.Errors) > 0 {
		err = aggregate.Errors[0]
	}
	if err != nil {
		return usage("the environment can't be used: %s", oneLine(err.Error()))
	}
	return nil
}

// check makes sense of the values, or says which one has none.
func (c *config) check() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return usage("BUSBAR_LISTEN (--listen) is %q; it must be host:port, such as 127.0.0.1:8080", c.Listen)
	}
	if c.PublicURL != "" {
		public, err := url.Parse(c.PublicURL)
		if err != nil || (public.Scheme != "http" && public.Scheme != "https") || public.Host == "" {
			return usage("BUSBAR_PUBLIC_URL is %q; it must be a whole URL, such as https://busbar.example", c.PublicURL)
		}
		c.public = public
	}
	if c.MapStyleURL != "" {
		style, err := url.Parse(c.MapStyleURL)
		if err != nil || (style.Scheme != "http" && style.Scheme != "https") || style.Host == "" {
			return usage("BUSBAR_MAP_STYLE_URL is %q; it must be a whole URL, such as https://tiles.example/style.json", c.MapStyleURL)
		}
		c.style = style
	}
	if c.SecretKey != "" {
		key, err := base64.StdEncoding.DecodeString(c.SecretKey)
		if err != nil || len(key) != 32 {
			return usage("BUSBAR_SECRET_KEY must be 32 bytes in base64, such as the output of: openssl rand -base64 32")
		}
		c.secret = key
	}
	if c.DatabaseURL != "" {
		u, err := url.Parse(c.DatabaseURL)
		if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			return usage("DATABASE_URL must look like postgres://user:password@host:5432/name")
		}
		if c.secret == nil {
			return usage("BUSBAR_SECRET_KEY must be set together with DATABASE_URL: the passwords of stations are hashed with it, so every node needs the same one")
		}
	}
	for _, text := range c.TrustedProxies {
		prefix, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return usage("BUSBAR_TRUSTED_PROXIES has %q, which is neither an address nor a range such as 10.0.0.0/8", text)
		}
		c.proxies = append(c.proxies, prefix)
	}
	if err := c.TLSConfig.check(len(c.proxies) > 0); err != nil {
		return err
	}
	if err := c.PNCConfig.check(); err != nil {
		return err
	}
	if c.RetentionDays < 7 {
		return usage("BUSBAR_RETENTION_DAYS is %d; messages are kept by the week, so it is at least 7", c.RetentionDays)
	}
	if c.S3Endpoint != "" && (c.S3Bucket == "" || c.S3AccessKey == "" || c.S3SecretKey == "") {
		return usage("BUSBAR_S3_ENDPOINT is set, so BUSBAR_S3_BUCKET, BUSBAR_S3_ACCESS_KEY and BUSBAR_S3_SECRET_KEY must be set too")
	}
	if c.S3Endpoint == "" && c.S3Bucket != "" {
		return usage("BUSBAR_S3_BUCKET is set without BUSBAR_S3_ENDPOINT, so files would be kept in the data directory: set both or neither")
	}
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		return usage("BUSBAR_LOG_LEVEL is %q; it is debug, info, warn or error", c.LogLevel)
	}
	return nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}

// errHelp is returned when --help was asked for and answered.
var errHelp = errors.New("help was shown")

// flags is a flag set that reports a mistake in one line.
func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

func parse(f *flag.FlagSet, args []string, stdout io.Writer) error {
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprintf(stdout, "busbar %s\n\n", f.Name())
		f.SetOutput(stdout)
		f.PrintDefaults()
		return errHelp
	case err != nil:
		return usage("%s: %s; busbar %s --help lists the flags", f.Name(), oneLine(err.Error()), f.Name())
	case f.NArg() > 0:
		return usage("%s: %q is not a flag; busbar %s --help lists them", f.Name(), f.Arg(0), f.Name())
	}
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "node"
	}
	return name
}
