package conformance_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/chargingsession"
	"github.com/busbar-ev/busbar/ent/connector"
	"github.com/busbar-ev/busbar/ent/ocppmessage"
	"github.com/busbar-ev/busbar/ent/stationvariable"
	tokens "github.com/busbar-ev/busbar/ent/token"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

type object = map[string]any

// csms is the system under test with one station, as the owner of its tenant sees them.
type csms struct {
	*worldtest.World
	t       *testing.T
	ctx     context.Context
	station *ent.Station
	// s is the station's end of the socket.
	s *station
}

// The tokens of every test, by how they are to be answered.
const (
	valid    = "TAG-VALID"
	relative = "TAG-RELATIVE" // of the same group as valid
	blocked  = "TAG-BLOCKED"
	expired  = "TAG-EXPIRED"
	unknown  = "TAG-UNKNOWN"
	group    = "GROUP-1"
)

const identity = "CP1"

// bare makes a world with a station of two connectors that never connected, and the tokens.
func bare(t *testing.T) *csms {
	t.Helper()
	w := worldtest.New(t)
	c := &csms{World: w, t: t, ctx: w.A.As(tenancy.Owner)}
	past := time.Now().Add(-time.Hour)
	for _, spec := range []charging.TokenSpec{{IDTag: valid, GroupID: group}, {IDTag: relative, GroupID: group}, {IDTag: blocked}, {IDTag: expired, ValidUntil: &past}} {
		token, err := w.Charging.CreateToken(c.ctx, spec)
		c.must(err, "register a token")
		if spec.IDTag == blocked {
			status := tokens.StatusBlocked
			_, err = w.Charging.UpdateToken(c.ctx, token.ID, charging.TokenChange{Status: &status})
			c.must(err, "block a token")
		}
	}
	c.station = w.AddStation(w.A, w.A.Main, identity, 2)
	return c
}

// connected is bare with the station on its socket, before its boot.
func connected(t *testing.T, version string) *csms {
	t.Helper()
	c := bare(t)
	c.s = c.dial(version)
	return c
}

// dial connects the station with its right password.
func (c *csms) dial(version string) *station {
	c.t.Helper()
	s := newStation(c.t)
	protocol, refusal := s.connect(version, c.endpoint(), identity, worldtest.Password)
	if refusal != "" || protocol != "ocpp"+version {
		c.t.Fatalf("the station was refused with %q, the protocol is %q", refusal, protocol)
	}
	return s
}

func (c *csms) endpoint() string { return c.HTTP.URL + "/ocpp/" + c.A.Slug }

// open16 is a station of version 1.6 that has booted and is onboarded.
func open16(t *testing.T) *csms {
	t.Helper()
	c := connected(t, "1.6")
	c.boot16()
	c.onboard16()
	return c
}

type boot struct {
	Status      string
	CurrentTime time.Time
	Interval    int
}

func (c *csms) boot16() (answer boot) {
	c.t.Helper()
	c.s.call("BootNotification", object{"chargePointVendor": "Voltara", "chargePointModel": "AC22", "firmwareVersion": "1.0.0"}, &answer)
	return answer
}

// onboard16 answers what a station is asked after its first boot until it is onboarded.
func (c *csms) onboard16() {
	c.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for c.state().Onboarding != "ONBOARDED" {
		select {
		case call := <-c.s.calls:
			if call.action != "GetConfiguration" {
				call.refuse("NotImplemented", "not a question of onboarding")
				continue
			}
			call.answer(object{"configurationKey": []object{{"key": "HeartbeatInterval", "readonly": false, "value": "300"}}})
		case <-tick.C:
		case <-deadline:
			c.t.Fatal("the station isn't onboarded")
		}
	}
}

func (c *csms) must(err error, what string) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// pending is a command on its way.
type pending struct {
	c    *csms
	done chan struct{}
	got  *ent.Command
	err  error
}

// command gives a command and lets the test play the station meanwhile.
func (c *csms) command(give func(ctx context.Context) (*ent.Command, error)) *pending {
	p, s := &pending{c: c, done: make(chan struct{})}, c.s
	go func() {
		defer close(p.done)
		if p.got, p.err = give(c.ctx); p.err != nil {
			// Whoever waits for its call at the station learns why none comes.
			s.breach("a command can't be given: " + p.err.Error())
		}
	}()
	return p
}

