package load

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestBucketsAreInOrderAndHoldTheirValues(t *testing.T) {
	t.Parallel()
	last := -1
	for us := uint64(0); us < 1<<22; us++ {
		b := bucket(us)
		if b != last && b != last+1 {
			t.Fatalf("%d µs goes into bucket %d after %d", us, b, last)
		}
		last = b
		if top := value(b).Microseconds(); top < int64(us) || float64(top) > float64(us)*1.035+1 {
			t.Fatalf("%d µs reads as %d µs", us, top)
		}
	}
	if b := bucket(1 << 60); b != buckets-1 {
		t.Errorf("the longest goes into bucket %d", b)
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var all []time.Duration
	var total histogram
	for range 4 {
		var h histogram
		for range 25_000 {
			d := time.Duration(rng.ExpFloat64()*float64(5*time.Millisecond)) + 100*time.Microsecond
			all = append(all, d)
			h.record(d)
		}
		total.add(&h)
	}
	slices.Sort(all)
	for _, q := range []float64{0.5, 0.9, 0.99, 0.999} {
		want, have := all[int(q*float64(len(all)))], total.quantile(q)
		if have < want*98/100 || have > want*104/100 {
			t.Errorf("quantile %v is %v, not %v", q, have, want)
		}
	}
	if total.quantile(1) != all[len(all)-1] || total.most != all[len(all)-1] || total.n != 100_000 {
		t.Errorf("the longest of %d is %v, not %v", total.n, total.quantile(1), all[len(all)-1])
	}
	if new(histogram).quantile(0.5) != 0 {
		t.Error("nothing has a median")
	}
}
