package main

import (
	"context"
	"fmt"
	"path"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent/connector"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/identity"
	"github.com/busbar-ev/busbar/internal/simulator"
	"github.com/busbar-ev/busbar/tenancy"
)

const (
	demoSlug     = "demo"
	demoPassword = "busbar-demo"
)

// demoPeople are the people of the demo beside its owner, one for each role. All have the same password.
var demoPeople = []struct {
	email, name string
	role        tenancy.Role
	network     string
}{
	{"admin@demo.example", "Demo Admin", tenancy.Admin, ""},
	{"operator@demo.example", "Demo Operator", tenancy.Operator, ""},
	{"finance@demo.example", "Demo Finance", tenancy.Finance, ""},
	{"viewer@demo.example", "Demo Viewer", tenancy.Reader, ""},
	{"depot@demo.example", "Depot Operator", tenancy.Operator, "depot"},
}

// startDemo makes the demo tenant, unless it is there from an earlier run, and sets its stations to work.
func (s *server) startDemo(ctx context.Context) error {
	tenant, err := s.identity.TenantBySlug(ctx, demoSlug)
	if fault.Is(err, fault.NotFound) {
		tenant, err = s.makeDemo(ctx)
	}
	if err == nil {
		err = s.openDemoAccount(ctx, tenant)
	}
	if err == nil {
		err = s.trustDemoOperator(ctx, tenant)
	}
	if err != nil {
		return fmt.Errorf("set up the demo: %w", err)
	}
	fleet, err := simulator.DemoFleet(stationURL(s.url)+"/ocpp/"+demoSlug, simulator.DemoStations(), s.logger)
	if err != nil {
		return fmt.Errorf("set up the demo: %w", err)
	}
	s.logger.Info("the demo is running", "tenant", tenant, "sign in as", "owner@demo.example", "password", demoPassword)
	s.wg.Go(func() {
		if err := fleet.Run(s.background); err != nil && s.background.Err() == nil {
			s.logger.Error("the demo's stations stopped", "error", err)
		}
	})
	return nil
}

// makeDemo makes everything the way an operator would, through the domain.
func (s *server) makeDemo(ctx context.Context) (uuid.UUID, error) {
	tenant, _, err := s.identity.CreateTenant(ctx, identity.NewTenant{
		Slug: demoSlug, Name: "Demo Charging", Currency: "EUR", Timezone: "Europe/Berlin",
		OwnerEmail: "owner@demo.example", OwnerName: "Demo Owner", OwnerPassword: demoPassword,
	})
	if err != nil {
		return uuid.Nil, err
	}
	ctx = tenancy.NewContext(ctx, tenancy.Console(tenant))
	networks, err := s.makeDemoNetworks(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	locations := map[string]uuid.UUID{}
	for _, l := range simulator.DemoLocations() {
		made, err := s.charging.CreateLocation(ctx, charging.LocationSpec{
			Name: &l.Name, Address: &l.Address, City: &l.City, Country: &l.Country, Latitude: &l.Latitude, Longitude: &l.Longitude, Network: networks[l.Network],
		})
		if err != nil {
			return uuid.Nil, err
		}
		locations[l.Name] = made.ID
	}
	if err := s.makeDemoDrivers(ctx, networks["city"]); err != nil {
		return uuid.Nil, err
	}
	stations := map[string]uuid.UUID{}
	for _, d := range simulator.DemoStations() {
		made, _, err := s.charging.AddStation(ctx, demoSpec(d, networks[d.Network], locations[d.Location]))
		if err != nil {
			return uuid.Nil, err
		}
		stations[d.Identity] = made.ID
	}
	if err := s.makeDemoPrices(ctx, networks, stations); err != nil {
		return uuid.Nil, err
	}
	return tenant, s.inviteDemoPeople(ctx, networks)
}

func (s *server) makeDemoNetworks(ctx context.Context) (map[string]uuid.UUID, error) {
	networks := map[string]uuid.UUID{}
	for _, n := range simulator.DemoNetworks {
		made, err := s.identity.CreateNetwork(ctx, identity.NetworkSpec{Name: n.Name, Slug: n.Slug})
		if err != nil {
			return nil, err
		}
		networks[n.Slug] = made.ID
	}
	return networks, nil
}

func demoSpec(d simulator.DemoStation, network, location uuid.UUID) charging.StationSpec {
	spec := charging.StationSpec{Identity: d.Identity, Name: d.Name, Network: network, Location: location, Password: d.Password, Version: d.Version}
	for i, c := range d.Connectors {
		kind, power := connector.TypeTYPE2, int(c.MaxPowerW)
		if c.Type == simulator.DC {
			kind = connector.TypeCCS2
		}
		spec.Evses = append(spec.Evses, charging.EvseSpec{No: i + 1, Connectors: []charging.ConnectorSpec{{No: 1, Type: kind, MaxPowerW: &power}}})
	}
	return spec
}

func (s *server) inviteDemoPeople(ctx context.Context, networks map[string]uuid.UUID) error {
	for _, p := range demoPeople {
		_, link, err := s.identity.InviteMember(ctx, identity.Invitation{Email: p.email, Name: p.name, Role: p.role, Network: networks[p.network]})
		if err != nil {
			return err
		}
		if link == "" {
			continue // has an account from an earlier demo
		}
		if err := s.identity.AcceptInvitation(ctx, path.Base(link), demoPassword); err != nil {
			return err
		}
	}
	return nil
}
