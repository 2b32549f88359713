package charging

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/tenancy"
)

// SettingCertificate is a certificate that a station trusts, or has.
const SettingCertificate SettingKind = "CERTIFICATE"

// CertificateHash is how stations name certificates.
type CertificateHash = pki.CertificateHash

// InstalledCertificate is a certificate as a station lists it.
type InstalledCertificate struct {
	Use string `json:"use"`
	CertificateHash
	// Children are the certificates below it in a chain.
	Children []CertificateHash `json:"children,omitempty"`
}

// The orders about certificates. A use is CSMS_ROOT, MANUFACTURER_ROOT, V2G_ROOT, MO_ROOT, OEM_ROOT or V2G_CHAIN.
type (
	InstallCertificateOrder struct {
		configures
		Use, PEM string
		setting  *Setting
	}
	DeleteCertificateOrder struct {
		configures
		CertificateHash
	}
	// InstalledCertificatesOrder asks for certificates of some uses, or of all.
	InstalledCertificatesOrder struct {
		about
		Uses []string
	}
)

// installedUses asks a station of OCPP 1.6 for one use after the other, and takes the answers together.
type installedUses struct {
	series
	uses []string
}

// rootUses are the roots that stations may be given.
var rootUses = []string{"CSMS_ROOT", "MANUFACTURER_ROOT", "V2G_ROOT", "MO_ROOT", "OEM_ROOT"}

// InstallCertificate has a station trust a root.
func (s *Service) InstallCertificate(ctx context.Context, station uuid.UUID, use, text string, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationConfigure)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(rootUses, use) {
		return nil, fault.In("use", "Only roots can be installed this way; the station makes the key of its own chain, and asks to have it signed.")
	}
	c, err := oneCertificate("pem", text)
	if err != nil {
		return nil, err
	}
	if now := s.now(); now.After(c.NotAfter) {
		return nil, inForce(c, "pem", now)
	}
	if !c.IsCA || !c.BasicConstraintsValid {
		return nil, fault.In("pem", "It is the certificate of %s, which isn't a certificate authority: give the root that signed it.", pki.Name(c))
	}
	o := InstallCertificateOrder{Use: use, PEM: text}
	if hash, ok := pki.RootHash(c); ok {
		found := certificateSetting(InstalledCertificate{Use: use, CertificateHash: hash}, c)
		o.setting = &found
		if err := s.roomForCertificate(ctx, t, found.Key); err != nil {
			return nil, err
		}
	}
	return s.command(ctx, t, o, wait)
}

// roomForCertificate refuses what a full station would refuse, and says why (security whitepaper, CertificateStoreMaxLength).
func (s *Service) roomForCertificate(ctx context.Context, t target, key string) error {
	rows, err := s.db.Query(ctx, `select coalesce((select case when value ~ '^[0-9]{1,9}$' then value::integer end from station_variables
			where station_id = $1 and component = '' and variable = 'CertificateStoreMaxLength' limit 1), 0),
		(select count(*) from station_settings where station_id = $1 and kind = $2 and component <> 'V2G_CHAIN' and key <> $3)`, t.Station, SettingCertificate, key)
	if err != nil {
		return fmt.Errorf("look how many certificates the station has: %w", err)
	}
	var room, has int
	if _, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (any, error) { return nil, row.Scan(&room, &has) }); err != nil {
		return fmt.Errorf("look how many certificates the station has: %w", err)
	}
	if room > 0 && has >= room {
		return fault.New(fault.Conflict, "The station has room for %d certificates and has as many: delete one that it doesn't need.", room)
	}
	return nil
}

func (o InstallCertificateOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if !end.accepted() || o.setting == nil {
		return nil
	}
	return keepCertificates(ctx, tx, r, []Setting{*o.setting})
}

func keepCertificates(ctx context.Context, tx *db.Tx, r recording, settings []Setting) error {
	var batch pgx.Batch
	queueSettings(&batch, r.Origin, SettingCertificate, settings, r.at)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("keep which certificates the station has: %w", err)
	}
	return nil
}

