package charging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/remark"
	"github.com/busbar-ev/busbar/internal/secrets"
)

// A station is given a new password while the old one still counts (OCPP 2.0.1 A01, security whitepaper A01):
//
//	MAKE (kept sealed; good as the next one) ─> SEND (the station takes it) ─> USE (it connects with it: the old one counts no more)
//	                                              └─ it refuses ─> withdrawn
//
// Where nobody can know whether the station took it, both count: a password too many is harmless, one too few strands the station.

const (
	passwordPatience = 3 * 24 * time.Hour
	// oldWayPatience is how long a station may go on the old way after it was told of a new one and came back.
	oldWayPatience = 2 * time.Minute
)

func passwordFlow() *flow {
	return &flow{
		stages:   []stage{{key: "MAKE", do: makePassword}, {key: "SEND", do: sendPassword}, {key: "USE", do: awaitPassword}},
		undo:     withdrawPassword,
		patience: passwordPatience,
		what:     func(*operation) string { return "a new password" },
	}
}

// PushPassword gives a station a new password by OCPP. Nobody gets to see it.
func (s *Service) PushPassword(ctx context.Context, station uuid.UUID) (*ent.SecurityOperation, error) {
	return s.begin(ctx, station, func(_ context.Context, _ *db.Tx, st *ent.Station) (NewOperation, error) {
		switch {
		case s.box == nil:
			return NewOperation{}, errNoBox
		case st.SecurityProfile == 3:
			return NewOperation{}, fault.New(fault.Conflict, "The station connects by certificate, and has no password: renew its certificate instead.")
		}
		return NewOperation{Kind: OperationPassword}, nil
	})
}

// errNoBox refuses to make passwords that couldn't be kept until stations have them.
var errNoBox = fault.New(fault.Conflict, "This server has no secret key with which to keep a password until the station has it: set one first.")

func (o *operation) secretPlace() secrets.Place {
	return secrets.Place{Tenant: o.Tenant, Table: "security_operations", Column: "sealed_secret", Record: o.ID}
}

// makePassword makes the password and has it count beside the present one, in one transaction.
func makePassword(ctx context.Context, s *Service, o *operation) (verdict, error) {
	if s.box == nil {
		return fails(remark.New(remark.NoSecretKey)), nil
	}
	password, sent, err := s.sentBefore(ctx, o)
	if err != nil {
		return verdict{}, err
	}
	if sent {
		o.State.Sent = 1
	} else {
		password = []byte(newPassword())
	}
	defer clear(password)
	closed, err := s.box.Seal(o.secretPlace(), password)
	if err != nil {
		return verdict{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		tag, err := tx.Exec(ctx, "update security_operations set sealed_secret = $2 where id = $1 and sealed_secret is null and status = 'RUNNING'", o.ID, closed)
		if err != nil || tag.RowsAffected() == 0 {
			return err // it was made before a crash
		}
		if sent {
			return nil // it counts already
		}
		next := s.seal(password)
		_, err = tx.Exec(ctx, "update stations set next_password_salt = $2, next_password_mac = $3, updated_at = $4 where id = $1", o.Station, next.salt, next.mac, s.now())
		return err
	})
	if err != nil {
		return verdict{}, fmt.Errorf("make a password: %w", err)
	}
	return advance(remark.New(remark.PasswordMade)), nil
}

// sentBefore is the password of an operation that failed when nobody could know whether the station had it, while it still counts: another one in
// its place would shut out a station that has it.
func (s *Service) sentBefore(ctx context.Context, o *operation) (password []byte, sent bool, err error) {
	rows, err := s.db.Query(ctx, `select o.id, o.sealed_secret, s.next_password_salt, s.next_password_mac from security_operations o join stations s on s.id = o.station_id
		where o.station_id = $1 and o.id <> $2 and o.status <> 'RUNNING' and o.sealed_secret is not null and s.next_password_salt is not null order by o.created_at desc limit 1`, o.Station, o.ID)
	var before uuid.UUID
	var closed []byte
	var next secret
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) {
			return nil, row.Scan(&before, &closed, &next.salt, &next.mac)
		})
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("look for a password that the station may have: %w", err)
	}
	place := o.secretPlace()
	place.Record = before
	if password, err = s.box.Open(place, closed); err != nil {
		return nil, false, fmt.Errorf("open a password that the station may have: %w", err)
	}
	// A password that somebody gave the station by hand took its place.
	_, sent = s.matches(next, password)
	return password, sent, nil
}

// forgetPasswords drops what is kept sealed of passwords that were seen since, or that count no more.
func (s *Service) forgetPasswords(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `update security_operations o set sealed_secret = null where sealed_secret is not null and status <> 'RUNNING'
		and not exists (select from stations s where s.id = o.station_id and s.next_password_salt is not null)`)
	if err != nil {
		return fmt.Errorf("forget passwords that stations have: %w", err)
	}
	return nil
}

// password opens the password that an operation made.
func (s *Service) password(ctx context.Context, o *operation) (string, error) {
	rows, err := s.db.Query(ctx, "select sealed_secret from security_operations where id = $1", o.ID)
	if err != nil {
		return "", fmt.Errorf("look up the new password: %w", err)
	}
	closed, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]byte])
	if err != nil {
		return "", fmt.Errorf("look up the new password: %w", err)
	}
	text, err := s.box.Open(o.secretPlace(), closed)
	if err != nil {
		return "", fmt.Errorf("open the new password: %w", err)
	}
	return string(text), nil
}

