package simulator

import (
	"fmt"
	"slices"
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// grid is what the station does for the grid, and what else 2.1 has added.
type grid struct {
	controls map[string]*derControl
	signal   int64 // the last of the frequency market
	allowed  []v21.EnergyTransferMode
	paying   int64 // the EVSE at which somebody pays on the web
	swaps    int64 // batteries handed out
}

// derControl is a control of a distributed energy resource (OCPP 2.1 Part 2, R04).
type derControl struct {
	v21.SetDERControlRequest
	superseded bool
	active     bool // it was told that the station follows it
	begin, end *task
	alarm      v21.GridEventFault // what it warns of now
}

// People take their time to change a battery.
const swapFrom, swapTo = 5 * time.Second, 10 * time.Second

// afrrSignal keeps the signal; charging follows it where a profile with local frequency control is installed (OCPP 2.1 Part 2, Q11).
func (s *station2x) afrrSignal(r *v21.AFRRSignalRequest) (*v21.AFRRSignalResponse, func()) {
	if !s.charging() {
		return &v21.AFRRSignalResponse{Status: v21.GenericStatusRejected, StatusInfo: because("NoTransaction")}, nil
	}
	s.grid.signal = r.Signal
	return &v21.AFRRSignalResponse{Status: v21.GenericStatusAccepted}, nil
}

// settings of a control that belong to its type.
func (d *derControl) fits() bool {
	switch d.ControlType {
	case v21.DERControlTypeEnterService:
		return d.EnterService != nil
	case v21.DERControlTypeFreqDroop:
		return d.FreqDroop != nil
	case v21.DERControlTypeFixedPFAbsorb:
		return d.FixedPFAbsorb != nil
	case v21.DERControlTypeFixedPFInject:
		return d.FixedPFInject != nil
	case v21.DERControlTypeFixedVar:
		return d.FixedVar != nil
	case v21.DERControlTypeGradients:
		return d.Gradient != nil
	case v21.DERControlTypeLimitMaxDischarge:
		return d.LimitMaxDischarge != nil
	}
	return d.Curve != nil
}

// priority is how a control ranks against others of its type; the lowest number wins.
func (d *derControl) priority() int64 {
	switch {
	case d.EnterService != nil:
		return d.EnterService.Priority
	case d.FreqDroop != nil:
		return d.FreqDroop.Priority
	case d.FixedPFAbsorb != nil:
		return d.FixedPFAbsorb.Priority
	case d.FixedPFInject != nil:
		return d.FixedPFInject.Priority
	case d.FixedVar != nil:
		return d.FixedVar.Priority
	case d.Gradient != nil:
		return d.Gradient.Priority
	case d.LimitMaxDischarge != nil:
		return d.LimitMaxDischarge.Priority
	case d.Curve != nil:
		return d.Curve.Priority
	}
	return 0
}

// setDERControl installs a control, which may supersede others of its type (OCPP 2.1 Part 2, R04).
func (s *station2x) setDERControl(r *v21.SetDERControlRequest) (*v21.SetDERControlResponse, func()) {
	d := &derControl{SetDERControlRequest: *r}
	if !d.fits() {
		return &v21.SetDERControlResponse{Status: v21.DERControlStatusRejected, StatusInfo: because("InvalidValue")}, nil
	}
	answer := &v21.SetDERControlResponse{Status: v21.DERControlStatusAccepted}
	for _, id := range sorted(s.grid.controls) {
		other := s.grid.controls[id]
		if id == r.ControlID || other.ControlType != r.ControlType || other.IsDefault != r.IsDefault {
			continue
		}
		if other.priority() < d.priority() {
			d.superseded = true
			continue
		}
		other.superseded, other.active = true, false
		answer.SupersededIDs = append(answer.SupersededIDs, id)
	}
	if old := s.grid.controls[r.ControlID]; old != nil {
		s.plan.cancel(old.begin)
		s.plan.cancel(old.end)
	}
	s.grid.controls[r.ControlID] = d
	return answer, func() {
		if r.IsDefault || d.superseded {
			return
		}
		s.follow(d, answer.SupersededIDs)
	}
}

// wants reports whether a control is among those that a request names.
func (d *derControl) wants(isDefault schema.Opt[bool], kind v21.DERControlType, id string) bool {
	if id != "" {
		return d.ControlID == id
	}
	return (!isDefault.Set || isDefault.Value == d.IsDefault) && (kind == "" || kind == d.ControlType)
}

func (s *station2x) clearDERControl(r *v21.ClearDERControlRequest) (*v21.ClearDERControlResponse, func()) {
	var cleared []*derControl
	for _, id := range sorted(s.grid.controls) {
		if d := s.grid.controls[id]; d.wants(schema.Some(r.IsDefault), r.ControlType, r.ControlID) {
			delete(s.grid.controls, id)
			cleared = append(cleared, d)
		}
	}
	if len(cleared) == 0 {
		return &v21.ClearDERControlResponse{Status: v21.DERControlStatusNotFound}, nil
	}
	return &v21.ClearDERControlResponse{Status: v21.DERControlStatusAccepted}, func() {
		for _, d := range cleared {
			s.release(d)
		}
	}
}

// getDERControl reports the controls that are installed, one message for each (OCPP 2.1 Part 2, R05).
func (s *station2x) getDERControl(r *v21.GetDERControlRequest) (*v21.GetDERControlResponse, func()) {
	var list []*derControl
	for _, id := range sorted(s.grid.controls) {
		if d := s.grid.controls[id]; d.wants(r.IsDefault, r.ControlType, r.ControlID) {
			list = append(list, d)
		}
	}
	if len(list) == 0 {
		return &v21.GetDERControlResponse{Status: v21.DERControlStatusNotFound}, nil
	}
	return &v21.GetDERControlResponse{Status: v21.DERControlStatusAccepted}, func() {
		for i, d := range list {
			report := d.report()
			report.RequestID, report.Tbc = r.RequestID, schema.Some(i < len(list)-1)
			s.notify("ReportDERControl", report)
		}
	}
}

func (d *derControl) report() *v21.ReportDERControlRequest {
	r := &v21.ReportDERControlRequest{}
	switch {
	case d.EnterService != nil:
		r.EnterService = []v21.EnterServiceGet{{EnterService: *d.EnterService, ID: d.ControlID}}
	case d.FreqDroop != nil:
		r.FreqDroop = []v21.FreqDroopGet{{FreqDroop: *d.FreqDroop, ID: d.ControlID, IsDefault: d.IsDefault, IsSuperseded: d.superseded}}
	case d.FixedPFAbsorb != nil:
		r.FixedPFAbsorb = []v21.FixedPFGet{{FixedPF: *d.FixedPFAbsorb, ID: d.ControlID, IsDefault: d.IsDefault, IsSuperseded: d.superseded}}
	case d.FixedPFInject != nil:
		r.FixedPFInject = []v21.FixedPFGet{{FixedPF: *d.FixedPFInject, ID: d.ControlID, IsDefault: d.IsDefault, IsSuperseded: d.superseded}}
	case d.FixedVar != nil:
		r.FixedVar = []v21.FixedVarGet{{FixedVar: *d.FixedVar, ID: d.ControlID, IsDefault: d.IsDefault, IsSuperseded: d.superseded}}
	case d.Gradient != nil:
		r.Gradient = []v21.GradientGet{{Gradient: *d.Gradient, ID: d.ControlID}}
	case d.LimitMaxDischarge != nil:
		r.LimitMaxDischarge = []v21.LimitMaxDischargeGet{{LimitMaxDischarge: *d.LimitMaxDischarge, ID: d.ControlID, IsDefault: d.IsDefault, IsSuperseded: d.superseded}}
	default:
		r.Curve = []v21.DERCurveGet{{Curve: *d.Curve, ID: d.ControlID, CurveType: d.ControlType, IsDefault: d.IsDefault, IsSuperseded: d.superseded}}
	}
	return r
}

// notifyAllowedEnergyTransfer keeps the ways in which a session may charge (OCPP 2.1 Part 2, Q01).
func (s *station2x) notifyAllowedEnergyTransfer(r *v21.NotifyAllowedEnergyTransferRequest) (*v21.NotifyAllowedEnergyTransferResponse, func()) {
	if _, sess := s.session(r.TransactionID); sess == nil {
		return &v21.NotifyAllowedEnergyTransferResponse{Status: v21.NotifyAllowedEnergyTransferStatusRejected, StatusInfo: because("TxNotFound")}, nil
	}
	s.grid.allowed = slices.Clone(r.AllowedEnergyTransfer)
	return &v21.NotifyAllowedEnergyTransferResponse{Status: v21.NotifyAllowedEnergyTransferStatusAccepted}, nil
}

// notifyWebPaymentStarted shows for a while that somebody pays for an EVSE on the web (OCPP 2.1 Part 2, C25).
func (s *station2x) notifyWebPaymentStarted(r *v21.NotifyWebPaymentStartedRequest) (*v21.NotifyWebPaymentStartedResponse, func()) {
	s.grid.paying = r.EVSEID
	s.plan.after(time.Duration(r.Timeout)*time.Second, func() { s.grid.paying = 0 })
	return &v21.NotifyWebPaymentStartedResponse{}, nil
}

// requestBatterySwap hands a charged battery out, for the empty one that is put in (OCPP 2.1 Part 2, S02).
func (s *station2x) requestBatterySwap(r *v21.RequestBatterySwapRequest) (*v21.RequestBatterySwapResponse, func()) {
	if !s.accepted() || s.boot.resetting {
		return &v21.RequestBatterySwapResponse{Status: v21.GenericStatusRejected, StatusInfo: because("CSNotAccepted")}, nil
	}
	return &v21.RequestBatterySwapResponse{Status: v21.GenericStatusAccepted}, func() {
		s.grid.swaps++
		in := v21.BatteryData{EVSEID: 1, SerialNumber: fmt.Sprintf("BAT-%04d", 2*s.grid.swaps), SoC: 17, SoH: 96}
		out := v21.BatteryData{EVSEID: 1, SerialNumber: fmt.Sprintf("BAT-%04d", 2*s.grid.swaps-1), SoC: 100, SoH: 98}
		swap := func(event v21.BatterySwapEvent, b v21.BatteryData) {
			s.notify("BatterySwap", &v21.BatterySwapRequest{EventType: event, BatteryData: []v21.BatteryData{b}, IDToken: r.IDToken, RequestID: r.RequestID})
		}
		s.plan.after(s.between(swapFrom, swapTo), func() {
			swap(v21.BatterySwapEventBatteryIn, in)
			s.plan.after(s.between(swapFrom, swapTo), func() { swap(v21.BatterySwapEventBatteryOut, out) })
		})
	}
}