// DeleteCertificate has a station trust a certificate no more. What nobody knows the use of is deleted with force only. The last root by which
// it knows us takes a second person (RequestRootDeletion): a station without it never comes back by itself.
func (s *Service) DeleteCertificate(ctx context.Context, station uuid.UUID, hash CertificateHash, force bool, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationConfigure)
	if err != nil {
		return nil, err
	}
	if err := s.expendable(ctx, t, hash, force); err != nil {
		return nil, err
	}
	return s.command(ctx, t, DeleteCertificateOrder{CertificateHash: hash}, wait)
}

func (s *Service) expendable(ctx context.Context, t target, hash CertificateHash, force bool) error {
	uses, others, err := s.usesOf(ctx, t.Station, hash)
	switch {
	case err != nil:
		return err
	case slices.Contains(uses, "CSMS_ROOT") && others == 0:
		return fault.New(fault.Conflict, "It is the only root known by which the station trusts this system: without it the station can't connect any more. Install another one first; or it needs a second person: request it.")
	case len(uses) == 0 && !force:
		return fault.New(fault.Conflict, "It isn't known what the station uses this certificate for: ask for its installed certificates first, or force it.")
	}
	return nil
}

// usesOf says what a station uses a certificate for, as far as it is known, and how many other roots it has by which it trusts this system.
func (s *Service) usesOf(ctx context.Context, station uuid.UUID, hash CertificateHash) (uses []string, others int, err error) {
	rows, err := s.db.Query(ctx, "select component, key from station_settings where station_id = $1 and kind = $2", station, SettingCertificate)
	if err != nil {
		return nil, 0, fmt.Errorf("look which certificates the station has: %w", err)
	}
	var use, key string
	if _, err = pgx.ForEachRow(rows, []any{&use, &key}, func() error {
		switch {
		case key == certificateKey(use, hash):
			uses = append(uses, use)
		case use == "CSMS_ROOT":
			others++
		}
		return nil
	}); err != nil {
		return nil, 0, fmt.Errorf("look which certificates the station has: %w", err)
	}
	return uses, others, nil
}

// RevokeCertificate has a certificate of a station count no more. A station that is connected with it is cut off.
func (s *Service) RevokeCertificate(ctx context.Context, id uuid.UUID, reason pki.RevocationReason) (*ent.StationCertificate, error) {
	if s.authorities == nil {
		return nil, fault.Missing("certificate")
	}
	revoked, err := s.authorities.Revoke(ctx, id, reason)
	if err != nil {
		return nil, err
	}
	p, err := s.presence(ctx, revoked.StationID)
	switch {
	case fault.Is(err, fault.NotFound):
		return revoked, nil // the station was removed, and cut off then
	case err != nil:
		return nil, err
	case p.online && p.certificate == id:
		s.commander.Disconnect(ctx, p.Address, "the certificate was revoked")
	}
	s.publish(ctx, p.Origin, EventStation, Event{})
	return revoked, nil
}

func (o DeleteCertificateOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if !end.accepted() {
		return nil
	}
	keys := make([]string, 0, len(rootUses)+1)
	for _, use := range append([]string{"V2G_CHAIN"}, rootUses...) {
		keys = append(keys, certificateKey(use, o.CertificateHash))
	}
	if _, err := tx.Exec(ctx, "delete from station_settings where station_id = $1 and kind = $2 and key = any ($3)", r.Station, SettingCertificate, keys); err != nil {
		return fmt.Errorf("forget the deleted certificate: %w", err)
	}
	return nil
}

