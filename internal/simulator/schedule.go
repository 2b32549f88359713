package simulator

import (
	"container/heap"
	"time"
)

// schedule holds what a station does later. It belongs to the station's loop and needs one timer, however much is planned.
type schedule struct {
	tasks taskHeap
	timer *time.Timer
	seq   uint64
}

// task is one thing to do later.
type task struct {
	at    time.Time
	seq   uint64 // of two tasks at one time the one planned first comes first
	run   func()
	index int // in the heap; -1 when done or called off
}

func newSchedule() *schedule {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &schedule{timer: t}
}

// after plans run. The task may be called off until it has run.
func (p *schedule) after(d time.Duration, run func()) *task {
	p.seq++
	t := &task{at: time.Now().Add(max(d, 0)), seq: p.seq, run: run}
	heap.Push(&p.tasks, t)
	p.arm()
	return t
}

// cancel calls a task off; nil and finished tasks are fine.
func (p *schedule) cancel(t *task) {
	if t == nil || t.index < 0 {
		return
	}
	heap.Remove(&p.tasks, t.index)
	p.arm()
}

// due runs everything whose time has come.
func (p *schedule) due() {
	for len(p.tasks) > 0 && !p.tasks[0].at.After(time.Now()) {
		heap.Pop(&p.tasks).(*task).run()
	}
	p.arm()
}

func (p *schedule) arm() {
	if len(p.tasks) == 0 {
		p.timer.Stop()
		return
	}
	p.timer.Reset(time.Until(p.tasks[0].at))
}

func (p *schedule) stop() { p.timer.Stop() }

// taskHeap implements heap.Interface.
type taskHeap []*task

func (h taskHeap) Len() int { return len(h) }

func (h taskHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}

func (h taskHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *taskHeap) Push(x any) {
	t := x.(*task)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *taskHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
