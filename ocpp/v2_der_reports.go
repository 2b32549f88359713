package ocpp

import (
	"fmt"
	"strings"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// reportDERControl2 keeps a part of the controls of the grid that a station holds (OCPP 2.1 R02, R03).
func reportDERControl2(x *exchange, r *v21.ReportDERControlRequest) (schema.Message, error) {
	var d derReport
	for i := range r.Curve {
		c := &r.Curve[i]
		d.add(c.ID, c.CurveType, fmt.Sprintf("curve of %d points", len(c.Curve.CurveData)), c.Curve.Priority, c.IsDefault, c.IsSuperseded, "curve", &c.Curve)
	}
	for i := range r.EnterService {
		c := &r.EnterService[i]
		d.add(c.ID, v21.DERControlTypeEnterService, fmt.Sprintf("between %s and %s V, %s and %s Hz", charging.Exactly(c.EnterService.LowVoltage),
			charging.Exactly(c.EnterService.HighVoltage), charging.Exactly(c.EnterService.LowFreq), charging.Exactly(c.EnterService.HighFreq)),
			c.EnterService.Priority, false, false, "enterService", &c.EnterService)
	}
	for i := range r.FixedPFAbsorb {
		d.powerFactor(v21.DERControlTypeFixedPFAbsorb, "fixedPFAbsorb", &r.FixedPFAbsorb[i])
	}
	for i := range r.FixedPFInject {
		d.powerFactor(v21.DERControlTypeFixedPFInject, "fixedPFInject", &r.FixedPFInject[i])
	}
	for i := range r.FixedVar {
		c := &r.FixedVar[i]
		d.add(c.ID, v21.DERControlTypeFixedVar, fmt.Sprintf("%s %s", charging.Exactly(c.FixedVar.Setpoint), c.FixedVar.Unit), c.FixedVar.Priority,
			c.IsDefault, c.IsSuperseded, "fixedVar", &c.FixedVar)
	}
	for i := range r.FreqDroop {
		c := &r.FreqDroop[i]
		d.add(c.ID, v21.DERControlTypeFreqDroop, fmt.Sprintf("above %s and below %s Hz", charging.Exactly(c.FreqDroop.OverFreq),
			charging.Exactly(c.FreqDroop.UnderFreq)), c.FreqDroop.Priority, c.IsDefault, c.IsSuperseded, "freqDroop", &c.FreqDroop)
	}
	for i := range r.Gradient {
		c := &r.Gradient[i]
		d.add(c.ID, v21.DERControlTypeGradients, fmt.Sprintf("%s %% a second", charging.Exactly(c.Gradient.Gradient)), c.Gradient.Priority, false, false, "gradient", &c.Gradient)
	}
	for i := range r.LimitMaxDischarge {
		c := &r.LimitMaxDischarge[i]
		what := "curve of power"
		if pct := c.LimitMaxDischarge.PctMaxDischargePower; pct.Set {
			what = fmt.Sprintf("%s %% of the greatest power", charging.Exactly(pct.Value))
		}
		d.add(c.ID, v21.DERControlTypeLimitMaxDischarge, what, c.LimitMaxDischarge.Priority, c.IsDefault, c.IsSuperseded, "limitMaxDischarge", &c.LimitMaxDischarge)
	}
	return nil, x.c.link.ReportSettings(x.c.ctx, charging.ReportOfDERControls, x.unnumbered(r.RequestID, r.Tbc), d.settings,
		replying(x, &v21.ReportDERControlResponse{}))
}

// derReport gathers the controls of a report, which come in as many lists as there are sorts.
type derReport struct{ settings []charging.Setting }

func (d *derReport) powerFactor(kind v21.DERControlType, member string, c *v21.FixedPFGet) {
	excitation := "under-excited"
	if c.FixedPF.Excitation {
		excitation = "over-excited"
	}
	d.add(c.ID, kind, fmt.Sprintf("power factor %s, %s", charging.Exactly(c.FixedPF.Displacement), excitation), c.FixedPF.Priority, c.IsDefault, c.IsSuperseded, member, &c.FixedPF)
}

// add keeps a control under the names that it is set by, so that it reads the same whoever it comes from.
func (d *derReport) add(id string, kind v21.DERControlType, what string, priority int64, isDefault, superseded bool, member string,
	body interface{ AppendJSON([]byte) []byte },
) {
	if id == "" {
		id = string(kind)
	}
	words := []string{string(kind) + ": " + what, fmt.Sprintf("priority %d", priority)}
	if isDefault {
		words = append(words, "by default")
	}
	if superseded {
		words = append(words, "superseded by another")
	}
	data := schema.AppendString([]byte{'{'}, `"controlId":`, id)
	data = schema.AppendString(data, `"controlType":`, string(kind))
	data = schema.AppendBool(data, `"isDefault":`, isDefault)
	data = schema.AppendBool(data, `"isSuperseded":`, superseded)
	data = append(body.AppendJSON(schema.AppendKey(data, `"`+member+`":`)), '}')
	d.settings = append(d.settings, charging.Setting{Key: id, Component: string(kind), Summary: strings.Join(words, ", "), Data: data})
}
