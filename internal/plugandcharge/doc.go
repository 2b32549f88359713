// Package plugandcharge owns what is asked of others for Plug and Charge (ISO 15118): which certificates count no more, which contract a
// car gets, and who signs what stations show cars.
//
//	station names a certificate and its responder ─> guard (public addresses alone) ─> OCSP, CRL ─> checked, kept until its next update
//	car's request for a contract ────────────────┐
//	station's request for a certificate for cars ┴─> the tenant's operator, or else the platform's ─> answer
//
// What cars write (EXI) passes through unread. The operator's interface is described in docs/plug-and-charge.md; package pncdev below is an
// operator for development and tests.
package plugandcharge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/secrets"
	"github.com/busbar-ev/busbar/tenancy"
)

// Config is what the service needs to know of its surroundings.
type Config struct {
	// URL and Token are those of the platform's operator, which serves tenants that have none of their own; empty where there is none.
	URL, Token string
	// Secret is the server's, from which the key is made that seals tenants' tokens.
	Secret []byte
	// Allowed are addresses that may be asked although they aren't public, for development.
	Allowed []netip.Prefix
	// Patience is how long one answer may take; 10 seconds where it is zero.
	Patience time.Duration
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// Service asks responders and operators. It is a charging.PlugAndCharge and a charging.V2GSigner.
type Service struct {
	db     *db.DB
	logger *slog.Logger
	box    *secrets.Box
	config Config
	// strangers reaches what stations and tenants name, platform the operator that whoever runs the server named.
	strangers, platform *http.Client
	answers             *answers
}

var (
	_ charging.PlugAndCharge = (*Service)(nil)
	_ charging.V2GSigner     = (*Service)(nil)
)

// New makes the service. Close ends its connections.
func New(database *db.DB, logger *slog.Logger, config Config) (*Service, error) {
	box, err := secrets.New("plug and charge", config.Secret)
	if err != nil {
		return nil, err
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Patience == 0 {
		config.Patience = 10 * time.Second
	}
	if config.URL != "" {
		if config.URL, err = baseURL(config.URL); err != nil {
			return nil, err
		}
	}
	return &Service{
		db: database, logger: logger, box: box, config: config, answers: newAnswers(),
		strangers: newClient(guard{config.Allowed}.control), platform: newClient(nil),
	}, nil
}

// Close ends the connections that wait for the next question.
func (s *Service) Close() {
	s.strangers.CloseIdleConnections()
	s.platform.CloseIdleConnections()
}

func (s *Service) now() time.Time { return s.config.Now() }

// baseURL checks the address of an operator.
func baseURL(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fault.In("url", "It must be a whole URL without a password in it, such as https://pnc.operator.example/busbar.")
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

func place(tenant uuid.UUID) secrets.Place {
	return secrets.Place{Tenant: tenant, Table: "plug_and_charge_operators", Column: "sealed_token", Record: tenant}
}

// mayConfigure says who is acting, who must hold the permission for the tenant as a whole.
func mayConfigure(ctx context.Context) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return v, err
	}
	if !v.Can(tenancy.CertificateWrite, uuid.Nil) {
		return v, fault.Lacking(tenancy.CertificateWrite)
	}
	return v, nil
}

// UseOperator has the tenant's contracts come from an operator of its own, at a URL with a token.
func (s *Service) UseOperator(ctx context.Context, address, token string) error {
	v, err := mayConfigure(ctx)
	if err != nil {
		return err
	}
	if address, err = baseURL(address); err != nil {
		return err
	}
	if len(address) > 2000 {
		return fault.In("url", "It has %d characters, and 2000 are the most.", len(address))
	}
	if token = strings.TrimSpace(token); token == "" || len(token) > 4000 || strings.ContainsAny(token, "\r\n") {
		return fault.In("token", "Give the token that the operator issued, in one line of up to 4000 characters.")
	}
	sealed, err := s.box.Seal(place(v.Tenant), []byte(token))
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into plug_and_charge_operators (tenant_id, url, sealed_token, updated_by, updated_at) values ($1, $2, $3, $4, $5)
			on conflict (tenant_id) do update set url = excluded.url, sealed_token = excluded.sealed_token, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
			v.Tenant, address, sealed, v.Name, s.now())
		if err != nil {
			return fmt.Errorf("store the operator of Plug and Charge: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "plug_and_charge.operator", SubjectType: "tenant", SubjectID: v.Tenant.String(), Details: map[string]any{"url": address}})
	})
}

// ForgetOperator goes back to the platform's operator.
func (s *Service) ForgetOperator(ctx context.Context) error {
	v, err := mayConfigure(ctx)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "delete from plug_and_charge_operators where tenant_id = $1", v.Tenant); err != nil {
			return fmt.Errorf("forget the operator of Plug and Charge: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "plug_and_charge.operator", SubjectType: "tenant", SubjectID: v.Tenant.String(), Details: map[string]any{"url": ""}})
	})
}

// HasPlatform reports whether whoever runs the server named an operator, who is asked for tenants that set none of their own.
func (s *Service) HasPlatform() bool { return s.config.URL != "" }

// OperatorSet is the operator that a tenant set. Its token isn't told.
type OperatorSet struct {
	URL, UpdatedBy string
	UpdatedAt      time.Time
}

// Operator is the one that the viewer's tenant set; nil where it set none.
func (s *Service) Operator(ctx context.Context) (*OperatorSet, error) {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, "select url, updated_by, updated_at from plug_and_charge_operators where tenant_id = $1", v.Tenant)
	if err != nil {
		return nil, fmt.Errorf("look up the operator of Plug and Charge: %w", err)
	}
	set, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[OperatorSet])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up the operator of Plug and Charge: %w", err)
	}
	return set, nil
}

// operator is who is asked for a tenant.
type operator struct {
	url, token string
	client     *http.Client
}

// operatorOf finds who is asked for the viewer's tenant: charging.ErrNoPlugAndCharge where nobody is.
func (s *Service) operatorOf(ctx context.Context, tenant uuid.UUID) (o operator, err error) {
	var sealed []byte
	rows, err := s.db.Query(ctx, "select url, sealed_token from plug_and_charge_operators where tenant_id = $1", tenant)
	if err == nil {
		_, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&o.url, &sealed) })
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows) && s.config.URL == "":
		return o, charging.ErrNoPlugAndCharge
	case errors.Is(err, pgx.ErrNoRows):
		return operator{s.config.URL, s.config.Token, s.platform}, nil
	case err != nil:
		return o, fmt.Errorf("look up the operator of Plug and Charge: %w", err)
	}
	token, err := s.box.Open(place(tenant), sealed)
	if err != nil {
		return o, fmt.Errorf("open the token of the operator of Plug and Charge: %w", err)
	}
	o.token, o.client = string(token), s.strangers
	return o, nil
}