// order gives an order to the station.
func (c *csms) order(o charging.Order) *pending {
	return c.command(func(ctx context.Context) (*ent.Command, error) { return c.Charging.Order(ctx, c.station.ID, o, 30) })
}

// start asks the station to start a session.
func (c *csms) start(evseNo int, idTag string) *pending {
	return c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.RemoteStart(ctx, c.station.ID, charging.RemoteStart{EvseNo: evseNo, IDTag: idTag}, 30)
	})
}

// stop asks the station to end its session.
func (c *csms) stop() *pending {
	id := c.session().ID
	return c.command(func(ctx context.Context) (*ent.Command, error) { return c.Charging.RemoteStop(ctx, id, 30) })
}

// wait waits for the command.
func (p *pending) wait() *ent.Command {
	p.c.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.c.t.Fatal("the command doesn't end")
	}
	p.c.must(p.err, "give the command")
	return p.got
}

// ends waits for the command and expects how it ended.
func (p *pending) ends(status string) *ent.Command {
	p.c.t.Helper()
	p.wait()
	if string(p.got.Status) != status {
		p.c.t.Errorf("%s ended as %s (%s), want %s", p.got.Action, p.got.Status, orEmpty(p.got.Error), status)
	}
	return p.got
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// state is the station as it is now.
func (c *csms) state() *ent.Station {
	c.t.Helper()
	st, err := c.DB.Ent().Station.Get(c.ctx, c.station.ID)
	c.must(err, "load the station")
	return st
}

// session is the only session.
func (c *csms) session() *ent.ChargingSession {
	c.t.Helper()
	found := c.sessions()
	if len(found) != 1 {
		c.t.Fatalf("there are %d sessions, want one", len(found))
	}
	return found[0]
}

func (c *csms) sessions() []*ent.ChargingSession {
	c.t.Helper()
	found, err := c.DB.Ent().ChargingSession.Query().Where(chargingsession.StationID(c.station.ID)).Order(chargingsession.ByStartedAt()).All(c.ctx)
	c.must(err, "load the sessions")
	return found
}

// showsSession expects of the only session its status, its energy, and its reason to stop.
func (c *csms) showsSession(status string, energyWh int, reason string) {
	c.t.Helper()
	s := c.session()
	energy := "-"
	if s.EnergyWh != nil {
		energy = s.EnergyWh.Trim(0).String()
	}
	if string(s.Status) != status || energy != fmt.Sprint(energyWh) || s.StopReason != reason {
		c.t.Errorf("the session is %s with %s Wh, stopped by %q; want %s, %d Wh, %q", s.Status, energy, s.StopReason, status, energyWh, reason)
	}
}

// shows expects the status of a connector.
func (c *csms) shows(evseNo int, status string) {
	c.t.Helper()
	found, err := c.DB.Ent().Connector.Query().Where(connector.StationID(c.station.ID), connector.EvseNo(evseNo)).Only(c.ctx)
	c.must(err, "load the connector")
	got := "none"
	if found.Status != nil {
		got = string(*found.Status)
	}
	if got != status {
		c.t.Errorf("connector %d shows %s, want %s", evseNo, got, status)
	}
}

// variable is a setting of the station as it is stored, or nil.
func (c *csms) variable(name string) *ent.StationVariable {
	c.t.Helper()
	found, err := c.DB.Ent().StationVariable.Query().Where(stationvariable.StationID(c.station.ID), stationvariable.Variable(name)).Only(c.ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	c.must(err, "load the setting "+name)
	return found
}

// logged counts the station's messages of an action in the log, calls and answers.
func (c *csms) logged(action string) int {
	c.t.Helper()
	n, err := c.DB.Ent().OcppMessage.Query().Where(ocppmessage.StationID(c.station.ID), ocppmessage.Action(action)).Count(c.ctx)
	c.must(err, "count the messages")
	return n
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// kept expects the station's messages of an action in the log, each with its answer, and as events where its version has them.
func (c *csms) kept(action string, want int) {
	c.t.Helper()
	if got := c.logged(action); got != 2*want {
		c.t.Errorf("%d rows of %s are in the log, want %d", got, action, 2*want)
	}
}

func status(s string) object { return object{"status": s} }
