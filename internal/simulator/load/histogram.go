package load

import (
	"math/bits"
	"time"
)

// Of each power of two, a histogram tells subBuckets sizes apart: an error of at most 1.6 %.
const (
	subBits    = 6
	subBuckets = 1 << subBits
	buckets    = (40-subBits)*subBuckets/2 + subBuckets
)

// histogram counts durations in microseconds, up to twelve days.
type histogram struct {
	counts [buckets]uint32
	n      uint64
	sum    time.Duration
	most   time.Duration
}

func (h *histogram) record(d time.Duration) {
	h.counts[bucket(uint64(max(d, 0).Microseconds()))]++
	h.n++
	h.sum += d
	h.most = max(h.most, d)
}

func bucket(us uint64) int {
	if us < subBuckets {
		return int(us)
	}
	shift := bits.Len64(us) - subBits
	return min(shift*subBuckets/2+int(us>>shift), buckets-1)
}

// value is the largest duration of a bucket.
func value(bucket int) time.Duration {
	if bucket < subBuckets {
		return time.Duration(bucket) * time.Microsecond
	}
	half := subBuckets / 2
	shift := bucket/half - 1
	mantissa := bucket - shift*half
	return time.Duration((uint64(mantissa+1)<<shift)-1) * time.Microsecond
}

func (h *histogram) add(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.n += other.n
	h.sum += other.sum
	h.most = max(h.most, other.most)
}

// quantile is the duration that a share q of all stays within.
func (h *histogram) quantile(q float64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank, seen := uint64(q*float64(h.n)), uint64(0)
	for i, n := range h.counts {
		if seen += uint64(n); seen > rank {
			return min(value(i), h.most)
		}
	}
	return h.most
}
