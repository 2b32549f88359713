package identity

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bojanz/currency"

	"github.com/busbar-ev/busbar/internal/fault"
)

const (
	maxName  = 200
	maxEmail = 254 // RFC 5321 §4.5.3.1.3, without the angle brackets
	maxSlug  = 63
)

var slugPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func checkSlug(field, slug string) error {
	if !slugPattern.MatchString(slug) {
		return fault.In(field, "A slug has 1 to 63 lower-case letters, digits and hyphens, and no hyphen at either end: %q is not one.", shown(slug))
	}
	return nil
}

// slugOf makes a slug from a name; a name without a single usable letter gives fallback.
func slugOf(name, fallback string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := b.String()
	slug = strings.Trim(slug[:min(len(slug), maxSlug-4)], "-") // leaves room for a number
	if slug == "" {
		return fallback
	}
	return slug
}

func checkName(field, name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fault.In(field, "A name has 1 to %d characters on one line.", maxName)
	}
	return name, nil
}

func checkEmail(field, email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || parsed.Name != "" || len(email) > maxEmail || strings.ContainsAny(email, "\" ") {
		return "", fault.In(field, "%q is not an e-mail address.", shown(email))
	}
	return email, nil
}

func checkCurrency(code string) (string, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if !currency.IsValid(code) {
		return "", fault.In("currency", "A currency is its ISO 4217 code, such as EUR, not %q.", shown(code))
	}
	return code, nil
}

func checkTimezone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return fault.In("timezone", "A time zone is an IANA name, such as Europe/Berlin, not %q.", shown(name))
	}
	return nil
}

// shown is a text from outside, fit to be repeated in a message.
func shown(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > 64 {
		return string(runes[:64]) + "…"
	}
	return text
}
