package frame_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
)

// FuzzParse: whatever comes, Parse gives a frame whose parts are sound, or an *Error.
func FuzzParse(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.bytes())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		sent := bytes.Clone(raw)
		got, err := frame.Parse(raw)
		if !bytes.Equal(raw, sent) {
			t.Fatal("Parse changed the text it was given")
		}
		if err != nil {
			var fault *frame.Error
			if !errors.As(err, &fault) || fault.Description == "" {
				t.Fatalf("error %T %v", err, err)
			}
			return
		}
		if got.ID == "" || len(got.ID) > frame.MaxID || got.Type < frame.Call || got.Type > frame.Send {
			t.Fatalf("%+v", got)
		}
		checkRepairs(t, got.Repairs)
		checkText(t, got.ID, got.Action, got.ErrorCode, got.ErrorDescription)
		var text []byte
		switch got.Type {
		case frame.Call, frame.Send, frame.CallResult:
			object(t, got.Payload)
			switch got.Type {
			case frame.Call:
				text = frame.AppendCall(nil, got.ID, got.Action, got.Payload)
			case frame.Send:
				text = frame.AppendSend(nil, got.ID, got.Action, got.Payload)
			default:
				text = frame.AppendCallResult(nil, got.ID, got.Payload)
			}
		default:
			object(t, got.ErrorDetails)
			text = frame.AppendCallError(nil, got.ID, got.ErrorCode, got.ErrorDescription, got.ErrorDetails)
		}
		again, err := frame.Parse(text)
		if err != nil || again.ID != got.ID || again.Action != got.Action || !bytes.Equal(again.Payload, got.Payload) {
			t.Fatalf("written as %s\nread as %+v, %v", text, again, err)
		}
	})
}

func object(t *testing.T, payload []byte) {
	t.Helper()
	if v := jsontext.Value(payload); !v.IsValid() || v.Kind() != '{' {
		t.Fatalf("not an object: %q", payload)
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(payload))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return
		}
		if token.Kind() == '"' {
			checkText(t, token.String())
		}
	}
}

// checkText demands what text columns do.
func checkText(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
			t.Fatalf("no text column can hold %q", text)
		}
	}
}

func checkRepairs(t *testing.T, repairs []frame.Repair) {
	t.Helper()
	for _, r := range repairs {
		if r.What == "" || r.Kind == "" || r.Path != "" && r.Path[0] != '/' {
			t.Fatalf("%+v", r)
		}
		checkText(t, r.What, r.Was, r.Path)
	}
}

// FuzzDecode: a payload becomes a message that can be written and read again, or a *schema.Error.
func FuzzDecode(f *testing.F) {
	for _, s := range samples(f) {
		got, err := frame.Parse(s.bytes())
		if err != nil || got.Payload == nil {
			continue
		}
		action := got.Action
		if action == "" {
			action = s.Answers
		}
		f.Add(s.Version, action, got.Type == frame.CallResult, []byte(got.Payload))
	}
	f.Fuzz(func(t *testing.T, version, action string, isResult bool, payload []byte) {
		c, ok := codecs[version]
		if !ok {
			return
		}
		decode := c.request
		if isResult {
			decode = c.response
		}
		m, repairs, err := decode(action, payload)
		checkRepairs(t, repairs)
		if err != nil {
			var fault *schema.Error
			if !errors.As(err, &fault) || !utf8.ValidString(fault.Description) {
				t.Fatalf("error %T %v", err, err)
			}
			return
		}
		text := m.AppendJSON(nil)
		if !json.Valid(text) {
			t.Fatalf("%s\nwritten as %s", payload, text)
		}
		if action == "NotifyPeriodicEventStream" && isResult {
			t.Fatal("it has no answer")
		}
		// What was taken without a repair leaves strictly, and comes back the same.
		if len(repairs) > 0 {
			return
		}
		sent, err := schema.Encode(m)
		if err != nil {
			t.Fatalf("%s\nread without repairs, but %v", payload, err)
		}
		back, repairs, err := decode(action, sent)
		if err != nil || len(repairs) > 0 || !bytes.Equal(back.AppendJSON(nil), sent) {
			t.Fatalf("%s\nleft as %s\ncame back as %s with %v, %v", payload, sent, back.AppendJSON(nil), repairs, err)
		}
	})
}
