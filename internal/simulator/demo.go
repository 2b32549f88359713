package simulator

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
)

// DemoStation is a station of the demo, as data: whoever sets the demo up registers it, and DemoFleet runs it.
type DemoStation struct {
	Identity, Name string
	// Network is "city" or "depot".
	Network, Location               string
	Vendor, Model, Serial, Firmware string
	// Version of OCPP that the station speaks; 1.6 when empty.
	Version string
	// Password is what the station is registered with; a station with WrongPassword presents another one.
	Password      string
	WrongPassword bool
	Connectors    []ConnectorOptions
	Behaviour     Behaviour
	FirstArrival  time.Duration
	// PlanningCars and SignedMeter are as in Options.
	PlanningCars, SignedMeter bool
	// IDTags are the tokens of the people who charge here.
	IDTags []string
}

// DemoLocation is a place of the demo.
type DemoLocation struct {
	Name, Network, Address, City, Country string
	Latitude, Longitude                   float64
}

// DemoNetworks are the networks of the demo by their slug, with their names.
var DemoNetworks = []struct{ Slug, Name string }{{"city", "City"}, {"depot", "Depot"}}

// DemoLocations are the places where the demo's stations stand.
func DemoLocations() []DemoLocation {
	return []DemoLocation{
		{Name: "Market Square", Network: "city", Address: "Market Square 1", City: "Berlin", Country: "DE", Latitude: 52.5219, Longitude: 13.4132},
		{Name: "Station Garage", Network: "city", Address: "Garage Lane 12", City: "Berlin", Country: "DE", Latitude: 52.5251, Longitude: 13.3694},
		{Name: "Depot Yard", Network: "depot", Address: "Harbour Road 40", City: "Hamburg", Country: "DE", Latitude: 53.5403, Longitude: 9.9846},
	}
}

// demoTokens is how many tokens the demo knows.
const demoTokens = 16

// DemoTags are the idTags of the demo, to be registered as tokens of the tenant. The last two are used at no station, so that
// an operator can start a session with them.
func DemoTags() []string {
	tags := make([]string, demoTokens)
	for i := range tags {
		tags[i] = fmt.Sprintf("DEMO-TAG-%02d", i+1)
	}
	return tags
}

