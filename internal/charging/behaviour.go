package charging

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/quirks"
)

// manners is how a station is treated: its behaviour, and what of it is made ready for every message.
type manners struct {
	quirks.Behaviour
	// zone is where times without one are; nil where that isn't known.
	zone *time.Location
}

var usual manners

// treat is the present treatment of the station.
func (l *Link) treat() *manners {
	if m := l.manners.Load(); m != nil {
		return m
	}
	return &usual
}

// Behaviour says how the station wants to be treated. It is resolved when the station connects, and anew at each boot, when
// it has said what it is; until then what its operator changes has no effect on a connection that stands. It is never nil, and
// any goroutine may ask. The caller must not change it.
func (l *Link) Behaviour() *quirks.Behaviour { return &l.treat().Behaviour }

// behaviourColumns are what a behaviour follows from, of stations s.
const behaviourColumns = "s.vendor, s.model, s.firmware_version, s.quirks::text, (select place.timezone from locations place where place.id = s.location_id)"

// traits are what a behaviour follows from.
type traits struct {
	quirks.Identity
	// override is what the station's operator says, as JSON; zone the one of its location.
	override, zone *string
}

// columns take behaviourColumns.
func (t *traits) columns() []any {
	return []any{&t.Vendor, &t.Model, &t.Firmware, &t.override, &t.zone}
}

// resolve says how a station behaves, and what decided it. An override that can't be read counts as none, and is returned as an
// error beside what holds without it.
func (t *traits) resolve() (quirks.Behaviour, []quirks.Applied, error) {
	var override quirks.Behaviour
	var err error
	if t.override != nil {
		if override, err = quirks.ParseOverride([]byte(*t.override)); err != nil {
			override, err = quirks.Behaviour{}, fmt.Errorf("read the station's own quirks, which don't count until they are set again: %w", err)
		}
	}
	behaviour, applied := quirks.Resolve(quirks.Default(), t.Identity, override)
	return behaviour, applied, err
}

// meet settles how the station is treated from now on.
func (l *Link) meet(t traits) {
	t.Version = l.Version
	behaviour, _, err := t.resolve()
	if err != nil {
		l.service.logger.Warn("a station is treated without its own quirks", "station", l.Identity, "error", err)
	}
	m := &manners{Behaviour: behaviour}
	switch zone := quirks.Or(behaviour.ZoneForZonelessTimes, ""); {
	case zone == "":
	case zone != "location":
		m.zone, _ = time.LoadLocation(zone) // checked when it was set
	case t.zone != nil:
		m.zone, _ = time.LoadLocation(*t.zone) // checked when the location was made
	}
	l.manners.Store(m)
}

// versions are the OCPP version to choose among several, empty for the newest, and the one to speak when the station names none.
//
// What the operator says of the station goes before what the table says of its make. A station's version is 1.6 when nobody
// said anything, so that a row of the table that knows the make goes before a 1.6, and only before that; who means 1.6 all the
// same says so with the quirk defaultVersion. Of a station that never booted the table knows nothing.
func (c *candidate) versions() (preferred, byDefault string) {
	t := traits{Identity: quirks.Identity{Vendor: c.vendor, Model: c.model, Firmware: c.firmware}}
	if c.quirks != nil {
		text := string(c.quirks)
		t.override = &text
	}
	behaviour, applied, _ := t.resolve() // what is wrong with an override is told once the station is connected
	preferred = quirks.Or(behaviour.PreferredVersion, "")
	if c.preferred != nil {
		preferred = *c.preferred
	}
	own := len(applied) > 0 && applied[0].Row == nil && applied[0].Decides("defaultVersion")
	if byDefault = quirks.Or(behaviour.DefaultVersion, c.version); c.version != "1.6" && !own {
		byDefault = c.version
	}
	return preferred, byDefault
}

// Behaviour says how a station wants to be treated, and which rows of the table, or its own quirks, decided what. The error, of
// quirks that can't be read any more, comes beside what holds without them.
func (s *Service) Behaviour(_ context.Context, st *ent.Station) (quirks.Behaviour, []quirks.Applied, error) {
	t := traits{Identity: quirks.Identity{Vendor: st.Vendor, Model: st.Model, Firmware: st.FirmwareVersion, Version: st.ConnectionVersion}}
	if st.Quirks != nil {
		text := string(*st.Quirks)
		t.override = &text
	}
	return t.resolve()
}

// behaviourOf says how a station that the viewer sees wants to be treated, as it is known now: what an operator changes counts at
// once for the commands that are sent to it.
func (s *Service) behaviourOf(ctx context.Context, station uuid.UUID) (quirks.Behaviour, error) {
	var t traits
	rows, err := s.db.Query(ctx, "select s.connection_version, "+behaviourColumns+" from stations s where s.id = $1", station)
	if err != nil {
		return quirks.Behaviour{}, fmt.Errorf("look up how the station behaves: %w", err)
	}
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
		return nil, row.Scan(append([]any{&t.Version}, t.columns()...)...)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return quirks.Behaviour{}, fault.Missing("station")
	}
	if err != nil {
		return quirks.Behaviour{}, fmt.Errorf("look up how the station behaves: %w", err)
	}
	behaviour, _, err := t.resolve()
	if err != nil {
		s.logger.Warn("a station is treated without its own quirks", "station", station, "error", err)
	}
	return behaviour, nil
}

// InStationsZone moves an instant that was read as UTC, for want of a zone, to the zone that the station writes its times in,
// where that is known. Of the two instants that the hour has when summer time ends the one nearer to the receipt is meant.
func (l *Link) InStationsZone(said, received time.Time) time.Time {
	zone := l.treat().zone
	if zone == nil || said.IsZero() {
		return said
	}
	meant := time.Date(said.Year(), said.Month(), said.Day(), said.Hour(), said.Minute(), said.Second(), said.Nanosecond(), zone)
	for _, hour := range []time.Duration{-time.Hour, time.Hour} {
		if other := meant.Add(hour); other.Hour() == meant.Hour() && received.Sub(other).Abs() < received.Sub(meant).Abs() {
			return other.UTC()
		}
	}
	return meant.UTC()
}

// tag is a token as it counts: without what readers add by accident, and without what this station adds.
func (l *Link) tag(idTag string) string {
	tag := cleanTag(idTag)
	separator := ""
	switch quirks.Or(l.Behaviour().TokenCleanup, "") {
	case "before_underscore":
		separator = "_"
	case "before_semicolon":
		separator = ";"
	default:
		return tag
	}
	// A tag that begins with the separator has nothing before it that could count.
	if counts, _, found := strings.Cut(tag, separator); found && strings.TrimSpace(counts) != "" {
		return cleanTag(counts)
	}
	return tag
}
