package authority

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/certificateauthority"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/tenancy"
)

// Create makes the tenant's root and the authority under it that signs, for an organization or, where that is empty, for the one of the
// policy. Where they are there already nothing changes.
func (s *Service) Create(ctx context.Context, organization string) error {
	if organization != "" {
		p, err := s.Policy(ctx)
		if err != nil {
			return err
		}
		p.Organization = organization
		if _, err := s.SetPolicy(ctx, p); err != nil {
			return err
		}
	}
	return s.make(ctx, "ACTIVE", "certificate_authority.create", "")
}

// Prepare makes the root that follows, and the authority under it. Neither signs until Activate, when stations have the root.
func (s *Service) Prepare(ctx context.Context, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" || utf8.RuneCountInString(reason) > 500 {
		return fault.In("reason", "Say why, in up to 500 characters: it goes into the audit log.")
	}
	return s.make(ctx, "NEXT", "certificate_authority.prepare", reason)
}

func (s *Service) make(ctx context.Context, status, action, reason string) error {
	v, err := may(ctx, tenancy.CertificateWrite)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := s.policy(ctx, tx)
		if err != nil {
			return err
		}
		var active, same bool
		err = tx.QueryRow(ctx, `select exists (select from certificate_authorities where kind = 'ROOT' and status = 'ACTIVE'),
			exists (select from certificate_authorities where kind = 'ROOT' and status = $1)`, status).Scan(&active, &same)
		switch {
		case err != nil:
			return fmt.Errorf("look for authorities: %w", err)
		case same:
			return nil
		case status == "NEXT" && !active:
			return ErrNone
		}
		now := s.now()
		year := now.UTC().Format("2006-01")
		root, err := pki.NewRoot(fmt.Sprintf("%s Stations Root %s", short(p.Organization), year), p.Organization, now)
		if err != nil {
			return err
		}
		between, err := pki.NewIntermediate(fmt.Sprintf("%s Stations CA %s", short(p.Organization), year), root, now)
		if err != nil {
			return err
		}
		above, err := s.insert(ctx, tx, v, root, "ROOT", status, nil)
		if err != nil {
			return err
		}
		if _, err := s.insert(ctx, tx, v, between, "INTERMEDIATE", status, &above); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: action, SubjectType: "certificate_authority", SubjectID: above.String(), Details: map[string]any{"name": pki.Name(root.Certificate), "reason": reason}})
	})
	// Somebody else made them at the same moment.
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.ConstraintName == "certificate_authorities_one" {
		return nil
	}
	return err
}

// short leaves room for what a name is followed by: common names have 64 characters.
func short(name string) string {
	for utf8.RuneCountInString(name) > 38 {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return strings.TrimSpace(name)
}

func (s *Service) insert(ctx context.Context, tx *db.Tx, v tenancy.Viewer, a *pki.Authority, kind, status string, parent *uuid.UUID) (uuid.UUID, error) {
	key, err := a.Key()
	if err != nil {
		return uuid.Nil, fmt.Errorf("write the authority's key: %w", err)
	}
	defer clear(key)
	g := signing{ID: newID(), TenantID: v.Tenant}
	if g.SealedKey, err = s.box.Seal(g.place(), key); err != nil {
		return uuid.Nil, err
	}
	c := a.Certificate
	_, err = tx.Exec(ctx, `insert into certificate_authorities (id, tenant_id, kind, parent_id, status, name, certificate, sealed_key, serial_number, fingerprint, not_before, not_after,
			created_by, activated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, case when $5 = 'ACTIVE' then $14::timestamptz end)`,
		g.ID, v.Tenant, kind, parent, status, pki.Name(c), c.Raw, g.SealedKey, pki.SerialNumber(c), pki.Fingerprint(c), c.NotBefore, c.NotAfter, v.Name, s.now())
	if err != nil {
		return uuid.Nil, fmt.Errorf("store the authority: %w", err)
	}
	return g.ID, nil
}

// Activate has the next root and its authority sign from now on. Stations that haven't confirmed the new root would refuse what it signs,
// so it waits for them unless forced; what was signed before counts on.
func (s *Service) Activate(ctx context.Context, force bool) error {
	if _, err := may(ctx, tenancy.CertificateWrite); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, "select "+signingColumns+" from certificate_authorities where kind = 'ROOT' and status = 'NEXT' for update")
		if err != nil {
			return fmt.Errorf("look for the next authority: %w", err)
		}
		next, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[signing])
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.Conflict, "No new root was prepared: prepare one first, and have stations install it.")
		}
		if err != nil {
			return fmt.Errorf("look for the next authority: %w", err)
		}
		waiting, err := s.without(ctx, tx, next)
		switch {
		case err != nil:
			return err
		case waiting > 0 && !force:
			return fault.New(fault.Conflict, "The new root isn't confirmed by every station yet (missing: %d), and those without it might refuse what it signs: have it installed there first, or go on without them.", waiting)
		}
		// The one that signs now makes room first: there is one at a time.
		if _, err := tx.Exec(ctx, "update certificate_authorities set status = 'RETIRING' where kind in ('ROOT', 'INTERMEDIATE') and status = 'ACTIVE'"); err != nil {
			return fmt.Errorf("have the present authority sign no more: %w", err)
		}
		if _, err := tx.Exec(ctx, "update certificate_authorities set status = 'ACTIVE', activated_at = $1 where kind in ('ROOT', 'INTERMEDIATE') and status = 'NEXT'", s.now()); err != nil {
			return fmt.Errorf("have the next authority sign: %w", err)
		}
		if err := s.renewUnderNext(ctx, tx); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "certificate_authority.activate", SubjectType: "certificate_authority", SubjectID: next.ID.String(),
			Details: map[string]any{"waiting": waiting, "force": force}})
	})
	return err
}

