package ocpp

import (
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// The list by which a station decides on its own (OCPP 1.6 §5.10, §5.15).

// sendLocalList16 sends a part of the list.
var sendLocalList16 = orderAs(func(o charging.SendListOrder) (*v16.SendLocalListRequest, error) {
	r := &v16.SendLocalListRequest{ListVersion: o.Version, UpdateType: v16.UpdateTypeDifferential}
	if o.Full {
		r.UpdateType = v16.UpdateTypeFull
	}
	for _, e := range o.Entries {
		entry := v16.AuthorizationData{IDTag: e.IDTag}
		if e.Status != "" {
			entry.IDTagInfo = &v16.IDTagInfo{Status: v16.AuthorizationStatus(e.Status), ParentIDTag: e.GroupID, ExpiryDate: sometime(e.ValidUntil)}
		}
		r.LocalAuthorizationList = append(r.LocalAuthorizationList, entry)
	}
	return r, nil
}, func(_ *v16.SendLocalListRequest, r *v16.SendLocalListResponse) charging.Outcome {
	o := accepted16(r.Status == v16.UpdateStatusAccepted, string(r.Status), listReasons[string(r.Status)])
	o.Results = []any{charging.Single{Value: charging.ListAnswer{Status: string(r.Status)}}}
	return o
})

// listReasons say why a station doesn't take a list; all versions name the reasons alike.
var listReasons = map[string]string{
	"Failed":          "It may have no room for the list, or a token in it may be one that it doesn't take.",
	"NotSupported":    "It has no list of its own.",
	"VersionMismatch": "It has another version of the list than was known.",
}

// getLocalListVersion16 asks for the version of the list.
var getLocalListVersion16 = orderAs(func(charging.ListVersionOrder) (*v16.GetLocalListVersionRequest, error) {
	return &v16.GetLocalListVersionRequest{}, nil
}, func(_ *v16.GetLocalListVersionRequest, r *v16.GetLocalListVersionResponse) charging.Outcome {
	return charging.Outcome{Accepted: true, Results: []any{charging.Single{Value: charging.ListAnswer{Version: r.ListVersion}}}}
})
