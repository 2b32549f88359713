package charging

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/remark"
	"github.com/busbar-ev/busbar/tenancy"
)

// Stations are given roots by which they believe us, or what is signed for them, and say themselves that they have them:
//
//	LIST (which has it?) ─> INSTALL (what it lacks) ─> CONFIRM (it lists them)
//
// A root of the tenant is changed as a whole so: authority.Prepare ─> InstallRoot everywhere ─> authority.Activate ─> certificates are renewed
// under it in time ─> authority.Retire.

const (
	rootPatience = 14 * 24 * time.Hour
	// mostStations bounds for how many stations something is begun at once.
	mostStations = 1000
)

func rootFlow() *flow {
	return &flow{
		stages:   []stage{{key: "LIST", do: listRoots}, {key: "INSTALL", do: installRoots}, {key: "CONFIRM", do: confirmRoots}},
		patience: rootPatience,
		what:     func(*operation) string { return "a root certificate" },
	}
}

// Upgrade is what was begun for several stations.
type Upgrade struct {
	// Batch ties together what was begun; uuid.Nil where nothing was.
	Batch      uuid.UUID
	Operations []*ent.SecurityOperation
	// Refused are the stations for which nothing was begun.
	Refused []StationRefusal
}

// StationRefusal says why nothing was begun for a station.
type StationRefusal struct {
	Station       uuid.UUID
	Identity, Why string
}

// InstallRoot gives stations a root: an authority of the tenant, the next one for example, or with uuid.Nil those of this server's own
// certificate. Without stations it is all that have a certificate of the tenant's, up to 1000 of those that don't have the root in hand.
func (s *Service) InstallRoot(ctx context.Context, stations []uuid.UUID, authority uuid.UUID) (*Upgrade, error) {
	// A station that isn't there is told before what is wrong with the root.
	valid := s.knownRoot(ctx, authority)
	if len(stations) == 0 {
		if valid != nil {
			return nil, valid
		}
		rows, err := s.db.Query(ctx, `select distinct c.station_id from station_certificates c join stations s on s.id = c.station_id and s.removed_at is null
			where c.origin = 'SIGNED' and c.status in ('INSTALLED', 'IN_USE') and c.not_after > $1
				and not exists (select from security_operations o where o.station_id = c.station_id and o.kind = 'ROOT' and o.state->>'root' = $2 and o.status in ('RUNNING', 'COMPLETED'))
			limit $3`, s.now(), authority.String(), mostStations)
		if err != nil {
			return nil, fmt.Errorf("look which stations have certificates: %w", err)
		}
		if stations, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID]); err != nil {
			return nil, fmt.Errorf("look which stations have certificates: %w", err)
		}
	}
	return s.beginAll(ctx, stations, valid, func(context.Context, *db.Tx, *ent.Station) (NewOperation, error) {
		return NewOperation{Kind: OperationRoot, State: operationState{Root: authority}}, nil
	})
}

// knownRoot refuses a root that stations can't be given.
func (s *Service) knownRoot(ctx context.Context, authority uuid.UUID) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	if !v.CanSomewhere(tenancy.StationCredential) {
		return fault.Lacking(tenancy.StationCredential)
	}
	_, err = s.roots(ctx, authority)
	return err
}

// roots are what an operation installs.
func (s *Service) roots(ctx context.Context, authority uuid.UUID) ([]*x509.Certificate, error) {
	if authority == uuid.Nil {
		if s.serverRoots == nil {
			return nil, errNoTLS
		}
		list := s.serverRoots()
		if len(list) == 0 {
			return nil, fault.New(fault.Conflict, "This server doesn't know the root of its own certificate, so stations can't be given it: add it to the certificate's file.")
		}
		return list, nil
	}
	rows, err := s.db.Query(ctx, "select certificate from certificate_authorities where id = $1 and kind = 'ROOT' and status <> 'RETIRED'", authority)
	if err != nil {
		return nil, fmt.Errorf("load the root: %w", err)
	}
	der, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]byte])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Missing("certificate authority")
	}
	if err != nil {
		return nil, fmt.Errorf("load the root: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the root: %w", err)
	}
	return []*x509.Certificate{c}, nil
}

