package charging

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/remark"
)

// How a station is told to connect by another profile. OCPP 2.x has network profiles in slots and the order in which they are tried (B09, B10);
// OCPP 1.6 has one setting, after which the station connects anew by itself.

const (
	priorityKey = "OCPPCommCtrlr.NetworkConfigurationPriority"
	// restartPatience is how long a station that agreed to restart may take, while nothing runs on it.
	restartPatience = 30 * time.Minute
	// tidyPatience is how long it is tried to take the old way out of the station's order.
	tidyPatience = 10 * time.Minute
	// mostSlots bounds the slots that are tried where a station doesn't say which it has.
	mostSlots = 8
)

// writeNetwork writes the new way into a slot that the station doesn't use. Which that is, and the order there was, is kept before anything is
// changed.
func writeNetwork(ctx context.Context, s *Service, o *operation) (verdict, error) {
	if s.serverURL == nil {
		return fails(remark.New(remark.NoTLSEndpoint)), nil
	}
	if o.State.Slot == 0 {
		if v, err := s.chooseSlot(ctx, o); v.kind != "advance" || err != nil {
			return v, err
		}
		if err := s.keepState(ctx, o); err != nil {
			return verdict{}, err
		}
	}
	profile, err := s.networkProfile(ctx, o)
	if err != nil {
		return verdict{}, err
	}
	end, err := s.give(ctx, o, MessageOrder{
		Action: "SetNetworkProfile", Payload: fields{"configurationSlot": o.State.Slot, "connectionData": profile}, Writes: true, Kind: SettingNetworkProfile,
		Puts: []Setting{{Key: strconv.Itoa(o.State.Slot), Summary: profile["ocppCsmsUrl"].(string), Data: profile.json()}},
	})
	v, done := outcome(s, end, err, remark.New(remark.NetworkWritten, "slot", o.State.Slot))
	if !done {
		return verdict{}, err
	}
	if v.kind == "fail" && goesDown(o) {
		v.words = append(v.words, remark.New(remark.DowngradeNotAllowed))
	}
	return v, nil
}

// chooseSlot asks the station for its order of networks and takes a slot that isn't in it.
func (s *Service) chooseSlot(ctx context.Context, o *operation) (verdict, error) {
	end, err := s.give(ctx, o, GetConfigurationOrder{Keys: []string{priorityKey}})
	v, done := outcome(s, end, err, remark.New(remark.NetworksKnown))
	if !done {
		return verdict{}, err
	}
	if v.kind != "advance" {
		return v, nil
	}
	for _, result := range end.outcome.Results {
		if r, ok := result.(VariableResult); ok && r.Value != nil {
			o.State.Before = *r.Value
		}
	}
	used := slots(o.State.Before)
	if len(used) == 0 {
		return fails(remark.New(remark.NetworkOrderUnknown)), nil
	}
	known, err := s.knownVariables(ctx, o.Station)
	if err != nil {
		return verdict{}, err
	}
	offered := known[VariableKey{Component: "OCPPCommCtrlr", Name: "NetworkConfigurationPriority", Attribute: "Actual"}].Values
	for n := 1; n <= mostSlots && len(offered) == 0; n++ {
		o.State.Slot = n
		if !slices.Contains(used, strconv.Itoa(n)) {
			return v, nil
		}
	}
	for _, slot := range offered {
		slot = strings.TrimSpace(slot)
		if n, err := strconv.Atoi(slot); err == nil && n > 0 && !slices.Contains(used, slot) {
			o.State.Slot = n
			return v, nil
		}
	}
	o.State.Slot = 0
	return fails(remark.New(remark.NetworkSlotsFull, "key", priorityKey)), nil
}

// slots are those of an order of networks.
func slots(order string) (list []string) {
	for part := range strings.SplitSeq(order, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// networkProfile is the new way to connect: the station's present network, with our address over TLS.
func (s *Service) networkProfile(ctx context.Context, o *operation) (fields, error) {
	rows, err := s.db.Query(ctx, `select t.slug, coalesce(
			(select value from station_variables where station_id = s.id and component = 'NetworkConfiguration' and variable = 'OcppInterface' and attribute = 'Actual' and component_instance = $2 limit 1),
			(select data->>'ocppInterface' from station_settings where station_id = s.id and kind = $3 and key = $2 limit 1),
			case when s.iccid <> '' then 'Wireless0' else 'Wired0' end)
		from stations s join tenants t on t.id = s.tenant_id where s.id = $1`, o.Station, slots(o.State.Before)[0], SettingNetworkProfile)
	var slug, by string
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&slug, &by) })
	}
	if err != nil {
		return nil, fmt.Errorf("look how the station is connected: %w", err)
	}
	version := "OCPP20" // as 2.0.1 calls itself
	if o.State.Version == "2.1" {
		version = "OCPP21"
	}
	base := s.serverURL()
	if o.to() < 2 && len(s.config.StationURLs) > 0 {
		base = s.config.StationURLs[0]
	}
	return fields{
		"ocppVersion": version, "ocppTransport": "JSON", "ocppCsmsUrl": strings.TrimSuffix(base, "/") + "/ocpp/" + url.PathEscape(slug), "messageTimeout": 30,
		"securityProfile": o.to(), "ocppInterface": by,
	}, nil
}

