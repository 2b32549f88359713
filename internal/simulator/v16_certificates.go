package simulator

import (
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// useStation is the use of a station's own certificate.
const useStation = string(v21.CertificateSigningUseChargingStationCertificate)

func timeNow(s *Station) schema.Time { return schema.At(s.now()) }

// use21 is the use of a root in the words in which the station keeps it.
func use21(use v16.CertificateUse) string {
	if use == v16.CertificateUseCentralSystemRootCertificate {
		return string(v21.InstallCertificateUseCSMSRootCertificate)
	}
	return string(use)
}

func (s *station16) installCertificate(r *v16.InstallCertificateRequest) (*v16.InstallCertificateResponse, func()) {
	status := s.certificates.install(use21(r.CertificateType), r.Certificate, s.now())
	return &v16.InstallCertificateResponse{Status: v16.InstallCertificateStatus(status)}, nil
}

func (s *station16) deleteCertificate(r *v16.DeleteCertificateRequest) (*v16.DeleteCertificateResponse, func()) {
	h := r.CertificateHashData
	status := s.certificates.remove(v21.CertificateHashData{
		HashAlgorithm: v21.HashAlgorithm(h.HashAlgorithm), IssuerNameHash: h.IssuerNameHash, IssuerKeyHash: h.IssuerKeyHash, SerialNumber: h.SerialNumber,
	})
	return &v16.DeleteCertificateResponse{Status: v16.DeleteCertificateStatus(status)}, nil
}

func (s *station16) getInstalledCertificateIDs(r *v16.GetInstalledCertificateIDsRequest) (*v16.GetInstalledCertificateIDsResponse, func()) {
	answer := &v16.GetInstalledCertificateIDsResponse{Status: v16.GetInstalledCertificateStatusNotFound}
	for _, c := range s.certificates.installed {
		if c.use == use21(r.CertificateType) {
			answer.Status = v16.GetInstalledCertificateStatusAccepted
			answer.CertificateHashData = append(answer.CertificateHashData, v16.CertificateHashData{
				HashAlgorithm: v16.HashAlgorithm(c.hash.HashAlgorithm), IssuerNameHash: c.hash.IssuerNameHash, IssuerKeyHash: c.hash.IssuerKeyHash, SerialNumber: c.hash.SerialNumber,
			})
		}
	}
	return answer, nil
}

func (s *station16) certificateSigned(r *v16.CertificateSignedRequest) (*v16.CertificateSignedResponse, func()) {
	status := s.certificates.signed(useStation, r.CertificateChain, s.now())
	if status != certAccepted {
		return &v16.CertificateSignedResponse{Status: v16.CertificateSignedStatusRejected}, func() {
			s.securityEvent("InvalidChargePointCertificate", "")
		}
	}
	return &v16.CertificateSignedResponse{Status: v16.CertificateSignedStatusAccepted}, nil
}
