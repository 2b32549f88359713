package main

import (
	"context"
	"errors"
	"io"

	"github.com/busbar-ev/busbar/internal/simulator"
)

// simulate runs virtual stations against any server.
func simulate(ctx context.Context, args []string, _ environment, stdout, stderr io.Writer) error {
	err := simulator.SimulateCommand(ctx, args, stdout, stderr)
	if wrong := (*simulator.UsageError)(nil); errors.As(err, &wrong) {
		return usage("%s", wrong.Message)
	}
	return err
}
