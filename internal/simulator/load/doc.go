// Package load owns the load driver behind `make bench`: it drives a server over real sockets, as many stations would, and
// measures what that costs.
//
//	Command ─> server.go: a fresh `busbar serve` ─> provision.go: stations
//	        ─> closed loop: 200 stations, next message when the answer came ─> figures, stored rows
//	        ─> the same with our own calls in flight on every connection
//	        ─> ramp.go: connections that only listen ─> KB each
//	        ─> report.go: a table beside the aims, JSON
//
// The driver shares the machine with what it measures, so it is cheap: a WebSocket client of its own that only does what is
// needed, frames written once and patched in place, and its own CPU time told apart. Processor time and memory come from
// /proc, so those figures are there on Linux alone.
package load
