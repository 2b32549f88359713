package frame

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/busbar-ev/busbar/ocpp/schema"
)

var (
	errDepth    = errors.New("nested too deep")
	errNotArray = errors.New("not an array")
	errAfter    = errors.New("something follows the array")
)

// mostRepairs bounds the list of one frame.
const mostRepairs = 50

// mend rewrites broken JSON into valid JSON with unique names. It takes what stations are known to send:
//
//	control characters and invalid UTF-8 in texts, unknown escapes
//	a text that ends early: what is open is closed, the value that was cut is dropped
//	a value that is missing ("a":, and "a":]), a comma that is missing or one too many
//	numbers as C prints them (007, .5, +1, nan), words as Python prints them (True, None)
//	names that stand twice: the last one counts
//	a byte order mark, NULs or brackets around the frame
//
// A number or text that was cut by the end is never used: 12 of 1234 Wh is worse than nothing.
func mend(raw []byte) ([]byte, []Repair, *Error) {
	m := mender{in: raw}
	m.trim()
	if m.pos == len(m.in) {
		return nil, nil, fault(schema.RPCFrameworkError, "the frame is empty")
	}
	if m.in[m.pos] != '[' {
		return nil, nil, fault(schema.RPCFrameworkError, "the frame is not a JSON array")
	}
	m.out = make([]byte, 0, len(raw)+16)
	if m.value() == nothing || m.failure != nil {
		return nil, nil, m.fault()
	}
	m.blanks()
	if rest := m.in[m.pos:]; len(rest) > 0 {
		if len(bytes.Trim(rest, "]}, \t\r\n\x00;")) > 0 {
			return nil, nil, fault(schema.RPCFrameworkError, "something follows the frame: "+schema.Shorten(rest))
		}
		m.note("characters behind the frame were ignored", rest)
	}
	return m.out, m.repairs, nil
}

type mender struct {
	in      []byte
	pos     int
	out     []byte
	path    []string
	repairs []Repair
	failure error
	cut     bool // the text ended early
}

func (m *mender) fault() *Error {
	if errors.Is(m.failure, errDepth) {
		return fault(schema.FormatViolation, fmt.Sprintf("the frame nests deeper than %d levels", MaxDepth))
	}
	return fault(schema.RPCFrameworkError, "the frame is not JSON")
}

func (m *mender) note(what string, was []byte) {
	if len(m.repairs) == mostRepairs {
		m.repairs = append(m.repairs, Repair{Kind: schema.KindTruncated, What: "further repairs are not listed"})
	}
	if len(m.repairs) > mostRepairs {
		return
	}
	at := m.path
	if n := len(at); n > 0 && at[n-1] == "" {
		at = at[:n-1] // between members: the object as a whole
	}
	path := ""
	if len(at) > 0 {
		path = "/" + strings.Join(at, "/")
	}
	m.repairs = append(m.repairs, Repair{Path: path, Kind: schema.KindJSON, What: what, Was: schema.Shorten(was)})
}

// trim skips what stands before the frame.
func (m *mender) trim() {
	rest := bytes.TrimLeft(bytes.TrimPrefix(m.in, []byte("\xef\xbb\xbf")), " \t\r\n\x00")
	m.pos = len(m.in) - len(rest)
	if lead := m.in[:m.pos]; len(bytes.TrimSpace(lead)) > 0 {
		m.note("characters before the frame were ignored", lead)
	}
}

func (m *mender) blanks() {
	for m.pos < len(m.in) && strings.IndexByte(" \t\r\n", m.in[m.pos]) >= 0 {
		m.pos++
	}
}

// peek returns the next byte that is no blank, or 0 at the end.
func (m *mender) peek() byte {
	m.blanks()
	if m.pos == len(m.in) {
		return 0
	}
	return m.in[m.pos]
}

func (m *mender) ended() bool { return m.pos >= len(m.in) }

type got uint8

const (
	something got = iota
	nothing       // no value stands here, or one that can't be used
)

// value appends one value.
func (m *mender) value() got {
	switch c := m.peek(); {
	case c == '{':
		return m.nested(m.object)
	case c == '[':
		return m.nested(m.array)
	case c == '"':
		return m.text()
	case c == 0 && m.ended():
		m.cut = true
		return nothing
	case c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
		return m.word()
	}
	return nothing
}

