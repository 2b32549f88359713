package simulator

import (
	"slices"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// because gives a reason code of the standard's appendix with an answer.
func because(code string) *v21.StatusInfo { return &v21.StatusInfo{ReasonCode: code} }

// requestStart begins a session, or lets somebody come within the time that EVConnectionTimeOut says (OCPP 2.0.1 Part 2, F01, F02).
func (s *station2x) requestStart(r *v21.RequestStartTransactionRequest) (*v21.RequestStartTransactionResponse, func()) {
	refuse := func(code string) (*v21.RequestStartTransactionResponse, func()) {
		return &v21.RequestStartTransactionResponse{Status: v21.RequestStartStopStatusRejected, StatusInfo: because(code)}, nil
	}
	t := token{r.IDToken.IDToken, r.IDToken.Type}
	c := s.freeConnector(r.EVSEID.Value, t)
	switch p := r.ChargingProfile; {
	case !s.accepted() || s.boot.resetting:
		return refuse("CSNotAccepted")
	case c == nil && r.EVSEID.Set && s.connector(r.EVSEID.Value) == nil:
		return refuse("UnknownEvse")
	case c == nil && s.charging():
		return refuse("TxInProgress")
	case c == nil:
		return refuse("NotEnabled")
	case p != nil && (p.ChargingProfilePurpose != v21.ChargingProfilePurposeTxProfile || p.TransactionID != ""):
		return refuse("InvalidProfile") // F01.FR.08 and F01.FR.11
	}
	answer := &v21.RequestStartTransactionResponse{Status: v21.RequestStartStopStatusAccepted}
	if sess := s.sessions[c]; sess != nil {
		answer.TransactionID = sess.id // F01.FR.13
	}
	return answer, func() {
		s.remote[c] = r.RemoteStartID
		c.requested = r.ChargingProfile
		s.permit(c, t)
	}
}

func (s *station2x) requestStop(r *v21.RequestStopTransactionRequest) (*v21.RequestStopTransactionResponse, func()) {
	c, sess := s.session(r.TransactionID)
	if sess == nil {
		return &v21.RequestStopTransactionResponse{Status: v21.RequestStartStopStatusRejected, StatusInfo: because("TxNotFound")}, nil
	}
	return &v21.RequestStopTransactionResponse{Status: v21.RequestStartStopStatusAccepted}, func() {
		switch {
		case s.sessions[c] != sess:
		case c.tx != nil:
			s.stop(c, v16.ReasonRemote, token{})
		default:
			s.plan.cancel(c.timeout)
			c.authorised = token{}
			s.close2x(c, v21.TriggerReasonRemoteStop, v21.ReasonRemote)
			s.refresh(c)
		}
	}
}

// getTransactionStatus says whether messages of a transaction are still to come (OCPP 2.0.1 Part 2, E14).
func (s *station2x) getTransactionStatus(r *v21.GetTransactionStatusRequest) (*v21.GetTransactionStatusResponse, func()) {
	queued := slices.ContainsFunc(s.outbox.all(), func(c *call) bool {
		return c.action == "TransactionEvent" && (r.TransactionID == "" || c.about == r.TransactionID)
	})
	answer := &v21.GetTransactionStatusResponse{MessagesInQueue: queued}
	if r.TransactionID != "" {
		_, sess := s.session(r.TransactionID)
		answer.OngoingIndicator = schema.Some(sess != nil)
	}
	return answer, nil
}

// resetCalled restarts the station or one EVSE: at once, or when nobody charges any more (OCPP 2.0.1 Part 2, B11, B12).
func (s *station2x) resetCalled(r *v21.ResetRequest) (*v21.ResetResponse, func()) {
	var targets []*connector
	switch {
	case s.boot.resetting || s.updating() && s.update.status == "Installing":
		return &v21.ResetResponse{Status: v21.ResetStatusRejected, StatusInfo: because("FwUpdateInProgress")}, nil
	case r.EVSEID.Set && r.EVSEID.Value != 0:
		c := s.connector(r.EVSEID.Value)
		if c == nil {
			return &v21.ResetResponse{Status: v21.ResetStatusRejected, StatusInfo: because("UnknownEvse")}, nil
		}
		targets = []*connector{c}
	default:
		targets = s.connectors
	}
	busy := slices.ContainsFunc(targets, func(c *connector) bool { return c.tx != nil })
	one := r.EVSEID.Set && r.EVSEID.Value != 0
	act := func() {
		if r.Type == v21.ResetTypeImmediateAndResume {
			s.interruptSessions(targets)
			if one {
				s.plan.after(s.opts.RebootTime, s.resumeSessions)
				return
			}
			s.restart()
			return
		}
		for _, c := range targets {
			if s.sessions[c] != nil && c.tx == nil {
				s.close2x(c, v21.TriggerReasonResetCommand, v21.ReasonImmediateReset)
			}
		}
		if one {
			s.restartEVSE(targets[0])
			return
		}
		s.reset(v16.ResetTypeSoft)
	}
	if r.Type == v21.ResetTypeOnIdle && busy {
		return &v21.ResetResponse{Status: v21.ResetStatusScheduled}, func() {
			if one {
				targets[0].afterwards = act
				return
			}
			s.onIdle(func() {
				s.reset(v16.ResetTypeSoft)
				s.boot.cause = string(v21.BootReasonScheduledReset)
			})
		}
	}
	return &v21.ResetResponse{Status: v21.ResetStatusAccepted}, act
}

// restartEVSE takes one EVSE out of service for the time of a restart.
func (s *station2x) restartEVSE(c *connector) {
	if c.tx != nil {
		s.stop(c, v16.ReasonSoftReset, token{})
	}
	wasOperative := c.operative
	c.operative, c.authorised, c.finished = false, token{}, false
	s.refresh(c)
	s.plan.after(s.opts.RebootTime, func() {
		c.operative = wasOperative
		s.refresh(c)
	})
}

func (s *station2x) changeAvailability(r *v21.ChangeAvailabilityRequest) (*v21.ChangeAvailabilityResponse, func()) {
	targets := s.connectors
	if r.EVSE != nil {
		c := s.connector(r.EVSE.ID)
		if c == nil || r.EVSE.ConnectorID.Set && r.EVSE.ConnectorID.Value != 1 {
			return &v21.ChangeAvailabilityResponse{Status: v21.ChangeAvailabilityStatusRejected, StatusInfo: because("UnknownEvse")}, nil
		}
		targets = []*connector{c}
	}
	operative := r.OperationalStatus == v21.OperationalStatusOperative
	status := v21.ChangeAvailabilityStatusAccepted
	if !operative && slices.ContainsFunc(targets, func(c *connector) bool { return c.tx != nil }) {
		status = v21.ChangeAvailabilityStatusScheduled
	}
	return &v21.ChangeAvailabilityResponse{Status: status}, func() {
		if r.EVSE == nil {
			s.operative = operative
		}
		for _, c := range targets {
			if !operative && c.tx == nil && s.sessions[c] != nil {
				s.close2x(c, v21.TriggerReasonAbnormalCondition, v21.ReasonOther)
			}
			s.setOperative(c, operative)
		}
	}
}

// unlockConnector refuses while somebody authorised charges (OCPP 2.0.1 Part 2, F05.FR.02).
func (s *station2x) unlockConnector(r *v21.UnlockConnectorRequest) (*v21.UnlockConnectorResponse, func()) {
	c := s.connector(r.EVSEID)
	switch {
	case c == nil || r.ConnectorID != 1:
		return &v21.UnlockConnectorResponse{Status: v21.UnlockStatusUnknownConnector}, nil
	case c.tx != nil:
		return &v21.UnlockConnectorResponse{Status: v21.UnlockStatusOngoingAuthorizedTransaction}, nil
	}
	return &v21.UnlockConnectorResponse{Status: v21.UnlockStatusUnlocked}, nil
}

func (s *station2x) clearCache(*v21.ClearCacheRequest) (*v21.ClearCacheResponse, func()) {
	if !s.config.is(keyCache) {
		return &v21.ClearCacheResponse{Status: v21.ClearCacheStatusRejected, StatusInfo: because("NotEnabled")}, nil
	}
	clear(s.cache)
	return &v21.ClearCacheResponse{Status: v21.ClearCacheStatusAccepted}, nil
}

func (s *station2x) dataTransfer(*v21.DataTransferRequest) (*v21.DataTransferResponse, func()) {
	return &v21.DataTransferResponse{Status: v21.DataTransferStatusUnknownVendorID}, nil
}

func (s *station2x) sendLocalList(r *v21.SendLocalListRequest) (*v21.SendLocalListResponse, func()) {
	if !s.config.is(keyLocalList) {
		return &v21.SendLocalListResponse{Status: v21.SendLocalListStatusFailed, StatusInfo: because("NotEnabled")}, nil
	}
	var entries []listEntry
	for _, a := range r.LocalAuthorizationList {
		e := listEntry{token: token{a.IDToken.IDToken, a.IDToken.Type}}
		if a.IDTokenInfo != nil {
			info := info2x(a.IDTokenInfo)
			e.info = &info
		}
		entries = append(entries, e)
	}
	status := s.list.update(r.VersionNumber, r.UpdateType == v21.UpdateTypeFull, entries)
	return &v21.SendLocalListResponse{Status: v21.SendLocalListStatus(status)}, nil
}

func (s *station2x) getLocalListVersion(*v21.GetLocalListVersionRequest) (*v21.GetLocalListVersionResponse, func()) {
	return &v21.GetLocalListVersionResponse{VersionNumber: s.list.version}, nil
}

func (s *station2x) reserveNow(r *v21.ReserveNowRequest) (*v21.ReserveNowResponse, func()) {
	if !s.config.is("ReservationCtrlr.Enabled") {
		return &v21.ReserveNowResponse{Status: v21.ReserveNowStatusRejected, StatusInfo: because("NotEnabled")}, nil
	}
	group := ""
	if r.GroupIDToken != nil {
		group = r.GroupIDToken.IDToken
	}
	status := s.reserve(r.ID, int(r.EVSEID.Value), token{r.IDToken.IDToken, r.IDToken.Type}, group, r.ExpiryDateTime.Time)
	return &v21.ReserveNowResponse{Status: v21.ReserveNowStatus(status)}, nil
}

func (s *station2x) cancelReservation(r *v21.CancelReservationRequest) (*v21.CancelReservationResponse, func()) {
	if s.reservations[r.ReservationID] == nil {
		return &v21.CancelReservationResponse{Status: v21.CancelReservationStatusRejected}, nil
	}
	return &v21.CancelReservationResponse{Status: v21.CancelReservationStatusAccepted}, func() { s.unreserve(r.ReservationID) }
}

// setNetworkProfile keeps a profile for the next change of NetworkConfigurationPriority (OCPP 2.0.1 Part 2, B09).
func (s *station2x) setNetworkProfile(r *v21.SetNetworkProfileRequest) (*v21.SetNetworkProfileResponse, func()) {
	switch d := r.ConnectionData; {
	case r.ConfigurationSlot < 1 || r.ConfigurationSlot > 3:
		return &v21.SetNetworkProfileResponse{Status: v21.SetNetworkProfileStatusRejected, StatusInfo: because("InvalidConfSlot")}, nil
	case d.OCPPTransport != v21.OCPPTransportJSON || d.OCPPCsmsURL == "":
		return &v21.SetNetworkProfileResponse{Status: v21.SetNetworkProfileStatusRejected, StatusInfo: because("InvalidNetworkConf")}, nil
	}
	s.networks[r.ConfigurationSlot] = r.ConnectionData
	return &v21.SetNetworkProfileResponse{Status: v21.SetNetworkProfileStatusAccepted}, nil
}