// InstalledCertificates asks a station which certificates of some uses it has, or of all.
func (s *Service) InstalledCertificates(ctx context.Context, station uuid.UUID, uses []string, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationCommand)
	if err != nil {
		return nil, err
	}
	o := InstalledCertificatesOrder{Uses: uses}
	if t.version != "1.6" {
		return s.command(ctx, t, o, wait)
	}
	if len(uses) == 0 {
		uses = []string{"CSMS_ROOT", "MANUFACTURER_ROOT"}
	}
	several := installedUses{uses: uses}
	several.Order = o
	for _, use := range uses {
		several.list = append(several.list, InstalledCertificatesOrder{Uses: []string{use}})
	}
	return s.command(ctx, t, several, wait)
}

func (o InstalledCertificatesOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	return settleInstalled(ctx, tx, r, o.Uses, end)
}

func (o installedUses) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	return settleInstalled(ctx, tx, r, o.uses, end)
}

// settleInstalled makes of a list what is known of the station's certificates. What is known beyond names is kept.
func settleInstalled(ctx context.Context, tx *db.Tx, r recording, uses []string, end *commandEnd) error {
	if !end.accepted() {
		return nil
	}
	rows, err := tx.Query(ctx, "select key, component, summary, data::text from station_settings where station_id = $1 and kind = $2", r.Station, SettingCertificate)
	if err != nil {
		return fmt.Errorf("look which certificates the station had: %w", err)
	}
	known := map[string]Setting{}
	var v Setting
	var text string
	if _, err := pgx.ForEachRow(rows, []any{&v.Key, &v.Component, &v.Summary, &text}, func() error {
		v.Data = []byte(text)
		known[v.Key] = v
		return nil
	}); err != nil {
		return fmt.Errorf("look which certificates the station had: %w", err)
	}
	var now []Setting
	for _, result := range end.outcome.Results {
		c, ok := result.(InstalledCertificate)
		if !ok {
			continue
		}
		setting := certificateSetting(c, nil)
		if old, ok := known[setting.Key]; ok && old.Summary != "" {
			var data fields
			if json.Unmarshal(old.Data, &data) == nil {
				setting.Summary, setting.Data = old.Summary, old.Data
			}
		}
		now = append(now, setting)
	}
	kept := make([]string, len(now))
	for i := range now {
		kept[i] = now[i].Key
	}
	_, err = tx.Exec(ctx, "delete from station_settings where station_id = $1 and kind = $2 and (cardinality($3::text[]) = 0 or component = any ($3)) and key <> all ($4)",
		r.Station, SettingCertificate, append([]string{}, uses...), kept)
	if err != nil {
		return fmt.Errorf("forget certificates that the station hasn't any more: %w", err)
	}
	return keepCertificates(ctx, tx, r, now)
}

// certificateKey is a certificate's key in its use. Stations write numbers with and without leading zeros, in either case.
func certificateKey(use string, h CertificateHash) string {
	plain := func(digits string) string { return strings.TrimLeft(strings.ToLower(digits), "0") }
	sum := sha256.Sum256([]byte(strings.Join([]string{use, strings.ToLower(h.IssuerNameHash), strings.ToLower(h.IssuerKeyHash), plain(h.SerialNumber)}, "|")))
	return hex.EncodeToString(sum[:16])
}

// certificateSetting is what is known of a certificate that a station has; c is nil where only its name is.
func certificateSetting(i InstalledCertificate, c *x509.Certificate) Setting {
	data := fields{"use": i.Use, "hashAlgorithm": i.HashAlgorithm, "issuerNameHash": i.IssuerNameHash, "issuerKeyHash": i.IssuerKeyHash, "serialNumber": i.SerialNumber}
	if len(i.Children) > 0 {
		data["children"] = i.Children
	}
	summary := ""
	if c != nil {
		data["subject"], data["notAfter"] = c.Subject.String(), c.NotAfter.UTC().Format(time.RFC3339)
		summary = pki.Name(c) + ", until " + c.NotAfter.UTC().Format(time.DateOnly)
	}
	return Setting{Key: certificateKey(i.Use, i.CertificateHash), Component: i.Use, Summary: summary, Data: data.json()}
}
