package drivers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/evdriver"
	"github.com/busbar-ev/busbar/internal/fault"
)

// SignUp makes somebody a driver who proved that an address is theirs, in the only network of the viewer; it finds them where they are
// one already. A name that can't be one is left to the address.
func (s *Service) SignUp(ctx context.Context, email, name, language string) (uuid.UUID, error) {
	spec := Spec{Name: nameOf(name, email), Email: email, Language: language}
	if !slices.Contains(Languages(), language) {
		spec.Language = ""
	}
	made, err := s.Create(ctx, spec)
	if err == nil {
		return made.ID, nil
	}
	if !fault.Is(err, fault.Conflict) {
		return uuid.Nil, err
	}
	// Somebody was quicker: staff, or the same person at once with another phone.
	known, err := s.db.Ent().EVDriver.Query().Where(evdriver.Email(email)).Only(ctx)
	if ent.IsNotFound(err) {
		return uuid.Nil, fault.Missing("driver")
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("find the driver who has the address: %w", err)
	}
	return known.ID, nil
}

// nameOf is a name as somebody wrote it, or what stands before the @ of their address.
func nameOf(name, email string) string {
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, name)), " ")
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	if runes := []rune(name); len(runes) > longestName {
		name = string(runes[:longestName])
	}
	return name
}
