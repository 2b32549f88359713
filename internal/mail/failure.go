package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// unreached is what went wrong before the mail was spoken of. None of it is the mail's fault, so it is worth another try, even where
// an operator has to change a setting first.
func (s *SMTP) unreached(err error) *Failure {
	f := &Failure{cause: err}
	var (
		answer      *textproto.Error
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		lookup      *net.DNSError
		timeout     net.Error
	)
	if errors.As(err, &answer) {
		f.Code = answer.Code
	}
	switch {
	case errors.As(err, &certificate):
		f.Message = fmt.Sprintf("The mail server %s shows a certificate that isn't trusted for it: %s. Check the host's name, or trust the authority that signed it.",
			s.server(), oneLine(certificate.Err.Error(), 200))
	case errors.As(err, &record):
		f.Message = fmt.Sprintf("The mail server %s doesn't begin with TLS. Port 465 usually does, with security %s; port 587 takes %s.", s.server(), Implicit, StartTLS)
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		f.Message = fmt.Sprintf("The mail server %s offers no STARTTLS, so nothing was sent to it. Port 587 usually has it; port 465 takes security %s.", s.server(), Implicit)
	case strings.Contains(err.Error(), "SMTP AUTH"):
		f.Message = fmt.Sprintf("The mail server %s didn't accept the user name and password%s. Check them; mails that wait are sent then.", s.server(), said(answer))
	case errors.As(err, &lookup):
		f.Message = fmt.Sprintf("The mail server's name %s isn't known. Check it, and that names are resolved on this machine. The mail is tried again.", s.config.Host)
	case errors.Is(err, context.Canceled):
		f.Message = "The mail was called off before the mail server had it."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		f.Message = fmt.Sprintf("The mail server %s didn't answer in time. The mail is tried again.", s.server())
	case answer != nil:
		f.Message = fmt.Sprintf("The mail server %s didn't let us in%s. The mail is tried again.", s.server(), said(answer))
	default:
		f.Message = fmt.Sprintf("The mail server %s can't be reached. Check its host and port, and that it runs. The mail is tried again.", s.server())
	}
	return f
}

func said(answer *textproto.Error) string {
	if answer == nil {
		return ""
	}
	return fmt.Sprintf(" (it said: %d %s)", answer.Code, oneLine(answer.Msg, 200))
}

// untaken is what went wrong with the mail itself. A code of 5xx is for good (RFC 5321 §4.2.1), except where it is about the sender:
// that is a setting of ours.
func (s *SMTP) untaken(m *Message, err error) *Failure {
	f := &Failure{cause: err}
	var failed *gomail.SendError
	if errors.As(err, &failed) {
		f.Code = failed.ErrorCode()
	}
	answer := ""
	if f.Code != 0 {
		answer = fmt.Sprintf(" (%d)", f.Code)
		if _, text, ok := strings.Cut(failed.Error(), fmt.Sprintf(": %d ", f.Code)); ok {
			text, _, _ = strings.Cut(text, ", affected ")
			if plain, err := strconv.Unquote(text); err == nil {
				text = plain
			}
			answer = fmt.Sprintf(" (it said: %d %s)", f.Code, oneLine(text, 200))
		}
	}
	to := oneLine(m.To.Email, maxEmail)
	switch {
	case f.Code == 0:
		f.Message = fmt.Sprintf("The connection to the mail server %s ended before it took the mail to %s. The mail is tried again.", s.server(), to)
	case failed.Reason == gomail.ErrSMTPMailFrom && f.Code >= 500:
		f.Message = fmt.Sprintf("The mail server %s takes no mails from %s%s. Check the sender's address; mails that wait are sent then.",
			s.server(), s.config.From.Email, answer)
	case f.Code < 500:
		f.Message = fmt.Sprintf("The mail server %s can't take the mail to %s now%s. The mail is tried again.", s.server(), to, answer)
	case failed.Reason == gomail.ErrSMTPRcptTo:
		f.Refused = true
		f.Message = fmt.Sprintf("The mail server refused the address %s%s. It isn't tried again: check the address.", to, answer)
	default:
		f.Refused = true
		f.Message = fmt.Sprintf("The mail server refused the mail to %s%s. It isn't tried again.", to, answer)
	}
	return f
}
