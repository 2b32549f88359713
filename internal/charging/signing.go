package charging

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/tenancy"
)

// A station makes the keys of its own certificates, and asks to have them signed (security whitepaper and OCPP 2.0.1 Part 2, A02).
// Whoever signs for the operator gets the request from the station's settings, and what is signed is delivered:
//
//	TriggerMessage ─> SignCertificate ─> setting SIGNING_REQUEST ┬─> the tenant's authority, certificate_delivery.go ─┬─> CertificateSigned
//	                                                             ├─> for cars: the operator of Plug and Charge ─────┤
//	                                                             └─> (signed elsewhere) ─> DeliverCertificate ──────┘
//
// A request that nobody asked for is refused where the tenant has no authority: nobody would sign it. Where there is one it is signed,
// because stations notice by themselves that theirs is about to expire.

// SettingSigningRequest is a certificate that a station asked to have signed, with what became of that. Its key is the use.
const SettingSigningRequest SettingKind = "SIGNING_REQUEST"

// SigningRequest is what a station asks to have signed.
type SigningRequest struct {
	// Use is CHARGING_STATION for the certificate by which the station connects, V2G or V2G20 for the one that it shows cars.
	Use string
	// CSR is the request as PEM.
	CSR string
	// RequestID is the station's number for it; OCPP 2.1 has one.
	RequestID *int64
}

// signing is what is kept of a request, as JSON.
type signing struct {
	// Status is WAITING, DELIVERED, or REFUSED by the station.
	Status    string `json:"status"`
	CSR       string `json:"csr"`
	RequestID *int64 `json:"requestId,omitempty"`
	Subject   string `json:"subject"`
	Key       string `json:"key"`
	// SerialNumber, Issuer and NotAfter are those of the certificate that was delivered.
	SerialNumber string     `json:"serialNumber,omitempty"`
	Issuer       string     `json:"issuer,omitempty"`
	NotAfter     *time.Time `json:"notAfter,omitempty"`
}

// signingTime is how long a request is expected after it was asked for.
const signingTime = 24 * time.Hour

// errUnasked refuses a request that nobody waits for.
var errUnasked = errors.New("nobody asked for it: ask the station for a request first, then it is kept to be signed")

// RequestSignature keeps a request to be signed, or says why it can't be.
func (l *Link) RequestSignature(ctx context.Context, r SigningRequest, n Notice, rows Rows[error]) error {
	request, refusal := pki.ReadRequest(r.CSR)
	forCars, err := l.signsForCars(ctx, r.Use)
	if err != nil {
		l.Discard()
		return err
	}
	_, err = inExchange(ctx, l, rows, func(ctx context.Context, tx *db.Tx) (refused error, err error) {
		n.Type = "SignCertificate"
		if refused = refusal; refused == nil {
			if refused, err = l.mayBeSigned(ctx, tx, r, request, forCars); err != nil {
				return nil, err
			}
		}
		if refused != nil {
			n.Info = "Refused: " + refused.Error()
			return refused, l.insertNotice(ctx, tx, n)
		}
		kept := signing{Status: "WAITING", CSR: r.CSR, RequestID: r.RequestID, Subject: request.Subject.String(), Key: pki.KeyName(request.PublicKey)}
		data, err := json.Marshal(kept)
		if err != nil {
			return nil, fmt.Errorf("write the request down: %w", err)
		}
		var batch pgx.Batch
		queueSettings(&batch, l.Origin, SettingSigningRequest, []Setting{{
			Key: r.Use, Component: r.Use, Summary: kept.Subject + ", " + kept.Key + ", waits to be signed", Data: data,
		}}, n.ReceivedAt)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return nil, fmt.Errorf("keep the request: %w", err)
		}
		if err := l.haveSigned(ctx, tx, r.Use, forCars); err != nil {
			return nil, err
		}
		l.park(EventStation, Event{At: n.ReceivedAt})
		return nil, l.insertNotice(ctx, tx, n)
	})
	return err
}

