package ocpp

import (
	"bytes"
	"encoding/json"
	"errors"
	"hash/maphash"
	"time"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/journal"
	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// Between attempts at a handler while the database is away.
const firstRetry, lastRetry = 50 * time.Millisecond, time.Second

// exchange is one call of a station and its answer.
type exchange struct {
	c       *conn
	frame   frame.Frame
	raw     []byte
	at      time.Time
	repairs []schema.Repair

	// reply is the frame that goes out, once the answer is known.
	reply []byte
	// stored is set when a transaction of the domain has stored the exchange.
	stored bool
	rows   [2]journal.Message
	// after runs once the answer has left.
	after func()
}

// lastAnswer lets a connection answer an exact repeat as it did the first time, without a second effect, and tells what the station
// can't read when it says so.
type lastAnswer struct {
	hash       uint64
	reply      []byte
	id, action string
}

var hashSeed = maphash.MakeSeed()

// handle does what a message asks for and returns once it is answered.
func (c *conn) handle(raw []byte, at time.Time) {
	f, err := frame.Parse(raw)
	if err != nil {
		c.unreadable(raw, at, err)
		return
	}
	switch {
	case !f.Type.In(c.dialect.version()):
		c.handleForeign(f, raw, at)
	case f.Type == frame.Call:
		c.handleCall(f, raw, at)
	case f.Type == frame.Send:
		c.handleSend(f, raw, at)
	case f.Type == frame.CallResultError:
		c.handleComplaint(f, raw, at)
	default:
		c.handleAnswer(f, raw, at)
	}
}

// handleForeign takes a message of a type that the version doesn't have. OCPP 2.0.1 answers it (Part 4 §4.1.3); in 1.6 it is only
// logged.
func (c *conn) handleForeign(f frame.Frame, raw []byte, at time.Time) {
	what := "OCPP " + c.dialect.version().String() + " has no message type " + f.Type.String()
	if c.dialect.version() == schema.V16 || f.Type != frame.Send {
		row := c.message(f, raw, at, journal.Received)
		row.Repairs, row.Raw = append(row.Repairs, what), raw
		c.keep(row)
		return
	}
	x := &exchange{c: c, frame: f, raw: raw, at: at, repairs: f.Repairs}
	if c.refuse(x, schema.MessageTypeNotSupported, what+".") {
		_ = c.write(x.reply)
	}
}

// handleSend takes a message that wants no answer (OCPP 2.1 Part 4 §4.2.5). One that can't be read is logged with what is wrong.
func (c *conn) handleSend(f frame.Frame, raw []byte, at time.Time) {
	x := &exchange{c: c, frame: f, raw: raw, at: at, repairs: f.Repairs}
	c.entry.Reset()
	action, known := c.dialect.action(f.Action)
	switch {
	case c.mayNotYet(f.Action):
		x.repairs = append(x.repairs, schema.Repair{Kind: schema.KindDropped, What: notYet})
	case known && action.handle != nil && c.dialect.actions()[f.Action].NewResponse == nil:
		request, repairs, err := action.decode(f.Payload)
		x.repairs = append(x.repairs, repairs...)
		if err == nil {
			_, err = action.handle(x, request)
		}
		if err != nil {
			c.link.Discard()
			c.entry.Reset()
			x.repairs = append(x.repairs, schema.Repair{Kind: schema.KindDropped, What: err.Error()})
		}
	}
	row := c.message(f, raw, at, journal.Received)
	if row.Repairs = repairTexts(x.repairs); row.Repairs != nil {
		row.Raw = raw
	}
	c.entry.Messages = append(c.entry.Messages, row)
	if err := c.store(); err != nil {
		c.link.Discard()
		return
	}
	c.link.Committed(c.ctx)
	c.server.charging.MessagesLogged(c.ctx, c.link.Origin, row.Action, row.ID)
}

func (c *conn) handleCall(f frame.Frame, raw []byte, at time.Time) {
	hash := maphash.Bytes(hashSeed, raw)
	if c.last.reply != nil && c.last.hash == hash {
		// The station didn't see our answer: it gets the same one.
		_ = c.write(c.last.reply)
		return
	}
	x := &exchange{c: c, frame: f, raw: raw, at: at, repairs: f.Repairs}
	if !c.answer(x) {
		return
	}
	c.last = lastAnswer{hash, x.reply, f.ID, f.Action}
	if err := c.write(x.reply); err != nil {
		return
	}
	if x.after != nil {
		x.after()
	}
}

// answer has the effect of a call stored together with the exchange, and reports whether the reply may leave.
func (c *conn) answer(x *exchange) bool {
	action, known := c.dialect.action(x.frame.Action)
	switch {
	case c.mayNotYet(x.frame.Action):
		return c.refuse(x, schema.SecurityError, notYet)
	case !known:
		return c.refuse(x, schema.NotImplemented, "The action "+printable(x.frame.Action)+" is unknown in OCPP "+c.dialect.version().String()+".")
	case action.handle == nil:
		return c.refuse(x, schema.NotSupported, "The action "+x.frame.Action+" is not one that this central system takes.")
	}
	if c.dialect.actions()[x.frame.Action].NewResponse == nil {
		return c.refuse(x, schema.NotSupported, "The message "+x.frame.Action+" is sent with SEND, not as a call.")
	}
	request, repairs, err := action.decode(x.frame.Payload)
	x.repairs = append(x.repairs, repairs...)
	if err != nil {
		return c.refuseError(x, err)
	}
	pause := firstRetry
	for {
		c.entry.Reset()
		response, err := action.handle(x, request)
		switch {
		case err == nil && x.stored:
			c.told(x)
			return true
		case err == nil:
			return c.storeAnswer(x, response)
		case charging.Transient(err):
			c.link.Discard()
			if !c.waitForDatabase(pause) {
				return false
			}
			pause = min(2*pause, lastRetry)
		default:
			c.link.Discard()
			return c.refuseError(x, err)
		}
	}
}

// waitForDatabase pauses before another attempt, with the socket read apart from the loop. It reports false when the
// connection ends meanwhile.
func (c *conn) waitForDatabase(pause time.Duration) bool {
	c.readAhead()
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}

// storeAnswer commits the entry that a handler filled, with the exchange itself.
func (c *conn) storeAnswer(x *exchange, response schema.Message) bool {
	rows, err := x.answerWith(response)
	if err != nil {
		c.link.Discard()
		return c.refuseError(x, err)
	}
	c.entry.Messages = append(c.entry.Messages, rows...)
	if err := c.store(); err != nil {
		if c.ctx.Err() != nil || errors.Is(err, journal.ErrClosed) || charging.Transient(err) {
			return c.unstored(x, err)
		}
		// Postgres takes everything but this: without an answer the station would repeat it for ever.
		c.link.Discard()
		return c.refuseError(x, err)
	}
	c.stored(x)
	return true
}

func (c *conn) commit(x *exchange) bool {
	if err := c.store(); err != nil {
		return c.unstored(x, err)
	}
	c.stored(x)
	return true
}

// unstored gives a message up that isn't stored and so isn't answered.
func (c *conn) unstored(x *exchange, err error) bool {
	c.link.Discard()
	if c.ctx.Err() == nil && !errors.Is(err, journal.ErrClosed) {
		c.server.logger.Error("a message can't be stored, so it isn't answered", "station", c.link.Identity, "action", x.frame.Action, "error", err)
	}
	return false
}

func (c *conn) stored(x *exchange) {
	c.link.Committed(c.ctx)
	c.told(x)
}

// told lets subscribers know of both halves of an exchange.
func (c *conn) told(x *exchange) {
	c.server.charging.MessagesLogged(c.ctx, c.link.Origin, x.frame.Action, x.rows[0].ID, x.rows[1].ID)
}

// answerWith encodes the answer and gives the rows of the exchange. What breaks the schema doesn't leave.
func (x *exchange) answerWith(response schema.Message) ([]journal.Message, error) {
	payload, err := x.c.dialect.encode(x.frame.Action, response)
	if err != nil {
		return nil, err
	}
	x.reply = frame.AppendCallResult(make([]byte, 0, len(payload)+len(x.frame.ID)+16), x.frame.ID, payload)
	return x.logged(journal.CallResult, payload, ""), nil
}

// inTransaction is answerWith for a handler whose domain call stores the exchange itself.
func inTransaction[A any](x *exchange, respond func(A) schema.Message) charging.Rows[A] {
	x.stored = true
	return func(answer A) ([]journal.Message, error) { return x.answerWith(respond(answer)) }
}

func (x *exchange) logged(answerType string, payload []byte, errorCode string) []journal.Message {
	x.rows[0] = x.c.message(x.frame, x.raw, x.at, journal.Received)
	x.rows[0].Repairs = repairTexts(x.repairs)
	if len(x.rows[0].Repairs) == 0 {
		x.rows[0].Raw = nil
	} else {
		x.rows[0].Raw = x.raw
	}
	x.rows[1] = journal.Message{
		Origin: x.c.link.Origin, ID: journal.NewID(), At: time.Now(), Direction: journal.Sent, Type: answerType, Action: x.frame.Action,
		MessageID: x.frame.ID, Payload: payload, ErrorCode: errorCode,
	}
	return x.rows[:]
}

func repairTexts(repairs []schema.Repair) []string {
	if len(repairs) == 0 {
		return nil
	}
	texts := make([]string, len(repairs))
	for i, r := range repairs {
		texts[i] = r.String()
	}
	return texts
}

// refuseError answers with a CALLERROR that says what is wrong with the message; what is wrong with us is only named so.
func (c *conn) refuseError(x *exchange, err error) bool {
	var wire *schema.Error
	if errors.As(err, &wire) {
		return c.refuse(x, wire.Code, wire.Description)
	}
	if f := fault.Of(err); f != nil {
		return c.refuse(x, schema.PropertyConstraintViolation, f.Message)
	}
	if c.ctx.Err() != nil {
		return false
	}
	c.server.logger.Error("a station's message can't be handled", "station", c.link.Identity, "action", x.frame.Action, "error", err)
	return c.refuse(x, schema.InternalError, "The central system could not handle the message.")
}

func (c *conn) refuse(x *exchange, code schema.Code, description string) bool {
	name := code.Spell(c.dialect.version())
	x.stored = false
	x.reply = frame.AppendCallError(nil, x.frame.ID, name, description, nil)
	details, _ := json.Marshal(map[string]string{"errorCode": name, "errorDescription": description}) // two strings always marshal
	c.entry.Reset()
	c.entry.Messages = append(c.entry.Messages, x.logged(journal.CallError, details, name)...)
	return c.commit(x)
}

// message is the log row of a frame.
func (c *conn) message(f frame.Frame, raw []byte, at time.Time, direction string) journal.Message {
	m := journal.Message{
		Origin: c.link.Origin, ID: journal.NewID(), At: at, Direction: direction, Type: f.Type.String(), Action: f.Action, MessageID: f.ID,
		Payload: f.Payload, ErrorCode: f.ErrorCode,
	}
	if f.Type == frame.CallError || f.Type == frame.CallResultError {
		m.Payload, _ = json.Marshal(map[string]any{"errorCode": f.ErrorCode, "errorDescription": f.ErrorDescription, "errorDetails": rawOrNull(f.ErrorDetails)})
	}
	if len(m.Payload) == 0 {
		m.Payload = []byte("{}")
	}
	m.Payload = charging.Redacted(m.Payload)
	if m.Repairs = repairTexts(f.Repairs); m.Repairs != nil {
		m.Raw = charging.Redacted(raw)
	}
	return m
}

func rawOrNull(b []byte) json.RawMessage {
	if len(b) == 0 || !json.Valid(b) {
		return json.RawMessage("null")
	}
	return b
}

// keep logs a message that has no effect.
func (c *conn) keep(m journal.Message) {
	c.entry.Reset()
	c.entry.Messages = append(c.entry.Messages, m)
	if err := c.store(); err == nil {
		c.server.charging.MessagesLogged(c.ctx, c.link.Origin, m.Action, m.ID)
	}
}

// unreadable logs a frame that no sense can be made of, and answers it where its id could be read.
func (c *conn) unreadable(raw []byte, at time.Time, err error) {
	var broken *frame.Error
	if !errors.As(err, &broken) {
		broken = &frame.Error{Code: schema.FormatViolation, Description: err.Error()}
	}
	row := journal.Message{
		Origin: c.link.Origin, ID: journal.NewID(), At: at, Direction: journal.Received, Type: journal.Unreadable, MessageID: broken.ID,
		Payload: quoteFrame(raw), ErrorCode: broken.Code.Spell(c.dialect.version()), Repairs: []string{broken.Description}, Raw: raw,
	}
	if broken.ID != "" && (broken.Type == frame.CallResult || broken.Type == frame.CallError) {
		c.unreadableAnswer(row, broken)
		return
	}
	if !broken.Answerable(c.dialect.version()) {
		c.keep(row)
		return
	}
	x := &exchange{c: c, frame: frame.Frame{ID: broken.ID, Type: frame.Call}, raw: raw, at: at}
	name := broken.Code.Spell(c.dialect.version())
	x.reply = frame.AppendCallError(nil, broken.ID, name, broken.Description, nil)
	details, _ := json.Marshal(map[string]string{"errorCode": name, "errorDescription": broken.Description})
	c.entry.Reset()
	rows := x.logged(journal.CallError, details, name)
	rows[0] = row
	x.rows[0] = row
	c.entry.Messages = append(c.entry.Messages, rows...)
	if c.commit(x) {
		_ = c.write(x.reply)
	}
}

// quoteFrame shows the beginning of a frame as a JSON string; the whole of it is kept raw.
func quoteFrame(raw []byte) []byte {
	const shown = 2000
	if len(raw) > shown {
		raw = raw[:shown]
	}
	text := bytes.ReplaceAll(bytes.ToValidUTF8(raw, []byte("\uFFFD")), []byte{0}, []byte("\uFFFD"))
	quoted, _ := json.Marshal(string(text)) // a string always marshals
	return quoted
}

func printable(s string) string {
	if len(s) > 50 {
		s = s[:50]
	}
	return string(bytes.ToValidUTF8([]byte(s), []byte("?")))
}
