package charging

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/tenancy"
)

// FirmwareRequest says which firmware a station is to install, and when.
type FirmwareRequest struct {
	// Location is where the station fetches it, unless Firmware names some that is kept here.
	Location string
	Firmware uuid.UUID
	// Force has a station install kept firmware that is for other stations by its vendor or model.
	Force bool
	// RetrieveAt is when the station may fetch it; zero is now. InstallAt zero leaves that to the station.
	RetrieveAt, InstallAt time.Time
	// Retries and RetryInterval are left to the station where they are nil.
	Retries, RetryInterval *int
	// Signature, in base64, and the certificate of whoever made it, as PEM, have the station check what it fetched.
	Signature, SigningCertificate string
}

// FirmwareOrder has a station install other firmware.
type FirmwareOrder struct {
	configures
	FirmwareRequest
	RequestID int64
}

// FirmwareAnswer is what a station said to it; OCPP 1.6 says nothing to firmware that isn't signed.
type FirmwareAnswer struct {
	Status string `json:"status"`
}

// PublishFirmwareOrder has a local controller fetch firmware, for the stations behind it (OCPP 2.0.1 Part 2, L03).
type PublishFirmwareOrder struct {
	configures
	Location, Checksum     string
	Retries, RetryInterval *int
	RequestID              int64
	firmware               uuid.UUID
}

// PublishRequest says which firmware a local controller is to fetch: some that is kept here, or from a location with the MD5 sum
// of the file.
type PublishRequest struct {
	Location, Checksum     string
	Firmware               uuid.UUID
	Force                  bool
	Retries, RetryInterval *int
}

// UnpublishFirmwareOrder has a local controller publish firmware no more (OCPP 2.0.1 Part 2, L04).
type UnpublishFirmwareOrder struct {
	configures
	Checksum string
}

// maxFirmwareDelay bounds how far ahead an update may be planned.
const maxFirmwareDelay = 90 * 24 * time.Hour

// UpdateFirmware has a station install other firmware.
func (s *Service) UpdateFirmware(ctx context.Context, station uuid.UUID, r FirmwareRequest, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationConfigure)
	if err != nil {
		return nil, err
	}
	var kept *ent.FirmwareFile
	if r.Firmware != uuid.Nil {
		if kept, err = s.keptFirmware(ctx, t, r.Firmware, r.Force); err != nil {
			return nil, err
		}
	}
	if (r.Location == "") == (kept == nil) {
		return nil, fault.In("location", "Name either firmware that is kept here (firmwareId), or where the station fetches it (location).")
	}
	if kept == nil {
		if err := s.locationAllowed(ctx, t, "location", r.Location); err != nil {
			return nil, err
		}
	}
	if err := retriesAllowed(r.Retries, r.RetryInterval); err != nil {
		return nil, err
	}
	now := s.now()
	if r.RetrieveAt.IsZero() {
		r.RetrieveAt = now
	}
	switch {
	case r.RetrieveAt.Sub(now) > maxFirmwareDelay:
		return nil, fault.In("retrieveAt", "An update may be planned up to %d days ahead.", int(maxFirmwareDelay.Hours()/24))
	case !r.InstallAt.IsZero() && r.InstallAt.Before(r.RetrieveAt):
		return nil, fault.In("installAt", "The firmware can't be installed before it is fetched: name a time after retrieveAt.")
	}
	if kept != nil && r.Signature == "" {
		r.Signature, r.SigningCertificate = kept.Signature, kept.SigningCertificate
	}
	if err := signatureAllowed(r.Signature, r.SigningCertificate, now); err != nil {
		return nil, err
	}
	if kept != nil {
		if r.Location, err = s.firmwareLink(ctx, t, kept, r.RetrieveAt, r.Retries, r.RetryInterval); err != nil {
			return nil, err
		}
	}
	o := FirmwareOrder{FirmwareRequest: r}
	if o.RequestID, err = s.requestID(ctx); err != nil {
		return nil, err
	}
	return s.command(ctx, t, o, wait)
}

func (o FirmwareOrder) record(ctx context.Context, tx *db.Tx, r recording) error {
	return recordUpdate(ctx, tx, r, plannedUpdate{o.RequestID, o.Firmware, o.Location, o.Signature != "", o.RetrieveAt, o.InstallAt})
}

// plannedUpdate is an update as it is recorded.
type plannedUpdate struct {
	request           int64
	firmware          uuid.UUID
	location          string
	signed            bool
	retrieve, install time.Time
}

func recordUpdate(ctx context.Context, tx *db.Tx, r recording, u plannedUpdate) error {
	var at *time.Time
	if !u.install.IsZero() {
		at = &u.install
	}
	_, err := tx.Exec(ctx, `insert into firmware_updates (id, tenant_id, network_id, station_id, command_id, request_id, location, signed, from_version, status,
			retrieve_at, install_at, created_at, updated_at, firmware_id)
		select $1, $2, $3, $4, $5, $6, $7, $8, (select firmware_version from stations where id = $4), 'Requested', $9, $10, $11, $11, $12`,
		journal.NewID(), r.Tenant, r.Network, r.Station, r.command, u.request, shown(u.location, u.firmware != uuid.Nil), u.signed, u.retrieve, at, r.at, db.OrNull(u.firmware))
	if err != nil {
		return fmt.Errorf("record the update: %w", err)
	}
	return nil
}

