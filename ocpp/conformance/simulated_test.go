package conformance_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/reportedevent"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/simulator"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// Stations of the simulator, which the demo runs, at the same server: what they can do beside the cases.

// simulated is a world with a station of the simulator that is onboarded.
func simulated(t *testing.T, o simulator.Options) (*csms, *simulator.Station) {
	t.Helper()
	c := bare(t)
	o.URL = strings.Replace(c.endpoint(), "http", "ws", 1) + "/" + identity
	o.Identity, o.Password = identity, worldtest.Password
	o.Connectors = []simulator.ConnectorOptions{{Type: simulator.AC, MaxPowerW: 22_000}, {Type: simulator.AC, MaxPowerW: 22_000}}
	o.RebootTime, o.FirstBackoff = 50*time.Millisecond, 10*time.Millisecond
	s, err := simulator.New(o)
	c.must(err, "make the station")
	ctx, off := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		off()
		if err := <-ended; err != nil {
			t.Errorf("run the station: %v", err)
		}
	})
	c.Eventually("the station is onboarded", func() bool { return c.state().Onboarding == "ONBOARDED" })
	return c, s
}

// plugsIn has a car charge at the first connector, with a valid token.
func (c *csms) plugsIn(s *simulator.Station, car simulator.Vehicle) {
	c.t.Helper()
	car.CapacityWh, car.SoC, car.MaxACPowerW = 60_000, 0.3, 11_000
	c.must(s.PlugIn(c.ctx, 1, car), "plug in")
	c.must(s.StartLocal(c.ctx, 1, valid), "show the token")
	c.Eventually("a session runs", func() bool {
		found := c.sessions()
		return len(found) == 1 && found[0].Status == "RUNNING" && found[0].TokenID != nil
	})
}

// noticed counts what is kept of a kind.
func (c *csms) noticed(kind reportedevent.Kind) int {
	c.t.Helper()
	n, err := c.DB.Ent().ReportedEvent.Query().Where(reportedevent.KindEQ(kind)).Count(c.ctx)
	c.must(err, "count the events")
	return n
}

// A car that plans gets a profile for its needs and keeps to it; the meter's signature reaches the database as it was made.
func TestSimulatedStation_CarsThatPlanAndMetersThatSign(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.0.1", "2.1"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c, s := simulated(t, simulator.Options{Version: version, SignedMeter: true})
			c.plugsIn(s, simulator.Vehicle{Plans: true, StaysFor: 4 * time.Hour})
			c.Eventually("the car has told its plan", func() bool { return c.noticed(reportedevent.KindCHARGING_SCHEDULE) == 1 })
			if n := c.noticed(reportedevent.KindCHARGING_NEEDS); n != 1 {
				t.Errorf("the needs are kept %d times", n)
			}
			profiles := func() string {
				return worldtest.OwnerValue[string](c.World, "select string_agg(status || ' ' || purpose || ' ' || (schedules->0->'periods'->0->>'limit'), ', ') from charging_profiles")
			}
			c.Eventually("the car's profile is in force", func() bool { return profiles() == "INSTALLED TX_PROFILE 16" })
			c.must(s.StopLocal(c.ctx, 1), "stop")
			c.Eventually("the session has ended", func() bool { return c.session().Status == "COMPLETED" })
			const last = " from meter_values where signed is not null and context = 'Transaction.End' limit 1"
			data := worldtest.OwnerValue[string](c.World, "select signed->>'signedMeterData'"+last)
			key := worldtest.OwnerValue[string](c.World, "select signed->>'publicKey' from meter_values where coalesce(signed->>'publicKey', '') <> '' limit 1")
			verifyOCMF(t, data, key)
		})
	}
}

// verifyOCMF checks a signed reading as whoever distrusts the operator would.
func verifyOCMF(t *testing.T, data, key string) {
	t.Helper()
	decoded := func(text string) string {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatalf("read %q: %v", text, err)
		}
		return string(raw)
	}
	parts := strings.Split(decoded(data), "|")
	var signature struct{ SD string }
	if len(parts) != 3 || parts[0] != "OCMF" || json.Unmarshal([]byte(parts[2]), &signature) != nil {
		t.Fatalf("the reading is %q", parts)
	}
	raw, _ := hex.DecodeString(signature.SD)
	der, _ := hex.DecodeString(strings.TrimPrefix(decoded(key), "oca:base16:asn1:"))
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatalf("read the public key: %v", err)
	}
	if digest := sha256.Sum256([]byte(parts[1])); !ecdsa.VerifyASN1(public.(*ecdsa.PublicKey), digest[:], raw) {
		t.Errorf("the signature of %s is wrong", parts[1])
	}
}

