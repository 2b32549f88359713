// Package simulator owns virtual charging stations. They speak real OCPP 1.6J, 2.0.1 and 2.1 over real sockets, so that a demo
// lives, a load test loads, and a test needs no hardware.
//
//	Run ─> loop ┬─ link.go: dial, reader ─> frames ──> answering.go: calls of the CSMS
//	            ├─ outbox.go: one call at a time; transaction messages survive the connection
//	            ├─ schedule.go: everything that happens later, in one timer
//	            └─ control.go: PlugIn, StartLocal, Fault … from outside
//
//	driver.go (people) ─> connector.go, transaction.go ─> meter.go, signing.go <─ vehicle.go (physics) <─ profiles.go (limits)
//	                                  │
//	                              dialect.go ┬─ v16_*.go: 1.6 and its security extension
//	                                         └─ v2x_*.go: 2.0.1 and 2.1, with a device model
//
// A station is one loop: whatever touches its state runs there, one thing after the other. What takes long (transfer.go: firmware,
// logs) runs beside it and comes back to it. Time comes from package time, so that testing/synctest can turn hours into
// milliseconds; chance comes from Options.Seed, so that a run can be repeated.
//
// What a station is and does is the same in every version; a dialect says it in the words of one. Both 2.x versions share a
// dialect, which thinks in the types of 2.1 and never sends what its version doesn't have.
//
// Fleet runs many of them, DemoStations describes the ones of the demo, SimulateCommand is the command line.
package simulator
