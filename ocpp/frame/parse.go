package frame

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

// nulEscape is JSON for the one character that neither text nor jsonb columns can hold.
var nulEscape = []byte(`\u0000`)

// Parse reads one frame. The error is an *Error.
func Parse(raw []byte) (Frame, error) {
	if len(raw) > MaxBytes {
		return Frame{}, fault(schema.GenericError, fmt.Sprintf("the frame has %d bytes, more than the %d that are taken", len(raw), MaxBytes))
	}
	var p parser
	if bytes.Contains(raw, nulEscape) || p.read(raw) != nil {
		mended, repairs, err := mend(raw)
		if err != nil {
			return Frame{}, err.identify(raw)
		}
		p = parser{frame: Frame{Repairs: repairs}}
		if err := p.read(mended); err != nil {
			return Frame{}, fault(schema.RPCFrameworkError, "the frame is not JSON: "+err.Error()).identify(raw)
		}
	}
	if err := p.assemble(); err != nil {
		err.Type, err.ID = p.frame.Type, p.frame.ID
		return Frame{}, err
	}
	p.toPayload()
	return p.frame, nil
}

// parser splits the array into its elements and makes a Frame of them.
type parser struct {
	frame    Frame
	elements [6]jsontext.Value // more are counted only
	n        int
}

type pooled struct {
	decoder jsontext.Decoder
	buffer  bytes.Buffer
}

var decoders = sync.Pool{New: func() any { return new(pooled) }}

// read demands one JSON array and nothing else. On error it keeps the elements read so far.
func (p *parser) read(raw []byte) error {
	if depth(raw) > MaxDepth {
		return errDepth
	}
	dec := decoders.Get().(*pooled)
	defer func() {
		dec.buffer = bytes.Buffer{}
		decoders.Put(dec)
	}()
	dec.buffer = *bytes.NewBuffer(raw)
	d := &dec.decoder
	d.Reset(&dec.buffer)
	if d.PeekKind() != '[' {
		if _, err := d.ReadValue(); err != nil {
			return err
		}
		return errNotArray
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return err
		}
		if p.n < len(p.elements) {
			p.elements[p.n] = v
		}
		p.n++
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		if err == nil {
			err = errAfter
		}
		return err
	}
	return nil
}

func (p *parser) repair(kind schema.Kind, what string, was []byte) {
	p.frame.Repairs = append(p.frame.Repairs, Repair{Kind: kind, What: what, Was: schema.Shorten(was)})
}

// identify adds what can be made out of a text that made no sense as a whole, so that it can be answered.
func (e *Error) identify(raw []byte) *Error {
	p := parser{n: 2}
	if copy(p.elements[:], head(raw)) == 2 && p.readType() == nil && p.readID() == nil {
		e.Type, e.ID = p.frame.Type, p.frame.ID
	}
	return e
}

func (p *parser) assemble() *Error {
	if p.n < 2 {
		return fault(schema.RPCFrameworkError, "the frame has no message type and id")
	}
	if err := p.readType(); err != nil {
		_ = p.readID()
		return err
	}
	if err := p.readID(); err != nil {
		return err
	}
	switch p.frame.Type {
	case Call, Send:
		return p.readCall()
	case CallResult:
		return p.readResult()
	}
	return p.readError()
}

// readType takes the message type id, also as text, and also where a well-known simulator puts the connector's
// number in its place: [1, id, action, payload].
func (p *parser) readType() *Error {
	v := p.elements[0]
	digits := strings.Trim(string(v), `" `)
	if v.Kind() == '"' {
		p.repair(schema.KindEnvelope, "the message type was sent as text", v)
	}
	digits = strings.TrimSuffix(digits, ".0")
	if len(digits) == 1 && digits[0] >= '2' && digits[0] <= '6' {
		p.frame.Type = Type(digits[0] - '0')
		if p.frame.Type == CallResult && p.looksLikeCall() {
			p.frame.Type = Call
			p.repair(schema.KindEnvelope, "message type 3 with an action; read as CALL", v)
		}
		return nil
	}
	if v.Kind() == '0' && p.looksLikeCall() {
		p.frame.Type = Call
		p.repair(schema.KindEnvelope, "message type "+schema.Shorten(v)+" with an action; read as CALL", v)
		return nil
	}
	return fault(schema.MessageTypeNotSupported, "message type "+schema.Shorten(v)+" is not one of OCPP")
}

func (p *parser) looksLikeCall() bool {
	return p.n == 4 && p.elements[2].Kind() == '"' && p.elements[3].Kind() == '{'
}

