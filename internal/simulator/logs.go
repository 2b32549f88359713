package simulator

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// logUpload is a log on its way to its location (OCPP 1.6 §5.8, OCPP 2.0.1 Part 2, N01).
type logUpload struct {
	requestID   int64
	location    string
	name        string
	retries     int
	pause       time.Duration
	diagnostics bool // asked for with GetDiagnostics

	status string // a word of OCPP
	again  *task
	cancel context.CancelFunc
}

const (
	uploading     = "Uploading"
	uploadFailure = "UploadFailure"
	// diaryLines bounds what a log goes back.
	diaryLines = 400
)

// note keeps an event for the log.
func (s *Station) note(e Event) {
	line := string(e.Kind)
	if e.Connector != 0 {
		line += fmt.Sprintf(" connector %d", e.Connector)
	}
	if e.Detail != "" {
		line += " " + e.Detail
	}
	s.jot(line)
}

func (s *Station) jot(line string) {
	if len(s.diary) >= diaryLines {
		s.diary = append(s.diary[:0], s.diary[diaryLines/2:]...)
	}
	s.diary = append(s.diary, s.now().UTC().Format("2006-01-02T15:04:05.000Z ")+line)
}

// logFile is what is uploaded. A security log has what concerns who is let in.
func (s *Station) logFile(kind string) (name string, text []byte) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s, serial %s, firmware %s\n", s.opts.Identity, s.opts.Vendor, s.opts.Model, s.opts.Serial, s.opts.Firmware)
	for _, line := range s.diary {
		security := strings.Contains(line, "Security") || strings.Contains(line, "connected") || strings.Contains(line, "refused") || strings.Contains(line, "Certificate")
		if kind != "SecurityLog" || security {
			b.WriteString(line + "\n")
		}
	}
	s.logs++
	return fmt.Sprintf("%s-%s-%d.log", strings.Map(plain, s.opts.Identity), strings.ToLower(kind), s.logs), []byte(b.String())
}

// plain keeps file names to what every file system takes.
func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
		return r
	}
	return '_'
}

// startUpload begins an upload, in place of one that is on its way.
func (s *Station) startUpload(l *logUpload, file []byte) {
	if old := s.upload; old != nil {
		s.plan.cancel(old.again)
		if old.cancel != nil {
			old.cancel()
		}
		old.status = "AcceptedCanceled"
		s.dialect.sentLog(old)
	}
	s.upload = l
	s.sendLog(l, file)
}

func (s *Station) sendLog(l *logUpload, file []byte) {
	l.status = uploading
	s.dialect.sentLog(l)
	l.cancel = s.background(func(ctx context.Context) func() {
		err := put(ctx, s.opts.HTTPClient, l.location, l.name, file)
		return func() {
			if s.upload != l {
				return
			}
			if err != nil && l.retries > 0 {
				l.retries--
				l.again = s.plan.after(l.pause, func() { s.sendLog(l, file) })
				return
			}
			l.status = "Uploaded"
			if err != nil {
				s.jot("log: " + err.Error())
				l.status = uploadFailure
			}
			s.upload = nil
			s.dialect.sentLog(l)
		}
	})
}
