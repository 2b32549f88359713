package main

import (
	"context"
	"errors"
	"io"

	"github.com/busbar-ev/busbar/internal/simulator"
	"github.com/busbar-ev/busbar/internal/simulator/load"
)

// simulate runs virtual stations against any server.
func simulate(ctx context.Context, args []string, _ environment, stdout, stderr io.Writer) error {
	return asUsage(simulator.SimulateCommand(ctx, args, stdout, stderr))
}

// bench loads a fresh server and prints what that costs.
func bench(ctx context.Context, args []string, _ environment, stdout, stderr io.Writer) error {
	return asUsage(load.Command(ctx, args, stdout, stderr))
}

// asUsage tells a mistake on the command line from everything else.
func asUsage(err error) error {
	if wrong := (*simulator.UsageError)(nil); errors.As(err, &wrong) {
		return usage("%s", wrong.Message)
	}
	return err
}
