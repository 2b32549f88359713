// Package drivers owns who charges and what they have: drivers, the wallet and the virtual token that each comes with, and what staff
// do with them.
//
//	Create ─> driver + wallet (an account in the books) + virtual token     one transaction
//	Update ─> driver; whoever is blocked charges no more: charging judges their tokens by it
//	Adjust ─> wallet.Adjust ─> the books ─> db.Change ─> bus ─> whoever follows the wallet
//	Funds, Statement, Entries <─ the books
//
//	SignUp ──────────────> Create                            a driver's own door: as the database's role for drivers
//	Profile, Sessions, … <─ own rows alone
//	Place, Places ───────<─ what is public of the network
//	Start, Stop ─> looked at as the driver ─> charging, as tenancy.OnBehalfOf them
//
// A driver belongs to one network: their wallet and their tokens are good there, and their e-mail address is theirs there alone.
package drivers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/evdriver"
	"github.com/busbar-ev/busbar/ent/token"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/charges"
	"github.com/busbar-ev/busbar/internal/billing/wallet"
	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/mail"
	"github.com/busbar-ev/busbar/tenancy"
)

// Service is drivers and their wallets with what they stand on.
type Service struct {
	db     *db.DB
	bus    bus.Bus
	logger *slog.Logger
	now    func() time.Time
	// charges and charging are what drivers need at their own door.
	charges  *charges.Service
	charging *charging.Service
}

// New puts the service together, and has changes of wallets told on the bus.
func New(database *db.DB, b bus.Bus, logger *slog.Logger) *Service {
	s := &Service{db: database, bus: b, logger: logger, now: time.Now}
	database.OnChange(s.tell)
	return s
}

// Spec describes a driver.
type Spec struct {
	Name, Email, Phone, Note string
	// Language is what the driver is written to in; empty is English.
	Language string
	// Network is where the driver charges; nil means the only network that the viewer reaches.
	Network uuid.UUID
}

const (
	longestName  = 200
	longestNote  = 2000
	longestPhone = 32
	// tagLength is what stations of every version take (OCPP 1.6 §7.28).
	tagLength = 20
)

// Languages are those that drivers can be written to in.
func Languages() []string { return []string{"en", "nl", "de", "hi"} }

var phoneNumber = regexp.MustCompile(`^\+?[0-9][0-9 ()/.-]*$`)

// Create makes a driver with a wallet in the network's currency and a virtual token.
func (s *Service) Create(ctx context.Context, spec Spec) (made *ent.EVDriver, err error) {
	network, err := s.network(ctx, spec.Network)
	if err != nil {
		return nil, err
	}
	if _, err := viewer(ctx, tenancy.DriverWrite, network.ID, "network"); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		made, err = s.enrol(ctx, tx, network, spec)
		return err
	})
	return made, err
}

// enrol makes the driver with what each has, inside a transaction.
func (s *Service) enrol(ctx context.Context, tx *db.Tx, network *ent.Network, spec Spec) (*ent.EVDriver, error) {
	if spec.Language == "" {
		spec.Language = Languages()[0]
	}
	change := Change{Name: &spec.Name, Email: &spec.Email, Phone: &spec.Phone, Note: &spec.Note, Language: &spec.Language}
	if err := change.check(); err != nil {
		return nil, err
	}
	driver, err := tx.Ent.EVDriver.Create().SetTenantID(network.TenantID).SetNetworkID(network.ID).SetName(spec.Name).SetEmail(spec.Email).
		SetPhone(spec.Phone).SetNote(spec.Note).SetLanguage(spec.Language).Save(ctx)
	if err != nil {
		return nil, explain("make the driver", err)
	}
	purse, err := tx.Ent.Wallet.Create().SetTenantID(network.TenantID).SetNetworkID(network.ID).SetDriverID(driver.ID).SetCurrency(network.Currency).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("make the driver's wallet: %w", err)
	}
	if err := wallet.Open(ctx, tx, booked(purse), 0); err != nil {
		return nil, err
	}
	_, err = tx.Ent.Token.Create().SetTenantID(network.TenantID).SetNetworkID(network.ID).SetDriverID(driver.ID).SetType(token.TypeVIRTUAL).
		SetIDTag(newTag()).Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("make the driver's token: %w", err)
	}
	return driver, audit.Write(ctx, tx, audit.Event{Action: "driver.create", Network: network.ID, SubjectType: "driver", SubjectID: driver.ID.String()})
}

// newTag is an idTag that nobody guesses: 100 random bits in the letters of RFC 4648 §6, which has no 0, 1, 8 and 9 to take for others.
func newTag() string { return rand.Text()[:tagLength] }

// Change is what may be changed of a driver; nil leaves a thing as it is.
type Change struct {
	Name, Email, Phone, Language, Note *string
	Status                             *evdriver.Status
}