func (p *parser) readID() *Error {
	v := p.elements[1]
	switch v.Kind() {
	case '"':
		p.frame.ID = text(v)
	case '0':
		p.frame.ID = string(v)
		p.repair(schema.KindEnvelope, "the message id was sent as a number; read as text", v)
	default:
		return fault(schema.RPCFrameworkError, "the message id is neither text nor a number")
	}
	switch n := len(p.frame.ID); {
	case n == 0:
		return fault(schema.RPCFrameworkError, "the message id is empty")
	case n > MaxID:
		p.frame.ID = ""
		return fault(schema.RPCFrameworkError, fmt.Sprintf("the message id has %d bytes, more than the %d that are taken", n, MaxID))
	case n > 36:
		p.repair(schema.KindEnvelope, "the message id is longer than 36 characters", nil)
	}
	return nil
}

func (p *parser) readCall() *Error {
	if p.n < 3 || p.elements[2].Kind() != '"' {
		return fault(schema.FormatViolation, "the call names no action")
	}
	sent := text(p.elements[2])
	p.frame.Action = strings.TrimSpace(sent)
	if p.frame.Action != sent {
		p.repair(schema.KindEnvelope, "blanks around the action were taken off", p.elements[2])
	}
	if p.frame.Action == "" {
		return fault(schema.FormatViolation, "the call names no action")
	}
	return p.readPayload(3)
}

func (p *parser) readResult() *Error { return p.readPayload(2) }

// readPayload takes the object at index; nothing, null, [] and "" stand for an empty one.
func (p *parser) readPayload(index int) *Error {
	p.frame.Payload = []byte("{}")
	if p.n > index+1 {
		p.repair(schema.KindEnvelope, "elements behind the payload were ignored", nil)
	}
	if p.n <= index {
		p.repair(schema.KindEnvelope, "the payload is missing; read as empty", nil)
		return nil
	}
	v := p.elements[index]
	if v.Kind() == '{' {
		p.frame.Payload = v
		return nil
	}
	switch string(v) {
	case "null", "[]", `""`:
		p.repair(schema.KindEnvelope, "an empty payload was not written as an object", v)
		return nil
	}
	return fault(schema.FormatViolation, "the payload is not an object")
}

// readError takes a CALLERROR with any of its last elements missing; some stations leave out the
// description or the details.
func (p *parser) readError() *Error {
	p.frame.ErrorDetails = []byte("{}")
	if p.n != 5 {
		p.repair(schema.KindEnvelope, fmt.Sprintf("%s with %d elements in place of 5", p.frame.Type, p.n), nil)
	}
	texts := []*string{&p.frame.ErrorCode, &p.frame.ErrorDescription}
	for i := 2; i < min(p.n, len(p.elements)); i++ {
		v := p.elements[i]
		switch {
		case v.Kind() == '{':
			p.frame.ErrorDetails = v
		case v.Kind() == 'n':
		case len(texts) > 0:
			*texts[0] = text(v)
		}
		if len(texts) > 0 {
			texts = texts[1:]
		}
	}
	if p.frame.ErrorCode == "" {
		p.frame.ErrorCode = schema.GenericError.String()
		p.repair(schema.KindEnvelope, "the error has no code; read as GenericError", nil)
	}
	return nil
}

// toPayload makes the mending's places, which count from the frame's root, count from the payload's.
func (p *parser) toPayload() {
	prefix := "/2"
	if p.frame.Type == Call || p.frame.Type == Send {
		prefix = "/3"
	}
	for i := range p.frame.Repairs {
		r := &p.frame.Repairs[i]
		if path, ok := strings.CutPrefix(r.Path, prefix); ok && (path == "" || path[0] == '/') {
			r.Path = path
		} else {
			r.Path = ""
		}
	}
}

// text is a quoted string's meaning, or any other value's JSON.
func text(v jsontext.Value) string {
	if v.Kind() != '"' {
		return string(v)
	}
	if inner := v[1 : len(v)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	b, _ := jsontext.AppendUnquote(nil, v)
	return string(b)
}

// depth is how deep brackets nest, counted only when there are enough of them to matter.
func depth(raw []byte) int {
	if bytes.Count(raw, []byte{'['})+bytes.Count(raw, []byte{'{'}) <= MaxDepth {
		return 0
	}
	level, deepest, inText := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '[' || c == '{':
			level++
			deepest = max(deepest, level)
		case c == ']' || c == '}':
			level--
		}
	}
	return deepest
}
