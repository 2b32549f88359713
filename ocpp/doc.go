// Package ocpp owns the stations' endpoint: the WebSocket handshake, one connection per station, and the adapters that turn
// each OCPP version into calls of the domain.
//
//	GET /ocpp/{tenant}/{identity} ─> upgrade.go: read, admit, choose a version ─> conn.go: one loop per station
//
//	frame ─> dispatch.go ─> v16_*.go: decode, one domain call, encode ─> journal or transaction ─> answer
//	command ─> commander.go ─> bus ─> the node with the socket ─> calls.go: one call at a time ─> answer
//
// A connection's loop reads a frame, has its effect stored, and answers, in that order and one at a time: order is kept, and
// nothing is acknowledged that could be lost. Calls to the station wait elsewhere, never inside the loop. One sweeper looks
// after all connections, so that an idle one costs a goroutine and its buffers and nothing else.
package ocpp
