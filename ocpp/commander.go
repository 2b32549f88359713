package ocpp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// commander carries the domain's commands to sockets, on this node or another.
type commander struct{ server *Server }

// peerRequest is what nodes ask of each other.
type peerRequest struct {
	Kind    string         `json:"kind"`
	Station uuid.UUID      `json:"station"`
	Epoch   int64          `json:"epoch,omitempty"`
	Reason  string         `json:"reason,omitempty"`
	Call    *charging.Call `json:"call,omitempty"`
}

// peerReply carries an answer or a fault back.
type peerReply struct {
	Answer charging.Answer `json:"answer"`
	Code   fault.Code      `json:"code,omitempty"`
	Detail string          `json:"detail,omitempty"`
}

const (
	peerCall       = "call"
	peerEvict      = "evict"
	peerDisconnect = "disconnect"
)

func nodeSubject(node string) (bus.Subject, error) {
	return bus.NewSubject("node", nodeToken(node), "ocpp")
}

// nodeToken makes a node's name fit for a subject, which has no dots.
func nodeToken(node string) string {
	out := []rune(node)
	for i, r := range out {
		if r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			out[i] = '_'
		}
	}
	return string(out)
}

// answerPeers serves the requests of other nodes.
func (s *Server) answerPeers() error {
	subject, err := nodeSubject(s.charging.Node())
	if err != nil {
		return fmt.Errorf("the node's name %q can't be used: %w", s.charging.Node(), err)
	}
	unhandle, err := s.bus.Handle(subject, s.answerPeer)
	if err != nil {
		return fmt.Errorf("answer other nodes: %w", err)
	}
	s.unhandle = append(s.unhandle, unhandle)
	return nil
}

func (s *Server) answerPeer(ctx context.Context, payload []byte) ([]byte, error) {
	var request peerRequest
	if err := json.Unmarshal(payload, &request); err != nil {
		return nil, fmt.Errorf("read a node's request: %w", err)
	}
	var reply peerReply
	c := s.connection(request.Station)
	switch {
	case c == nil:
		reply.Code, reply.Detail = charging.ErrStationOffline.Code, charging.ErrStationOffline.Message
	case request.Kind == peerEvict && c.link.Epoch < request.Epoch:
		c.superseded()
	case request.Kind == peerDisconnect:
		c.closeSoon(websocket.StatusPolicyViolation, request.Reason)
	case request.Kind == peerCall && request.Call != nil:
		answer, err := s.deliver(ctx, *request.Call, request.Station)
		reply.Answer = answer
		if err != nil {
			f := fault.Of(err)
			if f == nil {
				f = charging.ErrConnectionLost
			}
			reply.Code, reply.Detail = f.Code, f.Message
		}
	}
	return json.Marshal(reply)
}

// Prepare writes an order as a call of the version.
func (k *commander) Prepare(version string, order charging.Order) (charging.Call, error) {
	d := dialectOf(version)
	if d == nil {
		return charging.Call{}, fault.New(fault.Invalid, "OCPP %s is not spoken here.", version)
	}
	switch o := order.(type) {
	case charging.RawOrder:
		return prepareRaw(d, o)
	case charging.MessageOrder:
		return prepareMessage(d, o)
	}
	message, action, err := d.prepare(order)
	if err != nil {
		return charging.Call{}, err
	}
	payload, err := schema.Encode(message)
	if err != nil {
		var invalid *schema.InvalidError
		if errors.As(err, &invalid) {
			v := invalid.Violations[0]
			return charging.Call{}, fault.In(v.Path, "OCPP %s doesn't allow this: %s: %s.", version, v.Path, v.What)
		}
		return charging.Call{}, fmt.Errorf("write %s: %w", action, err)
	}
	return charging.Call{MessageID: frame.NewID(), Action: action, Payload: payload}, nil
}

// Send delivers a call and waits for its answer. A call to this node's own stations doesn't take the bus.
func (k *commander) Send(ctx context.Context, to charging.Address, call charging.Call) (charging.Answer, error) {
	if to.Node == k.server.charging.Node() {
		return k.server.deliver(ctx, call, to.Station)
	}
	reply, err := k.ask(ctx, to.Node, peerRequest{Kind: peerCall, Station: to.Station, Call: &call})
	if err != nil {
		return charging.Answer{}, err
	}
	if reply.Code != "" {
		return reply.Answer, fault.New(reply.Code, "%s", reply.Detail)
	}
	return reply.Answer, nil
}

func (k *commander) ask(ctx context.Context, node string, request peerRequest) (peerReply, error) {
	var reply peerReply
	subject, err := nodeSubject(node)
	if err != nil {
		return reply, charging.ErrStationOffline
	}
	payload, err := json.Marshal(request)
	if err != nil {
		return reply, fmt.Errorf("write a request to node %s: %w", node, err)
	}
	answer, err := k.server.bus.Request(ctx, subject, payload)
	switch {
	case errors.Is(err, bus.ErrNoResponder):
		return reply, charging.ErrStationOffline
	case errors.Is(err, context.DeadlineExceeded):
		return reply, charging.ErrCallTimeout
	case err != nil:
		return reply, charging.ErrConnectionLost
	}
	if err := json.Unmarshal(answer, &reply); err != nil {
		return reply, fmt.Errorf("read the reply of node %s: %w", node, err)
	}
	return reply, nil
}

// Interpret says what an answer means in the version.
func (k *commander) Interpret(version string, call charging.Call, answer charging.Answer) (charging.Outcome, error) {
	d := dialectOf(version)
	if d == nil {
		return charging.Outcome{}, fmt.Errorf("OCPP %s is not spoken here", version)
	}
	return d.interpret(call, answer.Payload)
}

// Evict tells a node that it lost a station. A node that is gone needs no telling.
func (k *commander) Evict(ctx context.Context, node string, station uuid.UUID, epoch int64) {
	_, _ = k.ask(ctx, node, peerRequest{Kind: peerEvict, Station: station, Epoch: epoch})
}

// Disconnect closes a station's connection, wherever it is.
func (k *commander) Disconnect(ctx context.Context, to charging.Address, reason string) {
	if c := k.server.connection(to.Station); c != nil {
		c.closeSoon(websocket.StatusPolicyViolation, reason)
		return
	}
	if to.Node != "" && to.Node != k.server.charging.Node() {
		_, _ = k.ask(ctx, to.Node, peerRequest{Kind: peerDisconnect, Station: to.Station, Reason: reason})
	}
}

func dialectOf(version string) dialect {
	for _, d := range dialects {
		if d.version().String() == version {
			return d
		}
	}
	return nil
}
