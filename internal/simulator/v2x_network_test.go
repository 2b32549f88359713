package simulator

import (
	"testing"
	"time"

	"github.com/busbar-ev/busbar/ocpp/v21"
)

// A network profile counts once it is in the priority and the station has restarted; one that leads nowhere is given up for the next.
func TestNetworkProfilesAreTakenAtTheRestart(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, c *csms) {
		c.switchOn(Options{})
		setProfile := func(slot int64, url string) v21.SetNetworkProfileStatus {
			return ask[v21.SetNetworkProfileResponse](c, "SetNetworkProfile", &v21.SetNetworkProfileRequest{ConfigurationSlot: slot, ConnectionData: v21.NetworkConnectionProfile{
				OCPPInterface: v21.OCPPInterfaceWired0, OCPPTransport: v21.OCPPTransportJSON, OCPPVersion: versionName(c), OCPPCsmsURL: url, MessageTimeout: 30, SecurityProfile: 1,
			}}).Status
		}
		setPriority := func(value string) v21.SetVariableStatus {
			return ask[v21.SetVariablesResponse](c, "SetVariables", &v21.SetVariablesRequest{SetVariableData: []v21.SetVariableData{{
				Component: v21.Component{Name: "OCPPCommCtrlr"}, Variable: v21.Variable{Name: "NetworkConfigurationPriority"}, AttributeValue: value,
			}}}).SetVariableResult[0].AttributeStatus
		}
		active := func() string {
			return ask[v21.GetVariablesResponse](c, "GetVariables", &v21.GetVariablesRequest{GetVariableData: []v21.GetVariableData{{
				Component: v21.Component{Name: "OCPPCommCtrlr"}, Variable: v21.Variable{Name: "ActiveNetworkProfile"},
			}}}).GetVariableResult[0].AttributeValue
		}
		if got := setProfile(2, "ws://elsewhere/ocpp/demo"); got != v21.SetNetworkProfileStatusAccepted {
			t.Fatalf("the profile was %s", got)
		}
		if got := setPriority("2,1"); got != v21.SetVariableStatusRebootRequired {
			t.Fatalf("the priority was %s", got)
		}
		pass(time.Minute)
		if got := c.hosts(); len(got) != 1 || got[0] != "csms" || active() != "1" {
			t.Errorf("before the restart the station was at %q, with profile %s", got, active())
		}
		restart := func() {
			ask[v21.ResetResponse](c, "Reset", &v21.ResetRequest{Type: v21.ResetTypeImmediate})
			pass(time.Minute)
		}
		restart()
		if got := c.hosts(); got[len(got)-1] != "elsewhere" || active() != "2" {
			t.Errorf("after the restart the station was at %q, with profile %s", got, active())
		}
		// Another one that nobody answers is tried three times, and then the next of the priority.
		setProfile(3, "ws://nowhere/ocpp/demo")
		setPriority("3,1")
		before := len(c.hosts())
		c.unknownHost("nowhere")
		restart()
		got := c.hosts()[before:]
		if len(got) != 4 || got[0] != "nowhere" || got[2] != "nowhere" || got[3] != "csms" || active() != "1" {
			t.Errorf("after the second restart the station was at %q, with profile %s", got, active())
		}
	})
}

func versionName(c *csms) v21.OCPPVersion {
	if c.version.String() == "2.1" {
		return v21.OCPPVersionOCPP21
	}
	return v21.OCPPVersionOCPP20
}
