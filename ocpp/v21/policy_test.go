package v21

import (
	"testing"

	"github.com/busbar-ev/busbar/ocpp/schema/repair"
	"github.com/busbar-ev/busbar/ocpp/schema/repair/repairtest"
)

func TestPolicyNamesExistingMembers(t *testing.T) {
	t.Parallel()
	repairtest.Policy(t, Actions, &repair.OCPP21)
}