// A restart that resumes leaves the session as it is. One that is planned with another network profile has the station come back
// elsewhere.
func TestSimulatedStation_ResumesAndMoves(t *testing.T) {
	t.Parallel()
	c, s := simulated(t, simulator.Options{Version: "2.1"})
	c.plugsIn(s, simulator.Vehicle{})
	before := c.state().BootedAt
	c.order(charging.ResetOrder{Type: "IMMEDIATE_AND_RESUME"}).ends("ACCEPTED")
	c.Eventually("the station has booted again", func() bool { now := c.state(); return now.Online && now.BootedAt.After(*before) })
	resumed := func() bool {
		return worldtest.OwnerValue[int](c.World, "select count(*) from ocpp_messages where payload like '%TxResumed%'") > 0
	}
	c.Eventually("the session goes on", resumed)
	if got := c.session(); got.Status != "RUNNING" {
		t.Errorf("after the restart the session is %s", got.Status)
	}
	c.must(s.StopLocal(c.ctx, 1), "stop")
	c.Eventually("the session has ended", func() bool { return c.session().Status == "COMPLETED" })

	elsewhere := httptest.NewServer(c.Stations)
	t.Cleanup(elsewhere.Close)
	profile, err := json.Marshal(object{
		"ocppVersion": "OCPP21", "ocppTransport": "JSON", "ocppCsmsUrl": strings.Replace(elsewhere.URL, "http", "ws", 1) + "/ocpp/" + c.A.Slug, "messageTimeout": 30,
		"securityProfile": 1, "ocppInterface": "Wired0",
	})
	c.must(err, "write the profile")
	c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.SetNetworkProfile(ctx, c.station.ID, 2, profile, 30)
	}).ends("ACCEPTED")
	c.order(charging.ChangeConfigurationOrder{Key: "OCPPCommCtrlr.NetworkConfigurationPriority", Value: "2,1"}).ends("ACCEPTED")
	before = c.state().BootedAt
	c.order(charging.ResetOrder{Type: "SOFT"}).ends("ACCEPTED")
	c.Eventually("the station has booted again", func() bool { now := c.state(); return now.Online && now.BootedAt.After(*before) })
	active := func() bool {
		c.order(charging.GetConfigurationOrder{Keys: []string{"OCPPCommCtrlr.ActiveNetworkProfile"}}).ends("ACCEPTED")
		v := c.variable("ActiveNetworkProfile")
		return v != nil && v.Value == "2"
	}
	if !active() {
		t.Errorf("the station uses profile %+v", c.variable("ActiveNetworkProfile"))
	}
}

// Who pays at the terminal has the session settled at its end, and controls of the grid are begun, warned of and ended.
func TestSimulatedStation_PaysAndFollowsTheGrid(t *testing.T) {
	t.Parallel()
	c, s := simulated(t, simulator.Options{Version: "2.1"})
	c.Owner("update networks set accept_unknown_tokens = true")
	c.must(s.PlugIn(c.ctx, 1, simulator.Vehicle{CapacityWh: 60_000, SoC: 0.3, MaxACPowerW: 11_000}), "plug in")
	c.must(s.PayAtTerminal(c.ctx, 1, "PSP-1"), "pay")
	c.Eventually("a session runs", func() bool { found := c.sessions(); return len(found) == 1 && found[0].IDTag == "PSP-1" })
	c.must(s.StopLocal(c.ctx, 1), "stop")
	c.Eventually("the payment is kept", func() bool { return c.noticed(reportedevent.KindPAYMENT) == 1 })
	if got := c.session(); got.Status != "COMPLETED" || got.StopReason != "Local" {
		t.Errorf("the session is %s, stopped by %q", got.Status, got.StopReason)
	}

	control, err := json.Marshal(object{"isDefault": false, "controlId": "C-1", "controlType": "HVMustTrip", "curve": object{
		"priority": 0, "yUnit": "Not_Applicable", "curveData": []object{{"x": 110, "y": 2}, {"x": 120, "y": 1}},
	}})
	c.must(err, "write the control")
	c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.SetDERControl(ctx, c.station.ID, control, 30)
	}).ends("ACCEPTED")
	c.Eventually("the control has begun", func() bool { return c.noticed(reportedevent.KindDER) == 1 })
	c.must(s.GridFault(c.ctx, "OverVoltage"), "have the grid stray")
	c.must(s.GridFault(c.ctx, ""), "have the grid calm down")
	c.Eventually("the alarm is kept, and its end", func() bool { return c.noticed(reportedevent.KindDER) == 3 })
	c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.ClearDERControl(ctx, c.station.ID, false, "", "C-1", 30)
	}).ends("ACCEPTED")
	c.Eventually("the control has ended", func() bool { return c.noticed(reportedevent.KindDER) == 4 })
}
