package tariff

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

const (
	minutesOfDay  = 24 * 60
	minutesOfWeek = 7 * minutesOfDay
)

// week is a set of minutes of the week, from Monday 00:00 on.
type week [(minutesOfWeek + 63) / 64]uint64

func (w *week) add(from, to int) {
	for m := from; m < to; m++ {
		w[m/64] |= 1 << (m % 64)
	}
}

func (w *week) has(m int) bool { return w[m/64]&(1<<(m%64)) != 0 }

func (w *week) join(o *week) {
	for i := range w {
		w[i] |= o[i]
	}
}

func (w *week) covers(o *week) bool {
	for i := range w {
		if o[i]&^w[i] != 0 {
			return false
		}
	}
	return true
}

func (w *week) size() (minutes int) {
	for _, word := range w {
		minutes += bits.OnesCount64(word)
	}
	return minutes
}

// week gives the minutes of the week at which time of day and day of week let the element count.
func (r *Restrictions) week() *week {
	var w week
	start, _ := Clock(r.StartTime)
	end, _ := Clock(r.EndTime)
	if end == 0 {
		end = minutesOfDay
	}
	for n, d := range Weekdays {
		if len(r.Days) > 0 && !slices.Contains(r.Days, d) {
			continue
		}
		day := n * minutesOfDay
		if start < end {
			w.add(day+start, day+end)
		} else {
			w.add(day, day+end)
			w.add(day+start, day+minutesOfDay)
		}
	}
	return &w
}

// gaps names the spans of the week that are not in the set: "Monday 22:00 to Tuesday 06:00". One that comes every day is named once.
func (w *week) gaps() []string {
	if w.size() == 0 {
		return []string{"the whole week"}
	}
	first := 0 // begin at a priced minute, so that a gap over Sunday night stays whole
	for !w.has(first) {
		first++
	}
	type gap struct{ from, to int }
	var found []gap
	for i := 0; i < minutesOfWeek; {
		if w.has((first + i) % minutesOfWeek) {
			i++
			continue
		}
		from := i
		for i < minutesOfWeek && !w.has((first+i)%minutesOfWeek) {
			i++
		}
		found = append(found, gap{(first + from) % minutesOfWeek, (first + i) % minutesOfWeek})
	}
	slices.SortFunc(found, func(a, b gap) int { return a.from - b.from })
	daily := len(found) == 7
	for _, g := range found {
		daily = daily && g.from%minutesOfDay == found[0].from%minutesOfDay && g.to%minutesOfDay == found[0].to%minutesOfDay
	}
	if daily {
		return []string{fmt.Sprintf("every day %s to %s", clockWord(found[0].from), clockWord(found[0].to))}
	}
	names := make([]string, len(found))
	for i, g := range found {
		names[i] = fmt.Sprintf("%s %s to %s %s", Weekdays[g.from/minutesOfDay].word(), clockWord(g.from), Weekdays[g.to/minutesOfDay].word(), clockWord(g.to))
	}
	return names
}

func clockWord(minute int) string {
	minute %= minutesOfDay
	return fmt.Sprintf("%02d:%02d", minute/60, minute%60)
}

func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
