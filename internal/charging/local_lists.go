package charging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// LocalListEntry is a token in the list by which a station decides on its own.
type LocalListEntry struct {
	IDTag, Type string
	// Status is as OCPP names it, Accepted, Blocked or Expired; empty takes the token off the list.
	Status     string
	GroupID    string
	ValidUntil *time.Time

	token uuid.UUID
}

// The orders about a station's list.
type (
	// SendListOrder sends a part of the list: a first one that replaces what the station had, or changes to it.
	SendListOrder struct {
		about
		Version int64
		Full    bool
		Entries []LocalListEntry
	}
	// ListVersionOrder asks for the version of the list.
	ListVersionOrder struct{ about }
)

// ListAnswer is what a station answers about its list. Version is what OCPP 1.6 says it is: -1 where there are no lists, 0
// where the list is empty.
type ListAnswer struct {
	Status  string
	Version int64
}

// ListVersion is the version of a station's list.
type ListVersion struct {
	Version   int64 `json:"version"`
	Supported bool  `json:"supported"`
}

// ListResult is what was sent to a station.
type ListResult struct {
	Version int64    `json:"version"`
	Full    bool     `json:"full"`
	Sent    int      `json:"sent"`
	Removed int      `json:"removed"`
	Notes   []string `json:"notes,omitempty"`
	// Status is what the station answered last.
	Status string `json:"-"`
}

// listOrder brings a station's list up to date, in as many calls as that takes.
type listOrder struct {
	about
	full    bool
	version int64
	// entries are all that the station is to hold after a full update, changes what is sent to it.
	entries, changes []LocalListEntry
	limits           listLimits
	// knownAt is when what the station holds was last known.
	knownAt *time.Time
	notes   []string
	// repeated is set for a second attempt.
	repeated bool
}

// listLimits are what a station says of its list; 0 is what it doesn't say.
type listLimits struct {
	perMessage, bytesPerMessage, length int
	off                                 bool
}

// SendLocalList sends a station the tokens that may charge there: all of them, or what has changed. tokens limits that to some.
func (s *Service) SendLocalList(ctx context.Context, station uuid.UUID, full bool, tokens []uuid.UUID, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	o := listOrder{full: full}
	if err := s.listState(ctx, t, &o); err != nil {
		return nil, err
	}
	allowed, notes, err := s.listTokens(ctx, t, tokens)
	if err != nil {
		return nil, err
	}
	o.entries, o.notes = allowed, append(o.notes, notes...)
	if o.limits, err = s.listLimits(ctx, t); err != nil {
		return nil, err
	}
	if o.limits.off {
		o.notes = append(o.notes, "The list is switched off on the station: it decides by it once LocalAuthListEnabled is true.")
	}
	if o.changes = o.entries; !o.full {
		if o.changes, err = s.listChanges(ctx, t, o.entries, tokens); err != nil {
			return nil, err
		}
	}
	if most := o.limits.length; most > 0 && len(o.entries) > most {
		return nil, fault.In("tokenIds", "The station's list takes %d tokens, and %d may charge there: name the ones to send.", most, len(o.entries))
	}
	return s.command(ctx, t, o, wait)
}

// listState decides how a station's list is updated: what it holds must be known before changes can be sent.
func (s *Service) listState(ctx context.Context, t target, o *listOrder) error {
	rows, err := s.db.Query(ctx, "select coalesce(local_list_version, 0), local_list_at from stations where id = $1", t.Station)
	if err != nil {
		return fmt.Errorf("look up the station's list: %w", err)
	}
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&o.version, &o.knownAt) })
	if err != nil {
		return fmt.Errorf("look up the station's list: %w", err)
	}
	o.version = max(o.version, 0) + 1
	if !o.full && o.knownAt == nil {
		o.full = true
		o.notes = append(o.notes, "What the station holds isn't known, so that the whole list was sent instead of changes.")
	}
	return nil
}

// listTypes are the types of tokens that a station can take, by its version. OCPP 1.6 has no types, and no way to say what isn't
// a card or a number; 2.1 takes any.
var listTypes = map[string][]string{
	"1.6":   {"RFID", "ISO15693", "VIRTUAL", "KEY_CODE", "LOCAL"},
	"2.0.1": {"RFID", "ISO15693", "VIRTUAL", "KEY_CODE", "LOCAL", "EMAID", "MAC_ADDRESS"},
}