// beginAll begins an operation on each of several stations. One that isn't there stops all of it, and so does what is wrong with the request as
// a whole; what else stands against one station is told.
func (s *Service) beginAll(ctx context.Context, stations []uuid.UUID, valid error, prepare func(ctx context.Context, tx *db.Tx, st *ent.Station) (NewOperation, error)) (*Upgrade, error) {
	loaded := make([]*ent.Station, 0, len(stations))
	seen := map[uuid.UUID]bool{}
	for _, id := range stations {
		if seen[id] {
			continue
		}
		seen[id] = true
		if len(seen) > mostStations {
			return nil, fault.In("stationIds", "Choose at most %d stations at a time.", mostStations)
		}
		st, err := s.loadStation(ctx, s.db.Ent(), id, tenancy.StationCredential)
		if err != nil {
			return nil, err
		}
		loaded = append(loaded, st)
	}
	if valid != nil {
		return nil, valid
	}
	u := &Upgrade{}
	batch := journal.NewID()
	for _, st := range loaded {
		made, err := s.begin(ctx, st.ID, func(ctx context.Context, tx *db.Tx, st *ent.Station) (NewOperation, error) {
			n, err := prepare(ctx, tx, st)
			n.Batch = batch
			return n, err
		})
		if f := fault.Of(err); f != nil {
			u.Refused = append(u.Refused, StationRefusal{Station: st.ID, Identity: st.Identity, Why: f.Message})
			continue
		}
		if err != nil {
			return nil, err
		}
		u.Batch = batch
		u.Operations = append(u.Operations, made)
	}
	return u, nil
}

// listRoots asks the station which roots it has.
func listRoots(ctx context.Context, s *Service, o *operation) (verdict, error) {
	v, lacking, err := s.askRoots(ctx, o, remark.New(remark.RootsKnown))
	if err == nil && v.kind == "advance" && len(lacking) == 0 {
		o.State.Had = true
		v.words = []remark.Remark{remark.New(remark.RootThere)}
	}
	return v, err
}

func (s *Service) askRoots(ctx context.Context, o *operation, said remark.Remark) (verdict, []*x509.Certificate, error) {
	roots, err := s.roots(ctx, o.State.Root)
	if f := fault.Of(err); f != nil {
		return fails(remark.Said(f.Message)...), nil, nil
	}
	if err != nil {
		return verdict{}, nil, err
	}
	end, err := s.give(ctx, o, InstalledCertificatesOrder{Uses: []string{"CSMS_ROOT"}})
	v, done := outcome(s, end, err, said)
	if !done {
		return verdict{}, nil, err
	}
	lacking, err := s.lacking(ctx, o.Station, roots)
	return v, lacking, err
}

// lacking are the roots that a station isn't known to have. Stations name them by whichever hash they like.
func (s *Service) lacking(ctx context.Context, station uuid.UUID, roots []*x509.Certificate) (list []*x509.Certificate, err error) {
	rows, err := s.db.Query(ctx, "select key from station_settings where station_id = $1 and kind = $2 and component = 'CSMS_ROOT'", station, SettingCertificate)
	if err != nil {
		return nil, fmt.Errorf("look which roots the station has: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look which roots the station has: %w", err)
	}
	has := map[string]bool{}
	for _, key := range keys {
		has[key] = true
	}
	for _, root := range roots {
		found := false
		for _, algorithm := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			h, ok := pki.Hash(root, root, algorithm)
			found = found || ok && has[certificateKey("CSMS_ROOT", h)]
		}
		if !found {
			list = append(list, root)
		}
	}
	return list, nil
}

// installRoots gives the station what it lacks, one root at a time.
func installRoots(ctx context.Context, s *Service, o *operation) (verdict, error) {
	if o.State.Had {
		return advance(), nil
	}
	roots, err := s.roots(ctx, o.State.Root)
	if f := fault.Of(err); f != nil {
		return fails(remark.Said(f.Message)...), nil
	}
	if err != nil {
		return verdict{}, err
	}
	lacking, err := s.lacking(ctx, o.Station, roots)
	if err != nil {
		return verdict{}, err
	}
	if len(lacking) == 0 {
		return advance(remark.New(remark.RootTaken)), nil // before a crash
	}
	order := InstallCertificateOrder{Use: "CSMS_ROOT", PEM: pki.WritePEM(lacking[0])}
	if hash, ok := pki.RootHash(lacking[0]); ok {
		found := certificateSetting(InstalledCertificate{Use: order.Use, CertificateHash: hash}, lacking[0])
		order.setting = &found
		if err := s.roomForCertificate(ctx, target{Address: Address{Origin: o.Origin}}, found.Key); err != nil {
			if v, done := outcome(s, commandEnd{}, err, remark.Remark{}); done {
				return v, nil
			}
			return verdict{}, err
		}
	}
	end, err := s.give(ctx, o, order)
	v, done := outcome(s, end, err, remark.New(remark.RootTaken))
	if !done {
		return verdict{}, err
	}
	if v.kind == "advance" && len(lacking) > 1 {
		return waitUntil(s.now(), remark.New(remark.RootNext)), nil
	}
	return v, nil
}

// confirmRoots asks the station whether it has them now.
func confirmRoots(ctx context.Context, s *Service, o *operation) (verdict, error) {
	if o.State.Had {
		return advance(remark.New(remark.RootConfirmed)), nil
	}
	v, lacking, err := s.askRoots(ctx, o, remark.New(remark.RootListed))
	if err == nil && v.kind == "advance" && len(lacking) > 0 {
		return fails(remark.New(remark.RootNotListed)), nil
	}
	return v, err
}
