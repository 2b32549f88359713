package bus

// generation orders the handlers of one subject across nodes: by the time they were set, then
// by node. Clocks may differ a little; who owns a station's connection in earnest is decided by
// the fencing epoch in the database, this only routes calls.
type generation struct {
	at   int64 // Unix nanoseconds
	node string
}

func (g generation) before(o generation) bool {
	return g.at < o.at || g.at == o.at && g.node < o.node
}
