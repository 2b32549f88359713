package load

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// The aims, with every message and effect committed before its answer, on two cores.
const (
	aimRate        = 10_000
	aimP99         = 60 * time.Millisecond
	aimCPUPer1000  = 0.10
	aimKBPerSocket = 32
)

// report is all figures.
type report struct {
	Machine   machine     `json:"machine"`
	Load      []*loadPart `json:"load,omitempty"` // by version
	WithCalls *loadPart   `json:"withCalls,omitempty"`
	Idle      *idlePart   `json:"idle,omitempty"`
	Problems  []string    `json:"problems"`
	At        time.Time   `json:"at"`
}

type machine struct {
	OS       string `json:"os"`
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	MemoryMB int64  `json:"memoryMB"`
	Go       string `json:"go"`
	Postgres string `json:"postgres,omitempty"`
}

type loadPart struct {
	Version   string  `json:"version"`
	Stations  int     `json:"stations"`
	Seconds   float64 `json:"seconds"`
	Messages  uint64  `json:"messages"`
	PerSecond float64 `json:"perSecond"`
	P50Ms     float64 `json:"p50Ms"`
	P99Ms     float64 `json:"p99Ms"`
	MaxMs     float64 `json:"maxMs"`
	Lost      uint64  `json:"lost"`
	Errors    uint64  `json:"errors"`
	// Processor seconds for 1,000 messages.
	CPUBusbar   float64 `json:"cpuPer1000Busbar"`
	CPUPostgres float64 `json:"cpuPer1000Postgres"`
	CPUTotal    float64 `json:"cpuPer1000Total"`
	CPUDriver   float64 `json:"cpuPer1000Driver"`
	// CoresOfOthers is what everything else on the machine used meanwhile: figures count for little where it is much.
	CoresOfOthers float64 `json:"coresOfOthers"`
	// Resident memory at the end.
	RSSBusbarMB int64 `json:"rssBusbarMB"`

	Calls          uint64  `json:"calls,omitempty"`
	CallsPerSecond float64 `json:"callsPerSecond,omitempty"`
	CallP99Ms      float64 `json:"callP99Ms,omitempty"`
	CallsFailed    uint64  `json:"callsFailed,omitempty"`

	// What was answered over the whole run, and what is stored of it and of the versions before it in the same run; absent where the
	// database can't be read.
	Answered uint64     `json:"answered"`
	Stored   *storedRow `json:"stored,omitempty"`

	known bool // the server's processor time; it isn't for one that was running before
}

type storedRow struct {
	Messages uint64 `json:"messages"`
	Samples  uint64 `json:"samples"`
	Statuses uint64 `json:"statuses"`
}

type idlePart struct {
	Connections int     `json:"connections"`
	Seconds     float64 `json:"seconds"`
	BeforeMB    float64 `json:"beforeMB"`
	AfterMB     float64 `json:"afterMB"`
	KBEach      float64 `json:"kbPerConnection"`
	Lost        int64   `json:"lost"`
}

func newLoadPart(version string, stations int, w *window) *loadPart {
	per1000 := func(u usage) float64 {
		if w.messages == 0 {
			return 0
		}
		return u.cpu.Seconds() / float64(w.messages) * 1000
	}
	p := &loadPart{
		Version: version, Stations: stations, Seconds: w.duration.Seconds(), Messages: w.messages, PerSecond: float64(w.messages) / w.duration.Seconds(),
		P50Ms: ms(w.latency.quantile(0.5)), P99Ms: ms(w.latency.quantile(0.99)), MaxMs: ms(w.latency.most), Lost: w.lost, Errors: w.faults,
		CPUBusbar: per1000(w.used.server), CPUPostgres: per1000(w.used.store), CPUDriver: per1000(w.used.us),
		RSSBusbarMB: w.used.server.rss >> 20,
	}
	p.CPUTotal = p.CPUBusbar + p.CPUPostgres
	p.known = w.used.server.cpu > 0
	if others := w.used.machine - w.used.server.cpu - w.used.store.cpu - w.used.us.cpu; p.known && others > 0 {
		p.CoresOfOthers = others.Seconds() / w.duration.Seconds()
	}
	return p
}

