package identity

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	tenants "github.com/busbar-ev/busbar/ent/tenant"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// firstNetwork is the slug of the network that every tenant starts with.
const firstNetwork = "main"

// NewTenant describes a tenant with its owner.
type NewTenant struct {
	Slug, Name string
	// Currency is EUR when left out, Timezone Europe/Berlin.
	Currency, Timezone string
	OwnerEmail         string
	// OwnerName is the e-mail address when left out.
	OwnerName string
	// OwnerPassword is for an owner who has none; whoever has one keeps theirs.
	OwnerPassword string
}

func (n *NewTenant) check() (err error) {
	n.Slug = strings.TrimSpace(n.Slug)
	if err := checkSlug("slug", n.Slug); err != nil {
		return err
	}
	if n.Name, err = checkName("name", n.Name); err != nil {
		return err
	}
	if n.Currency == "" {
		n.Currency = "EUR"
	}
	if n.Currency, err = checkCurrency(n.Currency); err != nil {
		return err
	}
	if n.Timezone == "" {
		n.Timezone = "Europe/Berlin"
	}
	if err := checkTimezone(n.Timezone); err != nil {
		return err
	}
	if n.OwnerEmail, err = checkEmail("ownerEmail", n.OwnerEmail); err != nil {
		return err
	}
	if n.OwnerName == "" {
		n.OwnerName = n.OwnerEmail
	}
	if n.OwnerName, err = checkName("ownerName", n.OwnerName); err != nil {
		return err
	}
	return checkPassword("ownerPassword", n.OwnerPassword)
}

// CreateTenant makes a tenant with a first network and its owner. Whoever calls decided that they may: the command line does.
func (s *Service) CreateTenant(ctx context.Context, n NewTenant) (tenantID, networkID uuid.UUID, err error) {
	if err := n.check(); err != nil {
		return uuid.Nil, uuid.Nil, err
	}
	hash, err := s.passwords.hash(ctx, n.OwnerPassword)
	if err != nil {
		return uuid.Nil, uuid.Nil, err
	}
	if err := s.ownsAddress(ctx, n.OwnerEmail, n.OwnerPassword); err != nil {
		return uuid.Nil, uuid.Nil, err
	}
	tenantID, networkID = newID(), newID()
	var owner uuid.UUID
	err = s.db.InTx(asPlatform(ctx), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "insert into tenants (id, slug, name, currency, timezone) values ($1, $2, $3, $4, $5)",
			tenantID, n.Slug, n.Name, n.Currency, n.Timezone)
		if taken(err) {
			return fault.New(fault.Conflict, "There is a tenant %q already: choose another slug.", n.Slug).Because(err)
		}
		if err != nil {
			return fmt.Errorf("make the tenant: %w", err)
		}
		_, err = tx.Exec(ctx, "insert into networks (id, tenant_id, slug, name, currency) values ($1, $2, $3, $4, $5)",
			networkID, tenantID, firstNetwork, "Main", n.Currency)
		if err != nil {
			return fmt.Errorf("make the first network: %w", err)
		}
		if owner, err = findOrAddUser(ctx, tx, n.OwnerEmail, n.OwnerName); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "insert into memberships (id, tenant_id, user_id, role, accepted_at) values ($1, $2, $3, $4, now())",
			newID(), tenantID, owner, tenancy.Owner)
		if err != nil {
			return fmt.Errorf("make the owner a member: %w", err)
		}
		return nil
	})
	if err != nil {
		return uuid.Nil, uuid.Nil, err
	}
	// Passwords are for sign-in to write.
	if _, err := s.db.Exec(asSignIn(ctx), "update users set password_hash = $2 where id = $1 and password_hash is null", owner, hash); err != nil {
		return tenantID, networkID, fmt.Errorf("the tenant is made, but its owner has no password yet: set the owner's password: %w", err)
	}
	s.note(tenancy.NewContext(ctx, tenancy.Console(tenantID)), audit.Event{Action: "tenant.create", SubjectType: "tenant", SubjectID: tenantID.String()})
	return tenantID, networkID, nil
}

// ownsAddress refuses to give a tenant to an account whose password isn't known: anybody may have registered the address
// elsewhere.
func (s *Service) ownsAddress(ctx context.Context, email, password string) error {
	rows, err := s.db.Query(asSignIn(ctx), "select password_hash from users where email = $1 and password_hash is not null", email)
	if err != nil {
		return fmt.Errorf("look for the owner's account: %w", err)
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for the owner's account: %w", err)
	}
	for _, hash := range hashes {
		match, err := s.passwords.verify(ctx, password, hash)
		if err != nil {
			return err
		}
		if !match {
			return &fault.Error{Code: fault.Conflict, Field: "ownerPassword",
				Message: "There is an account with this e-mail address already, and this is not its password: give the account's own password, or another address."}
		}
	}
	return nil
}

