package load

import (
	"bytes"
	"fmt"
	"time"
)

// kinds of messages of the load, in equal parts.
const (
	heartbeat = iota
	status
	meterValues
	kinds
)

// actions of the kinds, as the message log has them.
var actions = [kinds]string{"Heartbeat", "StatusNotification", "MeterValues"}

// The places that are patched, with texts of the same length.
const (
	idPlace    = "000000-00000000"
	timePlace  = "2006-01-02T15:04:05.000Z"
	meterPlace = "10000000"
)

// texts of the messages. The status alternates, so that each one is a change.
var texts = [...]string{
	`[2,"` + idPlace + `","Heartbeat",{}]`,
	`[2,"` + idPlace + `","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":"` + timePlace + `"}]`,
	`[2,"` + idPlace + `","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"` + timePlace + `","sampledValue":[` +
		`{"value":"` + meterPlace + `","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet","unit":"Wh"},` +
		`{"value":"11043.2","context":"Sample.Periodic","measurand":"Power.Active.Import","location":"Outlet","unit":"W"},` +
		`{"value":"16.02","context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","location":"Outlet","unit":"A"}]}]}]`,
	`[2,"` + idPlace + `","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Preparing","timestamp":"` + timePlace + `"}]`,
}

// samplesPerMessage is how many rows one MeterValues makes.
const samplesPerMessage = 3

const bootText = `[2,"` + idPlace + `","BootNotification",{"chargePointVendor":"Voltara","chargePointModel":"Load","firmwareVersion":"` + firmware + `"}]`

// firmware is what the stations say in their boot and what their rows say from the start: another one would have them asked for
// their settings.
const firmware = "1.0.0"

// template is a message whose variable parts are overwritten in place.
type template struct {
	text            []byte
	id, time, meter int // offsets; -1 where the message has none
}

func newTemplate(text string) template {
	b := []byte(text)
	return template{
		text: b, id: bytes.Index(b, []byte(idPlace)), time: bytes.Index(b, []byte(timePlace)), meter: bytes.Index(b, []byte(meterPlace)),
	}
}

// script is what one station says.
type script struct {
	templates [len(texts)]template
	station   int
	n         uint64 // messages so far
	scratch   [48]byte
}

func newScript(station int) *script {
	c := &script{station: station}
	for i, text := range texts {
		c.templates[i] = newTemplate(text)
		copy(c.templates[i].text[c.templates[i].id:], fmt.Sprintf("%06d", station))
	}
	return c
}

// next returns the next message, its id and its kind. The stations begin with different kinds.
func (c *script) next(now time.Time) (text, id []byte, kind int) {
	turn := c.n + uint64(c.station)
	kind = int(turn % kinds)
	t := &c.templates[kind]
	if kind == status && turn/kinds%2 == 1 {
		t = &c.templates[len(texts)-1]
	}
	c.n++
	id = t.text[t.id : t.id+len(idPlace)]
	digits(id[len(id)-8:], c.n)
	if t.time >= 0 {
		// Formatting needs more room than it fills.
		copy(t.text[t.time:t.time+len(timePlace)], now.UTC().AppendFormat(c.scratch[:0], timePlace))
	}
	if t.meter >= 0 {
		digits(t.text[t.meter:t.meter+len(meterPlace)], 10_000_000+c.n)
	}
	return t.text, id, kind
}

func digits(to []byte, n uint64) {
	for i := len(to) - 1; i >= 0; i-- {
		to[i] = byte('0' + n%10)
		n /= 10
	}
}

// Shapes of what the server sends.
type shape int

const (
	unknown shape = iota
	answer
	fault
	call
)

// recognise tells what a text is, and its message id. Nothing else of it is read.
func recognise(text []byte) (shape, []byte) {
	if len(text) < 6 || text[0] != '[' || text[2] != ',' || text[3] != '"' {
		return unknown, nil
	}
	id, _, ok := bytes.Cut(text[4:], []byte{'"'})
	if !ok {
		return unknown, nil
	}
	switch text[1] {
	case '2':
		return call, id
	case '3':
		return answer, id
	case '4':
		return fault, id
	}
	return unknown, nil
}

// appendAnswer answers a call of the server: settings with none, everything else with Accepted.
func appendAnswer(b, id, text []byte) []byte {
	b = append(append(append(b, `[3,"`...), id...), `",`...)
	if bytes.Contains(text[:min(len(text), 100)], []byte(`"GetConfiguration"`)) {
		return append(b, `{"configurationKey":[{"key":"NumberOfConnectors","readonly":true,"value":"1"}]}]`...)
	}
	return append(b, `{"status":"Accepted"}]`...)
}
