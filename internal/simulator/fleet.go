package simulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/busbar-ev/busbar/ocpp/v16"
)

// Fleet is many stations that run together.
type Fleet struct {
	Stations []*Station
}

// FleetOptions describe stations that differ in their identity alone.
type FleetOptions struct {
	// URL names the place of the identity with {identity}; without one it is appended.
	URL string
	// Prefix and a number from 1 make the identity: SIM-0001.
	Prefix string
	Count  int
	// Station is what all of them are; URL and Identity are set for each.
	Station Options
	// Stagger passes between one station's start and the next's.
	Stagger time.Duration
}

// NewFleet makes the stations.
func NewFleet(o FleetOptions) (*Fleet, error) {
	if o.Count < 1 {
		return nil, fmt.Errorf("a fleet of %d stations makes no sense: give a count of at least 1", o.Count)
	}
	var fleet Fleet
	for i := range o.Count {
		station := o.Station
		station.Identity = fmt.Sprintf("%s%04d", o.Prefix, i+1)
		station.URL = stationURL(o.URL, station.Identity)
		station.Serial = fmt.Sprintf("SIM%08d", i+1)
		station.Seed = o.Station.Seed + uint64(i)
		station.Delay += time.Duration(i) * o.Stagger
		station.IDTags = deal(o.Station.IDTags, i, max(1, len(o.Station.Connectors)))
		s, err := New(station)
		if err != nil {
			return nil, fmt.Errorf("make station %s: %w", station.Identity, err)
		}
		fleet.Stations = append(fleet.Stations, s)
	}
	return &fleet, nil
}

// deal gives station i as many tokens as it has connectors, so that stations share one only where there are too few.
func deal(tags []string, i, connectors int) []string {
	if len(tags) == 0 {
		tags = DemoTags()
	}
	own := make([]string, connectors)
	for n := range own {
		own[n] = tags[(i*connectors+n)%len(tags)]
	}
	return own
}

const identityPlace = "{identity}"

func stationURL(template, identity string) string {
	if strings.Contains(template, identityPlace) {
		return strings.ReplaceAll(template, identityPlace, url.PathEscape(identity))
	}
	return strings.TrimRight(template, "/") + "/" + url.PathEscape(identity)
}

// Run switches all stations on, and returns when ctx has ended and all are off.
func (f *Fleet) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, len(f.Stations))
	for i, s := range f.Stations {
		wg.Go(func() { errs[i] = s.Run(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Tally counts what the stations of a fleet are doing.
type Tally struct {
	Stations, Online, Accepted, Charging, Faulted, Queued int
	PowerW                                                float64
	// Refusal is why one of them isn't online.
	Refusal string
}

// Tally looks at every station once.
func (f *Fleet) Tally(ctx context.Context) Tally {
	t := Tally{Stations: len(f.Stations)}
	for _, s := range f.Stations {
		view, err := s.Snapshot(ctx)
		if err != nil {
			continue
		}
		if view.Online {
			t.Online++
		} else if view.Refusal != "" {
			t.Refusal = s.opts.Identity + ": " + view.Refusal
		}
		if view.Registration == v16.RegistrationStatusAccepted {
			t.Accepted++
		}
		t.Queued += view.Queued
		for _, c := range view.Connectors {
			switch c.Status {
			case v16.ChargePointStatusCharging:
				t.Charging++
			case v16.ChargePointStatusFaulted:
				t.Faulted++
			}
			t.PowerW += c.PowerW
		}
	}
	return t
}

// LogValue shows a tally in a log.
func (t Tally) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("online", t.Online), slog.Int("of", t.Stations), slog.Int("charging", t.Charging))
}