func (m *mender) nested(read func()) got {
	if len(m.path) >= MaxDepth {
		m.failure = errDepth
		return nothing
	}
	m.path = append(m.path, "")
	m.pos++
	read()
	m.path = m.path[:len(m.path)-1]
	if m.failure != nil {
		return nothing
	}
	return something
}

func (m *mender) here(segment string) { m.path[len(m.path)-1] = segment }

// array reads up to its closing bracket, past commas that separate nothing.
func (m *mender) array() {
	m.out = append(m.out, '[')
	n, comma := 0, true
	for m.failure == nil {
		m.here(strconv.Itoa(n))
		switch c := m.peek(); {
		case c == 0 && m.ended():
			m.note("the frame ends early; an array was closed", nil)
			m.cut = true
			m.out = append(m.out, ']')
			return
		case c == ']':
			if comma && n > 0 {
				m.note("a comma before the closing bracket was ignored", nil)
			}
			m.pos++
			m.out = append(m.out, ']')
			return
		case c == '}':
			// The object around it ends: the bracket is missing.
			m.note("a missing ] was added", nil)
			m.out = append(m.out, ']')
			return
		case c == ',':
			if comma {
				m.note("a comma without a value was ignored", nil)
			}
			m.pos++
			comma = true
			continue
		case !comma:
			m.note("a missing comma was added", nil)
		}
		from := len(m.out)
		if n > 0 {
			m.out = append(m.out, ',')
		}
		if m.value() == nothing {
			m.out = m.out[:from]
			if m.failure == nil && !m.cut {
				m.failure = fmt.Errorf("byte %d is no JSON", m.pos)
			}
			continue
		}
		n++
		comma = false
	}
}

// members are those of one object, each as `"name":value`, with the places of their names.
type members struct {
	json  [][]byte
	index map[string]int
}

// put adds a member, or gives back the one it replaces.
func (p *members) put(name string, json []byte) (replaced []byte) {
	if at, twice := p.index[name]; twice {
		replaced, p.json[at] = p.json[at], json
		return replaced
	}
	if p.index == nil {
		p.index = map[string]int{}
	}
	p.index[name] = len(p.json)
	p.json = append(p.json, json)
	return nil
}

func (p *members) appendTo(out []byte) []byte {
	out = append(out, '{')
	for i, json := range p.json {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, json...)
	}
	return append(out, '}')
}

// object reads up to its closing brace.
func (m *mender) object() {
	var parts members
	comma := true
	for m.failure == nil {
		m.here("")
		c := m.peek()
		switch {
		case c == 0 && m.ended():
			m.note("the frame ends early; an object was closed", nil)
			m.cut = true
		case c == '}':
			m.pos++
		case c == ']':
			// The array around it ends: the brace is missing.
			m.note("a missing } was added", nil)
		case c == ',':
			if comma {
				m.note("a comma without a member was ignored", nil)
			}
			m.pos++
			comma = true
			continue
		case c != '"':
			m.failure = fmt.Errorf("byte %d starts no member", m.pos)
			return
		default:
			if !comma {
				m.note("a missing comma was added", nil)
			}
			m.member(&parts)
			comma = false
			continue
		}
		m.out = parts.appendTo(m.out)
		return
	}
}

// member reads "name":value, unless there is no value to read.
func (m *mender) member(parts *members) {
	from := len(m.out)
	defer func() { m.out = m.out[:from] }()
	if m.text() == nothing {
		return
	}
	b, _ := jsontext.AppendUnquote(nil, m.out[from:])
	name := string(b)
	m.here(schema.PointerStep(name))
	if c := m.peek(); c == ':' {
		m.pos++
	} else if !m.ended() {
		m.failure = fmt.Errorf("no colon at byte %d", m.pos)
		return
	}
	m.out = append(m.out, ':')
	switch c := m.peek(); c {
	case ',', '}':
		m.note("the value is missing; the member was dropped", nil)
		return
	case ']':
		// "name":] is an array whose opening bracket is missing.
		m.note("the value is missing before ]; read as an empty array", nil)
		m.pos++
		m.out = append(m.out, '[', ']')
	default:
		if m.value() == nothing {
			if m.cut {
				m.note("the frame ends in this value; the member was dropped", nil)
			} else if m.failure == nil {
				m.failure = fmt.Errorf("byte %d starts no value", m.pos)
			}
			return
		}
	}
	if replaced := parts.put(name, bytes.Clone(m.out[from:])); replaced != nil {
		m.note("member stands twice; the last one counts", replaced)
	}
}
