// Package simulator owns virtual charging stations. They speak real OCPP 1.6J over real sockets, so that a demo lives, a load
// test loads, and a test needs no hardware.
//
//	Run ─> loop ┬─ link.go: dial, reader ─> frames ──> answers.go: calls of the CSMS, one table
//	            ├─ outbox.go: one call at a time; transaction messages survive the connection
//	            ├─ schedule.go: everything that happens later, in one timer
//	            └─ control.go: PlugIn, StartLocal, Fault … from outside
//
//	driver.go (people) ─> connector.go, transaction.go ─> meter.go <─ vehicle.go (physics)
//
// A station is one loop: whatever touches its state runs there, one thing after the other. Time comes from package time, so
// that testing/synctest can turn hours into milliseconds; chance comes from Options.Seed, so that a run can be repeated.
//
// Fleet runs many of them, DemoStations describes the ones of the demo, SimulateCommand is the command line.
package simulator
