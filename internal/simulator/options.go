package simulator

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// CurrentType is what a connector delivers.
type CurrentType string

// The current types.
const (
	AC CurrentType = "AC"
	DC CurrentType = "DC"
)

// ConnectorOptions describe one connector; their order gives the numbers, from 1.
type ConnectorOptions struct {
	Type CurrentType
	// MaxPowerW is what the connector can deliver.
	MaxPowerW float64
	// Phases of an AC connector, 1 or 3; 3 when zero.
	Phases int
	// MeterWh is the register before the first session.
	MeterWh float64
}

// Behaviour is what people do at a station. Whatever it is, somebody comes to plug in after a remote start, and to unplug at
// the end; only at a Manual station nobody does anything by himself.
type Behaviour string

// The behaviours.
const (
	// Manual leaves everything to the control methods.
	Manual Behaviour = "manual"
	// Idle stations are online, and nobody comes to charge.
	Idle Behaviour = "idle"
	// Charging stations see cars come and go.
	Charging Behaviour = "charging"
	// Faulty stations report a ground failure on their first connector, and work otherwise.
	Faulty Behaviour = "faulty"
)

// Behaviours are all of them, as an operator writes them.
var Behaviours = []Behaviour{Charging, Idle, Faulty, Manual}

// Options say what a station is. Zero values mean the defaults.
type Options struct {
	// URL is the whole address to connect to, identity included: ws://host/ocpp/tenant/identity.
	URL string
	// Identity is the station's OCPP id, and the user name of its Basic authentication.
	Identity string
	// Password of security profiles 1 and 2; without one nothing is presented.
	Password string
	// Version of OCPP: 1.6, 2.0.1 or 2.1; 1.6 when empty.
	Version string

	Vendor, Model, Serial, Firmware string
	Connectors                      []ConnectorOptions

	Behaviour Behaviour
	// IDTags are the tokens of the people who charge here. Connector n uses every n-th of them, so that one token is never at
	// two connectors.
	IDTags []string
	// Delay passes before the station is switched on, FirstArrival before its first car.
	Delay, FirstArrival time.Duration
	// PlanningCars come by themselves and speak ISO 15118 (Vehicle.Plans); OCPP 2.x.
	PlanningCars bool
	// SignedMeter has the meters sign what they read at the beginning and the end of a session, as calibration law wants it.
	SignedMeter bool
	// PaymentTerminal lets every third who charges pay by card, without a token; OCPP 2.1.
	PaymentTerminal bool
	// SampleInterval is what MeterValueSampleInterval is set to; a minute when zero.
	SampleInterval time.Duration
	// Speed is how much faster than the clock batteries fill and people act; 1 when zero. OCPP's intervals keep to the clock.
	Speed float64
	// Seed makes chance repeatable. Stations of one fleet have different ones.
	Seed uint64

	// RebootTime is how long a reset takes; 5 s when zero.
	RebootTime time.Duration
	// FirstBackoff doubles up to MaxBackoff between attempts to connect; 1 s and a minute when zero.
	FirstBackoff, MaxBackoff time.Duration
	// CallTimeout is how long an answer may take before the connection counts as dead; 30 s when zero.
	CallTimeout time.Duration

	// HTTPClient makes the connection; a client without proxy when nil.
	HTTPClient *http.Client
	Logger     *slog.Logger
	// Events, when given, receives everything that happens, in order. Whoever gives it has to read it: the station waits.
	Events chan<- Event
}

func (o *Options) defaults() {
	setDuration(&o.SampleInterval, time.Minute)
	setDuration(&o.RebootTime, 5*time.Second)
	setDuration(&o.FirstBackoff, time.Second)
	setDuration(&o.MaxBackoff, time.Minute)
	setDuration(&o.CallTimeout, 30*time.Second)
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Version == "" {
		o.Version = Versions[0]
	}
	if o.Behaviour == "" {
		o.Behaviour = Manual
	}
	for field, value := range map[*string]string{&o.Vendor: "Voltara", &o.Model: "AC22", &o.Firmware: "4.2.0"} {
		if *field == "" {
			*field = value
		}
	}
	if len(o.Connectors) == 0 {
		o.Connectors = []ConnectorOptions{{Type: AC, MaxPowerW: 22_000}}
	}
	if len(o.IDTags) == 0 {
		o.IDTags = DemoTags()
	}
	if o.HTTPClient == nil {
		o.HTTPClient = directClient
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// directClient ignores proxies: a station's connection is long-lived, and the demo's never leaves the machine. It keeps no idle
// connection, since a WebSocket is never given back.
var directClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSHandshakeTimeout: 10 * time.Second}}

func setDuration(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

func (o *Options) check() error {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil:
		return fmt.Errorf("the station's URL can't be read: %w", err)
	case u.Scheme != "ws" && u.Scheme != "wss":
		return fmt.Errorf("the station's URL %q must begin with ws:// or wss://", o.URL)
	case u.Host == "":
		return fmt.Errorf("the station's URL %q names no host", o.URL)
	case o.Identity == "":
		return errors.New("a station needs an identity")
	case o.Speed <= 0:
		return fmt.Errorf("speed is %v, but time can only run forward: give a number above 0", o.Speed)
	}
	for i, c := range o.Connectors {
		switch {
		case c.Type != AC && c.Type != DC:
			return fmt.Errorf("connector %d has the type %q: give AC or DC", i+1, c.Type)
		case c.MaxPowerW <= 0:
			return fmt.Errorf("connector %d delivers %v W: give a number above 0", i+1, c.MaxPowerW)
		case c.Phases != 0 && c.Phases != 1 && c.Phases != 3:
			return fmt.Errorf("connector %d has %d phases: give 1 or 3", i+1, c.Phases)
		}
	}
	return nil
}
