package simulator

import (
	"github.com/busbar-ev/busbar/ocpp/v16"
)

func (s *station16) sendLocalList(r *v16.SendLocalListRequest) (*v16.SendLocalListResponse, func()) {
	var entries []listEntry
	for _, a := range r.LocalAuthorizationList {
		e := listEntry{token: token{id: a.IDTag}}
		if a.IDTagInfo != nil {
			info := info16(*a.IDTagInfo)
			e.info = &info
		}
		entries = append(entries, e)
	}
	status := s.list.update(r.ListVersion, r.UpdateType == v16.UpdateTypeFull, entries)
	return &v16.SendLocalListResponse{Status: v16.UpdateStatus(status)}, nil
}

// getLocalListVersion says -1 where the list is switched off (OCPP 1.6 §5.10).
func (s *station16) getLocalListVersion(*v16.GetLocalListVersionRequest) (*v16.GetLocalListVersionResponse, func()) {
	if !s.config.is(keyLocalList) {
		return &v16.GetLocalListVersionResponse{ListVersion: -1}, nil
	}
	return &v16.GetLocalListVersionResponse{ListVersion: s.list.version}, nil
}

func (s *station16) reserveNow(r *v16.ReserveNowRequest) (*v16.ReserveNowResponse, func()) {
	status := s.reserve(r.ReservationID, int(r.ConnectorID), token{id: r.IDTag}, r.ParentIDTag, r.ExpiryDate.Time)
	return &v16.ReserveNowResponse{Status: v16.ReservationStatus(status)}, nil
}

func (s *station16) cancelReservation(r *v16.CancelReservationRequest) (*v16.CancelReservationResponse, func()) {
	if s.reservations[r.ReservationID] == nil {
		return &v16.CancelReservationResponse{Status: v16.CancelReservationStatusRejected}, nil
	}
	return &v16.CancelReservationResponse{Status: v16.CancelReservationStatusAccepted}, func() { s.unreserve(r.ReservationID) }
}
