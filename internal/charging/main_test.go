package charging_test

import (
	"testing"

	"github.com/busbar-ev/busbar/internal/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
