package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Certificates (OCPP 2.0.1 Part 2, functional block M).

// certificateUses2 are the uses by the names that Busbar has for them. What 2.1 added can't be said in 2.0.1.
var certificateUses2 = map[string]v21.GetCertificateIDUse{
	"CSMS_ROOT": v21.GetCertificateIDUseCSMSRootCertificate, "MANUFACTURER_ROOT": v21.GetCertificateIDUseManufacturerRootCertificate,
	"V2G_ROOT": v21.GetCertificateIDUseV2GRootCertificate, "MO_ROOT": v21.GetCertificateIDUseMORootCertificate,
	"OEM_ROOT": v21.GetCertificateIDUseOEMRootCertificate, "V2G_CHAIN": v21.GetCertificateIDUseV2GCertificateChain,
}

func certificateUse2(field, use string) (v21.GetCertificateIDUse, error) {
	as, ok := certificateUses2[use]
	if !ok {
		return "", fault.In(field, "OCPP 2.x has no certificates of the use %s.", use)
	}
	return as, nil
}

// installCertificate2 has a station trust a root (M05).
var installCertificate2 = orderAs(func(o charging.InstallCertificateOrder) (*v21.InstallCertificateRequest, error) {
	use, err := certificateUse2("use", o.Use)
	if err != nil {
		return nil, err
	}
	return &v21.InstallCertificateRequest{CertificateType: v21.InstallCertificateUse(use), Certificate: o.PEM}, nil
}, func(_ *v21.InstallCertificateRequest, r *v21.InstallCertificateResponse) charging.Outcome {
	return outcome2(r.Status == v21.InstallCertificateStatusAccepted, string(r.Status), r.StatusInfo, certificateReasons["install "+string(r.Status)])
})

// deleteCertificate2 has a station trust a certificate no more (M04).
var deleteCertificate2 = orderAs(func(o charging.DeleteCertificateOrder) (*v21.DeleteCertificateRequest, error) {
	return &v21.DeleteCertificateRequest{CertificateHashData: v21.CertificateHashData{
		HashAlgorithm: v21.HashAlgorithm(o.HashAlgorithm), IssuerNameHash: o.IssuerNameHash, IssuerKeyHash: o.IssuerKeyHash, SerialNumber: o.SerialNumber,
	}}, nil
}, func(_ *v21.DeleteCertificateRequest, r *v21.DeleteCertificateResponse) charging.Outcome {
	return outcome2(r.Status == v21.DeleteCertificateStatusAccepted, string(r.Status), r.StatusInfo, certificateReasons["delete "+string(r.Status)])
})

// getInstalledCertificateIDs2 asks which certificates a station has (M03). One that has none says NotFound.
var getInstalledCertificateIDs2 = orderAs(func(o charging.InstalledCertificatesOrder) (*v21.GetInstalledCertificateIDsRequest, error) {
	r := &v21.GetInstalledCertificateIDsRequest{}
	for _, use := range o.Uses {
		as, err := certificateUse2("uses", use)
		if err != nil {
			return nil, err
		}
		r.CertificateType = append(r.CertificateType, as)
	}
	return r, nil
}, func(_ *v21.GetInstalledCertificateIDsRequest, r *v21.GetInstalledCertificateIDsResponse) charging.Outcome {
	o := listed(string(r.Status))
	if r.Status != v21.GetInstalledCertificateStatusAccepted {
		return o
	}
	for _, chain := range r.CertificateHashDataChain {
		c := charging.InstalledCertificate{Use: string(chain.CertificateType), CertificateHash: certificateHash2(chain.CertificateHashData)}
		for name, as := range certificateUses2 {
			if as == chain.CertificateType {
				c.Use = name
			}
		}
		for _, child := range chain.ChildCertificateHashData {
			c.Children = append(c.Children, certificateHash2(child))
		}
		o.Results = append(o.Results, c)
	}
	return o
})

func certificateHash2(h v21.CertificateHashData) charging.CertificateHash {
	return charging.CertificateHash{
		HashAlgorithm: string(h.HashAlgorithm), IssuerNameHash: h.IssuerNameHash, IssuerKeyHash: h.IssuerKeyHash, SerialNumber: h.SerialNumber,
	}
}

// signingUses2 are the uses of certificates that a station has signed. V2G20 came with 2.1.
var signingUses2 = map[string]v21.CertificateSigningUse{
	"CHARGING_STATION": v21.CertificateSigningUseChargingStationCertificate, "V2G": v21.CertificateSigningUseV2GCertificate, "V2G20": v21.CertificateSigningUseV2G20Certificate,
}

// signCertificate2 keeps what the station asks to have signed (A02). One that names no use means the certificate by which it connects.
func signCertificate2(x *exchange, r *v21.SignCertificateRequest) (schema.Message, error) {
	use := "CHARGING_STATION"
	for name, as := range signingUses2 {
		if as == r.CertificateType {
			use = name
		}
	}
	n := x.noticed(charging.Notice{Kind: charging.NoticeCertificate})
	request := charging.SigningRequest{Use: use, CSR: r.CSR, RequestID: optional(r.RequestID)}
	return nil, x.c.link.RequestSignature(x.c.ctx, request, n, inTransaction(x, func(refused error) schema.Message {
		if refused != nil {
			return &v21.SignCertificateResponse{Status: v21.GenericStatusRejected, StatusInfo: reason2("InvalidCSR", refused.Error())}
		}
		return &v21.SignCertificateResponse{Status: v21.GenericStatusAccepted}
	}))
}

// certificateSigned2 delivers a signed certificate (A02).
var certificateSigned2 = orderAs(func(o charging.CertificateSignedOrder) (*v21.CertificateSignedRequest, error) {
	return &v21.CertificateSignedRequest{CertificateChain: o.Chain, CertificateType: signingUses2[o.Use], RequestID: someInt(o.RequestID)}, nil
}, func(_ *v21.CertificateSignedRequest, r *v21.CertificateSignedResponse) charging.Outcome {
	return outcome2(r.Status == v21.CertificateSignedStatusAccepted, string(r.Status), r.StatusInfo, certificateReasons["signed "+string(r.Status)])
})
