package charging

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// Display messages and cost on the display (OCPP 2.0.1 Part 2, functional blocks O and I).

// DisplayMessage is what a station is to show.
type DisplayMessage struct {
	// ID is the number of a message that is replaced; 0 makes one.
	ID int
	// Priority is AlwaysFront, InFront or NormalCycle.
	Priority string
	// State is the state of the station in which it shows: Charging, Faulted, Idle, Unavailable; empty for any.
	State    string
	From, To *time.Time
	// Session limits it to one session.
	Session  uuid.UUID
	Contents []DisplayContent
}

// DisplayContent is the text of a message in one language.
type DisplayContent struct {
	// Format is ASCII, HTML, URI or UTF8.
	Format, Language, Content string
}

func (c DisplayContent) fields() fields {
	return fields{"format": c.Format, "content": c.Content}.put("language", c.Language)
}

// SetDisplayMessage has a station show a message.
func (s *Service) SetDisplayMessage(ctx context.Context, station uuid.UUID, m DisplayMessage, wait int) (*ent.Command, error) {
	switch {
	case len(m.Contents) == 0:
		return nil, fault.In("contents", "A message needs a text.")
	case m.From != nil && m.To != nil && !m.To.After(*m.From):
		return nil, fault.In("to", "The message would end before it begins.")
	}
	if m.ID == 0 {
		id, err := s.requestID(ctx)
		if err != nil {
			return nil, err
		}
		m.ID = int(id)
	}
	info := fields{"id": m.ID, "priority": m.Priority, "message": m.Contents[0].fields()}.put("state", m.State).
		put("startDateTime", m.From).put("endDateTime", m.To)
	if len(m.Contents) > 1 {
		var extra []fields
		for _, c := range m.Contents[1:] {
			extra = append(extra, c.fields())
		}
		info["messageExtra"] = extra
	}
	order := func(t target, session *ent.ChargingSession) (Order, error) {
		o := MessageOrder{
			Action: "SetDisplayMessage", Payload: fields{"message": info}, Writes: true, Kind: SettingDisplayMessage,
			Puts: []Setting{{Key: strconv.Itoa(m.ID), Summary: m.Contents[0].Content, Data: info.json()}},
		}
		if session != nil {
			if session.StationID != station {
				return nil, fault.In("sessionId", "The session is not one of this station.")
			}
			info["transactionId"], o.Session = session.OcppTransactionID, session.ID
			o.Puts[0].Data = info.json()
		}
		return o, nil
	}
	if m.Session != uuid.Nil {
		return s.ofSession(ctx, m.Session, tenancy.StationConfigure, order, wait)
	}
	o, err := order(target{}, nil)
	if err != nil {
		return nil, err
	}
	return s.Order(ctx, station, o, wait)
}

// DisplayMessages asks a station which messages it shows: all, or those that are named or of a kind.
func (s *Service) DisplayMessages(ctx context.Context, station uuid.UUID, ids []int, priority, state string, wait int) (*ent.Command, error) {
	r, err := s.expecting(ctx, ReportOfDisplayMessages, len(ids) == 0 && priority == "" && state == "")
	if err != nil {
		return nil, err
	}
	return s.Order(ctx, station, MessageOrder{
		reporting: r, Action: "GetDisplayMessages",
		Payload: fields{"requestId": r.RequestID}.put("id", ids).put("priority", priority).put("state", state),
	}, wait)
}

// ClearDisplayMessage has a station show a message no more.
func (s *Service) ClearDisplayMessage(ctx context.Context, station uuid.UUID, id, wait int) (*ent.Command, error) {
	return s.Order(ctx, station, MessageOrder{
		Action: "ClearDisplayMessage", Payload: fields{"id": id}, Writes: true, Kind: SettingDisplayMessage, Drops: []string{strconv.Itoa(id)},
	}, wait)
}

// ShowCost has a station show what a session costs so far, in the currency that it is set to.
func (s *Service) ShowCost(ctx context.Context, session uuid.UUID, total string, wait int) (*ent.Command, error) {
	return s.ofSession(ctx, session, tenancy.StationCommand, func(_ target, session *ent.ChargingSession) (Order, error) {
		cost, err := exact(total)
		if err != nil {
			return nil, fault.In("totalCost", "%q is not an amount such as 12.50.", fault.Printable(total))
		}
		return MessageOrder{
			Action: "CostUpdated", Payload: fields{"totalCost": cost, "transactionId": session.OcppTransactionID}, Session: session.ID,
		}, nil
	}, wait)
}
