package charging

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/firmwarefile"
	"github.com/busbar-ev/busbar/ent/firmwareupdate"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/files"
	"github.com/busbar-ev/busbar/internal/quirks"
	"github.com/busbar-ev/busbar/tenancy"
)

// Firmware that is kept here. Its row is made first, with a link that the file is then sent over; what arrives makes it ready.
//
//	UploadFirmware ─> row AWAITING_UPLOAD, link ─> PUT /files/{token} ─> ReceiveFile ─> READY, or DAMAGED
//	UpdateFirmware ─> link to the file, made for this station ─> GET /files/{token}

// FirmwareSpec describes firmware that is to be kept here.
type FirmwareSpec struct {
	// Network binds the firmware to one network; nil means the whole tenant, or the viewer's only network.
	Network         uuid.UUID
	Version, Vendor string
	// Models are those of the vendor that it is for; none means all.
	Models         []string
	FileName, Note string
	// SHA256, where it is given, is compared with what arrives.
	SHA256 string
	// Signature and SigningCertificate go to stations with the link.
	Signature, SigningCertificate string
}

// FirmwareUpload is firmware that waits for its file.
type FirmwareUpload struct {
	Firmware *ent.FirmwareFile
	URL      string
	Expires  time.Time
}

// uploadTime is how long an upload by staff may be begun.
const uploadTime = 6 * time.Hour

// UploadFirmware makes room for firmware, and a link that its file is sent over.
func (s *Service) UploadFirmware(ctx context.Context, spec FirmwareSpec) (made FirmwareUpload, err error) {
	if spec.Network, err = s.ownNetwork(ctx, spec.Network, "firmware"); err != nil {
		return made, err
	}
	v, err := viewer(ctx, tenancy.StationConfigure, spec.Network, "network")
	if err != nil {
		return made, err
	}
	if err := spec.check(s.now()); err != nil {
		return made, err
	}
	if s.files == nil {
		return made, fault.New(fault.Unavailable, "No storage for files is set up here: an admin of the system sets one up.")
	}
	made.Expires = s.now().Add(uploadTime)
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		link, transfer, err := s.files.ExpectIn(ctx, tx, files.Expectation{Network: spec.Network, Kind: files.Firmware, Name: spec.FileName, TTL: uploadTime})
		if err != nil {
			return err
		}
		made.URL = link
		made.Firmware, err = tx.Ent.FirmwareFile.Create().SetTenantID(v.Tenant).SetNillableNetworkID(db.OrNull(spec.Network)).SetVersion(spec.Version).
			SetVendor(spec.Vendor).SetModels(spec.Models).SetFileName(spec.FileName).SetNote(clip(spec.Note, 1000)).SetStatus(firmwarefile.StatusAWAITING_UPLOAD).
			SetExpectedSha256(spec.SHA256).SetSignature(spec.Signature).SetSigningCertificate(spec.SigningCertificate).SetTransferID(transfer).
			SetUpdatedAt(s.now()).Save(ctx)
		if err != nil {
			return fmt.Errorf("register the firmware: %w", err)
		}
		return auditFirmware(ctx, tx, "firmware.create", made.Firmware)
	})
	return made, err
}

func (f *FirmwareSpec) check(now time.Time) error {
	f.Version, f.Vendor = strings.TrimSpace(f.Version), strings.TrimSpace(f.Vendor)
	for _, named := range []struct{ field, text string }{{"version", f.Version}, {"vendor", f.Vendor}} {
		if named.text == "" || len(named.text) > 50 || cleanTag(named.text) != named.text {
			return fault.In(named.field, "It must have 1 to 50 printable characters, as stations spell it.")
		}
	}
	if len(f.Models) > 100 {
		return fault.In("models", "Firmware is for at most 100 models; leave them out for all of the vendor's.")
	}
	for i, m := range f.Models {
		if f.Models[i] = strings.TrimSpace(m); f.Models[i] == "" || len(m) > 50 {
			return fault.In("models", "A model has 1 to 50 characters, as stations spell it.")
		}
	}
	if f.FileName = strings.TrimSpace(f.FileName); f.FileName == "" || len(f.FileName) > 128 || strings.ContainsAny(f.FileName, `/\$`) || cleanTag(f.FileName) != f.FileName {
		return fault.In("fileName", "It must be a plain file name of 1 to 128 characters; some stations tell from it what the file is.")
	}
	if f.SHA256 = strings.ToLower(strings.TrimSpace(f.SHA256)); f.SHA256 != "" {
		if sum, err := hex.DecodeString(f.SHA256); err != nil || len(sum) != 32 {
			return fault.In("sha256", "It must be the SHA-256 sum of the file: 64 hexadecimal digits.")
		}
	}
	return signatureAllowed(f.Signature, f.SigningCertificate, now)
}

