package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// codes of gqlgen's own errors, in the words of the public interface.
var codes = map[string]fault.Code{
	errcode.ValidationFailed:    fault.Invalid,
	errcode.ParseFailed:         fault.Invalid,
	"COMPLEXITY_LIMIT_EXCEEDED": fault.Limit,
}

// present is the one place where an error becomes what a client reads: a code, a message to act on, and the field at fault.
// What went wrong on our side carries the request's id and tells nothing else.
func present(logger *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		out := graphql.DefaultErrorPresenter(ctx, err)
		if f := fault.Of(err); f != nil {
			return told(out, f)
		}
		if ent.IsNotFound(err) {
			return told(out, fault.Missing("object"))
		}
		if ent.IsValidationError(err) {
			return told(out, fault.New(fault.Invalid, "%s", err.Error()))
		}
		var gql *gqlerror.Error
		if errors.As(err, &gql) && gql.Err == nil {
			code, _ := gql.Extensions["code"].(string)
			if known, ok := codes[code]; ok {
				return told(out, &fault.Error{Code: known, Message: gql.Message})
			}
			if code == "" || !isCode(code) {
				return told(out, &fault.Error{Code: fault.Invalid, Message: gql.Message})
			}
			return out
		}
		if errors.Is(err, context.Canceled) {
			return told(out, fault.New(fault.Timeout, "The request was cancelled."))
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return told(out, fault.New(fault.Timeout, "The request took too long."))
		}
		if f := inputError(err); f != nil {
			return told(out, f)
		}
		id := requestID(ctx)
		logger.Error("a request failed", "request", id, "path", graphql.GetPath(ctx).String(), "error", err)
		return told(out, fault.New(fault.Unavailable, "Something went wrong on our side. Try again; if it stays, quote request %s to support.", id))
	}
}

func told(out *gqlerror.Error, f *fault.Error) *gqlerror.Error {
	out.Message = f.Message
	out.Err = nil
	out.Extensions = map[string]any{"code": string(f.Code)}
	if f.Field != "" {
		out.Extensions["field"] = f.Field
	}
	return out
}

func isCode(code string) bool {
	switch fault.Code(code) {
	case fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Invalid, fault.Conflict, fault.Limit, fault.StationOffline,
		fault.Timeout, fault.Unavailable:
		return true
	}
	return false
}

// inputError finds an argument that couldn't be read. gqlgen wraps those, and nothing else, with the argument's path before they
// come here.
func inputError(err error) *fault.Error {
	var gql *gqlerror.Error
	if !errors.As(err, &gql) || gql.Err == nil || len(gql.Path) < 2 {
		return nil
	}
	field := gql.Path[1:].String()
	return fault.In(field, "%s can't be read: %s.", field, strings.TrimSuffix(gql.Err.Error(), "."))
}

// recovered turns a panic into an error of ours, with the stack in the log.
func recovered(logger *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, panicked any) error {
		logger.Error("a resolver panicked", "request", requestID(ctx), "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
		return fmt.Errorf("panic: %v", panicked)
	}
}

func requestID(ctx context.Context) string {
	v, err := tenancy.FromContext(ctx)
	if err != nil || v.RequestID == "" {
		return "unknown"
	}
	return v.RequestID
}
