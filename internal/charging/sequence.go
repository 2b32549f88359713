package charging

import (
	"slices"
	"strconv"
	"strings"
)

// sequence is the set of event numbers of a session that are stored, as ranges in order. OCPP 2.x numbers the events of a
// transaction from 0 without gaps (OCPP 2.0.1 Part 2 §1.3), so it stays a range or two.
type sequence []seqRange

// seqRange is from the first number up to, but not with, the end.
type seqRange struct{ from, to int64 }

// maxSeq is the greatest event number that is kept track of; the column counts in 32 bits.
const maxSeq = 1<<31 - 2

// parseSequence reads a Postgres multirange: {[0,5),[7,8)}.
func parseSequence(text string) sequence {
	var s sequence
	for part := range strings.SplitSeq(strings.Trim(text, "{}"), "),") {
		from, to, ok := strings.Cut(strings.Trim(part, "[)"), ",")
		if !ok {
			continue
		}
		a, errA := strconv.ParseInt(from, 10, 64)
		b, errB := strconv.ParseInt(to, 10, 64)
		if errA == nil && errB == nil {
			s = append(s, seqRange{a, b})
		}
	}
	return s
}

func (s sequence) has(n int64) bool {
	for _, r := range s {
		if n >= r.from && n < r.to {
			return true
		}
	}
	return false
}

// with returns the set with one more number.
func (s sequence) with(n int64) sequence {
	if s.has(n) || n < 0 || n > maxSeq {
		return s
	}
	i, _ := slices.BinarySearchFunc(s, n, func(r seqRange, n int64) int { return int(max(-1, min(1, r.from-n))) })
	s = slices.Insert(slices.Clone(s), i, seqRange{n, n + 1})
	merged := s[:1]
	for _, r := range s[1:] {
		if last := &merged[len(merged)-1]; r.from <= last.to {
			last.to = max(last.to, r.to)
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}

// String writes the set as a Postgres multirange.
func (s sequence) String() string {
	parts := make([]string, len(s))
	for i, r := range s {
		parts[i] = "[" + strconv.FormatInt(r.from, 10) + "," + strconv.FormatInt(r.to, 10) + ")"
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// complete reports whether nothing is missing up to the highest number.
func (s sequence) complete() bool { return len(s) == 0 || len(s) == 1 && s[0].from <= 0 }