// mayBeSigned says what speaks against a request, by what is known of the station: it names another station, comes a second time, or
// nobody asked for it lately.
func (l *Link) mayBeSigned(ctx context.Context, tx *db.Tx, r SigningRequest, request pki.Request, forCars bool) (refused, err error) {
	var asked, done, ours bool
	var serial, expected string
	err = tx.QueryRow(ctx, `select serial_number, expected_serial, exists (select from commands where station_id = s.id and action in ('TriggerMessage', 'ExtendedTriggerMessage')
			and status in ('SENT', 'ACCEPTED', 'TIMEOUT') and request->>'requestedMessage' like 'Sign%Certificate' and created_at > $2),
		exists (select from station_settings where station_id = s.id and kind = $3 and data->>'csr' = $4 and data->>'status' = 'DELIVERED')
			or exists (select from station_certificates where station_id = s.id and use = $5 and request_digest = $6 and status <> 'SIGNED'),
		exists (select from certificate_authorities where kind = 'INTERMEDIATE' and status = 'ACTIVE')
		from stations s where s.id = $1`, l.Station, l.service.now().Add(-signingTime), SettingSigningRequest, r.CSR, r.Use, request.Digest()).Scan(&serial, &expected, &asked, &done, &ours)
	if err != nil {
		return nil, fmt.Errorf("look whether the request was asked for: %w", err)
	}
	// The common name is the station's serial number (security whitepaper, A00.FR.405); makes that don't know better take its identity.
	name := request.Subject.CommonName
	switch {
	case !asked && !forCars && (!ours || r.Use != useStation):
		return errUnasked, nil
	case done:
		return errors.New("it was signed before: a new certificate needs a new key"), nil
	case r.Use == useStation && !pki.Named(&x509.Certificate{Subject: request.Subject}, serial, expected, l.Identity):
		return fmt.Errorf("it is for %q, and this station has the serial number %q", fault.Printable(name), serial), nil
	}
	return nil, nil
}

// CertificateSignedOrder delivers a signed certificate, with those above it.
type CertificateSignedOrder struct {
	configures
	Use, Chain string
	RequestID  *int64
	leaf       *x509.Certificate
	csr        string
	// ours is the row of a certificate that was signed here.
	ours uuid.UUID
	by   *Service
}

// DeliverCertificate delivers what was signed of a station's request: the certificate, and those above it but the root.
func (s *Service) DeliverCertificate(ctx context.Context, station uuid.UUID, use, chain string, wait int) (*ent.Command, error) {
	t, err := s.target(ctx, station, tenancy.StationCredential)
	if err != nil {
		return nil, err
	}
	waiting, err := s.waitingRequest(ctx, s.db, station, use)
	if err != nil {
		return nil, err
	}
	request, err := pki.ReadRequest(waiting.CSR)
	if err != nil {
		return nil, fault.New(fault.Conflict, "What the station asked to have signed can't be used: %s. Ask it again.", err)
	}
	leaf, err := s.chainFor(ctx, t, request, chain)
	if err != nil {
		return nil, err
	}
	o := CertificateSignedOrder{Use: use, Chain: chain, RequestID: waiting.RequestID, leaf: leaf, csr: waiting.CSR}
	return s.command(ctx, t, o, wait)
}

func (s *Service) waitingRequest(ctx context.Context, q querier, station uuid.UUID, use string) (w signing, err error) {
	rows, err := q.Query(ctx, "select data from station_settings where station_id = $1 and kind = $2 and key = $3", station, SettingSigningRequest, use)
	if err != nil {
		return w, fmt.Errorf("look up the station's request: %w", err)
	}
	text, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]byte])
	if err == nil {
		err = json.Unmarshal(text, &w)
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return w, fault.New(fault.Conflict, "The station hasn't asked to have a certificate of this use signed: trigger its request first.")
	case err != nil:
		return w, fmt.Errorf("look up the station's request: %w", err)
	}
	return w, nil
}

// longestChain is what every version of OCPP has room for.
const longestChain = 10000

