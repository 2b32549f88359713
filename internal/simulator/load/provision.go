package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// registered is a station that the server knows.
type registered struct {
	ID       string
	Identity string
}

// api is the server's GraphQL API, as an app uses it.
type api struct {
	url    *url.URL
	key    string
	client *http.Client
}

func newAPI(base *url.URL, key string) *api {
	return &api{url: base.JoinPath("graphql"), key: key, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}}}
}

// do runs an operation.
func (a *api) do(ctx context.Context, query string, variables, result any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+a.key)
	response, err := a.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err != nil {
		return err
	}
	var reply struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(raw, &reply); err != nil {
		return fmt.Errorf("the server answered %s with no JSON: %.200s", response.Status, raw)
	}
	if len(reply.Errors) > 0 {
		return errors.New(reply.Errors[0].Message)
	}
	return json.Unmarshal(reply.Data, result)
}

// perRequest is how many stations one request adds.
const perRequest = 20

// add registers stations through the API.
func (a *api) add(ctx context.Context, identities []string, password string) ([]registered, error) {
	var all []registered
	for len(identities) > 0 {
		some := identities[:min(perRequest, len(identities))]
		identities = identities[len(some):]
		var params, fields strings.Builder
		variables := map[string]any{}
		for i, identity := range some {
			fmt.Fprintf(&params, "$i%d: AddStationInput! ", i)
			fmt.Fprintf(&fields, "s%d: addStation(input: $i%d) { station { id identity } }\n", i, i)
			variables[fmt.Sprintf("i%d", i)] = map[string]any{
				"identity": identity, "password": password, "evses": []any{map[string]any{"evseNo": 1}},
			}
		}
		var result map[string]struct{ Station registered }
		if err := a.do(ctx, "mutation("+params.String()+") {\n"+fields.String()+"}", variables, &result); err != nil {
			return nil, fmt.Errorf("add stations: %w", err)
		}
		for i := range some {
			all = append(all, result[fmt.Sprintf("s%d", i)].Station)
		}
	}
	return all, nil
}

// clone registers stations by copying the row of one: what would take minutes through the API takes a second. They share its
// password, and count as onboarded, so that a connection that should be idle is.
func clone(ctx context.Context, db *pgx.Conn, original registered, identities []string) ([]registered, error) {
	rows, err := db.Query(ctx, `
		insert into stations select (jsonb_populate_record(s, jsonb_build_object(
			'id', gen_random_uuid(), 'identity', n.identity, 'name', n.identity, 'firmware_version', $3::text,
			'onboarding', 'ONBOARDED', 'onboarded_at', now(), 'registration_status', 'ACCEPTED', 'booted_at', now(), 'inventory_at', now()))).*
		from stations s, unnest($2::text[]) n(identity) where s.id = $1
		returning id::text, identity`, original.ID, identities, firmware)
	if err != nil {
		return nil, fmt.Errorf("copy a station's row: %w", err)
	}
	made, err := pgx.CollectRows(rows, pgx.RowToStructByPos[registered])
	if err != nil {
		return nil, fmt.Errorf("copy a station's row: %w", err)
	}
	_, err = db.Exec(ctx, "analyze stations")
	return made, err
}

// stored is what the server has stored.
type stored struct {
	calls, results            map[string]uint64 // by action
	samples, statuses, orders uint64
}

// count reads how much is stored.
func count(ctx context.Context, db *pgx.Conn) (s stored, err error) {
	s.calls, s.results = map[string]uint64{}, map[string]uint64{}
	rows, err := db.Query(ctx, `select action, direction = 'RECEIVED', count(*) from ocpp_messages
		where (direction = 'RECEIVED' and type = 'CALL') or (direction = 'SENT' and type = 'CALLRESULT') group by 1, 2`)
	if err != nil {
		return s, fmt.Errorf("count the stored messages: %w", err)
	}
	var action string
	var received bool
	var n uint64
	_, err = pgx.ForEachRow(rows, []any{&action, &received, &n}, func() error {
		if received {
			s.calls[action] = n
		} else {
			s.results[action] = n
		}
		return nil
	})
	if err != nil {
		return s, fmt.Errorf("count the stored messages: %w", err)
	}
	err = db.QueryRow(ctx, `select (select count(*) from meter_values), (select count(*) from status_changes),
		(select count(*) from ocpp_messages where direction = 'SENT' and type = 'CALL')`).Scan(&s.samples, &s.statuses, &s.orders)
	if err != nil {
		return s, fmt.Errorf("count the stored samples and statuses: %w", err)
	}
	return s, nil
}

func (s stored) minus(before stored) stored {
	less := func(have, had map[string]uint64) map[string]uint64 {
		rest := maps.Clone(have)
		for action, n := range had {
			rest[action] -= n
		}
		return rest
	}
	return stored{
		calls: less(s.calls, before.calls), results: less(s.results, before.results),
		samples: s.samples - before.samples, statuses: s.statuses - before.statuses, orders: s.orders - before.orders,
	}
}

// due is what has to be stored of what was answered.
type due struct {
	messages          map[string]uint64 // by action
	samples, statuses uint64
}

// add puts what stations of a version were answered.
func (d *due) add(v *version, answered [kinds]uint64) {
	if d.messages == nil {
		d.messages = map[string]uint64{}
	}
	for kind, action := range v.actions {
		d.messages[action] += answered[kind]
	}
	d.samples += samplesPerMessage * answered[meterValues]
	d.statuses += answered[status]
}

// missing says what was answered and isn't stored. A message that was stored and whose answer never arrived is no fault.
func (s stored) missing(d due) []string {
	var list []string
	check := func(what string, have, want uint64) {
		if have < want {
			list = append(list, fmt.Sprintf("%d of %d %s are not stored", want-have, want, what))
		}
	}
	for _, action := range slices.Sorted(maps.Keys(d.messages)) {
		check(action+" messages", s.calls[action], d.messages[action])
		check(action+" answers", s.results[action], d.messages[action])
	}
	check("samples", s.samples, d.samples)
	check("statuses", s.statuses, d.statuses)
	return list
}
