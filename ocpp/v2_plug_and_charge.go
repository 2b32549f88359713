package ocpp

import (
	"errors"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Certificates of cars and stations (OCPP 2.0.1 Part 2, functional block M), which somebody else vouches for. What a station
// asks is kept as an event, so that a car that can't charge is seen here as well.

// askAgain is when a station may ask again for what nobody could say.
const askAgain = 24 * time.Hour

// notVouched says why nobody could vouch for a certificate, in words; what is wrong with us is only named so.
func (x *exchange) notVouched(err error) *v21.StatusInfo {
	if errors.Is(err, charging.ErrNoPlugAndCharge) {
		return reason2("NotEnabled", charging.ErrNoPlugAndCharge.Message)
	}
	if f := fault.Of(err); f != nil {
		return reason2("Failed", f.Message)
	}
	x.c.server.logger.Error("a station's question about a certificate can't be answered", "station", x.c.link.Identity, "action", x.frame.Action, "error", err)
	return reason2("InternalError", "The operator of certificates could not be asked.")
}

// What an answer has room for, in characters.
const (
	longestExi201, longestExi21   = 5600, 17000
	longestOCSP201, longestOCSP21 = 5500, 18000
)

// tooLong refuses what the station's version has no room for, in words.
func (x *exchange) tooLong(what, text string, in201, in21 int) error {
	most := in21
	if x.c.dialect.version() == schema.V201 {
		most = in201
	}
	if len(text) <= most {
		return nil
	}
	return fault.New(fault.Unavailable, "%s has %d characters, and OCPP %s has room for %d.", what, len(text), x.c.dialect.version(), most)
}

// authorizeContract2 answers whether a car may charge on its contract (C07, C08).
func authorizeContract2(x *exchange, r *v21.AuthorizeRequest) (schema.Message, error) {
	contract := charging.Contract{Certificates: r.Certificate}
	for i := range r.ISO15118CertificateHashData {
		contract.Hashes = append(contract.Hashes, certificateID2(&r.ISO15118CertificateHashData[i]))
	}
	token, n := charging.IDToken{Value: r.IDToken.IDToken, Type: r.IDToken.Type}, x.noticed(charging.Notice{Kind: charging.NoticeCertificate})
	_, err := x.c.link.AuthorizeContract(x.c.ctx, token, contract, n, inTransaction(x, func(i charging.ContractInfo) schema.Message {
		return &v21.AuthorizeResponse{IDTokenInfo: *tokenInfo2(i.TokenInfo, r.IDToken.Type), CertificateStatus: v21.AuthorizeCertificateStatus(i.Certificate)}
	}))
	return nil, err
}

func certificateID2(q *v21.OCSPRequestData) charging.CertificateID {
	return charging.CertificateID{
		HashAlgorithm: string(q.HashAlgorithm), IssuerNameHash: q.IssuerNameHash, IssuerKeyHash: q.IssuerKeyHash, SerialNumber: q.SerialNumber,
		Source: string(v21.CertificateStatusSourceOCSP), URLs: []string{q.ResponderURL},
	}
}

// getCertificateStatus2 passes on what the responder says of a certificate (M06).
func getCertificateStatus2(x *exchange, r *v21.GetCertificateStatusRequest) (schema.Message, error) {
	q := &r.OCSPRequestData
	result, err := x.c.link.CertificateStatus(x.c.ctx, certificateID2(q))
	if err == nil {
		err = x.tooLong("The responder's answer", result, longestOCSP201, longestOCSP21)
	}
	x.notice(charging.Notice{Kind: charging.NoticeCertificate, Type: "GetCertificateStatus", Value: q.SerialNumber, Info: failure(err)})
	if err != nil {
		return &v21.GetCertificateStatusResponse{Status: v21.GetCertificateStatusFailed, StatusInfo: x.notVouched(err)}, nil
	}
	return &v21.GetCertificateStatusResponse{Status: v21.GetCertificateStatusAccepted, OCSPResult: result}, nil
}

// getCertificateChainStatus2 says what is known of each certificate of a chain (OCPP 2.1 M07). Its answer has no room for why.
func getCertificateChainStatus2(x *exchange, r *v21.GetCertificateChainStatusRequest) (schema.Message, error) {
	chain := make([]charging.CertificateID, len(r.CertificateStatusRequests))
	for i := range r.CertificateStatusRequests {
		q := &r.CertificateStatusRequests[i]
		chain[i] = charging.CertificateID{
			HashAlgorithm: string(q.CertificateHashData.HashAlgorithm), IssuerNameHash: q.CertificateHashData.IssuerNameHash,
			IssuerKeyHash: q.CertificateHashData.IssuerKeyHash, SerialNumber: q.CertificateHashData.SerialNumber, Source: string(q.Source), URLs: q.Urls,
		}
	}
	known, err := x.c.link.ChainStatus(x.c.ctx, chain)
	x.notice(charging.Notice{Kind: charging.NoticeCertificate, Type: "GetCertificateChainStatus", Info: failure(err)})
	if err != nil {
		_ = x.notVouched(err) // logged; the answer says only that it failed
	}
	answer := &v21.GetCertificateChainStatusResponse{CertificateStatus: make([]v21.CertificateStatus, len(chain))}
	for i := range answer.CertificateStatus {
		q := &r.CertificateStatusRequests[i]
		to := v21.CertificateStatus{
			CertificateHashData: q.CertificateHashData, Source: q.Source, Status: v21.CertificateStatusValueFailed, NextUpdate: schema.At(x.at.Add(askAgain)),
		}
		if err == nil && i < len(known) {
			to.Status, to.NextUpdate = v21.CertificateStatusValue(known[i].Status), schema.At(known[i].NextUpdate)
		}
		answer.CertificateStatus[i] = to
	}
	return answer, nil
}

// get15118EVCertificate2 passes a car's request for a contract on (M01, M02).
func get15118EVCertificate2(x *exchange, r *v21.Get15118EVCertificateRequest) (schema.Message, error) {
	contract, err := x.c.link.ContractCertificate(x.c.ctx, charging.ContractRequest{
		SchemaVersion: r.ISO15118SchemaVersion, Update: r.Action == v21.CertificateActionUpdate, EXI: r.ExiRequest,
		MaximumChains: r.MaximumContractCertificateChains.Value, PrioritizedEMAIDs: r.PrioritizedEMAIDs,
	})
	if err == nil {
		err = x.tooLong("The operator's answer", contract.EXI, longestExi201, longestExi21)
	}
	x.notice(charging.Notice{Kind: charging.NoticeCertificate, Type: "Get15118EVCertificate", Value: string(r.Action), Info: failure(err)})
	if err != nil {
		return &v21.Get15118EVCertificateResponse{Status: v21.ISO15118EVCertificateStatusFailed, StatusInfo: x.notVouched(err)}, nil
	}
	answer := &v21.Get15118EVCertificateResponse{Status: v21.ISO15118EVCertificateStatusAccepted, ExiResponse: contract.EXI}
	if contract.Remaining != nil {
		answer.RemainingContracts = schema.Some(*contract.Remaining)
	}
	return answer, nil
}

// failure is what an operator reads of an error; nothing where there is none, or where it is ours.
func failure(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Message
	}
	return ""
}

// vatNumberValidation2 refuses: a number that nobody looked up isn't valid (OCPP 2.1 C25).
func vatNumberValidation2(x *exchange, r *v21.VATNumberValidationRequest) (schema.Message, error) {
	x.notice(charging.Notice{Kind: charging.NoticePayment, Type: "VatNumberValidation", Value: r.VATNumber, EvseNo: int(min(r.EVSEID.Value, 1<<31-1))})
	return &v21.VATNumberValidationResponse{
		Status: v21.GenericStatusRejected, VATNumber: r.VATNumber, EVSEID: r.EVSEID,
		StatusInfo: reason2("NotEnabled", "No register of VAT numbers is connected, so the number can't be checked."),
	}, nil
}