// signatureAllowed checks what a station is to check firmware with.
func signatureAllowed(signature, certificate string, now time.Time) error {
	if (signature == "") != (certificate == "") {
		return fault.In("signature", "A signature and the certificate that it is checked with belong together: give both, or neither.")
	}
	if certificate == "" {
		return nil
	}
	if _, err := base64.StdEncoding.DecodeString(signature); err != nil {
		return fault.In("signature", "It must be in base64.")
	}
	c, err := oneCertificate("signingCertificate", certificate)
	if err != nil {
		return err
	}
	return inForce(c, "signingCertificate", now)
}

// DeleteFirmware removes firmware and its file, unless a station is being updated with it.
func (s *Service) DeleteFirmware(ctx context.Context, id uuid.UUID) error {
	discard := func() {}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		f, err := firmwareOf(ctx, tx.Ent, id)
		if err != nil {
			return err
		}
		busy, err := tx.Ent.FirmwareUpdate.Query().Where(firmwareupdate.FirmwareID(id), firmwareupdate.Ended(false)).Count(ctx)
		if err != nil {
			return fmt.Errorf("look for updates with the firmware: %w", err)
		}
		if busy > 0 {
			return fault.New(fault.Conflict, "%d updates with this firmware are under way: delete it when they have ended.", busy)
		}
		if err := tx.Ent.FirmwareFile.DeleteOne(f).Exec(ctx); err != nil {
			return fmt.Errorf("delete the firmware: %w", err)
		}
		switch {
		case f.FileID != nil:
			if discard, err = s.files.DeleteIn(ctx, tx, *f.FileID); err != nil {
				return err
			}
		case f.TransferID != nil:
			if err := files.RevokeIn(ctx, tx, *f.TransferID); err != nil {
				return err
			}
		}
		return auditFirmware(ctx, tx, "firmware.delete", f)
	})
	if err == nil {
		discard()
	}
	return err
}

// firmwareOf finds firmware that the viewer may change or hand out; foreign firmware isn't there.
func firmwareOf(ctx context.Context, client *ent.Client, id uuid.UUID) (*ent.FirmwareFile, error) {
	f, err := client.FirmwareFile.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("firmware")
	}
	if err != nil {
		return nil, fmt.Errorf("load the firmware: %w", err)
	}
	network := uuid.Nil
	if f.NetworkID != nil {
		network = *f.NetworkID
	}
	_, err = viewer(ctx, tenancy.StationConfigure, network, "firmware")
	return f, err
}

func auditFirmware(ctx context.Context, tx *db.Tx, action string, f *ent.FirmwareFile) error {
	network := uuid.Nil
	if f.NetworkID != nil {
		network = *f.NetworkID
	}
	return audit.Write(ctx, tx, audit.Event{
		Action: action, Network: network, SubjectType: "firmware", SubjectID: f.ID.String(), Details: map[string]any{"vendor": f.Vendor, "version": f.Version},
	})
}

// ReceiveFile ties a file that has arrived to what it was expected for.
func (s *Service) ReceiveFile(ctx context.Context, r files.Received) {
	receive := s.receiveLog
	if r.File.Kind == files.Firmware {
		receive = s.receiveFirmware
	}
	if err := receive(ctx, r.Transfer, r.File); err != nil {
		s.logger.Error("a file has arrived but can't be tied to what it is for now; upkeep tries again", "station", r.Station, "file", r.File.ID, "error", err)
	}
}

// receiveFirmware makes firmware ready, or damaged where it isn't what was announced.
func (s *Service) receiveFirmware(ctx context.Context, transfer uuid.UUID, f files.File) error {
	_, err := s.db.Exec(ctx, `update firmwares set file_id = $2, size = $3, sha256 = $4, md5 = $5, file_name = $6, updated_at = $7,
			status = case when expected_sha256 in ('', $4) then 'READY' else 'DAMAGED' end
		where transfer_id = $1 and file_id is null`, transfer, f.ID, f.Size, hex.EncodeToString(f.SHA256[:]), hex.EncodeToString(f.MD5), f.Name, s.now())
	if err != nil {
		return fmt.Errorf("tie the file to its firmware: %w", err)
	}
	return nil
}

