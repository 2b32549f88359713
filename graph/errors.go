package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

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
		if inputError(err) {
			return told(out, fault.New(fault.Invalid, "%s", err.Error()))
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

// inputError reports whether gqlgen could not read an argument; its message names what was given.
func inputError(err error) bool {
	var gql *gqlerror.Error
	return errors.As(err, &gql) && gql.Path != nil && gql.Err != nil && gql.Extensions["code"] == nil && isUnmarshal(gql.Err)
}

func isUnmarshal(err error) bool {
	var number *graphql.NumberOverflowError
	return errors.As(err, &number)
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
