package plugandcharge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
)

// The paths of an operator's interface, below its URL.
const (
	ContractsPath    = "/v1/contracts"
	CertificatesPath = "/v1/station-certificates"
)

// What an operator answers.
const (
	StatusAccepted = "ACCEPTED"
	StatusRefused  = "REFUSED"
)

// ContractQuestion asks for the contract of a car, at ContractsPath.
type ContractQuestion struct {
	// Action is INSTALL or UPDATE.
	Action        string `json:"action"`
	SchemaVersion string `json:"schemaVersion"`
	// EXIRequest is what the car wrote, in base64.
	EXIRequest        string   `json:"exiRequest"`
	MaximumChains     int64    `json:"maximumContractCertificateChains,omitempty"`
	PrioritizedEMAIDs []string `json:"prioritizedEmaids,omitempty"`
}

// ContractReply is what a car is handed.
type ContractReply struct {
	Status string `json:"status"`
	// Message says why it was refused.
	Message            string `json:"message,omitempty"`
	EXIResponse        string `json:"exiResponse,omitempty"`
	RemainingContracts *int64 `json:"remainingContracts,omitempty"`
}

// CertificateQuestion asks for a station's certificate for cars, at CertificatesPath.
type CertificateQuestion struct {
	// Use is V2G for ISO 15118-2, or V2G20 for ISO 15118-20.
	Use string `json:"use"`
	// CSR is the request as PEM.
	CSR          string `json:"csr"`
	Station      string `json:"station"`
	SerialNumber string `json:"serialNumber,omitempty"`
}

// CertificateReply is the certificate with those above it, as PEM, the station's own first.
type CertificateReply struct {
	Status  string `json:"status"`
	Message string `json:"message,omitempty"`
	Chain   string `json:"chain,omitempty"`
}

// ContractCertificate passes a car's request for a contract on to the operator. The same request has the same key, so asking again after an
// answer that was lost makes no second contract.
func (s *Service) ContractCertificate(ctx context.Context, station journal.Origin, r charging.ContractRequest) (answer charging.ContractAnswer, err error) {
	o, err := s.operatorOf(ctx, station.Tenant)
	if err != nil {
		return answer, err
	}
	q := ContractQuestion{Action: "INSTALL", SchemaVersion: r.SchemaVersion, EXIRequest: r.EXI, MaximumChains: r.MaximumChains, PrioritizedEMAIDs: r.PrioritizedEMAIDs}
	if r.Update {
		q.Action = "UPDATE"
	}
	if _, err := base64.StdEncoding.DecodeString(r.EXI); err != nil || r.EXI == "" {
		return answer, fault.New(fault.Invalid, "What the car asks for isn't base64: the station must pass it on as the car wrote it.")
	}
	body, err := json.Marshal(q)
	if err != nil {
		return answer, fmt.Errorf("write the question for a contract: %w", err)
	}
	sum := sha256.Sum256([]byte(station.Tenant.String() + " " + station.Station.String() + " " + string(body)))
	reply, err := post[ContractReply](ctx, s, o, ContractsPath, hex.EncodeToString(sum[:]), body)
	switch {
	case err != nil:
		return answer, err
	case reply.Status == StatusRefused:
		return answer, refusedBy(reply.Message)
	}
	if _, bad := base64.StdEncoding.DecodeString(reply.EXIResponse); bad != nil || reply.EXIResponse == "" || reply.Status != StatusAccepted || reply.RemainingContracts != nil && *reply.RemainingContracts < 0 {
		return answer, garbage(nil)
	}
	return charging.ContractAnswer{EXI: reply.EXIResponse, Remaining: reply.RemainingContracts}, nil
}

// SignsV2G reports whether an operator signs for the station's tenant.
func (s *Service) SignsV2G(ctx context.Context, station journal.Origin) (bool, error) {
	_, err := s.operatorOf(ctx, station.Tenant)
	if fault.Of(err) == charging.ErrNoPlugAndCharge {
		return false, nil
	}
	return err == nil, err
}

// SignV2G has the operator sign what a station shows cars.
func (s *Service) SignV2G(ctx context.Context, station journal.Origin, r charging.V2GRequest) (string, error) {
	o, err := s.operatorOf(ctx, station.Tenant)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(CertificateQuestion{Use: r.Use, CSR: r.CSR, Station: r.Identity, SerialNumber: r.SerialNumber})
	if err != nil {
		return "", fmt.Errorf("write the question for a certificate: %w", err)
	}
	reply, err := post[CertificateReply](ctx, s, o, CertificatesPath, r.Key, body)
	switch {
	case err != nil:
		return "", err
	case reply.Status == StatusRefused:
		return "", refusedBy(reply.Message)
	case reply.Status != StatusAccepted || reply.Chain == "":
		return "", garbage(nil)
	}
	return reply.Chain, nil
}

// refusedBy says that the operator doesn't want to, in its own words.
func refusedBy(message string) error {
	if message = strings.TrimSpace(message); message == "" {
		message = "it doesn't say why"
	}
	return fault.New(fault.Conflict, "The operator of Plug and Charge refuses: %s", fault.Printable(message))
}

func garbage(cause error) error {
	return fault.New(fault.Unavailable, "The operator of Plug and Charge answers something that isn't its interface: look whether its address is right, or ask the operator.").Because(cause)
}

// longestReply bounds what an operator answers: a chain of certificates or 17,000 characters of EXI, with room.
const longestReply = 256 << 10

// post asks the operator. What went wrong between it and us is a fault that is tried again; what it refuses isn't.
func post[T any](ctx context.Context, s *Service, o operator, path, key string, body []byte) (reply T, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url+path, bytes.NewReader(body))
	if err != nil {
		return reply, fmt.Errorf("ask the operator of Plug and Charge: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Idempotency-Key", key)
	if o.token != "" {
		request.Header.Set("Authorization", "Bearer "+o.token)
	}
	const who = "The operator of Plug and Charge"
	response, err := o.client.Do(request)
	if err != nil {
		return reply, unreachable(who, err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, longestReply+1))
	if err != nil {
		return reply, unreachable(who, err)
	}
	switch code := response.StatusCode; {
	case len(content) > longestReply:
		return reply, garbage(nil)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return reply, fault.New(fault.Unavailable, "%s doesn't accept our token: give it a token that counts.", who)
	case code == http.StatusTooManyRequests || code >= http.StatusInternalServerError:
		return reply, fault.New(fault.Unavailable, "%s answers %s: try again later.", who, strconv.Itoa(code))
	case code == http.StatusBadRequest || code == http.StatusConflict || code == http.StatusUnprocessableEntity:
		var refused struct{ Message string }
		_ = json.Unmarshal(content, &refused) // without words it is refused all the same
		return reply, refusedBy(refused.Message)
	case code != http.StatusOK && code != http.StatusCreated:
		return reply, garbage(fmt.Errorf("it answered %d", code))
	}
	if err := json.Unmarshal(content, &reply); err != nil {
		return reply, garbage(err)
	}
	return reply, nil
}
