package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// Firmware (OCPP 2.0.1 Part 2, functional block L).

// updateFirmware2 has a station install other firmware (L01, L02).
var updateFirmware2 = orderAs(func(o charging.FirmwareOrder) (*v21.UpdateFirmwareRequest, error) {
	return &v21.UpdateFirmwareRequest{
		RequestID: o.RequestID, Retries: maybe(o.Retries), RetryInterval: maybe(o.RetryInterval),
		Firmware: v21.Firmware{
			Location: o.Location, RetrieveDateTime: schema.At(o.RetrieveAt), InstallDateTime: schema.At(o.InstallAt),
			SigningCertificate: o.SigningCertificate, Signature: o.Signature,
		},
	}, nil
}, func(_ *v21.UpdateFirmwareRequest, r *v21.UpdateFirmwareResponse) charging.Outcome {
	o := outcome2(r.Status == v21.UpdateFirmwareStatusAccepted || r.Status == v21.UpdateFirmwareStatusAcceptedCanceled, string(r.Status), r.StatusInfo,
		firmwareReasons[string(r.Status)])
	o.Results = []any{charging.Single{Value: charging.FirmwareAnswer{Status: string(r.Status)}}}
	return o
})

// publishFirmware2 has a local controller fetch firmware for the stations behind it (L03).
var publishFirmware2 = orderAs(func(o charging.PublishFirmwareOrder) (*v21.PublishFirmwareRequest, error) {
	return &v21.PublishFirmwareRequest{
		Location: o.Location, Checksum: o.Checksum, RequestID: o.RequestID, Retries: maybe(o.Retries), RetryInterval: maybe(o.RetryInterval),
	}, nil
}, func(_ *v21.PublishFirmwareRequest, r *v21.PublishFirmwareResponse) charging.Outcome {
	return outcome2(r.Status == v21.GenericStatusAccepted, string(r.Status), r.StatusInfo, "")
})

// unpublishFirmware2 has a local controller publish firmware no more (L04). What isn't published is so already.
var unpublishFirmware2 = orderAs(func(o charging.UnpublishFirmwareOrder) (*v21.UnpublishFirmwareRequest, error) {
	return &v21.UnpublishFirmwareRequest{Checksum: o.Checksum}, nil
}, func(_ *v21.UnpublishFirmwareRequest, r *v21.UnpublishFirmwareResponse) charging.Outcome {
	o := outcome2(r.Status != v21.UnpublishFirmwareStatusDownloadOngoing, string(r.Status), nil, "A station is fetching it: try again later.")
	o.Results = []any{charging.Single{Value: charging.FirmwareAnswer{Status: string(r.Status)}}}
	return o
})
