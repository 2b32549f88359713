package ocpp_test

import (
	"strings"
	"testing"

	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// asked is a station of a version that has been given a command, and the id of the call that reached it.
func asked(t *testing.T, version string) (w *worldtest.World, s *rawSocket, id string) {
	t.Helper()
	w = worldtest.New(t)
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	w.Owner("update stations set onboarding = 'ONBOARDED', registration_status = 'ACCEPTED', inventory_at = now()")
	s = openRawAs(t, w, "CP1", "ocpp"+version)
	w.Eventually("the station is online", func() bool { return worldtest.OwnerValue[bool](w, "select online from stations") })
	if _, err := w.Charging.Order(w.A.As(tenancy.Operator), st.ID, charging.ClearCacheOrder{}, 0); err != nil {
		t.Fatal(err)
	}
	return w, s, s.text(t)[4 : 4+36]
}

// text is the next text frame of the server.
func (s *rawSocket) text(t *testing.T) string {
	t.Helper()
	op, payload, err := s.read()
	if err != nil || op != opText {
		t.Fatalf("the server sent %x %s, %v", op, payload, err)
	}
	return string(payload)
}

func (s *rawSocket) say(t *testing.T, text string) {
	t.Helper()
	if err := s.write(appendFrame(nil, final|opText, text)); err != nil {
		t.Fatal(err)
	}
}

// A station of 2.1 is told that its answer makes no sense; one of another version has no message for that. The command ends at once
// either way, and the connection goes on.
func TestAnswers_ThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ version, answer, code string }{
		"2.1 against the schema":   {"2.1", `[3,"ID",{}]`, "OccurrenceConstraintViolation"},
		"2.1 no object":            {"2.1", `[3,"ID","Accepted"]`, "FormatViolation"},
		"2.0.1 against the schema": {"2.0.1", `[3,"ID",{}]`, ""},
		"2.0.1 no object":          {"2.0.1", `[3,"ID","Accepted"]`, ""},
		"1.6 no object":            {"1.6", `[3,"ID","Accepted"]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s, id := asked(t, c.version)
			s.say(t, strings.ReplaceAll(c.answer, "ID", id))
			s.say(t, `[2,"next","Heartbeat",{}]`)
			if c.code != "" {
				if got := s.text(t); !strings.HasPrefix(got, `[5,"`+id+`","`+c.code+`","`) || !strings.HasSuffix(got, `,{}]`) {
					t.Errorf("the answer was answered %s", got)
				}
			}
			if got := s.text(t); !strings.HasPrefix(got, `[3,"next",`) {
				t.Errorf("afterwards a call was answered %s", got)
			}
			w.Eventually("the command has ended", func() bool { return outcomes(w, "FAILED", "UNREADABLE_ANSWER") == 1 })
			if got := worldtest.OwnerValue[string](w, "select coalesce(string_agg(action || ' ' || error_code, ','), '') from ocpp_messages where type = 'CALLRESULTERROR' and direction = 'SENT' and message_id = $1", id); c.code != "" && got != "ClearCache "+c.code || c.code == "" && got != "" {
				t.Errorf("logged as sent is %q", got)
			}
		})
	}
}

// What a station can't read of our answers is logged with the call that it was about.
func TestAnswers_ThatTheStationCannotRead(t *testing.T) {
	t.Parallel()
	w := worldtest.New(t)
	w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := openRawAs(t, w, "CP1", "ocpp2.1")
	s.say(t, `[2,"beat","Heartbeat",{}]`)
	s.text(t)
	s.say(t, `[5,"beat","FormatViolation","the time is odd",{"at":"currentTime"}]`)
	s.say(t, `[5,"nothing","GenericError","",{}]`)
	s.say(t, `[2,"next","Heartbeat",{}]`)
	if got := s.text(t); !strings.HasPrefix(got, `[3,"next",`) {
		t.Errorf("a complaint was answered, or the next call so: %s", got)
	}
	for id, want := range map[string]string{"beat": "Heartbeat FormatViolation the time is odd", "nothing": " GenericError "} {
		if got := worldtest.OwnerValue[string](w, `select coalesce(action, '') || ' ' || error_code || ' ' || (payload::json->>'errorDescription') from ocpp_messages
			where type = 'CALLRESULTERROR' and direction = 'RECEIVED' and message_id = $1`, id); got != want {
			t.Errorf("the complaint about %s is logged as %q", id, got)
		}
	}
}

// Message types that a version doesn't have: 2.0.1 says so of a message, 1.6 ignores it (OCPP 2.0.1 Part 4 §4.1.3).
func TestAnswers_ToTypesOfAnotherVersion(t *testing.T) {
	t.Parallel()
	for version, refused := range map[string]bool{"1.6": false, "2.0.1": true} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			w := worldtest.New(t)
			w.AddStation(w.A, w.A.Main, "CP1", 1)
			s := openRawAs(t, w, "CP1", "ocpp"+version)
			s.say(t, `[5,"five","GenericError","",{}]`)
			s.say(t, `[6,"six","NotifyPeriodicEventStream",{"id":1}]`)
			s.say(t, `[2,"next","Heartbeat",{}]`)
			if refused {
				if got := s.text(t); !strings.HasPrefix(got, `[4,"six","MessageTypeNotSupported",`) {
					t.Errorf("the message was answered %s", got)
				}
			}
			if got := s.text(t); !strings.HasPrefix(got, `[3,"next",`) {
				t.Errorf("the next call was answered %s", got)
			}
			if n := worldtest.OwnerValue[int](w, "select count(*) from ocpp_messages where direction = 'RECEIVED' and message_id in ('five', 'six')"); n != 2 {
				t.Errorf("%d of the two are logged", n)
			}
		})
	}
}