// check refuses what a driver can't have, and tidies the rest.
func (c *Change) check() error {
	for _, text := range []*string{c.Name, c.Email, c.Phone} {
		if text != nil {
			*text = strings.TrimSpace(*text)
		}
	}
	if c.Name != nil && (*c.Name == "" || utf8.RuneCountInString(*c.Name) > longestName || !utf8.ValidString(*c.Name) || strings.ContainsFunc(*c.Name, control)) {
		return fault.In("name", "A driver's name has 1 to %d printable characters.", longestName)
	}
	if c.Email != nil && *c.Email != "" {
		*c.Email = strings.ToLower(*c.Email)
		if err := mail.CheckAddress(*c.Email); err != nil {
			return fault.In("email", "%q isn't an e-mail address such as driver@demo.example.", fault.Printable(*c.Email))
		}
	}
	if c.Phone != nil && *c.Phone != "" && (len(*c.Phone) > longestPhone || !phoneNumber.MatchString(*c.Phone)) {
		return fault.In("phone", "A phone number has up to %d digits, blanks and dashes, such as +31 6 12345678.", longestPhone)
	}
	if c.Language != nil && !slices.Contains(Languages(), *c.Language) {
		return fault.In("language", "Drivers are written to in %s: choose one of them.", strings.Join(Languages(), ", "))
	}
	if c.Note != nil && (utf8.RuneCountInString(*c.Note) > longestNote || strings.ContainsRune(*c.Note, 0)) {
		return fault.In("note", "A note has at most %d characters.", longestNote)
	}
	if c.Status != nil && evdriver.StatusValidator(*c.Status) != nil {
		return fault.In("status", "A driver is ACTIVE or BLOCKED.")
	}
	return nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// Update changes a driver. The tokens of one who is blocked are refused from then on; a session that runs goes on.
func (s *Service) Update(ctx context.Context, id uuid.UUID, c Change) (changed *ent.EVDriver, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		driver, err := tx.Ent.EVDriver.Get(ctx, id)
		if ent.IsNotFound(err) {
			return fault.Missing("driver")
		}
		if err != nil {
			return fmt.Errorf("load the driver: %w", err)
		}
		if _, err := viewer(ctx, tenancy.DriverWrite, driver.NetworkID, "driver"); err != nil {
			return err
		}
		if err := c.check(); err != nil {
			return err
		}
		changed, err = tx.Ent.EVDriver.UpdateOne(driver).SetNillableName(c.Name).SetNillableEmail(c.Email).SetNillablePhone(c.Phone).
			SetNillableLanguage(c.Language).SetNillableNote(c.Note).SetNillableStatus(c.Status).Save(ctx)
		if err != nil {
			return explain("change the driver", err)
		}
		return audit.Write(ctx, tx, audit.Event{
			Action: "driver.update", Network: driver.NetworkID, SubjectType: "driver", SubjectID: id.String(),
			Details: map[string]any{"status": changed.Status},
		})
	})
	return changed, err
}

// network is where a driver is made.
func (s *Service) network(ctx context.Context, id uuid.UUID) (*ent.Network, error) {
	// The viewer's own: whatever it doesn't reach isn't there.
	networks, err := s.db.Ent().Network.Query().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the networks: %w", err)
	}
	if id != uuid.Nil {
		networks = slices.DeleteFunc(networks, func(n *ent.Network) bool { return n.ID != id })
		if len(networks) == 0 {
			return nil, fault.Missing("network")
		}
	} else {
		networks = slices.DeleteFunc(networks, func(n *ent.Network) bool { return n.ArchivedAt != nil })
	}
	switch {
	case len(networks) == 0:
		return nil, fault.In("networkId", "There is no network for the driver: make one first.")
	case len(networks) > 1:
		return nil, fault.In("networkId", "You work in several networks: say which one the driver is for.")
	case networks[0].ArchivedAt != nil:
		return nil, fault.In("networkId", "The network %q is archived: choose another one.", networks[0].Name)
	}
	return networks[0], nil
}

// explain names the field of an address that somebody else in the network has.
func explain(doing string, err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "drivers_email" {
		return (&fault.Error{Code: fault.Conflict, Field: "email", Message: "Another driver of the network has this e-mail address."}).Because(err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// viewer is who is acting, who must hold the permission for objects of the network. A viewer who doesn't even see the network is told
// that the object isn't there.
func viewer(ctx context.Context, p tenancy.Permission, network uuid.UUID, what string) (tenancy.Viewer, error) {
	v, err := tenancy.FromContext(ctx)
	switch {
	case err != nil:
		return v, err
	case !v.Sees(network):
		return v, fault.Missing(what)
	case !v.Can(p, network):
		return v, fault.Lacking(p)
	}
	return v, nil
}
