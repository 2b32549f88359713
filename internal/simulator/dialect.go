package simulator

import (
	"fmt"

	"github.com/busbar-ev/busbar/ocpp/frame"
	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// dialect is how a station says in one version of OCPP what it does, and how it understands its CSMS. What the station does is
// the same in all of them, and is kept in the words of 1.6, whose statuses are the finest.
type dialect interface {
	version() frame.Version

	// answer handles a call of the CSMS. What it returns beside the answer runs when the answer has left.
	answer(f frame.Frame) (payload []byte, after func(), err error)
	// encode gives the payload of a call, decode reads the answer to one.
	encode(action string, m schema.Message) ([]byte, error)
	decode(action string, payload []byte) (schema.Message, error)

	sendBoot(answered func(registration), failed func(error))
	sendHeartbeat(urgent bool)
	// sendMain tells the status of the station as a whole, sendStatus that of a connector.
	sendMain(urgent bool)
	sendStatus(c *connector, urgent bool)
	sendAuthorize(t token, answered func(tokenInfo), failed func(error))

	// restarted is called before a station that has restarted connects, dialled after each attempt to.
	restarted()
	dialled(reached bool)
	// booted is called when the CSMS has accepted the boot.
	booted()
	// plugged, authorised and abandoned tell what happens before a session and between two; abandoned is somebody who was
	// authorised and didn't come.
	plugged(c *connector)
	unplugged(c *connector)
	authorised(c *connector)
	abandoned(c *connector)
	// begin, changed and end tell a session's life.
	begin(c *connector, tx *transaction)
	changed(c *connector)
	sampled(c *connector, setting string, context v16.ReadingContext, urgent bool)
	// watched is called every few seconds while energy may flow.
	watched(c *connector)
	end(c *connector, tx *transaction, reason v16.Reason, t token)

	// fetchedFirmware and sentLog tell how a download or an upload is getting on.
	fetchedFirmware(u *update)
	sentLog(l *logUpload)
	reservationEnded(r *reservation, why string)
	sendCSR(csr string, use string)
}

// registration is the answer to a boot.
type registration struct {
	status   v16.RegistrationStatus
	interval int64
	now      schema.Time
}

// Versions are the versions that a station can speak, as an operator writes them.
var Versions = []string{frame.V16.String(), frame.V201.String(), frame.V21.String()}

func (s *Station) speak(version string) (dialect, error) {
	switch version {
	case frame.V16.String():
		return &station16{Station: s}, nil
	case frame.V201.String():
		return newStation2x(s, frame.V201), nil
	case frame.V21.String():
		return newStation2x(s, frame.V21), nil
	}
	return nil, fmt.Errorf("OCPP %q can't be simulated: give one of 1.6, 2.0.1, 2.1", version)
}
