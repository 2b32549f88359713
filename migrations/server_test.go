package migrations

import (
	"strings"
	"testing"
)

func TestOldServersAreRefused(t *testing.T) {
	t.Parallel()
	for number, version := range map[int]string{150000: "15.0", 150014: "15.14", 180004: "18.4"} {
		if err := checkServerVersion(number, version); err != nil {
			t.Errorf("%s: %v", version, err)
		}
	}
	err := checkServerVersion(140019, "14.19")
	if err == nil || !strings.Contains(err.Error(), "PostgreSQL 14.19") || !strings.Contains(err.Error(), "15 or newer") {
		t.Errorf("got %v", err)
	}
}
