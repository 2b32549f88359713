package conformance_test

import (
	"testing"
)

func list201(version int, kind string, allowed, removed []string) object {
	entries := []object{}
	for _, tag := range allowed {
		entries = append(entries, object{"idToken": card(tag), "idTokenInfo": status("Accepted")})
	}
	for _, tag := range removed {
		entries = append(entries, object{"idToken": card(tag)})
	}
	o := object{"versionNumber": version, "updateType": kind}
	if len(entries) > 0 {
		o["localAuthorizationList"] = entries
	}
	return o
}

func TestTC_D_01_CSMS_SendLocalListFull(t *testing.T) {
	t.Parallel()
	open201(t).raw("SendLocalList", list201(1, "Full", []string{valid, relative}, nil), accepted)
}

func TestTC_D_02_CSMS_SendLocalListDifferential(t *testing.T) {
	t.Parallel()
	open201(t).raw("SendLocalList", list201(2, "Differential", []string{relative}, nil), accepted)
}

func TestTC_D_03_CSMS_SendLocalListRemove(t *testing.T) {
	t.Parallel()
	open201(t).raw("SendLocalList", list201(3, "Differential", nil, []string{relative}), accepted)
}

func TestTC_D_04_CSMS_SendLocalListEmpty(t *testing.T) {
	t.Parallel()
	open201(t).raw("SendLocalList", list201(4, "Full", nil, nil), accepted)
}

func TestTC_D_08_CSMS_LocalListVersion(t *testing.T) {
	t.Parallel()
	open201(t).raw("GetLocalListVersion", object{}, object{"versionNumber": 4})
}

func TestTC_D_09_CSMS_LocalListVersionWithoutList(t *testing.T) {
	t.Parallel()
	open201(t).raw("GetLocalListVersion", object{}, object{"versionNumber": 0})
}
