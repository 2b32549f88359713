package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// auditPatience bounds how long an answer waits for its refusals to be noted.
const auditPatience = 5 * time.Second

// noteRefusals writes what somebody tried without the right to it into the log of who did what: the mutations that were answered
// FORBIDDEN, by the schema's @permission or by the domain. A request that repeats one makes one line with a count, so that it
// can't flood the log.
func noteRefusals(r *Resolver) graphql.ResponseMiddleware {
	return func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		response := next(ctx)
		if response == nil || len(response.Errors) == 0 {
			return response
		}
		if refused := refusedMutations(ctx, response); len(refused) > 0 {
			if err := r.writeRefusals(ctx, refused); err != nil {
				r.Logger.Error("a refused attempt can't be noted in the audit log", "request", requestID(ctx), "error", err)
			}
		}
		return response
	}
}

// refusal is a mutation that was refused.
type refusal struct {
	mutation, reason string
	times            int
}

func refusedMutations(ctx context.Context, response *graphql.Response) []*refusal {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation == nil || operation.Operation.Operation != ast.Mutation {
		return nil
	}
	// An alias is the caller's word; the field is what they tried.
	names := map[ast.PathElement]string{}
	for _, f := range graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Mutation"}) {
		names[ast.PathName(f.Alias)] = f.Name
	}
	var refused []*refusal
	byName := map[string]*refusal{}
	for _, e := range response.Errors {
		if len(e.Path) != 1 || e.Extensions["code"] != string(fault.Forbidden) {
			continue
		}
		name := names[e.Path[0]]
		if byName[name] == nil {
			byName[name] = &refusal{mutation: name, reason: e.Message}
			refused = append(refused, byName[name])
		}
		byName[name].times++
	}
	return refused
}

// writeRefusals notes refusals as the viewer who was refused. Whoever is confined to networks writes into the first of theirs,
// because nothing else is open to them.
func (r *Resolver) writeRefusals(ctx context.Context, refused []*refusal) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil || v.Tenant == uuid.Nil {
		return nil // nobody's log to write into
	}
	if v.Kind == tenancy.KindDriver {
		// The role of drivers writes no log.
		v = tenancy.OnBehalfOf(v)
		ctx = tenancy.NewContext(ctx, v)
	}
	network := uuid.Nil
	if networks := v.Networks(); len(networks) > 0 {
		network = networks[0]
	}
	// The attempt is noted even if whoever made it has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditPatience)
	defer cancel()
	return r.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, f := range refused {
			err := audit.Write(ctx, tx, audit.Event{
				Action: "api." + f.mutation, Outcome: audit.Refused, Network: network,
				Details: map[string]any{"reason": f.reason, "times": f.times},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
