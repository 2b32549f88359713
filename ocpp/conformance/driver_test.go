package conformance_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/busbar-ev/busbar/internal/db/dbtest"
)

// The process with the stations ends with this one: it reads the end of its input.
func TestMain(m *testing.M) {
	dbtest.Main(m, goleak.IgnoreAnyFunction("github.com/busbar-ev/busbar/ocpp/conformance_test.(*driver).read"))
}

// patience is how long anything may take before a test fails.
const patience = 30 * time.Second

// driver is the process in which stations run that are written with a library that isn't ours.
type driver struct {
	stdin io.Writer

	mu       sync.Mutex
	next     int
	waiting  map[int]chan line
	stations map[string]*station
	dead     chan struct{}
}

// step is what a station is told to do.
type step struct {
	Seq         int    `json:"seq"`
	Station     string `json:"station"`
	Do          string `json:"do"`
	Version     any    `json:"version,omitempty"`
	Endpoint    string `json:"endpoint,omitempty"`
	Identity    string `json:"identity,omitempty"`
	Password    string `json:"password,omitempty"`
	CA          string `json:"ca,omitempty"`
	Action      string `json:"action,omitempty"`
	Payload     any    `json:"payload,omitempty"`
	ID          string `json:"id,omitempty"`
	Text        string `json:"text,omitempty"`
	Code        string `json:"code,omitempty"`
	Description string `json:"description,omitempty"`
	Force       bool   `json:"force,omitempty"`
}

// line is what the process says: the result of a step, or something that happened to a station.
type line struct {
	Seq     int             `json:"seq"`
	Result  json.RawMessage `json:"result"`
	Code    any             `json:"code"`
	Message string          `json:"message"`

	Station string          `json:"station"`
	Event   string          `json:"event"`
	ID      string          `json:"id"`
	Action  string          `json:"action"`
	Payload json.RawMessage `json:"payload"`
}

// theDriver starts the process once for all tests of the package.
var theDriver = sync.OnceValues(startDriver)

func startDriver() (*driver, error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return nil, fmt.Errorf("find the repository: %w", err)
	}
	cmd := exec.Command("node", filepath.Join("testdata", "station.mjs"))
	cmd.Env = append(cmd.Environ(), "BUSBAR_ROOT="+root)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	d := &driver{stdin: stdin, waiting: map[int]chan line{}, stations: map[string]*station{}, dead: make(chan struct{})}
	go d.read(stdout)
	return d, nil
}

func (d *driver) read(stdout io.Reader) {
	defer close(d.dead)
	scanner := bufio.NewScanner(stdout)
	scanner.Buffer(nil, 4<<20)
	for scanner.Scan() {
		var l line
		if json.Unmarshal(scanner.Bytes(), &l) != nil {
			continue
		}
		d.mu.Lock()
		ch, s := d.waiting[l.Seq], d.stations[l.Station]
		delete(d.waiting, l.Seq)
		d.mu.Unlock()
		switch {
		case l.Event == "" && ch != nil:
			ch <- l
		case l.Event != "" && s != nil:
			s.happened(l)
		}
	}
}

// do has a step carried out and waits for its result.
func (d *driver) do(s step) (line, error) {
	ch := make(chan line, 1)
	d.mu.Lock()
	d.next++
	s.Seq = d.next
	d.waiting[s.Seq] = ch
	text, err := json.Marshal(s)
	if err == nil {
		_, err = d.stdin.Write(append(text, '\n'))
	}
	d.mu.Unlock()
	if err != nil {
		return line{}, fmt.Errorf("tell the station to %s: %w", s.Do, err)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case l := <-ch:
		return l, nil
	case <-d.dead:
		return line{}, fmt.Errorf("the stations' process ended while one was told to %s", s.Do)
	case <-timer.C:
		return line{}, fmt.Errorf("nothing came of telling a station to %s %s", s.Do, s.Action)
	}
}
