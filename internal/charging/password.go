package charging

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"unicode"

	"github.com/busbar-ev/busbar/internal/fault"
)

// Station passwords are machine credentials: random, so a keyed hash protects them as well as a slow one would, and ten
// thousand stations that come back at once cost milliseconds, not minutes.

// secret is a password as it is stored.
type secret struct{ salt, mac []byte }

func (s *Service) seal(password []byte) secret {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails: crypto/rand ends the program instead
	return secret{salt, s.mac(salt, password)}
}

func (s *Service) mac(salt, password []byte) []byte {
	h := hmac.New(sha256.New, s.config.Pepper)
	h.Write(salt)
	h.Write(password)
	return h.Sum(nil)
}

// form is how a station writes its password.
type form string

const (
	formRaw  form = "as given"
	formHex  form = "hex-decoded by the station"
	formText form = "hex-encoded by the station"
)

// matches compares what a station sent with a stored password, in every form in which makers send it: as it was entered,
// or, where their settings page takes hex, decoded or encoded once. A missing secret takes the same time.
func (s *Service) matches(stored secret, sent []byte) (form, bool) {
	if stored.salt == nil {
		stored = secret{make([]byte, 16), make([]byte, sha256.Size)}
	}
	candidates := []struct {
		form form
		text []byte
	}{
		{formRaw, sent},
		{formHex, []byte(hex.EncodeToString(sent))},
		{formHex, upperHex(sent)},
		{formText, decodeHex(sent)},
	}
	var found form
	for _, c := range candidates {
		if hmac.Equal(s.mac(stored.salt, c.text), stored.mac) && found == "" && len(c.text) > 0 {
			found = c.form
		}
	}
	return found, found != ""
}

func upperHex(b []byte) []byte {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return out
}

// decodeHex gives the bytes behind a hex text, or nothing.
func decodeHex(b []byte) []byte {
	out := make([]byte, hex.DecodedLen(len(b)))
	if _, err := hex.Decode(out, b); err != nil {
		return nil
	}
	return out
}

// newPassword is 40 hex digits: a form that every maker's settings page takes, and 160 bits.
func newPassword() string {
	b := make([]byte, 20)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// checkPassword accepts what OCPP's Basic authentication allows (OCPP 1.6 security whitepaper, A00.FR.205).
func checkPassword(password string) error {
	if n := len(password); n < 16 || n > 40 {
		return fault.In("password", "A station's password has 16 to 40 characters, and this one has %d. Leave it out to have one made.", n)
	}
	for _, r := range password {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) {
			return fault.In("password", "A station's password is made of printable ASCII characters: %q is not one.", r)
		}
	}
	return nil
}