// chainFor checks a chain against the request that it answers and against what the station has room for.
func (s *Service) chainFor(ctx context.Context, t target, request pki.Request, text string) (*x509.Certificate, error) {
	most, err := s.roomForChain(ctx, s.db, t.Station)
	if err != nil {
		return nil, err
	}
	if len(text) > most {
		return nil, fault.In("chain", "The chain has %d characters, and the station takes %d: leave the root out, or sign with fewer authorities between.", len(text), most)
	}
	if strings.Contains(text, "PRIVATE KEY") {
		return nil, fault.In("chain", "It holds a private key, which must never leave its owner. Give the certificates alone, and replace the key: it was sent here.")
	}
	var chain []*x509.Certificate
	for rest := []byte(strings.TrimSpace(text)); len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return nil, fault.In("chain", "It must be certificates as PEM, the station's own first.")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fault.In("chain", "Certificate %d can't be read.", len(chain)+1).Because(err)
		}
		chain = append(chain, c)
		rest = []byte(strings.TrimSpace(string(rest)))
	}
	if len(chain) == 0 {
		return nil, fault.In("chain", "It must be certificates as PEM, the station's own first.")
	}
	if key, ok := chain[0].PublicKey.(interface{ Equal(crypto.PublicKey) bool }); !ok || !key.Equal(request.PublicKey) {
		return nil, fault.In("chain", "The first certificate, of %s, isn't for the key that the station asked with: sign its newest request.", pki.Name(chain[0]))
	}
	for i, c := range chain {
		if err := inForce(c, "chain", s.now()); err != nil {
			return nil, err
		}
		if i > 0 && chain[i-1].CheckSignatureFrom(c) != nil {
			return nil, fault.In("chain", "Certificate %d, of %s, didn't sign the one before it.", i+1, pki.Name(c))
		}
	}
	return chain[0], nil
}

// roomForChain is how long a chain may be for a station.
func (s *Service) roomForChain(ctx context.Context, q querier, station uuid.UUID) (int, error) {
	rows, err := q.Query(ctx, `select min(case when value ~ '^[0-9]{1,9}$' then value::integer end) from station_variables where station_id = $1
		and variable in ('MaxCertificateChainSize', 'CertificateSignedMaxChainSize')`, station)
	var room *int
	if err == nil {
		room, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[*int])
	}
	if err != nil {
		return 0, fmt.Errorf("look up how long a chain may be: %w", err)
	}
	if room != nil && *room > 0 {
		return min(longestChain, *room), nil
	}
	return longestChain, nil
}

func (o CertificateSignedOrder) record(ctx context.Context, tx *db.Tx, r recording) error {
	return audit.Write(ctx, tx, audit.Event{
		Action: "station.certificate", Network: r.Network, SubjectType: "station", SubjectID: r.Station.String(),
		Details: map[string]any{"use": o.Use, "serialNumber": o.leaf.SerialNumber.Text(16), "issuer": o.leaf.Issuer.String()},
	})
}

// settle keeps what became of the request. One that came meanwhile waits on.
func (o CertificateSignedOrder) settle(ctx context.Context, tx *db.Tx, r recording, end *commandEnd) error {
	if o.by != nil {
		if err := o.by.delivered(ctx, tx, o, r, end); err != nil {
			return err
		}
	}
	status := "DELIVERED"
	switch {
	case end.refused():
		status = "REFUSED"
	case !end.accepted():
		return nil
	}
	until := o.leaf.NotAfter.UTC()
	summary := fmt.Sprintf("%s, signed by %s, until %s", pki.Name(o.leaf), o.leaf.Issuer.CommonName, until.Format(time.DateOnly))
	if status == "REFUSED" {
		summary = pki.Name(o.leaf) + ", refused by the station"
	}
	_, err := tx.Exec(ctx, `update station_settings set summary = $5, reported_at = $6, data = data || $7::jsonb
		where station_id = $1 and kind = $2 and key = $3 and data->>'csr' = $4`,
		r.Station, SettingSigningRequest, o.Use, o.csr, clip(summary, 2048), r.at,
		fields{"status": status, "serialNumber": o.leaf.SerialNumber.Text(16), "issuer": o.leaf.Issuer.String(), "notAfter": until.Format(time.RFC3339)}.json())
	if err != nil {
		return fmt.Errorf("keep what became of the request: %w", err)
	}
	return nil
}