func newIdlePart(r *rampResult) *idlePart {
	return &idlePart{
		Connections: r.connections, Seconds: r.took.Seconds(), BeforeMB: float64(r.before) / (1 << 20), AfterMB: float64(r.after) / (1 << 20),
		KBEach: r.perConnection(), Lost: r.broken,
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// print writes the table.
func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(what, figure, aim string) { _, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", what, figure, aim) }
	m := r.Machine
	row("machine", fmt.Sprintf("%d × %s, %d MB, %s", m.Cores, m.CPU, m.MemoryMB, m.OS), "")
	if m.Postgres != "" {
		row("database", "PostgreSQL "+m.Postgres, "")
	}
	row("", "", "")
	row("", "measured", "aim")
	for _, part := range r.Load {
		part.print(row, "closed loop, "+part.Version, [3]string{
			fmt.Sprintf("≥ %d", aimRate), fmt.Sprintf("≤ %.0f ms", ms(aimP99)), fmt.Sprintf("≤ %.2f", aimCPUPer1000),
		})
	}
	if r.WithCalls != nil {
		r.WithCalls.print(row, "with our calls on each, "+r.WithCalls.Version, [3]string{})
	}
	if i := r.Idle; i != nil {
		row("idle connections", fmt.Sprintf("%d, opened in %.1f s", i.Connections, i.Seconds), "")
		row("  KB per connection", fmt.Sprintf("%.1f", i.KBEach), fmt.Sprintf("≤ %d", aimKBPerSocket))
		row("  server's memory", fmt.Sprintf("%.0f MB, then %.0f MB", i.BeforeMB, i.AfterMB), "")
		row("  lost", fmt.Sprint(i.Lost), "0")
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, problem := range r.Problems {
		_, _ = fmt.Fprintln(w, "PROBLEM: "+problem)
	}
	return nil
}

func (p *loadPart) print(row func(what, figure, aim string), title string, aims [3]string) {
	row(title, fmt.Sprintf("%d stations, %.0f s", p.Stations, p.Seconds), "")
	row("  messages/s", fmt.Sprintf("%.0f", p.PerSecond), aims[0])
	row("  p50", fmt.Sprintf("%.1f ms", p.P50Ms), "")
	row("  p99", fmt.Sprintf("%.1f ms", p.P99Ms), aims[1])
	row("  longest", fmt.Sprintf("%.1f ms", p.MaxMs), "")
	if p.known {
		row("  CPU-s per 1,000 messages", fmt.Sprintf("%.4f", p.CPUTotal), aims[2])
		row("    of it Busbar, Postgres", fmt.Sprintf("%.4f, %.4f", p.CPUBusbar, p.CPUPostgres), "")
		row("  cores that others used", fmt.Sprintf("%.2f", p.CoresOfOthers), "0")
		row("  server's memory", fmt.Sprintf("%d MB", p.RSSBusbarMB), "")
	}
	row("  CPU-s of the driver beside it", fmt.Sprintf("%.4f", p.CPUDriver), "")
	row("  replies lost, errors", fmt.Sprintf("%d, %d", p.Lost, p.Errors), "0, 0")
	if p.Calls > 0 || p.CallsFailed > 0 {
		row("  calls answered, failed", fmt.Sprintf("%d (%.0f/s, p99 %.0f ms), %d", p.Calls, p.CallsPerSecond, p.CallP99Ms, p.CallsFailed), "no deadlock")
	}
	row("  answered in all", fmt.Sprint(p.Answered), "")
	if s := p.Stored; s != nil {
		row("  log rows stored, of all above", fmt.Sprint(s.Messages), "≥ twice what was answered")
		row("  samples, statuses stored", fmt.Sprintf("%d, %d", s.Samples, s.Statuses), "")
	}
}

// save writes the figures as JSON.
func (r *report) save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func thisMachine() machine {
	m := machine{OS: runtime.GOOS + "/" + runtime.GOARCH, CPU: "unknown processor", Cores: runtime.NumCPU(), Go: runtime.Version()}
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if name := after(string(raw), "model name"); name != "" {
			m.CPU = name
		}
	}
	if raw, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kb int64
		if _, err := fmt.Sscan(after(string(raw), "MemTotal"), &kb); err == nil {
			m.MemoryMB = kb >> 10
		}
	}
	return m
}

// after is the value of the first line that begins with name.
func after(text, name string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			_, value, _ := strings.Cut(rest, ":")
			return strings.TrimSpace(value)
		}
	}
	return ""
}