// passwordKeys are the settings that hold a station's password. Both take it as it is: it is made of hex digits, so that it also suits stations
// that decode them.
var passwordKeys = map[string]string{"1.6": "AuthorizationKey", "2.0.1": "SecurityCtrlr.BasicAuthPassword", "2.1": "SecurityCtrlr.BasicAuthPassword"}

func sendPassword(ctx context.Context, s *Service, o *operation) (verdict, error) {
	p, err := s.presence(ctx, o.Station)
	switch {
	case err != nil:
		return verdict{}, err
	case !p.hasPending:
		return advance(remark.New(remark.PasswordInUse)), nil // it took it before a crash
	case !p.online:
		return waitUntil(s.now().Add(time.Hour), remark.New(remark.WaitingForStation)), nil
	}
	password, err := s.password(ctx, o)
	if err != nil {
		return verdict{}, err
	}
	// It is known that it was sent before it is: whoever takes this up after a crash can't know whether the station has it.
	o.State.Sent++
	if err := s.keepState(ctx, o); err != nil {
		return verdict{}, err
	}
	end, err := s.give(ctx, o, ChangeConfigurationOrder{Key: passwordKeys[p.version], Value: password})
	v, done := outcome(s, end, err, remark.New(remark.PasswordTaken))
	if !done {
		return verdict{}, err
	}
	switch {
	case v.kind == "advance":
		o.State.Reboot = needsReboot(end)
	case v.kind == "fail":
		o.State.Withdraw = o.State.Sent == 1 && !end.erred
	}
	return v, nil
}

// needsReboot reports whether a setting that was changed counts from the next restart on.
func needsReboot(end commandEnd) bool {
	for _, v := range end.outcome.Variables {
		if v.RebootRequired {
			return true
		}
	}
	return false
}

// awaitPassword waits until the new password is seen. The station is cut off once for that, or restarted where it says that it takes one.
func awaitPassword(ctx context.Context, s *Service, o *operation) (verdict, error) {
	p, err := s.presence(ctx, o.Station)
	switch {
	case err != nil:
		return verdict{}, err
	case !p.hasPending:
		return advance(remark.New(remark.PasswordSeen)), nil
	case p.online && !o.State.Cut:
		if v, err := s.reconnect(ctx, o, p, "connect again with the new password"); v.kind != "advance" || err != nil {
			return v, err
		}
		o.State.Cut = true
		now := s.now()
		o.State.SwitchedAt = &now
	case p.online && o.cameBack(p) && s.now().After(p.connectedAt.Add(oldWayPatience)):
		return fails(remark.New(remark.PasswordNotUsed)), nil
	}
	return waitUntil(s.now().Add(2*lookAgain), remark.New(remark.WaitingForPassword)), nil
}

// cameBack reports whether the station connected since it was told to do so anew.
func (o *operation) cameBack(p presence) bool {
	return o.State.SwitchedAt != nil && p.connectedAt != nil && p.connectedAt.After(*o.State.SwitchedAt)
}

// reconnect has a station connect anew: it is cut off, or restarted where a change asks for that and nothing runs on it.
func (s *Service) reconnect(ctx context.Context, o *operation, p presence, why string) (verdict, error) {
	if !o.State.Reboot {
		s.commander.Disconnect(ctx, p.Address, why)
		return advance(), nil
	}
	running, err := s.sessionsRun(ctx, o.Station)
	if err != nil {
		return verdict{}, err
	}
	if running {
		return waitUntil(s.now().Add(lookAgain), remark.New(remark.RestartWaits)), nil
	}
	return s.restart(ctx, o, p.version)
}

// restart restarts a station on which nothing runs. In OCPP 2.x it waits for a session that begins at this moment; a station that knows no
// waiting is restarted at once.
func (s *Service) restart(ctx context.Context, o *operation, version string) (verdict, error) {
	kind := "ON_IDLE"
	if version == "1.6" {
		kind = "SOFT"
	}
	end, err := s.give(ctx, o, ResetOrder{Type: kind})
	v, done := outcome(s, end, err, remark.New(remark.Restarts))
	if done && v.kind == "fail" && version != "1.6" {
		end, err = s.give(ctx, o, ResetOrder{Type: "IMMEDIATE"})
		v, done = outcome(s, end, err, remark.New(remark.Restarts))
	}
	if !done {
		return verdict{}, err
	}
	return v, nil
}

// sessionsRun reports whether somebody charges, or is about to.
func (s *Service) sessionsRun(ctx context.Context, station uuid.UUID) (bool, error) {
	rows, err := s.db.Query(ctx, "select exists (select from charging_sessions where station_id = $1 and status in ('PENDING', 'RUNNING'))", station)
	if err != nil {
		return false, fmt.Errorf("look whether sessions run on the station: %w", err)
	}
	running, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
	if err != nil {
		return false, fmt.Errorf("look whether sessions run on the station: %w", err)
	}
	return running, nil
}

// withdrawPassword has the new password count no more where the station certainly hasn't got it.
func withdrawPassword(ctx context.Context, s *Service, o *operation) (verdict, error) {
	if o.State.Sent > 0 && !o.State.Withdraw {
		return advance(remark.New(remark.PasswordPerhapsTaken)), nil
	}
	n, err := s.db.Exec(ctx, `update stations set next_password_salt = null, next_password_mac = null, updated_at = $3
		where id = $1 and next_password_salt is not null and exists (select from security_operations where id = $2 and sealed_secret is not null)`, o.Station, o.ID, s.now())
	if err != nil {
		return verdict{}, fmt.Errorf("withdraw the new password: %w", err)
	}
	if n == 0 {
		return advance(), nil
	}
	return advance(remark.New(remark.PasswordWithdrawn)), nil
}