// SettleFirmware ties files to their firmware where a node died in between, and drops firmware that nobody uploaded in time.
// Periodic work calls it for each tenant.
func (s *Service) SettleFirmware(ctx context.Context) (settled int, err error) {
	if s.files == nil {
		return 0, nil
	}
	rows, err := s.db.Query(ctx, "select id, transfer_id from firmwares where status = 'AWAITING_UPLOAD' and created_at < $1", s.now().Add(-time.Minute))
	if err != nil {
		return 0, fmt.Errorf("look for firmware that waits: %w", err)
	}
	type waiting struct{ ID, Transfer uuid.UUID }
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[waiting])
	if err != nil {
		return 0, fmt.Errorf("look for firmware that waits: %w", err)
	}
	for _, w := range list {
		n, err := s.settleTransfer(ctx, w.Transfer, s.receiveFirmware, func() (int64, error) {
			n, err := s.db.Exec(ctx, "delete from firmwares where id = $1 and status = 'AWAITING_UPLOAD'", w.ID)
			if err != nil {
				return 0, fmt.Errorf("drop firmware that nobody uploaded: %w", err)
			}
			return n, nil
		})
		if settled += n; err != nil {
			return settled, err
		}
	}
	return settled, nil
}

// keptFirmware finds firmware of this system for a station. It is for the station's vendor and model, unless whoever asks
// insists.
func (s *Service) keptFirmware(ctx context.Context, t target, id uuid.UUID, force bool) (*ent.FirmwareFile, error) {
	f, err := firmwareOf(ctx, s.db.Ent(), id)
	if err != nil {
		return nil, err
	}
	if f.NetworkID != nil && *f.NetworkID != t.Network {
		return nil, fault.In("firmwareId", "This firmware belongs to another network than the station.")
	}
	switch f.Status {
	case firmwarefile.StatusAWAITING_UPLOAD:
		return nil, fault.New(fault.Conflict, "The file of this firmware isn't here yet: upload it first.")
	case firmwarefile.StatusDAMAGED:
		return nil, fault.New(fault.Conflict, "The file of this firmware isn't the one that was announced, by its SHA-256 sum: upload it again.")
	}
	if force {
		return f, nil
	}
	rows, err := s.db.Query(ctx, "select vendor, model from stations where id = $1", t.Station)
	if err != nil {
		return nil, fmt.Errorf("load what the station is: %w", err)
	}
	is, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[struct{ Vendor, Model string }])
	if err != nil {
		return nil, fmt.Errorf("load what the station is: %w", err)
	}
	same := func(model string) bool { return strings.EqualFold(model, is.Model) }
	switch {
	case !strings.EqualFold(f.Vendor, is.Vendor):
		return nil, fault.In("firmwareId", "This firmware is for stations of %s, and this one says that it is of %q. Other makers' firmware can ruin a station; set force if it is right all the same.", f.Vendor, is.Vendor)
	case len(f.Models) > 0 && !slices.ContainsFunc(f.Models, same):
		return nil, fault.In("firmwareId", "This firmware is for the models %s, and this station says that it is %q. Set force if it is right all the same.", strings.Join(f.Models, ", "), is.Model)
	}
	return f, nil
}

// firmwareLink makes a link to kept firmware for a station that begins to fetch it at a time.
func (s *Service) firmwareLink(ctx context.Context, t target, f *ent.FirmwareFile, begin time.Time, retries, interval *int) (string, error) {
	if s.files == nil || f.FileID == nil {
		return "", errors.New("the firmware has no file")
	}
	link, err := s.files.Offer(ctx, *f.FileID, transferTime(s.now(), begin, retries, interval))
	if err != nil {
		return "", err
	}
	b, err := s.behaviourOf(ctx, t.Station)
	if err != nil {
		return "", err
	}
	if quirks.Or(b.FileNameInURL, false) {
		link = files.Named(link, f.FileName)
	}
	return link, s.linkAllowed(ctx, t, link)
}
