package conformance_test

import "testing"

// openList201 is a station of version 2.0.1 that has its list already.
func openList201(t *testing.T) *csms {
	t.Helper()
	c := open201(t)
	list, p := c.sendList(true, "Accepted")
	c.says(p.ends("ACCEPTED"), `"version":1`, `"full":true`, `"sent":2`)
	list.is(t, 1, "Full", relative+" Accepted", valid+" Accepted")
	c.hasList(1, relative+" Accepted", valid+" Accepted")
	return c
}

func TestTC_D_01_CSMS_SendLocalListFull(t *testing.T) {
	t.Parallel()
	openList201(t)
}

func TestTC_D_02_CSMS_SendLocalListDifferential(t *testing.T) {
	t.Parallel()
	c := openList201(t)
	c.block(blocked, false)
	list, p := c.sendList(false, "Accepted")
	p.ends("ACCEPTED")
	list.is(t, 2, "Differential", blocked+" Accepted")
	c.hasList(2, blocked+" Accepted", relative+" Accepted", valid+" Accepted")
}

func TestTC_D_03_CSMS_SendLocalListRemove(t *testing.T) {
	t.Parallel()
	c := openList201(t)
	c.block(relative, true)
	list, p := c.sendList(false, "Accepted")
	c.says(p.ends("ACCEPTED"), `"removed":1`)
	list.is(t, 2, "Differential", relative+" removed")
	c.hasList(2, valid+" Accepted")
}

func TestTC_D_04_CSMS_SendLocalListEmpty(t *testing.T) {
	t.Parallel()
	c := openList201(t)
	c.block(relative, true)
	c.block(valid, true)
	list, p := c.sendList(true, "Accepted")
	p.ends("ACCEPTED")
	list.is(t, 2, "Full")
	c.hasList(2)
}

func TestTC_D_08_CSMS_LocalListVersion(t *testing.T) {
	t.Parallel()
	c := openList201(t)
	c.says(c.listVersion(object{"versionNumber": 1}), `"version":1`)
	c.hasList(1, relative+" Accepted", valid+" Accepted")
	// Of another version than was sent nobody knows what it holds.
	c.listVersion(object{"versionNumber": 7})
	if st := c.state(); st.LocalListVersion == nil || *st.LocalListVersion != 7 || st.LocalListAt != nil {
		t.Errorf("the list is known as version %v since %v", st.LocalListVersion, st.LocalListAt)
	}
}

func TestTC_D_09_CSMS_LocalListVersionWithoutList(t *testing.T) {
	t.Parallel()
	c := open201(t)
	c.says(c.listVersion(object{"versionNumber": 0}), `"version":0`)
	c.hasList(0)
}
