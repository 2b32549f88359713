package dbtest_test

import (
	"testing"

	"github.com/busbar-ev/busbar/internal/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestNewGivesEachCallerItsOwnDatabase(t *testing.T) {
	t.Parallel()
	if a, b := dbtest.New(t), dbtest.New(t); a == b {
		t.Fatalf("two calls share %s", a)
	}
}