// renewUnderNext has what was signed under the former root renewed in time: each at a moment of its own in the next third of what its life has
// left, so that they don't come at once.
func (s *Service) renewUnderNext(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `update station_certificates set renew_at = least(renew_at, $1::timestamptz + random() * (not_after - $1) / 3)
		where origin = 'SIGNED' and use = 'CHARGING_STATION' and status in ('INSTALLED', 'IN_USE') and not_after > $1
			and authority_id in (select id from certificate_authorities where status = 'RETIRING')`, s.now())
	if err != nil {
		return fmt.Errorf("plan the renewal of what was signed before: %w", err)
	}
	return nil
}

// without counts the stations with a certificate of ours that haven't confirmed a root.
func (s *Service) without(ctx context.Context, q querier, root signing) (n int, err error) {
	serial, hash, err := rootNames(root)
	if err != nil {
		return 0, err
	}
	rows, err := q.Query(ctx, `select count(distinct c.station_id) from station_certificates c join stations s on s.id = c.station_id and s.removed_at is null
		where c.origin = 'SIGNED' and c.status in ('INSTALLED', 'IN_USE') and c.not_after > $1 and not exists (
			select from station_settings t where t.station_id = c.station_id and t.kind = 'CERTIFICATE' and t.component = 'CSMS_ROOT'
				and ltrim(lower(t.data->>'serialNumber'), '0') = $2 and lower(t.data->>'issuerKeyHash') = any ($3))`, s.now(), serial, hash)
	if err == nil {
		n, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	}
	if err != nil {
		return 0, fmt.Errorf("count the stations without the new root: %w", err)
	}
	return n, nil
}

// Retire ends what no station needs any more, and reports how many authorities that were. A station may fall back to a certificate that was
// replaced until that is revoked, so it needs its authority until then.
func (s *Service) Retire(ctx context.Context) (int64, error) {
	n, err := s.db.Exec(ctx, `update certificate_authorities a set status = 'RETIRED', retired_at = $1 where status = 'RETIRING' and not exists (
			select from station_certificates c join certificate_authorities i on i.id = c.authority_id
			where (i.id = a.id or i.parent_id = a.id) and c.not_after > $1 and c.status in ('SIGNED', 'INSTALLED', 'IN_USE', 'SUPERSEDED'))`, s.now())
	if err != nil {
		return 0, fmt.Errorf("retire authorities that nobody needs: %w", err)
	}
	return n, nil
}

// manufacturer is the kind of a maker's root.
const manufacturer = string(certificateauthority.KindMANUFACTURER)

// AddManufacturer believes the certificates that a maker of stations puts in: under its root a station is known by its serial number.
func (s *Service) AddManufacturer(ctx context.Context, name, text string) (*ent.CertificateAuthority, error) {
	id, err := s.believe(ctx, manufacturer, name, text)
	if err != nil {
		return nil, err
	}
	return s.db.Ent().CertificateAuthority.Get(ctx, id)
}

// RemoveManufacturer believes a maker no more. Stations that connect with its certificates are refused from then on.
func (s *Service) RemoveManufacturer(ctx context.Context, id uuid.UUID) (removed *ent.CertificateAuthority, err error) {
	if _, err := may(ctx, tenancy.CertificateWrite); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := tx.Ent.CertificateAuthority.Get(ctx, id)
		switch {
		case ent.IsNotFound(err):
			return fault.Missing("certificate authority")
		case err != nil:
			return fmt.Errorf("load the authority: %w", err)
		case found.Kind != certificateauthority.KindMANUFACTURER:
			return fault.New(fault.Conflict, "Only makers' roots are removed this way: the tenant's own is replaced by a new one.")
		}
		if removed, err = tx.Ent.CertificateAuthority.UpdateOne(found).SetStatus(certificateauthority.StatusRETIRED).SetRetiredAt(s.now()).Save(ctx); err != nil {
			return fmt.Errorf("remove the maker's root: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "certificate_authority.distrust", SubjectType: "certificate_authority", SubjectID: id.String(), Details: map[string]any{"name": found.Name}})
	})
	return removed, err
}