// DemoStations are eight stations of two networks, AC and DC: some charge from the beginning, one is broken, one stays Pending
// because its password is wrong. Three speak OCPP 2.x.
func DemoStations() []DemoStation {
	tags := DemoTags()
	ac := func(powerW, meterWh float64) ConnectorOptions {
		return ConnectorOptions{Type: AC, MaxPowerW: powerW, MeterWh: meterWh}
	}
	dc := func(powerW, meterWh float64) ConnectorOptions {
		return ConnectorOptions{Type: DC, MaxPowerW: powerW, MeterWh: meterWh}
	}
	stations := []DemoStation{
		{
			Identity: "CITY-01", Name: "Market Square 1", Network: "city", Location: "Market Square", Vendor: "Voltara", Model: "AC22",
			Firmware: "4.2.0", Connectors: []ConnectorOptions{ac(22_000, 1_284_310)}, Behaviour: Charging, FirstArrival: 500 * time.Millisecond, IDTags: tags[0:2],
		},
		{
			Identity: "CITY-02", Name: "Market Square 2", Network: "city", Location: "Market Square", Vendor: "Voltara", Model: "AC22 Duo",
			Firmware: "4.2.0", Connectors: []ConnectorOptions{ac(22_000, 903_120), ac(22_000, 877_405)}, Behaviour: Charging, FirstArrival: 20 * time.Second, IDTags: tags[2:6],
		},
		{
			Identity: "CITY-03", Name: "Garage fast charger", Network: "city", Location: "Station Garage", Vendor: "Ampline", Model: "DC50", Version: "2.0.1",
			Firmware: "2.11.4", Connectors: []ConnectorOptions{dc(50_000, 4_410_870)}, Behaviour: Charging, FirstArrival: time.Second, IDTags: tags[6:8],
			SignedMeter: true,
		},
		{
			Identity: "CITY-04", Name: "Garage level 1", Network: "city", Location: "Station Garage", Vendor: "Voltara", Model: "AC11",
			Firmware: "4.1.7", Connectors: []ConnectorOptions{ac(11_000, 318_050)}, Behaviour: Faulty, IDTags: tags[8:9],
		},
		{
			Identity: "CITY-05", Name: "Garage level 2", Network: "city", Location: "Station Garage", Vendor: "Voltara", Model: "AC11",
			Firmware: "4.1.7", Connectors: []ConnectorOptions{ac(11_000, 0)}, Behaviour: Idle, WrongPassword: true, IDTags: tags[8:9],
		},
		{
			Identity: "DEPOT-01", Name: "Depot lane 1", Network: "depot", Location: "Depot Yard", Vendor: "Ampline", Model: "DC150 Twin", Version: "2.1",
			Firmware: "3.0.2", Connectors: []ConnectorOptions{dc(150_000, 18_730_440), dc(150_000, 17_922_815)}, Behaviour: Charging, FirstArrival: 1500 * time.Millisecond, IDTags: tags[9:13],
			PlanningCars: true,
		},
		{
			Identity: "DEPOT-02", Name: "Depot lane 2", Network: "depot", Location: "Depot Yard", Vendor: "Ampline", Model: "DC50",
			Firmware: "2.11.4", Connectors: []ConnectorOptions{dc(50_000, 2_096_300)}, Behaviour: Charging, FirstArrival: 45 * time.Second, IDTags: tags[13:14],
		},
		{
			Identity: "DEPOT-03", Name: "Depot gate", Network: "depot", Location: "Depot Yard", Vendor: "Voltara", Model: "AC22", Version: "2.0.1",
			Firmware: "4.2.0", Connectors: []ConnectorOptions{ac(22_000, 510_660)}, Behaviour: Idle, IDTags: tags[14:16],
		},
	}
	for i := range stations {
		d := &stations[i]
		d.Serial = fmt.Sprintf("%s%06d", strings.ToUpper(d.Vendor[:3]), 204_117+1_313*i)
		d.Password = fmt.Sprintf("demo-%s-password", strings.ToLower(d.Identity))
	}
	return stations
}

// demoSampleInterval is short, so that something moves while one looks.
const demoSampleInterval = 10 * time.Second

// DemoFleet makes the demo's stations. baseURL is where the tenant's stations connect: ws://host/ocpp/demo.
func DemoFleet(baseURL string, stations []DemoStation, logger *slog.Logger) (*Fleet, error) {
	var fleet Fleet
	for i, d := range stations {
		o := Options{
			URL: strings.TrimRight(baseURL, "/") + "/" + url.PathEscape(d.Identity), Identity: d.Identity, Password: d.Password, Version: d.Version,
			Vendor: d.Vendor, Model: d.Model, Serial: d.Serial, Firmware: d.Firmware, Connectors: d.Connectors, Behaviour: d.Behaviour,
			IDTags: d.IDTags, FirstArrival: d.FirstArrival, SampleInterval: demoSampleInterval, Seed: uint64(i + 1), Logger: logger,
			Delay: time.Duration(i) * 50 * time.Millisecond, PlanningCars: d.PlanningCars, SignedMeter: d.SignedMeter,
		}
		if d.WrongPassword {
			o.Password += "-mistyped"
			// It is meant to be seen trying, not to be locked out.
			o.FirstBackoff, o.MaxBackoff = 10*time.Second, 30*time.Second
		}
		s, err := New(o)
		if err != nil {
			return nil, fmt.Errorf("make demo station %s: %w", d.Identity, err)
		}
		fleet.Stations = append(fleet.Stations, s)
	}
	return &fleet, nil
}
