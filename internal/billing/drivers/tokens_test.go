package drivers_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/evdriver"
	"github.com/busbar-ev/busbar/internal/billing/drivers"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

type judged struct {
	TransactionID int64 `json:"transactionId"`
	IDTagInfo     struct {
		Status string `json:"status"`
	} `json:"idTagInfo"`
}

func authorize(s *worldtest.Station, tag string) string {
	return worldtest.Do[judged](s, "Authorize", map[string]string{"idTag": tag}).IDTagInfo.Status
}

func begin(s *worldtest.Station, connector int, tag string) judged {
	return worldtest.Do[judged](s, "StartTransaction", map[string]any{
		"connectorId": connector, "idTag": tag, "meterStart": 0, "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
	})
}

// The tokens of a blocked driver are blocked wherever they are judged, and good again once the driver is.
func TestUpdate_BlocksAllTokens(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	driver := d.driver("a@demo.example")
	_, err := d.w.Charging.CreateToken(d.w.A.As("OPERATOR"), charging.TokenSpec{IDTag: "CARD-1", Driver: driver.ID})
	d.must(err)
	st := d.w.AddStation(d.w.A, d.w.A.Main, "CP1", 1)
	s := d.w.Onboarded(d.w.A, st)
	judge := func(want string) {
		t.Helper()
		for _, tag := range []string{d.tag(driver), "CARD-1"} {
			if got := authorize(s, tag); got != want {
				t.Errorf("token %s is %s, want %s", tag, got, want)
			}
		}
	}
	set := func(status evdriver.Status) {
		t.Helper()
		_, err := d.w.Drivers.Update(d.ctx, driver.ID, drivers.Change{Status: &status})
		d.must(err)
	}
	judge("Accepted")
	set(evdriver.StatusBlocked)
	judge("Blocked")
	_, err = d.w.Charging.RemoteStart(d.w.A.As("OPERATOR"), st.ID, charging.RemoteStart{IDTag: "CARD-1", EvseNo: 1}, 0)
	d.refused("a remote start", err, fault.Conflict, "")
	go func() { // the station takes the list
		c := s.NextCall()
		var list struct {
			LocalAuthorizationList []struct {
				IDTag     string                  `json:"idTag"`
				IDTagInfo struct{ Status string } `json:"idTagInfo"`
			} `json:"localAuthorizationList"`
		}
		_ = json.Unmarshal(c.Payload, &list)
		for _, e := range list.LocalAuthorizationList {
			if e.IDTagInfo.Status != "Blocked" {
				t.Errorf("the station's list says of %s that it is %s", e.IDTag, e.IDTagInfo.Status)
			}
		}
		if len(list.LocalAuthorizationList) != 2 {
			t.Errorf("the station is sent %s", c.Payload)
		}
		s.Answer(c, `{"status":"Accepted"}`)
	}()
	_, err = d.w.Charging.SendLocalList(d.w.A.As("OPERATOR"), st.ID, true, nil, 10)
	d.must(err)
	set(evdriver.StatusActive)
	judge("Accepted")
}

// One token charges one car at a time, wherever: at another station, and at another connector of the same one. The same driver's
// other token is another identifier.
func TestTokens_OneCarAtATime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	driver := d.driver("a@demo.example")
	_, err := d.w.Charging.CreateToken(d.w.A.As("OPERATOR"), charging.TokenSpec{IDTag: "CARD-1", Driver: driver.ID})
	d.must(err)
	here, there := d.w.AddStation(d.w.A, d.w.A.Main, "CP1", 3), d.w.AddStation(d.w.A, d.w.A.Main, "CP2", 1)
	a, b, tag := d.w.Onboarded(d.w.A, here), d.w.Onboarded(d.w.A, there), d.tag(driver)
	first := begin(a, 1, tag)
	if first.IDTagInfo.Status != "Accepted" {
		t.Fatalf("the first start is %+v", first)
	}
	for what, got := range map[string]string{
		"the token at another station": authorize(b, tag),
		"a start at another connector": begin(a, 2, tag).IDTagInfo.Status,
		"a start at another station":   begin(b, 1, tag).IDTagInfo.Status,
	} {
		if got != "ConcurrentTx" {
			t.Errorf("%s is %s", what, got)
		}
	}
	for what, got := range map[string]string{
		"the token at its station, to stop": authorize(a, tag),
		"the driver's other token":          begin(a, 3, "CARD-1").IDTagInfo.Status,
	} {
		if got != "Accepted" {
			t.Errorf("%s is %s", what, got)
		}
	}
}

