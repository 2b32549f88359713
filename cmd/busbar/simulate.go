package main

import (
	"context"
	"io"

	"github.com/busbar-ev/busbar/internal/simulator"
)

// simulate runs virtual stations against any server.
func simulate(ctx context.Context, args []string, _ environment, stdout, stderr io.Writer) error {
	return simulator.SimulateCommand(ctx, args, stdout, stderr)
}