// settle ends an update that the station refused, and those that this one takes the place of.
func (o FirmwareOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	var answer FirmwareAnswer
	if len(end.outcome.Results) == 1 {
		if one, ok := end.outcome.Results[0].(Single); ok {
			answer, _ = one.Value.(FirmwareAnswer)
		}
	}
	switch {
	case end.accepted() && (answer.Status == "AcceptedCanceled" || answer.Status == ""):
		// A status of OCPP 1.6 names no update: whatever is told from now on is of this one.
		_, err := tx.Exec(ctx, `update firmware_updates u set status = 'AcceptedCanceled', ended = true, updated_at = $3 from commands c
			where u.station_id = $1 and u.request_id < $2::bigint and not u.ended and c.id = u.command_id and c.action in ('UpdateFirmware', 'SignedUpdateFirmware')`,
			r.Station, o.RequestID, r.at)
		if err != nil {
			return fmt.Errorf("end the updates before: %w", err)
		}
		return nil
	case end.refused():
		status := answer.Status
		if status == "" {
			status = "Rejected"
		}
		return endRecord(ctx, tx, firmwareCourse, r, o.RequestID, status)
	}
	return nil // it may be at it all the same
}

// PublishFirmware has a local controller fetch firmware for the stations behind it.
func (s *Service) PublishFirmware(ctx context.Context, station uuid.UUID, r PublishRequest, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationConfigure)
	if err != nil {
		return nil, err
	}
	if err := retriesAllowed(r.Retries, r.RetryInterval); err != nil {
		return nil, err
	}
	o := PublishFirmwareOrder{Location: r.Location, Checksum: r.Checksum, Retries: r.Retries, RetryInterval: r.RetryInterval, firmware: r.Firmware}
	switch {
	case (r.Location == "") == (r.Firmware == uuid.Nil):
		return nil, fault.In("location", "Name either firmware that is kept here (firmwareId), or where the station fetches it (location).")
	case r.Firmware != uuid.Nil:
		f, err := s.keptFirmware(ctx, t, r.Firmware, r.Force)
		if err != nil {
			return nil, err
		}
		o.Checksum = f.Md5
		if o.Location, err = s.firmwareLink(ctx, t, f, s.now(), r.Retries, r.RetryInterval); err != nil {
			return nil, err
		}
	default:
		if err := s.locationAllowed(ctx, t, "location", r.Location); err != nil {
			return nil, err
		}
		if o.Checksum, err = md5Sum(r.Checksum); err != nil {
			return nil, err
		}
	}
	if o.RequestID, err = s.requestID(ctx); err != nil {
		return nil, err
	}
	return s.command(ctx, t, o, wait)
}

func (o PublishFirmwareOrder) record(ctx context.Context, tx *db.Tx, r recording) error {
	return recordUpdate(ctx, tx, r, plannedUpdate{request: o.RequestID, firmware: o.firmware, location: o.Location, retrieve: r.at})
}

func (o PublishFirmwareOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if !end.refused() {
		return nil
	}
	return endRecord(ctx, tx, firmwareCourse, r, o.RequestID, "Rejected")
}

// UnpublishFirmware has a local controller publish firmware no more.
func (s *Service) UnpublishFirmware(ctx context.Context, station uuid.UUID, checksum string, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationConfigure)
	if err != nil {
		return nil, err
	}
	if checksum, err = md5Sum(checksum); err != nil {
		return nil, err
	}
	return s.command(ctx, t, UnpublishFirmwareOrder{Checksum: checksum}, wait)
}

func md5Sum(checksum string) (string, error) {
	sum := strings.ToLower(strings.TrimSpace(checksum))
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != 16 {
		return "", fault.In("checksum", "It must be the MD5 sum of the file: 32 hexadecimal digits.")
	}
	return sum, nil
}

// oneCertificate reads a text that holds one certificate and nothing else.
func oneCertificate(field, text string) (*x509.Certificate, error) {
	if strings.Contains(text, "PRIVATE KEY") {
		return nil, fault.In(field, "It holds a private key, which must never leave its owner. Give the certificate alone, and replace the key: it was sent here.")
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fault.In(field, "It must be a certificate as PEM: a text that begins with -----BEGIN CERTIFICATE-----.")
	}
	if strings.TrimSpace(string(rest)) != "" {
		return nil, fault.In(field, "It holds more than one certificate: give one at a time.")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fault.In(field, "The certificate can't be read: %v.", err)
	}
	return c, nil
}

// inForce refuses a certificate outside its time.
func inForce(c *x509.Certificate, field string, now time.Time) error {
	switch {
	case now.After(c.NotAfter):
		return fault.In(field, "The certificate expired on %s: use one that is valid.", c.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(c.NotBefore):
		return fault.In(field, "The certificate isn't valid before %s.", c.NotBefore.UTC().Format(time.DateOnly))
	}
	return nil
}