// findOrAddUser returns the id of the person with the address, who may be known from another tenant.
func findOrAddUser(ctx context.Context, tx *db.Tx, email, name string) (id uuid.UUID, err error) {
	if _, err := tx.Exec(ctx, "insert into users (id, email, name) values ($1, $2, $3) on conflict (email) do nothing", newID(), email, name); err != nil {
		return id, fmt.Errorf("add the person: %w", err)
	}
	if err := tx.QueryRow(ctx, "select id from users where email = $1", email).Scan(&id); err != nil {
		return id, fmt.Errorf("find the person: %w", err)
	}
	return id, nil
}

// note writes an audit event of something that is done already, in another role's transaction.
func (s *Service) note(ctx context.Context, e audit.Event) {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return audit.Write(ctx, tx, e) })
	if err != nil {
		s.logger.Error("an audit event could not be written", "action", e.Action, "subject", e.SubjectID, "error", err)
	}
}

// TenantBySlug finds a tenant for the command line.
func (s *Service) TenantBySlug(ctx context.Context, slug string) (uuid.UUID, error) {
	rows, err := s.db.Query(asPlatform(ctx), "select id from tenants where slug = $1", slug)
	if err != nil {
		return uuid.Nil, fmt.Errorf("find the tenant: %w", err)
	}
	id, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[uuid.UUID])
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, fault.Missing("tenant")
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("find the tenant: %w", err)
	}
	return id, nil
}

// Tenants lists every tenant, suspended ones too, so that periodic work can run one tenant at a time.
func (s *Service) Tenants(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := s.db.Query(asPlatform(ctx), "select id from tenants order by id")
	if err != nil {
		return nil, fmt.Errorf("list the tenants: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("list the tenants: %w", err)
	}
	return ids, nil
}

// Console is the server's operator at its command line, acting in one tenant.
func (*Service) Console(_ context.Context, tenant uuid.UUID) tenancy.Viewer {
	return tenancy.Console(tenant)
}

// TenantChange changes a tenant; nil leaves a thing as it is.
type TenantChange struct {
	Name, Timezone *string
	Rounding       *tenants.Rounding
	// What receipts say of whoever sells.
	LegalName, Address, TaxID, ReceiptPrefix *string
}

// receiptPrefix is what may stand before the number of a receipt.
var receiptPrefix = regexp.MustCompile(`^([A-Za-z0-9/]([A-Za-z0-9/-]{0,14}[A-Za-z0-9/])?)?$`)

func (c *TenantChange) checkSeller() error {
	for field, text := range map[string]*string{"legalName": c.LegalName, "address": c.Address, "taxId": c.TaxID} {
		if text == nil {
			continue
		}
		if *text = strings.TrimSpace(*text); utf8.RuneCountInString(*text) > 500 || strings.ContainsFunc(*text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			return fault.In(field, "This has at most 500 characters, and no control characters.")
		}
	}
	if c.ReceiptPrefix != nil && !receiptPrefix.MatchString(*c.ReceiptPrefix) {
		return fault.In("receiptPrefix", "A prefix has at most 16 letters, digits, slashes and inner dashes.")
	}
	return nil
}

// UpdateTenant changes how the viewer's tenant calls itself; nil leaves a thing as it is.
func (s *Service) UpdateTenant(ctx context.Context, change TenantChange) (changed *ent.Tenant, err error) {
	name, timezone := change.Name, change.Timezone
	v, err := allowed(ctx, tenancy.TenantWrite, uuid.Nil, "tenant")
	if err != nil {
		return nil, err
	}
	if name != nil {
		checked, err := checkName("name", *name)
		if err != nil {
			return nil, err
		}
		name = &checked
	}
	if timezone != nil {
		if err := checkTimezone(*timezone); err != nil {
			return nil, err
		}
	}
	if err := change.checkSeller(); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		changed, err = tx.Ent.Tenant.UpdateOneID(v.Tenant).SetNillableName(name).SetNillableTimezone(timezone).SetNillableRounding(change.Rounding).
			SetNillableLegalName(change.LegalName).SetNillableAddress(change.Address).SetNillableTaxID(change.TaxID).SetNillableReceiptPrefix(change.ReceiptPrefix).Save(ctx)
		if err != nil {
			return fmt.Errorf("change the tenant: %w", err)
		}
		return audit.Write(ctx, tx, audit.Event{Action: "tenant.update", SubjectType: "tenant", SubjectID: v.Tenant.String()})
	})
	return changed, err
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
