package load

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of processor time in /proc: USER_HZ, which Linux has kept at 100 on every platform that Go runs on.
const clockTick = 10 * time.Millisecond

// usage is what processes have used.
type usage struct {
	cpu time.Duration
	rss int64 // bytes
}

// busy is the processor time that the whole machine has spent on anything, what its host took away included.
func busy() time.Duration {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	var total time.Duration
	for i, field := range strings.Fields(line) {
		// user nice system idle iowait irq softirq steal, then guests that are counted as users already (proc(5)).
		if i >= 1 && i <= 8 && i != 4 && i != 5 {
			total += ticks(field)
		}
	}
	return total
}

// process reads one process.
func process(pid int) (usage, error) {
	fields, err := stat(pid)
	if err != nil {
		return usage{}, err
	}
	return usage{cpu: ticks(fields[11]) + ticks(fields[12]), rss: pages(fields[21])}, nil
}

// descendants reads all processes below one, as one. The time of those that have ended is in their parent's account.
func descendants(pid int) (usage, error) {
	parents, err := parents()
	if err != nil {
		return usage{}, err
	}
	var total usage
	for child, parent := range parents {
		if !below(parents, child, pid) {
			continue
		}
		fields, err := stat(child)
		if err != nil {
			continue // it has just ended
		}
		total.cpu += ticks(fields[11]) + ticks(fields[12])
		total.rss += pages(fields[21])
		if parent == pid {
			total.cpu += ticks(fields[13]) + ticks(fields[14])
		}
	}
	return total, nil
}

func below(parents map[int]int, pid, ancestor int) bool {
	for range 64 { // deeper than any tree of processes here
		parent, ok := parents[pid]
		if !ok || parent == 0 {
			return false
		}
		if parent == ancestor {
			return true
		}
		pid = parent
	}
	return false
}

func parents() (map[int]int, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(dirs) == 0 {
		return nil, fmt.Errorf("/proc can't be read, so there is no telling what processes use")
	}
	tree := map[int]int{}
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if fields, err := stat(pid); err == nil {
			tree[pid], _ = strconv.Atoi(fields[1])
		}
	}
	return tree, nil
}

// stat returns the fields of /proc/pid/stat that follow the name, the state first (proc(5)).
func stat(pid int) ([]string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	// The name is in brackets and may hold any of them.
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 22 {
		return nil, fmt.Errorf("/proc/%d/stat has only %d fields", pid, len(fields))
	}
	return fields, nil
}

func ticks(field string) time.Duration {
	n, _ := strconv.ParseInt(field, 10, 64)
	return time.Duration(n) * clockTick
}

func pages(field string) int64 {
	n, _ := strconv.ParseInt(field, 10, 64)
	return n * int64(os.Getpagesize())
}