// listTokens are the tokens that a station's list should have, and what of them its version can't say. A station of OCPP 1.6 is
// told of blocked and expired ones, too, so that it doesn't take them for unknown.
func (s *Service) listTokens(ctx context.Context, t target, only []uuid.UUID) (entries []LocalListEntry, notes []string, err error) {
	rows, err := s.db.Query(ctx, `select t.id, t.id_tag, t.type, t.group_id, t.valid_until,
			case when 'BLOCKED' in (t.status, d.status) then 'Blocked' when t.valid_until <= $3 then 'Expired' else 'Accepted' end
		from tokens t left join drivers d on d.tenant_id = t.tenant_id and d.id = t.driver_id
		where (t.network_id is null or t.network_id = $1) and ($2::uuid[] is null or t.id = any ($2)) order by t.id_tag`, t.Network, only, s.now())
	if err != nil {
		return nil, nil, fmt.Errorf("load the tokens: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e LocalListEntry, err error) {
		err = row.Scan(&e.token, &e.IDTag, &e.Type, &e.GroupID, &e.ValidUntil, &e.Status)
		return e, err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("load the tokens: %w", err)
	}
	if len(only) > 0 && len(found) < len(only) {
		return nil, nil, fault.Missing("token")
	}
	var unsayable []string
	types, limited := listTypes[t.version]
	for _, e := range found {
		switch {
		case limited && !slices.Contains(types, e.Type), len(e.IDTag) > longestTag[t.version]:
			unsayable = append(unsayable, e.IDTag)
		case t.version == "1.6" || e.Status == "Accepted":
			entries = append(entries, e)
		}
	}
	if n := len(unsayable); n > 0 {
		named := strings.Join(unsayable[:min(n, 5)], ", ")
		notes = append(notes, fmt.Sprintf("OCPP %s can't say %d of the tokens, for their type or length: %s.", t.version, n, named))
	}
	return entries, notes, nil
}

// listChanges are what a station's list lacks, has otherwise, or has too much.
func (s *Service) listChanges(ctx context.Context, t target, wanted []LocalListEntry, only []uuid.UUID) ([]LocalListEntry, error) {
	rows, err := s.db.Query(ctx, `select coalesce(token_id, '00000000-0000-0000-0000-000000000000'), id_tag, type, group_id, valid_until, status
		from local_list_entries where station_id = $1 order by id_tag`, t.Station)
	if err != nil {
		return nil, fmt.Errorf("look up the station's list: %w", err)
	}
	held, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e LocalListEntry, err error) {
		err = row.Scan(&e.token, &e.IDTag, &e.Type, &e.GroupID, &e.ValidUntil, &e.Status)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("look up the station's list: %w", err)
	}
	has := make(map[string]LocalListEntry, len(held))
	for _, e := range held {
		has[strings.ToUpper(e.IDTag)] = e
	}
	var changes []LocalListEntry
	for _, e := range wanted {
		before, ok := has[strings.ToUpper(e.IDTag)]
		delete(has, strings.ToUpper(e.IDTag))
		if !ok || !before.same(e) {
			changes = append(changes, e)
		}
	}
	for _, e := range held {
		if _, gone := has[strings.ToUpper(e.IDTag)]; gone && (len(only) == 0 || slices.Contains(only, e.token)) {
			changes = append(changes, LocalListEntry{IDTag: e.IDTag, Type: e.Type})
		}
	}
	return changes, nil
}

func (e LocalListEntry) same(as LocalListEntry) bool {
	until := e.ValidUntil == nil && as.ValidUntil == nil || e.ValidUntil != nil && as.ValidUntil != nil && e.ValidUntil.Equal(*as.ValidUntil)
	return until && e.IDTag == as.IDTag && e.Type == as.Type && e.Status == as.Status && e.GroupID == as.GroupID
}

