package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
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
	"signed Rejected":  "It doesn't accept the signed certificate: it may not trust who signed it, or not find its own key in it. Its security events say more.",
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

// listed makes of a status what a station says of its certificates; all versions name it alike. Stations answer other words than the standard has:
// what they have stays as it is known then.
func listed(status string) charging.Outcome {
	return accepted16(status == string(v16.GetInstalledCertificateStatusAccepted) || status == string(v16.GetInstalledCertificateStatusNotFound), status, "It doesn't say which certificates it has.")
}

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
	o := listed(string(r.Status))
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

// signCertificate16 keeps what the station asks to have signed (security whitepaper, A02).
func signCertificate16(x *exchange, r *v16.SignCertificateRequest) (schema.Message, error) {
	n := x.noticed(charging.Notice{Kind: charging.NoticeCertificate})
	return nil, x.c.link.RequestSignature(x.c.ctx, charging.SigningRequest{Use: "CHARGING_STATION", CSR: r.CSR}, n, inTransaction(x, func(refused error) schema.Message {
		if refused != nil {
			return &v16.SignCertificateResponse{Status: v16.GenericStatusRejected}
		}
		return &v16.SignCertificateResponse{Status: v16.GenericStatusAccepted}
	}))
}

// certificateSigned16 delivers a signed certificate (security whitepaper, A02).
var certificateSigned16 = orderAs(func(o charging.CertificateSignedOrder) (*v16.CertificateSignedRequest, error) {
	if o.Use != "CHARGING_STATION" {
		return nil, fault.In("use", "In OCPP 1.6 a station has one certificate, by which it connects.")
	}
	return &v16.CertificateSignedRequest{CertificateChain: o.Chain}, nil
}, func(_ *v16.CertificateSignedRequest, r *v16.CertificateSignedResponse) charging.Outcome {
	return accepted16(r.Status == v16.CertificateSignedStatusAccepted, string(r.Status), certificateReasons["signed "+string(r.Status)])
})