// preferNetwork has the station try the new way first, and the old ones after it.
func preferNetwork(ctx context.Context, s *Service, o *operation) (verdict, error) {
	order := strconv.Itoa(o.State.Slot) + "," + strings.Join(slots(o.State.Before), ",")
	end, err := s.give(ctx, o, ChangeConfigurationOrder{Key: priorityKey, Value: order})
	v, done := outcome(s, end, err, remark.New(remark.NewWayPreferred))
	if !done {
		return verdict{}, err
	}
	return v, nil
}

// switchProfile has the station connect the new way, once nothing runs on it.
func switchProfile(ctx context.Context, s *Service, o *operation) (verdict, error) {
	p, err := s.presence(ctx, o.Station)
	if err != nil {
		return verdict{}, err
	}
	if met(o, p) {
		return advance(remark.New(remark.ConnectsNewWay)), nil // before a crash
	}
	running, err := s.sessionsRun(ctx, o.Station)
	switch {
	case err != nil:
		return verdict{}, err
	case running:
		return waitUntil(s.now().Add(lookAgain), remark.New(remark.WaitingForSession)), nil
	}
	now := s.now()
	var v verdict
	if o.State.Version == "1.6" {
		v, err = s.setProfile(ctx, o)
	} else {
		v, err = s.restart(ctx, o, o.State.Version)
	}
	if v.kind == "advance" {
		o.State.SwitchedAt = &now
	}
	return v, err
}

// setProfile has a station of OCPP 1.6 connect by another profile.
func (s *Service) setProfile(ctx context.Context, o *operation) (verdict, error) {
	end, err := s.give(ctx, o, GetConfigurationOrder{Keys: []string{"SecurityProfile"}})
	if v, done := outcome(s, end, err, remark.Remark{}); !done || v.kind != "advance" {
		return v, err
	}
	for _, result := range end.outcome.Results {
		if r, ok := result.(VariableResult); ok && r.Value != nil && *r.Value == strconv.Itoa(o.to()) {
			return advance(remark.New(remark.ProfileSet)), nil // it may refuse to be told twice
		}
	}
	end, err = s.give(ctx, o, ChangeConfigurationOrder{Key: "SecurityProfile", Value: strconv.Itoa(o.to())})
	v, done := outcome(s, end, err, remark.New(remark.ToldToSwitch))
	if !done {
		return verdict{}, err
	}
	if v.kind == "advance" && needsReboot(end) {
		// What became of the restart is seen when the station connects.
		if _, err := s.restart(ctx, o, o.State.Version); err != nil {
			return verdict{}, err
		}
	}
	return v, nil
}

// awaitProfile waits until the station is seen to connect by the profile.
func awaitProfile(ctx context.Context, s *Service, o *operation) (verdict, error) {
	p, err := s.presence(ctx, o.Station)
	if err != nil {
		return verdict{}, err
	}
	waiting := waitUntil(s.now().Add(lookAgain), remark.New(remark.WaitingForProfile, "profile", o.to()))
	switch {
	case met(o, p):
		return advance(remark.New(remark.ConnectedByProfile, "profile", p.profile)), nil
	case !p.online:
		waiting.until = s.now().Add(10 * lookAgain)
		return waiting, nil
	case o.State.SwitchedAt == nil:
		return waiting, nil
	case o.cameBack(p):
		if s.now().Before(p.connectedAt.Add(oldWayPatience)) {
			return waiting, nil
		}
		why, err := s.lastAttempt(ctx, o)
		return fails(append([]remark.Remark{remark.New(remark.CameBack, "profile", p.profile, "wanted", o.to())}, why...)...), err
	case o.State.Version == "1.6" && !o.State.Cut && s.now().After(o.State.SwitchedAt.Add(lookAgain)):
		// It should have connected anew by itself.
		o.State.Cut = true
		s.commander.Disconnect(ctx, p.Address, "connect again by the new security profile")
	case s.now().After(o.State.SwitchedAt.Add(restartPatience)):
		running, err := s.sessionsRun(ctx, o.Station)
		if err != nil || running {
			return waiting, err
		}
		return fails(remark.New(remark.DidNotReconnect)), nil
	}
	return waiting, nil
}

