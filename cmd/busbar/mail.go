package main

import (
	"net"
	"net/mail"
	"net/url"
	"strconv"

	out "github.com/busbar-ev/busbar/internal/mail"
)

// sender makes what mails go out through: the server of BUSBAR_SMTP_URL, or nowhere.
func (c *config) sender() (out.Sender, error) {
	if c.SMTPURL == "" {
		return out.Nowhere{}, nil
	}
	const shape = "it must be smtp://user:password@host:587 (TLS after the greeting), smtps://user:password@host:465, or smtp://127.0.0.1:1025 for a server on this machine"
	server, err := url.Parse(c.SMTPURL)
	if err != nil || server.Hostname() == "" || server.Scheme != "smtp" && server.Scheme != "smtps" {
		return nil, usage("BUSBAR_SMTP_URL can't be used; %s", shape)
	}
	settings := out.Config{Host: server.Hostname(), Port: 587, Security: out.StartTLS, Username: server.User.Username()}
	settings.Password, _ = server.User.Password()
	if server.Scheme == "smtps" {
		settings.Port, settings.Security = 465, out.Implicit
	}
	if ip := net.ParseIP(server.Hostname()); server.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		settings.Security = out.Plain
	}
	if port := server.Port(); port != "" {
		if settings.Port, err = strconv.Atoi(port); err != nil {
			return nil, usage("BUSBAR_SMTP_URL has no port that can be used; %s", shape)
		}
	}
	from, err := mail.ParseAddress(c.MailFrom)
	if err != nil {
		return nil, usage("BUSBAR_MAIL_FROM is %q; with BUSBAR_SMTP_URL it must say who mails come from, such as Receipts <receipts@busbar.example>", c.MailFrom)
	}
	settings.From = out.Address{Name: from.Name, Email: from.Address}
	smtp, err := out.NewSMTP(settings)
	if err != nil {
		return nil, usage("BUSBAR_SMTP_URL can't be used: %v", err)
	}
	return smtp, nil
}
