package graph

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/charging"
)

// maxSamples bounds the samples of one session that one field returns.
const maxSamples = 5000

// or is what an optional input holds, or the zero value.
func or[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// rawJSON is an optional input that is JSON.
func rawJSON(p *vocabulary.JSON) *json.RawMessage {
	if p == nil {
		return nil
	}
	text := json.RawMessage(*p)
	return &text
}

// orNil is an optional output: empty is null.
func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// seconds is how long to wait for a command.
func seconds(wait *int) int {
	if wait == nil {
		return 10
	}
	return *wait
}

// found turns "not there, or not for you" into null.
func found[T any](object *T, err error) (*T, error) {
	if ent.IsNotFound(err) {
		return nil, nil
	}
	return object, err
}

// payload wraps what a mutation made, or passes on why it didn't.
func payload[T, P any](made *T, err error, wrap func(*T) *P) (*P, error) {
	if err != nil {
		return nil, err
	}
	return wrap(made), nil
}

func stationPayload(s *ent.Station) *model.StationPayload { return &model.StationPayload{Station: s} }
func bulkPayload(b *ent.BulkCommand) *model.BulkCommandPayload {
	return &model.BulkCommandPayload{BulkCommand: b}
}
func tokenPayload(t *ent.Token) *model.TokenPayload       { return &model.TokenPayload{Token: t} }
func networkPayload(n *ent.Network) *model.NetworkPayload { return &model.NetworkPayload{Network: n} }

func evseSpecs(inputs []*model.EvseInput) []charging.EvseSpec {
	specs := make([]charging.EvseSpec, len(inputs))
	for i, e := range inputs {
		specs[i] = charging.EvseSpec{No: e.EvseNo, Connectors: make([]charging.ConnectorSpec, len(e.Connectors))}
		for j, c := range e.Connectors {
			specs[i].Connectors[j] = charging.ConnectorSpec{No: or(c.ConnectorNo), Type: or(c.Type), MaxPowerW: c.MaxPowerW}
		}
	}
	return specs
}

func connectionOf(s *ent.Station) *model.Connection {
	c := &model.Connection{Online: s.Online, Since: s.DisconnectedAt, LastSeenAt: s.LastSeenAt}
	if s.Online {
		c.Since = s.ConnectedAt
		c.Node, c.RemoteAddress, c.Version = orNil(s.Node), orNil(s.RemoteAddress), orNil(s.ConnectionVersion)
		c.SecurityProfile = &s.ConnectionProfile
	}
	return c
}

func (r *Resolver) connectionURLs(ctx context.Context, s *ent.Station) ([]*model.ConnectionURL, error) {
	tenant, err := r.ent().Tenant.Get(ctx, s.TenantID)
	if err != nil {
		return nil, fmt.Errorf("load the tenant of the station's URL: %w", err)
	}
	urls := r.Charging.ConnectionURLs(tenant.Slug, s.Identity)
	out := make([]*model.ConnectionURL, len(urls))
	for i, u := range urls {
		out[i] = &model.ConnectionURL{URL: u.URL, Secure: u.Secure, Note: u.Note}
	}
	return out, nil
}

func tariffPayload(t *ent.Tariff) *model.TariffPayload { return &model.TariffPayload{Tariff: t} }
