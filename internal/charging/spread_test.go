package charging

import (
	"testing"
	"time"
)

// Stations of a bulk command are asked at the rate that was chosen, but not in step.
func TestSec051_BulkCommandsAreSpread(t *testing.T) {
	t.Parallel()
	const interval, rounds = time.Second, 10_000
	var total time.Duration
	seen := map[time.Duration]bool{}
	for range rounds {
		d := spread(interval)
		if d < interval/2 || d > interval*3/2 {
			t.Fatalf("%v lie between two stations", d)
		}
		total += d
		seen[d] = true
	}
	if mean := total / rounds; mean < interval*95/100 || mean > interval*105/100 || len(seen) < rounds/2 {
		t.Errorf("on average %v lie between two stations, in %d ways", mean, len(seen))
	}
}
