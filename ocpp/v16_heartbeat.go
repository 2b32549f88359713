package ocpp

import (
	"time"

	"github.com/busbar-ev/busbar/ocpp/schema"
	"github.com/busbar-ev/busbar/ocpp/v16"
)

// heartbeat16 tells the time (OCPP 1.6 §4.6). That the station was heard is noted for every frame.
func heartbeat16(*exchange, *v16.HeartbeatRequest) (schema.Message, error) {
	return &v16.HeartbeatResponse{CurrentTime: schema.At(time.Now())}, nil
}
