package bus

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The index counts off patterns; this is what they mean, spelt out.
func matches(p Pattern, s Subject) bool {
	want, got := strings.Split(p.text, "."), strings.Split(s.text, ".")
	for i, w := range want {
		switch {
		case i >= len(got):
			return false
		case w == ">":
			return true
		case w != "*" && w != got[i]:
			return false
		}
	}
	return len(want) == len(got)
}

func TestIndexAgreesWithTheMeaningOfPatterns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		token := rapid.SampledFrom([]string{"a", "b", "ab"})
		subject := func(label string) Subject {
			return MustSubject(rapid.SliceOfN(token, 2, 6).Draw(r, label)...)
		}
		b := NewMemory()
		defer b.Close()
		var subs []*Subscription
		for range rapid.IntRange(1, 8).Draw(r, "subscriptions") {
			base := subject("base")
			p := base.Exact()
			switch rapid.IntRange(0, 2).Draw(r, "shape") {
			case 1:
				p = base.MustAny(rapid.SliceOfN(token, 0, 3).Draw(r, "tail")...)
			case 2:
				p = base.All()
			}
			s, err := b.Subscribe(p, 1)
			if err != nil {
				r.Fatal(err)
			}
			subs = append(subs, s)
		}
		gone := rapid.IntRange(0, len(subs)-1).Draw(r, "closed")
		subs[gone].Close()
		published := subject("published")
		if err := b.Publish(t.Context(), published, nil); err != nil {
			r.Fatal(err)
		}
		for i, s := range subs {
			want := matches(s.pattern, published) && i != gone
			if got := len(s.C) == 1; got != want {
				r.Errorf("%s, subscribed to %s: delivered %v, want %v", published, s.pattern, got, want)
			}
		}
	})
}

func TestSubjectsAreBounded(t *testing.T) {
	t.Parallel()
	if _, err := NewSubject("tenant", strings.Repeat("x", maxSubject)); err == nil {
		t.Error("a subject of any length is accepted")
	}
	if _, err := NewSubject(strings.Split(strings.Repeat("x.", maxTokens)+"x", ".")...); err == nil {
		t.Error("a subject of any depth is accepted")
	}
	if _, err := tenantA.Any(strings.Repeat("x", maxSubject)); err == nil {
		t.Error("a pattern of any length is accepted")
	}
	if s := status(tenantA, "s1"); s.Token(3) != "s1" || s.Token(9) != "" || s.Token(-1) != "" {
		t.Error("wrong tokens")
	}
}

// Publishing costs the same whoever else subscribes, and allocates nothing when nobody does.
func TestPublishAllocatesNothingForOthersSubscribers(t *testing.T) {
	b := crowded(t, 5000)
	defer b.Close()
	subject, payload := status(tenantA, "nobody"), []byte("{}")
	if n := testing.AllocsPerRun(100, func() { _ = b.Publish(t.Context(), subject, payload) }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

// crowded has subscribers to many other stations and kinds of the same tenant, and to other tenants.
func crowded(tb testing.TB, n int) *Memory {
	tb.Helper()
	b := NewMemory()
	stations := MustSubject("tenant", tenantA.Token(1), "station")
	for i := range n {
		for _, p := range []Pattern{
			status(tenantA, fmt.Sprint("s", i)).Exact(),
			stations.MustAny(fmt.Sprint("kind", i)),
			MustSubject("tenant", fmt.Sprint("t", i)).All(),
		} {
			if _, err := b.Subscribe(p, 1); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return b
}

func BenchmarkPublish(b *testing.B) {
	for _, others := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("others=%d", others*3), func(b *testing.B) {
			bus := crowded(b, others)
			defer bus.Close()
			subject, payload := status(tenantA, "nobody"), []byte("{}")
			b.ReportAllocs()
			for b.Loop() {
				_ = bus.Publish(b.Context(), subject, payload)
			}
		})
	}
}
