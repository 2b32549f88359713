// Package fault owns the one kind of error that callers are told about: a code for programs, a message for people, and the
// field at fault. Anything else that goes wrong is ours, and callers learn only a request id.
package fault

import (
	"errors"
	"fmt"
)

// Code sorts faults, the same way on every interface.
type Code string

// The codes of the public interface.
const (
	Unauthenticated Code = "UNAUTHENTICATED"
	Forbidden       Code = "FORBIDDEN"
	NotFound        Code = "NOT_FOUND"
	Invalid         Code = "INVALID"
	Conflict        Code = "CONFLICT"
	Limit           Code = "LIMIT"
	StationOffline  Code = "STATION_OFFLINE"
	Timeout         Code = "TIMEOUT"
	Unavailable     Code = "UNAVAILABLE"
)

// Error is a fault that the caller is told about. Message says what happened and what to do.
type Error struct {
	Code    Code
	Field   string
	Message string
	cause   error
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause, for the log; it is never shown.
func (e *Error) Unwrap() error { return e.cause }

// New makes a fault.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// In names the input field at fault.
func In(field, format string, args ...any) *Error {
	return &Error{Code: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Because keeps a cause for the log.
func (e *Error) Because(cause error) *Error {
	e.cause = cause
	return e
}

// Missing says that something is not there, or not there for this caller: the two look alike on purpose.
func Missing(what string) *Error {
	return New(NotFound, "There is no such %s.", what)
}

// Lacking refuses somebody whose role doesn't include a permission.
func Lacking[P ~string](permission P) *Error {
	return New(Forbidden, "Your role doesn't include %s here: ask an admin of the tenant.", permission)
}

// Of finds the fault in an error, or nil.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Is reports whether an error is a fault of the code.
func Is(err error, code Code) bool {
	e := Of(err)
	return e != nil && e.Code == code
}