// A token is good where its driver pays, and becomes nobody's when the driver gives it back.
func TestTokens_BelongToTheDriversNetwork(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	operator := d.w.A.As("OPERATOR")
	driver := d.driver("a@demo.example")
	token, err := d.w.Charging.CreateToken(operator, charging.TokenSpec{IDTag: "CARD-1", Driver: driver.ID})
	d.must(err)
	if token.NetworkID == nil || *token.NetworkID != d.w.A.Main || *token.DriverID != driver.ID {
		t.Errorf("the token is %+v", token)
	}
	_, err = d.w.Charging.CreateToken(operator, charging.TokenSpec{IDTag: "CARD-2", Driver: driver.ID, Network: d.w.A.Sub})
	d.refused("a token of another network", err, fault.Invalid, "driverId")
	for what, spec := range map[string]charging.TokenSpec{"another network": {IDTag: "SUB", Network: d.w.A.Sub}, "every network": {IDTag: "ALL"}} {
		other, err := d.w.Charging.CreateToken(operator, spec)
		d.must(err)
		_, err = d.w.Charging.UpdateToken(operator, other.ID, charging.TokenChange{Driver: &driver.ID})
		d.refused("a token of "+what, err, fault.Invalid, "driverId")
	}
	change := func(to uuid.UUID) *ent.Token {
		t.Helper()
		changed, err := d.w.Charging.UpdateToken(operator, token.ID, charging.TokenChange{Driver: &to})
		d.must(err)
		return changed
	}
	if got := change(uuid.Nil); got.DriverID != nil {
		t.Errorf("the token that was given back is %+v", got)
	}
	other := d.driver("b@demo.example")
	if got := change(other.ID); got.DriverID == nil || *got.DriverID != other.ID {
		t.Errorf("the token that was handed on is %+v", got)
	}
}

// An idTag is one for all networks of a tenant: a sub-client who tries one of another network is told the same as for one of its own, and
// not that somebody has it.
func TestSec054_AnIdTagOfAnotherNetworkIsNotTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	operator := d.w.A.In(d.w.A.Sub, tenancy.Operator)
	_, err := d.w.Charging.CreateToken(d.w.A.As(tenancy.Operator), charging.TokenSpec{IDTag: "CARD-MAIN", Network: d.w.A.Main})
	d.must(err)
	_, err = d.w.Charging.CreateToken(operator, charging.TokenSpec{IDTag: "CARD-SUB"})
	d.must(err)
	_, foreign := d.w.Charging.CreateToken(operator, charging.TokenSpec{IDTag: "CARD-MAIN"})
	_, own := d.w.Charging.CreateToken(operator, charging.TokenSpec{IDTag: "CARD-SUB"})
	f, o := fault.Of(foreign), fault.Of(own)
	if f == nil || o == nil || f.Code != fault.Conflict || f.Code != o.Code || f.Field != o.Field || f.Message != o.Message || strings.Contains(f.Message, "already") {
		t.Errorf("another network's is answered %v, its own %v", foreign, own)
	}
	if _, err := d.w.Charging.CreateToken(d.w.B.As(tenancy.Operator), charging.TokenSpec{IDTag: "CARD-MAIN", Network: d.w.B.Main}); err != nil {
		t.Errorf("another tenant's is in the way: %v", err)
	}
}
