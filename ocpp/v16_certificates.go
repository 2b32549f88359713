package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// Certificates (security whitepaper: InstallCertificate, DeleteCertificate, GetInstalledCertificateIds).

// certificateUses16 are the uses that OCPP 1.6 knows.
var certificateUses16 = map[string]v16.CertificateUse{
	"CSMS_ROOT": v16.CertificateUseCentralSystemRootCertificate, "MANUFACTURER_ROOT": v16.CertificateUseManufacturerRootCertificate,
}

func certificateUse16(field, use string) (v16.CertificateUse, error) {
	as, ok := certificateUses16[use]
	if !ok {
		return "", fault.In(field, "OCPP 1.6 has no certificates of the use %s.", use)
	}
	return as, nil
}

// certificateReasons say why a station doesn't do as asked with a certificate; all versions name the reasons alike.
var certificateReasons = map[string]string{
	"install Rejected": "It doesn't accept the certificate: it may be of a kind that it can't use, or its store is full.",
	"install Failed":   "It accepts the certificate but couldn't store it.",
	"delete Failed":    "It keeps it: it may be the root that it needs for its own connection.",
	"delete NotFound":  "It has no such certificate: ask for its installed certificates.",
}

var installCertificate16 = orderAs(func(o charging.InstallCertificateOrder) (*v16.InstallCertificateRequest, error) {
	use, err := certificateUse16("use", o.Use)
	if err != nil {
		return nil, err
	}
	return &v16.InstallCertificateRequest{CertificateType: use, Certificate: o.PEM}, nil
}, func(_ *v16.InstallCertificateRequest, r *v16.InstallCertificateResponse) charging.Outcome {
	return accepted16(r.Status == v16.InstallCertificateStatusAccepted, string(r.Status), certificateReasons["install "+string(r.Status)])
})

var deleteCertificate16 = orderAs(func(o charging.DeleteCertificateOrder) (*v16.DeleteCertificateRequest, error) {
	return &v16.DeleteCertificateRequest{CertificateHashData: v16.CertificateHashData{
		HashAlgorithm: v16.HashAlgorithm(o.HashAlgorithm), IssuerNameHash: o.IssuerNameHash, IssuerKeyHash: o.IssuerKeyHash, SerialNumber: o.SerialNumber,
	}}, nil
}, func(_ *v16.DeleteCertificateRequest, r *v16.DeleteCertificateResponse) charging.Outcome {
	return accepted16(r.Status == v16.DeleteCertificateStatusAccepted, string(r.Status), certificateReasons["delete "+string(r.Status)])
})

// getInstalledCertificateIDs16 asks for the certificates of one use. A station that has none says NotFound.
var getInstalledCertificateIDs16 = orderAs(func(o charging.InstalledCertificatesOrder) (*v16.GetInstalledCertificateIDsRequest, error) {
	if len(o.Uses) != 1 {
		return nil, fault.In("uses", "OCPP 1.6 asks for the certificates of one use at a time.")
	}
	use, err := certificateUse16("uses", o.Uses[0])
	if err != nil {
		return nil, err
	}
	return &v16.GetInstalledCertificateIDsRequest{CertificateType: use}, nil
}, func(q *v16.GetInstalledCertificateIDsRequest, r *v16.GetInstalledCertificateIDsResponse) charging.Outcome {
	o := charging.Outcome{Accepted: true}
	if r.Status != v16.GetInstalledCertificateStatusAccepted {
		return o
	}
	use := string(q.CertificateType)
	for name, as := range certificateUses16 {
		if as == q.CertificateType {
			use = name
		}
	}
	for _, c := range r.CertificateHashData {
		o.Results = append(o.Results, charging.InstalledCertificate{Use: use, CertificateHash: charging.CertificateHash{
			HashAlgorithm: string(c.HashAlgorithm), IssuerNameHash: c.IssuerNameHash, IssuerKeyHash: c.IssuerKeyHash, SerialNumber: c.SerialNumber,
		}})
	}
	return o
})
