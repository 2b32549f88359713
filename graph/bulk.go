package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/busbar-ev/busbar/graph/generated"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Commands gives any command of the interface to a station from inside: what a bulk command asks of each of its stations goes
// through the same checks as if somebody had asked for that station alone.
type Commands struct {
	executor *executor.Executor
	schema   *ast.Schema
}

// NewCommands makes the inner way to the mutations that give commands.
func NewCommands(r *Resolver) *Commands {
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: r, Directives: directives})
	e := executor.New(schema)
	e.SetErrorPresenter(present(r.Logger))
	e.SetRecoverFunc(recovered(r.Logger))
	return &Commands{e, schema.Schema()}
}

// mutation finds a command that can be given to one station after the other.
func (c *Commands) mutation(command string) (*ast.FieldDefinition, error) {
	m := c.schema.Mutation.Fields.ForName(command)
	if m == nil || m.Type.Name() != "Command" || m.Arguments.ForName("input") == nil ||
		c.schema.Types[m.Arguments.ForName("input").Type.Name()].Fields.ForName("stationId") == nil {
		return nil, fault.In("command", "%q is no command that is given to stations: name the mutation, such as resetStation.", command)
	}
	return m, nil
}

// operation checks a command and its parameters for a station.
func (c *Commands) operation(ctx context.Context, station uuid.UUID, command string, parameters json.RawMessage) (*graphql.OperationContext, error) {
	m, err := c.mutation(command)
	if err != nil {
		return nil, err
	}
	input := map[string]any{}
	if len(parameters) > 0 {
		d := json.NewDecoder(bytes.NewReader(parameters))
		d.UseNumber()
		if err := d.Decode(&input); err != nil || input == nil {
			return nil, fault.In("parameters", "They are an object with the input of %s, without the station.", command)
		}
	}
	input["stationId"] = station.String()
	query := fmt.Sprintf("mutation($input: %s) { %s(input: $input, wait: 0) { id } }", m.Arguments.ForName("input").Type, command)
	op, errs := c.executor.CreateOperationContext(graphql.StartOperationTrace(ctx), &graphql.RawParams{Query: query, Variables: map[string]any{"input": input}})
	if len(errs) > 0 {
		where := strings.TrimPrefix(errs[0].Path.String(), "variable.input.")
		return nil, fault.In("parameters", "%s can't be given like this: %s %s.", command, where, errs[0].Message)
	}
	return op, nil
}

// Check says why a command can't be given with such parameters, or which permission it takes.
func (c *Commands) Check(ctx context.Context, command string, parameters json.RawMessage) (tenancy.Permission, error) {
	if _, err := c.operation(ctx, uuid.Nil, command, parameters); err != nil {
		return "", err
	}
	m, err := c.mutation(command)
	if err != nil {
		return "", err
	}
	return tenancy.Permission(m.Directives.ForName("permission").Arguments.ForName("requires").Value.Raw), nil
}

// Carry gives a command to a station and returns the command's id, without waiting for the station.
func (c *Commands) Carry(ctx context.Context, station uuid.UUID, command string, parameters json.RawMessage) (uuid.UUID, error) {
	op, err := c.operation(ctx, station, command, parameters)
	if err != nil {
		return uuid.Nil, err
	}
	respond, ctx := c.executor.DispatchOperation(graphql.StartOperationTrace(ctx), op)
	response := respond(ctx)
	if len(response.Errors) > 0 {
		return uuid.Nil, faultOf(response.Errors[0])
	}
	data := map[string]struct{ ID uuid.UUID }{}
	if err := json.Unmarshal(response.Data, &data); err != nil {
		return uuid.Nil, fmt.Errorf("read the answer of %s: %w", command, err)
	}
	return data[command].ID, nil
}

// faultOf is the fault behind an error as clients read it.
func faultOf(err *gqlerror.Error) error {
	code, _ := err.Extensions["code"].(string)
	field, _ := err.Extensions["field"].(string)
	return &fault.Error{Code: fault.Code(code), Message: err.Message, Field: field}
}

func (r *Resolver) startBulk(ctx context.Context, input model.StartBulkCommandInput) (*model.BulkCommandPayload, error) {
	request := charging.BulkRequest{
		Name: or(input.Name), Command: input.Command, Parameters: []byte(or(input.Parameters)), Stations: input.StationIds, PerMinute: 60,
		Permission: tenancy.StationCommand,
	}
	if input.PerMinute != nil {
		request.PerMinute = *input.PerMinute
	}
	if len(request.Parameters) == 0 {
		request.Parameters = json.RawMessage("{}")
	}
	// Whether the stations are the viewer's comes first: whoever doesn't see them learns nothing else.
	if err := r.Charging.SeesStations(ctx, input.StationIds); err != nil {
		return nil, err
	}
	permission, err := r.Commands.Check(ctx, input.Command, request.Parameters)
	if err != nil {
		return nil, err
	}
	request.Permission = permission
	started, err := r.Charging.StartBulk(ctx, request)
	return payload(started, err, bulkPayload)
}
