package simulator

import (
	"slices"

	"github.com/busbar-ev/busbar/ocpp/v21"
)

func (s *station2x) installCertificate(r *v21.InstallCertificateRequest) (*v21.InstallCertificateResponse, func()) {
	status := s.certificates.install(string(r.CertificateType), r.Certificate, s.now())
	return &v21.InstallCertificateResponse{Status: v21.InstallCertificateStatus(status)}, nil
}

func (s *station2x) deleteCertificate(r *v21.DeleteCertificateRequest) (*v21.DeleteCertificateResponse, func()) {
	return &v21.DeleteCertificateResponse{Status: v21.DeleteCertificateStatus(s.certificates.remove(r.CertificateHashData))}, nil
}

func (s *station2x) getInstalledCertificateIDs(r *v21.GetInstalledCertificateIDsRequest) (*v21.GetInstalledCertificateIDsResponse, func()) {
	answer := &v21.GetInstalledCertificateIDsResponse{Status: v21.GetInstalledCertificateStatusNotFound}
	for _, c := range s.certificates.installed {
		use := v21.GetCertificateIDUse(c.use)
		if len(r.CertificateType) == 0 || slices.Contains(r.CertificateType, use) {
			answer.Status = v21.GetInstalledCertificateStatusAccepted
			answer.CertificateHashDataChain = append(answer.CertificateHashDataChain, v21.CertificateHashDataChain{CertificateType: use, CertificateHashData: c.hash})
		}
	}
	return answer, nil
}

// certificateSigned takes the station's new certificate (OCPP 2.0.1 Part 2, A02).
func (s *station2x) certificateSigned(r *v21.CertificateSignedRequest) (*v21.CertificateSignedResponse, func()) {
	use := string(r.CertificateType)
	if use == "" {
		use = useStation
	}
	if s.certificates.signed(use, r.CertificateChain, s.now()) != certAccepted {
		return &v21.CertificateSignedResponse{Status: v21.CertificateSignedStatusRejected, StatusInfo: because("InvalidCertificate")}, func() {
			s.securityEvent("InvalidChargingStationCertificate", "")
		}
	}
	return &v21.CertificateSignedResponse{Status: v21.CertificateSignedStatusAccepted}, nil
}

func (s *station2x) sendCSR(csr, use string) {
	s.notify("SignCertificate", &v21.SignCertificateRequest{CSR: csr, CertificateType: v21.CertificateSigningUse(use)})
}
