package simulator

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
)

// Station is one virtual station.
type Station struct {
	// Static.
	opts    Options
	control chan func()
	done    chan struct{}
	running atomic.Bool

	// Owned by the loop.
	ctx        context.Context
	rng        *rand.Rand
	plan       *schedule
	config     *configuration
	connectors []*connector // connector n is at n-1
	operative  bool         // the station as a whole
	link       *link        // nil while offline
	dialling   bool
	dialled    chan dialled
	backoff    time.Duration
	awayUntil  time.Time
	address    address
	refusal    string // of the last attempt to connect
	reconnect  *task
	password   string
	outbox     outbox
	cache      map[string]tokenInfo // by token.key
	list       localList
	clock      time.Duration // how far the CSMS's clock is ahead
	boot       bootState
	dialect    dialect

	reservations map[int64]*reservation
	profiles     []*profile
	certificates certificates
	update       *update      // of the firmware; nil when none is on its way
	upload       *logUpload   // of a log; nil when none is on its way
	diary        []string     // what a log says
	logs         int          // how many were written
	idle         []func()     // to be run when no session runs
	signer       *meterSigner // nil for meters that don't sign

	wg sync.WaitGroup
}

// bootState is where a station stands with its CSMS.
type bootState struct {
	status     v16.RegistrationStatus
	asking     bool // a boot is on its way
	again      *task
	heartbeat  *task
	aligned    *task
	mainStatus v16.ChargePointStatus // of connector 0
	reported   bool                  // whether the CSMS knows mainStatus
	resetting  bool
	// cause is why the station boots, in words of 2.x.
	cause string
}

// New makes a station; Run switches it on.
func New(o Options) (*Station, error) {
	o.defaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	s := &Station{
		opts: o, control: make(chan func()), done: make(chan struct{}), rng: rand.New(rand.NewPCG(o.Seed, 0x6275736261720016)),
		config: newConfiguration(&o), operative: true, dialled: make(chan dialled, 1), password: o.Password,
		cache: map[string]tokenInfo{}, reservations: map[int64]*reservation{}, address: address{url: o.URL},
	}
	if o.SignedMeter {
		s.signer = newMeterSigner(&o)
		s.config.signSettings(&o, s.signer)
	}
	for i, c := range o.Connectors {
		s.connectors = append(s.connectors, &connector{
			no: i + 1, opts: c, operative: true, limitW: unlimited, meterWh: c.MeterWh, status: v16.ChargePointStatusAvailable, errorCode: v16.ChargePointErrorCodeNoError,
		})
	}
	var err error
	s.dialect, err = s.speak(o.Version)
	return s, err
}

// Identity is the station's OCPP id.
func (s *Station) Identity() string { return s.opts.Identity }

// ErrRunning is returned by Run for a station that has been switched on before.
var ErrRunning = errors.New("the station has been switched on already: make another one")

// Run switches the station on and keeps it connected until ctx ends. Then it closes its connection and returns nil.
func (s *Station) Run(ctx context.Context) error {
	if !s.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	ctx, cancel := context.WithCancel(ctx)
	s.ctx, s.plan = ctx, newSchedule()
	defer func() {
		cancel()
		s.close("the station is switched off")
		s.wg.Wait()
		s.plan.stop()
		close(s.done)
	}()
	s.plan.after(s.opts.Delay, s.powerOn)
	for {
		select {
		case <-ctx.Done():
			return nil
		case act := <-s.control:
			act()
		case d := <-s.dialled:
			s.connected(d)
		case m := <-s.link.incoming():
			s.receive(m)
		case <-s.plan.timer.C:
			s.plan.due()
		}
	}
}

// powerOn is the beginning: people know the station from now on.
func (s *Station) powerOn() {
	s.boot.mainStatus = v16.ChargePointStatusAvailable
	for _, c := range s.connectors {
		c.meteredAt = time.Now()
		if s.opts.Behaviour == Faulty && c.no == 1 {
			c.fault = &Fault{Code: v16.ChargePointErrorCodeGroundFailure, Info: "Residual current detected", VendorCode: "E-204"}
		}
		c.status = s.derive(c)
		c.errorCode = c.code()

	}
	s.connect()
}

// now is the time by the station's clock, which follows the CSMS's.
func (s *Station) now() time.Time { return time.Now().Add(s.clock) }

// setClock follows the time that the CSMS tells (OCPP 1.6, Heartbeat). Small differences are the way of the message.
func (s *Station) setClock(at time.Time) {
	if ahead := time.Until(at); !at.IsZero() && (ahead-s.clock).Abs() > 2*time.Second {
		s.clock = ahead
	}
}

// somewhere between two durations of people's time.
func (s *Station) between(from, to time.Duration) time.Duration {
	d := from + time.Duration(s.rng.Float64()*float64(to-from))
	return time.Duration(float64(d) / s.opts.Speed)
}

// connector returns connector n, or nil.
func (s *Station) connector(n int64) *connector {
	if n < 1 || n > int64(len(s.connectors)) {
		return nil
	}
	return s.connectors[n-1]
}