// listLimits looks up what a station says of its list (OCPP 1.6 §9.2, OCPP 2.0.1 Part 2 §2.5).
func (s *Service) listLimits(ctx context.Context, t target) (l listLimits, err error) {
	rows, err := s.db.Query(ctx, `select variable, value, coalesce(max_limit, 0) from station_variables where station_id = $1 and attribute = 'Actual'
		and (component = 'LocalAuthListCtrlr' or component = '' and variable in ('SendLocalListMaxLength', 'LocalAuthListMaxLength', 'LocalAuthListEnabled'))`, t.Station)
	if err != nil {
		return l, fmt.Errorf("look up what the station's list takes: %w", err)
	}
	var name, value string
	var most float64
	_, err = pgx.ForEachRow(rows, []any{&name, &value, &most}, func() error {
		n, _ := strconv.Atoi(strings.TrimSpace(value)) // what is no number says nothing
		switch name {
		case "SendLocalListMaxLength", "ItemsPerMessage":
			l.perMessage = n
		case "BytesPerMessage":
			l.bytesPerMessage = n
		case "LocalAuthListMaxLength":
			l.length = n
		case "Entries":
			l.length = int(most)
		case "LocalAuthListEnabled", "Enabled":
			l.off = strings.EqualFold(value, "false")
		}
		return nil
	})
	if err != nil {
		return l, fmt.Errorf("look up what the station's list takes: %w", err)
	}
	return l, nil
}

// The size of a call around its entries, and of an entry around its texts.
const (
	listFrame = 200
	listEntry = 200
)

// parts cuts the update into calls that the station can take. Only the first replaces the list; the versions rise.
func (o listOrder) parts() []Order {
	calls := []Order{}
	part := SendListOrder{Full: o.full, Version: o.version}
	size := listFrame
	for _, e := range o.changes {
		bytes := listEntry + len(e.IDTag) + len(e.GroupID)
		full := o.limits.perMessage > 0 && len(part.Entries) >= o.limits.perMessage || o.limits.bytesPerMessage > 0 && size+bytes > o.limits.bytesPerMessage
		if full && len(part.Entries) > 0 {
			calls = append(calls, part)
			part, size = SendListOrder{Version: part.Version + 1}, listFrame
		}
		part.Entries, size = append(part.Entries, e), size+bytes
	}
	return append(calls, part)
}

// last is the version of the list after the last call.
func (o listOrder) last() int64 { return o.version + int64(len(o.parts())) - 1 }

func (o listOrder) explain(end *commandEnd) {
	result := ListResult{Version: o.last(), Full: o.full, Notes: o.notes, Status: end.listAnswer().Status}
	for _, e := range o.changes {
		if e.Status == "" {
			result.Removed++
		} else {
			result.Sent++
		}
	}
	end.outcome.Results = []any{Single{result}}
}

// listAnswer is the last answer about a list.
func (e *commandEnd) listAnswer() (a ListAnswer) {
	if n := len(e.outcome.Results); n > 0 {
		if one, ok := e.outcome.Results[n-1].(Single); ok {
			a, _ = one.Value.(ListAnswer)
		}
	}
	return a
}

// second sends the whole list, once, to a station whose version isn't the one that it was believed to have.
func (o listOrder) second(ctx context.Context, s *Service, t target, end *commandEnd) Order {
	if o.repeated || end.listAnswer().Status != "VersionMismatch" {
		return nil
	}
	version, err := s.askListVersion(ctx, t)
	if err != nil {
		s.logger.Warn("a station's list can't be sent again, because its version isn't known", "station", t.identity, "error", err)
		return nil
	}
	o.full, o.repeated, o.changes, o.version = true, true, o.entries, max(version, 0)+1
	o.notes = append(slices.Clone(o.notes), "The station had another version of the list than was known, so that the whole list was sent.")
	return o
}

func (s *Service) askListVersion(ctx context.Context, t target) (int64, error) {
	call, err := s.commander.Prepare(t.version, ListVersionOrder{})
	if err != nil {
		return 0, err
	}
	end := s.send(ctx, t, []Call{call}, false)
	if !end.accepted() {
		return 0, errors.New(end.message)
	}
	return end.listAnswer().Version, nil
}

// LocalListVersion asks a station for the version of its list.
func (s *Service) LocalListVersion(ctx context.Context, station uuid.UUID, wait int) (*ent.Command, error) {
	return s.Order(ctx, station, ListVersionOrder{}, wait)
}
