package frame_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
	"github.com/busbar-ev/busbar/ocpp/v201"
	"github.com/busbar-ev/busbar/ocpp/v21"
)

// sample is a frame and what has to become of it.
type sample struct {
	Name      string
	Version   string
	Raw       string
	RawBase64 []byte
	Answers   string // action of the call that a CALLRESULT answers
	Expect    string // accept, repair, callerror, reject
	Type      string
	ID        string
	Code      string
	Repairs   []struct{ Path, Kind string }
	Fields    map[string]any

	lenient bool // the captures do not list repairs
}

func (s *sample) bytes() []byte {
	if s.RawBase64 != nil {
		return s.RawBase64
	}
	return []byte(s.Raw)
}

// capture is a row of the recorded frames that BUSBAR_CAPTURES names the folder of.
type capture struct {
	Source, Note, Version, Direction, Raw string
	Valid                                 bool `json:"schema_valid"`
	Violations                            []string
}

// samples are the project's own frames and, where their folder is named, recorded ones.
func samples(t testing.TB) []sample {
	t.Helper()
	var out []sample
	lines(t, "../testdata/frames.jsonl", func(line []byte) {
		var s sample
		decoder := json.NewDecoder(strings.NewReader(string(line)))
		decoder.UseNumber()
		if err := decoder.Decode(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	})
	if folder := os.Getenv("BUSBAR_CAPTURES"); folder != "" {
		n := 0
		lines(t, filepath.Join(folder, "frames.jsonl"), func(line []byte) {
			n++
			var c capture
			if err := json.Unmarshal(line, &c); err != nil {
				t.Fatal(err)
			}
			if c.Direction == "cp->cs" {
				out = append(out, c.sample(n))
			}
		})
	}
	return out
}

func lines(t testing.TB, path string, each func([]byte)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		each(scanner.Bytes())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
}

// sample expects of a recorded frame that it is taken, with repairs where the schemas were broken.
func (c *capture) sample(n int) sample {
	s := sample{Name: fmt.Sprintf("capture %d %s: %s", n, c.Source, c.Note), Version: c.Version, Raw: c.Raw, lenient: true, Expect: "taken"}
	if c.Valid {
		s.Expect = "accept"
	}
	for _, v := range c.Violations {
		// A rule that the schemas at hand do not have.
		if !strings.HasPrefix(v, "OCA-only") {
			s.Expect = "repair"
		}
		_, place, _ := strings.Cut(v, ":")
		if action, _, ok := strings.Cut(place, "/"); ok && strings.HasPrefix(c.Raw, "[3") {
			s.Answers = action
		}
	}
	return s
}

type codec struct {
	version           frame.Version
	request, response func(string, []byte) (frame.Message, []frame.Repair, error)
}

var codecs = map[string]codec{
	"1.6":   {frame.V16, v16.DecodeRequest, v16.DecodeResponse},
	"2.0.1": {frame.V201, v201.DecodeRequest, v201.DecodeResponse},
	"2.1":   {frame.V21, v21.DecodeRequest, v21.DecodeResponse},
}

func TestFrames(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		t.Run(s.Version+"/"+s.Name, func(t *testing.T) {
			t.Parallel()
			s.run(t)
		})
	}
}

// outcome is what became of a frame.
type outcome struct {
	class   string
	code    string
	id      string
	repairs []frame.Repair
	message frame.Message
	frame   frame.Frame
}

func handle(s *sample) outcome {
	c := codecs[s.Version]
	f, err := frame.Parse(s.bytes())
	if err != nil {
		var fault *frame.Error
		if !errors.As(err, &fault) {
			panic(fmt.Sprintf("%T", err))
		}
		o := outcome{class: "reject", id: fault.ID}
		if fault.Answerable(c.version) {
			o.class, o.code = "callerror", fault.Code.Spell(c.version)
		}
		return o
	}
	o := outcome{class: "accept", id: f.ID, repairs: f.Repairs, frame: f}
	var repairs []frame.Repair
	switch {
	case f.Type == frame.Call || f.Type == frame.Send:
		o.message, repairs, err = c.request(f.Action, f.Payload)
	case f.Type == frame.CallResult && s.Answers != "":
		o.message, repairs, err = c.response(s.Answers, f.Payload)
	}
	o.repairs = append(o.repairs, repairs...)
	switch {
	case err != nil && f.Type == frame.Call:
		o.class, o.code = "callerror", err.(*schema.Error).Code.Spell(c.version)
	case err != nil:
		o.class = "reject"
	case len(o.repairs) > 0:
		o.class = "repair"
	}
	return o
}

func (s *sample) run(t *testing.T) {
	o := handle(s)
	if s.Expect != o.class && !(s.Expect == "taken" && (o.class == "accept" || o.class == "repair")) {
		t.Fatalf("frame %s\nwas %s %s, want %s; repairs %v", s.bytes(), o.class, o.code, s.Expect, o.repairs)
	}
	if s.Code != o.code {
		t.Errorf("code %q, want %q", o.code, s.Code)
	}
	if s.ID != "" && s.ID != o.id {
		t.Errorf("id %q, want %q", o.id, s.ID)
	}
	if s.Type != "" && s.Type != o.frame.Type.String() {
		t.Errorf("type %s, want %s", o.frame.Type, s.Type)
	}
	if !s.lenient && (o.class == "accept" || o.class == "repair") {
		s.compareRepairs(t, o.repairs)
	}
	if len(s.Fields) > 0 {
		s.compareFields(t, o.message)
	}
}

func (s *sample) compareRepairs(t *testing.T, repairs []frame.Repair) {
	var got, want []string
	for _, r := range repairs {
		got = append(got, r.Path+" "+string(r.Kind))
	}
	for _, r := range s.Repairs {
		want = append(want, r.Path+" "+r.Kind)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("repairs %q, want %q\n%v", got, want, repairs)
	}
}

func (s *sample) compareFields(t *testing.T, m frame.Message) {
	if m == nil {
		t.Fatal("no message to look into")
	}
	text := m.AppendJSON(nil)
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for path, want := range s.Fields {
		if got := at(root, path); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, want %v\nin %s", path, got, want, text)
		}
	}
}

// at follows a JSON pointer; nil where it leads nowhere.
func at(v any, path string) any {
	for _, step := range strings.Split(path, "/")[1:] {
		switch node := v.(type) {
		case map[string]any:
			v = node[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}
