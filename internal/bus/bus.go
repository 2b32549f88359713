// Package bus owns live events and calls between nodes. It carries ids and hints, never a
// record: whoever receives an event fetches the object through the walls of the database, and
// an event that is lost costs a refetch, never data.
//
//	Publish ─▶ subject ─▶ index of patterns ─▶ Subscription.C of each match, never waiting
//	Request ─▶ subject ─▶ the one handler, on this node or on another ─▶ answer
//
// Memory serves a single node. NATS joins many: what happens on this node is delivered here
// directly, and goes out to the nodes that have a subscriber for it.
//
// Subjects are lists of tokens, tenant first. They are made by constructors that refuse
// wildcards, so an id can't widen what its bearer sees; see Subject.
package bus

import (
	"context"
	"errors"
	"fmt"
)

// Bus is implemented by Memory and NATS, and one contract test runs against both.
type Bus interface {
	// Publish delivers to every subscription that matches, and never waits for a slow one. The
	// payload is copied where needed; receivers must not change it. An error means that nobody
	// will be told, because of misuse (too large, closed). While other nodes can't be reached
	// it is nil: their subscribers get a Missed event once they can.
	Publish(ctx context.Context, subject Subject, payload []byte) error

	// Subscribe opens a subscription that holds up to buffer events. When it returns, every
	// event published afterwards is either delivered or covered by an event with Missed.
	Subscribe(pattern Pattern, buffer int) (*Subscription, error)

	// Handle makes h the one answerer of a subject, for example the connection of a station. A
	// later Handle of the same subject, on any node, takes its place, and the unhandle of the
	// earlier one then does nothing. Calls run concurrently; their context ends with the
	// requester's deadline or with the bus.
	Handle(subject Subject, h Handler) (unhandle func(), err error)

	// Request calls the subject's handler and returns its answer. The context bounds it, and
	// so does DefaultTimeout. ErrNoResponder: nobody handles the subject. *HandlerError: the
	// handler refused. ErrUnavailable: other nodes can't be reached right now.
	Request(ctx context.Context, subject Subject, payload []byte) ([]byte, error)

	// Close ends every subscription and waits for running handlers, whose context ends.
	Close() error
}

// Handler answers requests. Only the text of its error reaches the requester.
type Handler func(ctx context.Context, payload []byte) ([]byte, error)

// Event is one delivery.
type Event struct {
	Subject Subject
	Payload []byte
	// Missed says that events before this one did not reach the subscription: fetch anew. With
	// a zero Subject and no payload the event says nothing else.
	Missed bool
}

// Errors a caller can tell apart.
var (
	ErrNoResponder = errors.New("nobody answers this subject")
	ErrUnavailable = errors.New("the message bus can't be reached right now; try again in a moment")
	ErrClosed      = errors.New("the message bus is closed")
)

// HandlerError is a handler's refusal as the requester sees it. It is the same whether the
// handler runs here or on another node.
type HandlerError struct{ Message string }

func (e *HandlerError) Error() string { return e.Message }

// MaxPayload bounds an event, a request and an answer, in bytes. Events carry ids; what is
// large is fetched.
const MaxPayload = 512 << 10

var errNoSubject = errors.New("bus: the subject is empty")

func checkMessage(subject Subject, payload []byte) error {
	if subject.text == "" {
		return errNoSubject
	}
	if len(payload) > MaxPayload {
		return fmt.Errorf("%s: a message of %d bytes is too large for the bus, at most %d are allowed", subject, len(payload), MaxPayload)
	}
	return nil
}

func checkSubscribe(p Pattern, buffer int) error {
	if p.kind == none {
		return errors.New("subscribe: the pattern is empty")
	}
	if buffer < 1 {
		return fmt.Errorf("subscribe to %s: the buffer must hold at least one event, not %d", p, buffer)
	}
	return nil
}
