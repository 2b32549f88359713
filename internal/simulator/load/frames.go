package load

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// template is a message whose variable parts are overwritten in place.
type template struct {
	text                []byte
	id, meter, sequence int   // offsets; -1 where the message has none
	times               []int // offsets
}

// newTemplate makes the message of one station.
func newTemplate(text string, station int, transaction string) template {
	b := []byte(strings.Replace(text, transactionPlace, transaction, 1))
	t := template{
		text: b, id: bytes.Index(b, []byte(idPlace)), meter: bytes.Index(b, []byte(meterPlace)), sequence: bytes.Index(b, []byte(sequencePlace)),
	}
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(timePlace))
		if i < 0 {
			break
		}
		t.times = append(t.times, from+i)
		from += i + len(timePlace)
	}
	copy(b[t.id:], fmt.Sprintf("%06d", station))
	return t
}

// stamp writes a time into the message, everywhere it has one. Formatting needs more room than it fills.
func (t *template) stamp(now time.Time, scratch []byte) {
	if len(t.times) == 0 {
		return
	}
	at := now.UTC().AppendFormat(scratch, timePlace)
	for _, i := range t.times {
		copy(t.text[i:i+len(timePlace)], at)
	}
}

// script is what one station says.
type script struct {
	version   *version
	templates [kinds + 1]template
	begin     template
	station   int
	n         uint64 // messages so far
	events    uint64 // of the transaction, the first included
	scratch   [48]byte
}

// newScript begins a script. The transaction's name is the script's own: a station that connects again begins another.
func newScript(v *version, station int) *script {
	c := &script{version: v, station: station}
	transaction := fmt.Sprintf("%06d-%x", station, time.Now().UnixNano())
	for i, text := range v.texts {
		c.templates[i] = newTemplate(text, station, transaction)
	}
	if v.begin != "" {
		c.begin = newTemplate(v.begin, station, transaction)
	}
	return c
}

// next returns the next message, its id and its kind. The stations begin with different kinds.
func (c *script) next(now time.Time) (text, id []byte, kind int) {
	turn := c.n + uint64(c.station)
	kind = int(turn % kinds)
	t := &c.templates[kind]
	if kind == status && turn/kinds%2 == 1 {
		t = &c.templates[kinds]
	}
	text, id = c.fill(t, now)
	return text, id, kind
}

// fill writes a message's variable parts.
func (c *script) fill(t *template, now time.Time) (text, id []byte) {
	c.n++
	id = t.text[t.id : t.id+len(idPlace)]
	digits(id[len(id)-8:], c.n)
	t.stamp(now, c.scratch[:0])
	if t.meter >= 0 {
		digits(t.text[t.meter:t.meter+len(meterPlace)], 10_000_000+c.n)
	}
	if t.sequence >= 0 {
		digits(t.text[t.sequence:t.sequence+len(sequencePlace)], 20_000_000+c.events)
		c.events++
	}
	return t.text, id
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
