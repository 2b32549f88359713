package conformance_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/locallistentry"
	tokens "github.com/busbar-ev/busbar/ent/token"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/worldtest"
)

// The list by which a station decides on its own. The tokens are those of every test: a valid one and one of its group, a blocked
// one and an expired one. A station of 1.6 is told of all, one of 2.x of those that may charge.

// listGiven is a list as it arrives at a station, of either version: each token with its state, or with none to take it off.
type listGiven struct {
	version    int
	updateType string
	entries    []string
}

// sendList sends the station its list, whole or what has changed, and has it answer so.
func (c *csms) sendList(full bool, answer string) (listGiven, *pending) {
	c.t.Helper()
	var asked struct {
		ListVersion, VersionNumber int
		UpdateType                 string
		LocalAuthorizationList     []struct {
			IDTag                  string
			IDTagInfo, IDTokenInfo *struct{ Status string }
			IDToken                struct{ IDToken string }
		}
	}
	p := c.command(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.SendLocalList(ctx, c.station.ID, full, nil, 30)
	})
	c.s.expect("SendLocalList", &asked).answer(status(answer))
	list := listGiven{version: asked.ListVersion + asked.VersionNumber, updateType: asked.UpdateType}
	for _, e := range asked.LocalAuthorizationList {
		state := "removed"
		switch {
		case e.IDTagInfo != nil:
			state = e.IDTagInfo.Status
		case e.IDTokenInfo != nil:
			state = e.IDTokenInfo.Status
		}
		list.entries = append(list.entries, e.IDTag+e.IDToken.IDToken+" "+state)
	}
	slices.Sort(list.entries)
	return list, p
}

func (l listGiven) is(t *testing.T, version int, updateType string, entries ...string) {
	t.Helper()
	if l.version != version || l.updateType != updateType || !slices.Equal(l.entries, entries) {
		t.Errorf("the station was sent version %d, %s, with %q; want %d, %s, %q", l.version, l.updateType, l.entries, version, updateType, entries)
	}
}

// hasList expects what is known of the list that the station holds.
func (c *csms) hasList(version int, entries ...string) {
	c.t.Helper()
	st := c.state()
	if st.LocalListVersion == nil || *st.LocalListVersion != version || st.LocalListAt == nil {
		c.t.Errorf("the list is known as version %v since %v, want %d", st.LocalListVersion, st.LocalListAt, version)
	}
	found, err := c.DB.Ent().LocalListEntry.Query().Where(locallistentry.StationID(c.station.ID)).Order(locallistentry.ByIDTag()).All(c.ctx)
	c.must(err, "load the list")
	var got []string
	for _, e := range found {
		got = append(got, e.IDTag+" "+e.Status)
	}
	if !slices.Equal(got, entries) {
		c.t.Errorf("the list is known to hold %q, want %q", got, entries)
	}
}

// knowsNoList expects that it isn't known what the station holds.
func (c *csms) knowsNoList() {
	c.t.Helper()
	st := c.state()
	if n := worldtest.OwnerValue[int](c.World, "select count(*) from local_list_entries"); n != 0 || st.LocalListAt != nil {
		c.t.Errorf("a list of %d tokens is known since %v, although the station took none", n, st.LocalListAt)
	}
}

// takesLists expects what is known of whether the station can keep lists at all.
func (c *csms) takesLists(want bool) {
	c.t.Helper()
	if got := worldtest.OwnerValue[bool](c.World, "select local_list_supported from stations where id = $1", c.station.ID); got != want {
		c.t.Errorf("that the station takes lists is kept as %v", got)
	}
}

// listVersion asks for the version of the list, and has the station answer so.
func (c *csms) listVersion(answer object) *ent.Command {
	c.t.Helper()
	return c.asks(func(ctx context.Context) (*ent.Command, error) {
		return c.Charging.LocalListVersion(ctx, c.station.ID, 30)
	},
		"GetLocalListVersion", nil, answer).ends("ACCEPTED")
}

// says expects words in the result of a command.
func (c *csms) says(got *ent.Command, words ...string) {
	c.t.Helper()
	text := ""
	if got.Result != nil {
		text = strings.ReplaceAll(string(*got.Result), `": `, `":`)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			c.t.Errorf("%s has the result %s, without %s", got.Action, text, word)
		}
	}
}

// block blocks a token, or lets it charge again.
func (c *csms) block(idTag string, blocked bool) {
	c.t.Helper()
	id := worldtest.OwnerValue[uuid.UUID](c.World, "select id from tokens where id_tag = $1 and tenant_id = $2", idTag, c.A.ID)
	state := tokens.StatusActive
	if blocked {
		state = tokens.StatusBlocked
	}
	_, err := c.Charging.UpdateToken(c.ctx, id, charging.TokenChange{Status: &state})
	c.must(err, "change the token "+idTag)
}

var allTokens = []string{blocked + " Blocked", expired + " Expired", relative + " Accepted", valid + " Accepted"}

func TestTC_042_1_CSMS_LocalListVersionNotSupported(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.says(c.listVersion(object{"listVersion": -1}), `"supported":false`)
	c.takesLists(false)
}

func TestTC_042_2_CSMS_LocalListVersionEmpty(t *testing.T) {
	t.Parallel()
	c := open16(t)
	c.says(c.listVersion(object{"listVersion": 0}), `"supported":true`, `"version":0`)
	c.takesLists(true)
	c.hasList(0)
}

func TestTC_043_1_CSMS_SendLocalListNotSupported(t *testing.T) {
	t.Parallel()
	c := open16(t)
	list, p := c.sendList(true, "NotSupported")
	p.endsFor("REJECTED", "no list of its own")
	list.is(t, 1, "Full", allTokens...)
	c.takesLists(false)
	c.hasList(0)
}

func TestTC_043_3_CSMS_SendLocalListFailed(t *testing.T) {
	t.Parallel()
	c := open16(t)
	list, p := c.sendList(true, "Failed")
	p.endsFor("REJECTED", "no room")
	list.is(t, 1, "Full", allTokens...)
	c.knowsNoList()
}

func TestTC_043_4_CSMS_SendLocalListFull(t *testing.T) {
	t.Parallel()
	c := open16(t)
	list, p := c.sendList(true, "Accepted")
	c.says(p.ends("ACCEPTED"), `"version":1`, `"full":true`, `"sent":4`)
	list.is(t, 1, "Full", allTokens...)
	c.hasList(1, allTokens...)
	c.listVersion(object{"listVersion": 1})
	c.hasList(1, allTokens...)
}

// A change has the next version and holds nothing but what has changed since the station was sent its list.
func TestTC_043_5_CSMS_SendLocalListDifferential(t *testing.T) {
	t.Parallel()
	c := open16(t)
	_, p := c.sendList(true, "Accepted")
	p.ends("ACCEPTED")
	c.block(relative, true)
	list, p := c.sendList(false, "Accepted")
	p.ends("ACCEPTED")
	list.is(t, 2, "Differential", relative+" Blocked")
	now := []string{blocked + " Blocked", expired + " Expired", relative + " Blocked", valid + " Accepted"}
	c.hasList(2, now...)
	c.listVersion(object{"listVersion": 2})
	c.hasList(2, now...)
}
