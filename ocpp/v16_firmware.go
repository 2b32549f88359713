package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// updateFirmware16 has a station install firmware that isn't signed (OCPP 1.6 §5.19). The station says nothing to it.
var updateFirmware16 = orderAs(func(o charging.FirmwareOrder) (*v16.UpdateFirmwareRequest, error) {
	if o.Signature != "" {
		return nil, nil
	}
	if !o.InstallAt.IsZero() {
		return nil, fault.In("installAt", "OCPP 1.6 installs firmware that isn't signed as soon as it is fetched: plan it with retrieveAt.")
	}
	return &v16.UpdateFirmwareRequest{
		Location: o.Location, RetrieveDate: schema.At(o.RetrieveAt), Retries: maybe(o.Retries), RetryInterval: maybe(o.RetryInterval),
	}, nil
}, func(*v16.UpdateFirmwareRequest, *v16.UpdateFirmwareResponse) charging.Outcome {
	return charging.Outcome{Accepted: true}
})

// signedUpdateFirmware16 has a station install firmware whose signature it checks (security whitepaper, SignedUpdateFirmware).
var signedUpdateFirmware16 = orderAs(func(o charging.FirmwareOrder) (*v16.SignedUpdateFirmwareRequest, error) {
	if o.Signature == "" {
		return nil, nil
	}
	return &v16.SignedUpdateFirmwareRequest{
		RequestID: o.RequestID, Retries: maybe(o.Retries), RetryInterval: maybe(o.RetryInterval),
		Firmware: v16.Firmware{
			Location: o.Location, RetrieveDateTime: schema.At(o.RetrieveAt), InstallDateTime: schema.At(o.InstallAt),
			SigningCertificate: o.SigningCertificate, Signature: o.Signature,
		},
	}, nil
}, func(_ *v16.SignedUpdateFirmwareRequest, r *v16.SignedUpdateFirmwareResponse) charging.Outcome {
	o := accepted16(r.Status == v16.UpdateFirmwareStatusAccepted || r.Status == v16.UpdateFirmwareStatusAcceptedCanceled, string(r.Status), firmwareReasons[string(r.Status)])
	o.Results = []any{charging.Single{Value: charging.FirmwareAnswer{Status: string(r.Status)}}}
	return o
})

// firmwareReasons say why a station takes no firmware; all versions name the reasons alike.
var firmwareReasons = map[string]string{
	"InvalidCertificate": "It doesn't trust the signing certificate: the maker's root may have to be installed first.",
	"RevokedCertificate": "The signing certificate was revoked: ask the maker for firmware that is signed anew.",
}