// lastAttempt says why the station was refused last since it was told to connect the new way.
func (s *Service) lastAttempt(ctx context.Context, o *operation) ([]remark.Remark, error) {
	rows, err := s.db.Query(ctx, "select explanation, said from connection_attempts where station_id = $1 and last_at >= $2 and outcome = 'REFUSED' order by last_at desc limit 1", o.Station, o.State.SwitchedAt)
	if err != nil {
		return nil, fmt.Errorf("look why the station was refused: %w", err)
	}
	var why string
	var said AttemptRemarks
	_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&why, &said) })
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("look why the station was refused: %w", err)
	}
	return remarksOr(said.Explanation, why), nil
}

// tidyNetworks takes ways that are less secure out of the station's order: whoever blocks the new one must not have it fall back to them. They
// let it in no more anyway, so that nothing hangs on this.
func tidyNetworks(ctx context.Context, s *Service, o *operation) (verdict, error) {
	order, err := s.secureOrder(ctx, o)
	if err != nil {
		return verdict{}, err
	}
	end, err := s.give(ctx, o, ChangeConfigurationOrder{Key: priorityKey, Value: order})
	v, done := outcome(s, end, err, remark.New(remark.OldWaysRemoved))
	switch {
	case !done:
		return verdict{}, err
	case v.kind == "wait" && s.now().Before(o.since("TIDY").Add(tidyPatience)):
		v.until = s.now().Add(lookAgain)
		return v, nil
	case v.kind == "advance":
		return v, nil
	}
	return advance(remark.New(remark.OldWaysKept)), nil
}

// secureOrder is the new way, and those of the old ones that are known to be as secure.
func (s *Service) secureOrder(ctx context.Context, o *operation) (string, error) {
	order := []string{strconv.Itoa(o.State.Slot)}
	rows, err := s.db.Query(ctx, `select key from station_settings where station_id = $1 and kind = $2 and key <> $3
		and case when data->>'securityProfile' ~ '^[0-9]$' then (data->>'securityProfile')::integer >= $4 else false end`, o.Station, SettingNetworkProfile, order[0], o.to())
	if err != nil {
		return "", fmt.Errorf("look which networks of the station are secure: %w", err)
	}
	secure, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", fmt.Errorf("look which networks of the station are secure: %w", err)
	}
	for _, slot := range slots(o.State.Before) {
		if slices.Contains(secure, slot) {
			order = append(order, slot)
		}
	}
	return strings.Join(order, ","), nil
}

// undoProfile puts back what was changed. The old way to connect counted all the while.
func undoProfile(ctx context.Context, s *Service, o *operation) (verdict, error) {
	if goesDown(o) && o.Step != "CHECK" {
		if _, err := s.db.Exec(ctx, "update stations set security_profile = $2, updated_at = $3 where id = $1 and removed_at is null", o.Station, o.from(), s.now()); err != nil {
			return verdict{}, fmt.Errorf("require what was required of the station: %w", err)
		}
	}
	said := []remark.Remark{}
	if needsPassword(o) {
		v, err := withdrawPassword(ctx, s, o)
		if err != nil {
			return verdict{}, err
		}
		said = append(said, v.words...)
	}
	if o.State.Slot != 0 && slices.Contains([]string{"PRIORITY", "SWITCH", "CONNECT", "REQUIRE"}, o.Step) {
		end, err := s.give(ctx, o, ChangeConfigurationOrder{Key: priorityKey, Value: o.State.Before})
		v, done := outcome(s, end, err, remark.New(remark.OrderRestored))
		switch {
		case !done && fault.Of(err) == nil:
			return verdict{}, err
		case v.kind == "wait" && s.now().Before(o.Deadline.Add(24*time.Hour)):
			v.words = append([]remark.Remark{remark.New(remark.OrderRestoredLater)}, v.words...)
			return v, nil
		case v.kind != "advance":
			v.words = append([]remark.Remark{remark.New(remark.OrderNotRestored)}, v.words...)
		}
		said = append(said, v.words...)
	}
	return advance(append(said, remark.New(remark.OldWayCounts))...), nil
}

// holdsPassword finds a station's running operation that made a password which the station may have.
const holdsPassword = "select id from security_operations where station_id = $1 and status = 'RUNNING' and sealed_secret is not null"

// passwordOnItsWay refuses another password while one is on its way to the station: it would take the place of one that the station may have.
func passwordOnItsWay(ctx context.Context, q querier, station uuid.UUID) error {
	rows, err := q.Query(ctx, holdsPassword, station)
	if err != nil {
		return fmt.Errorf("look whether a password is on its way to the station: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("look whether a password is on its way to the station: %w", err)
	}
	if len(list) > 0 {
		return fault.New(fault.Conflict, "A password is on its way to the station by OCPP, and it may have it already: wait for that, or cancel it.")
	}
	return nil
}
