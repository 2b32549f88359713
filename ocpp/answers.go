package ocpp

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// handleAnswer gives a station's answer to whoever waits for it. One that nobody waits for is logged and has no effect.
func (c *conn) handleAnswer(f frame.Frame, raw []byte, at time.Time) {
	p := c.calls.match(f.ID)
	if p == nil {
		row := c.message(f, raw, at, journal.Received)
		row.Repairs = append(row.Repairs, "an answer to nothing that is waited for: it came late, or its id is not one of ours")
		row.Raw = raw
		c.keep(row)
		return
	}
	f.Action = p.Action
	row := c.message(f, raw, at, journal.Received)
	answer := charging.Answer{Payload: row.Payload}
	switch {
	case f.Type == frame.CallError:
		c.keep(row)
		answer.ErrorCode, answer.ErrorDescription = f.ErrorCode, f.ErrorDescription
		if answer.ErrorCode == "" {
			answer.ErrorCode = "GenericError"
		}
	default:
		c.invite(p.Call, f.Payload)
		if err := c.checkAnswer(p.Action, f.Payload); err != nil {
			row.Repairs, row.Raw = append(row.Repairs, err.Error()), raw
			c.complain(row, err)
		} else {
			c.keep(row)
		}
	}
	p.answer <- answered{Answer: answer}
}

// checkAnswer says what is wrong with an answer, where the version has a message to tell the station.
func (c *conn) checkAnswer(action string, payload []byte) *schema.Error {
	a, known := c.dialect.actions()[action]
	if !known || a.NewResponse == nil || c.dialect.version() != schema.V21 {
		return nil
	}
	_, _, err := v21.DecodeResponse(action, payload)
	var wrong *schema.Error
	if err == nil || errors.As(err, &wrong) {
		return wrong
	}
	return &schema.Error{Code: schema.FormatViolation, Description: err.Error()}
}

// complain logs an answer that makes no sense and tells the station so with a CALLRESULTERROR (OCPP 2.1 Part 4 §4.2.4).
func (c *conn) complain(row journal.Message, wrong *schema.Error) {
	name := wrong.Code.Spell(c.dialect.version())
	details, _ := json.Marshal(map[string]string{"errorCode": name, "errorDescription": wrong.Description}) // two strings always marshal
	told := journal.Message{
		Origin: c.link.Origin, ID: journal.NewID(), At: time.Now(), Direction: journal.Sent, Type: journal.CallResultError, Action: row.Action,
		MessageID: row.MessageID, Payload: details, ErrorCode: name,
	}
	c.entry.Reset()
	c.entry.Messages = append(c.entry.Messages, row, told)
	if err := c.store(); err != nil {
		return
	}
	c.server.charging.MessagesLogged(c.ctx, c.link.Origin, row.Action, row.ID, told.ID)
	_ = c.write(frame.AppendCallResultError(nil, row.MessageID, name, wrong.Description, nil))
}

// unreadableAnswer takes a frame that is an answer by its type and no answer otherwise. Whoever waits for it needn't wait longer.
func (c *conn) unreadableAnswer(row journal.Message, broken *frame.Error) {
	p := c.calls.match(broken.ID)
	if p == nil {
		c.keep(row)
		return
	}
	row.Action = p.Action
	if broken.Type == frame.CallResult && c.dialect.version() == schema.V21 {
		c.complain(row, &schema.Error{Code: broken.Code, Description: broken.Description})
	} else {
		c.keep(row)
	}
	p.answer <- answered{err: fault.New(unreadableAnswer, "The station's answer can't be understood: %s. It may have carried the command out.", broken.Description)}
}

// handleComplaint takes a station's word that it can't read an answer of ours (OCPP 2.1 Part 4 §4.2.4). What the call did stays done.
func (c *conn) handleComplaint(f frame.Frame, raw []byte, at time.Time) {
	if c.last.reply != nil && c.last.id == f.ID {
		f.Action = c.last.action
		c.server.logger.Warn("a station can't read an answer of ours", "station", c.link.Identity, "action", f.Action, "code", f.ErrorCode, "description", f.ErrorDescription)
	} else {
		f.Repairs = append(f.Repairs, schema.Repair{Kind: schema.KindEnvelope, What: "an error about an answer that isn't the last one sent on this connection"})
	}
	c.keep(c.message(f, raw, at, journal.Received))
}
