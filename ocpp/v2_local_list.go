package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// The list by which a station decides on its own (OCPP 2.0.1 Part 2, functional block D).

// sendLocalList2 sends a part of the list (D01).
var sendLocalList2 = orderAs(func(o charging.SendListOrder) (*v21.SendLocalListRequest, error) {
	r := &v21.SendLocalListRequest{VersionNumber: o.Version, UpdateType: v21.UpdateTypeDifferential}
	if o.Full {
		r.UpdateType = v21.UpdateTypeFull
	}
	for _, e := range o.Entries {
		entry := v21.AuthorizationData{IDToken: idToken2(e.IDTag, e.Type)}
		if e.Status != "" {
			entry.IDTokenInfo = &v21.IDTokenInfo{Status: v21.AuthorizationStatus(e.Status), CacheExpiryDateTime: sometime(e.ValidUntil)}
			if e.GroupID != "" {
				group := idToken2(e.GroupID, "RFID")
				entry.IDTokenInfo.GroupIDToken = &group
			}
		}
		r.LocalAuthorizationList = append(r.LocalAuthorizationList, entry)
	}
	return r, nil
}, func(_ *v21.SendLocalListRequest, r *v21.SendLocalListResponse) charging.Outcome {
	o := outcome2(r.Status == v21.SendLocalListStatusAccepted, string(r.Status), r.StatusInfo, listReasons[string(r.Status)])
	o.Results = []any{charging.Single{Value: charging.ListAnswer{Status: string(r.Status)}}}
	return o
})

// getLocalListVersion2 asks for the version of the list (D02).
var getLocalListVersion2 = orderAs(func(charging.ListVersionOrder) (*v21.GetLocalListVersionRequest, error) {
	return &v21.GetLocalListVersionRequest{}, nil
}, func(_ *v21.GetLocalListVersionRequest, r *v21.GetLocalListVersionResponse) charging.Outcome {
	return charging.Outcome{Accepted: true, Results: []any{charging.Single{Value: charging.ListAnswer{Version: r.VersionNumber}}}}
})
