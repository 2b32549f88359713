package bus

import (
	"fmt"
	"strings"
)

// Subject names what an event or a call is about, such as tenant.<uuid>.station.<uuid>.status.
// The zero value is no subject.
//
// Its tokens are literal. Wildcards exist in a Pattern alone and are put there by the methods
// Any and All, never by text, and always behind at least two literal tokens: no id can carry
// one, and no pattern spans two tenants.
type Subject struct{ text string }

// Pattern selects subjects for a subscription.
type Pattern struct {
	text string
	kind shape
}

type shape uint8

const (
	none  shape = iota
	exact       // one subject
	one         // one token is free
	rest        // one or more tokens at the end are free
)

const (
	minTokens = 2
	// An event's subject is walked token by token at each publish.
	maxTokens  = 16
	maxSubject = 512
)

// NewSubject joins tokens. Empty tokens and tokens with a dot, a wildcard (* or >), white
// space or anything but printable ASCII are refused.
func NewSubject(tokens ...string) (Subject, error) {
	if len(tokens) < minTokens {
		return Subject{}, fmt.Errorf("bus subject %q: at least %d tokens are needed", tokens, minTokens)
	}
	if err := checkTokens(tokens); err != nil {
		return Subject{}, err
	}
	return bounded(strings.Join(tokens, "."), len(tokens))
}

// MustSubject is NewSubject for tokens that are constants or ids of our own; it panics on others.
func MustSubject(tokens ...string) Subject {
	return must(NewSubject(tokens...))
}

// Exact is the pattern of this subject alone.
func (s Subject) Exact() Pattern {
	if s.text == "" {
		return Pattern{}
	}
	return Pattern{s.text, exact}
}

// All is the pattern of every subject below this one, not of itself: tenant.<uuid> gives tenant.<uuid>.>
func (s Subject) All() Pattern {
	if s.text == "" {
		return Pattern{}
	}
	return Pattern{s.text + ".>", rest}
}

// Any is the pattern with one free token behind this subject, followed by the given tokens:
// tenant.<uuid>.station gives tenant.<uuid>.station.*.status for the tail "status".
func (s Subject) Any(tail ...string) (Pattern, error) {
	if s.text == "" {
		return Pattern{}, fmt.Errorf("bus pattern: it must start with a subject")
	}
	if err := checkTokens(tail); err != nil {
		return Pattern{}, err
	}
	text := s.text + ".*"
	if len(tail) > 0 {
		text += "." + strings.Join(tail, ".")
	}
	if _, err := bounded(text, strings.Count(text, ".")+1); err != nil {
		return Pattern{}, err
	}
	return Pattern{text, one}, nil
}

// MustAny is Any for tokens that are constants; it panics on others.
func (s Subject) MustAny(tail ...string) Pattern {
	return must(s.Any(tail...))
}

func (s Subject) String() string { return s.text }

func (p Pattern) String() string { return p.text }

// Token returns the token at position i, "" when there is none.
func (s Subject) Token(i int) string {
	parts := strings.Split(s.text, ".")
	if i < 0 || i >= len(parts) {
		return ""
	}
	return parts[i]
}

func checkTokens(tokens []string) error {
	for i, token := range tokens {
		if token == "" {
			return fmt.Errorf("bus subject: token %d of %q is empty", i, tokens)
		}
		for _, c := range []byte(token) {
			if c <= ' ' || c > '~' || c == '.' || c == '*' || c == '>' {
				return fmt.Errorf("bus subject: token %q holds %q, which is not allowed in a subject", token, rune(c))
			}
		}
	}
	return nil
}

func bounded(text string, tokens int) (Subject, error) {
	if tokens > maxTokens || len(text) > maxSubject {
		return Subject{}, fmt.Errorf("bus subject of %d tokens and %d bytes: at most %d tokens and %d bytes are allowed", tokens, len(text), maxTokens, maxSubject)
	}
	return Subject{text}, nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
