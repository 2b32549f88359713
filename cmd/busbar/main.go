// Command busbar is the charging station management system in one binary: this package is the only place where all of it
// meets.
//
//	main ─> run ─> serve   Postgres ─> journal ─> domain ─> stations' endpoint, GraphQL, portal
//	            ─> migrate, tenant create, apikey create, ledger verify, simulate, bench
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones of locations, also where the system has none
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// usageError is a mistake in how the program was called: it is said in one line, and the exit code is 2.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

type command func(ctx context.Context, args []string, env environment, stdout, stderr io.Writer) error

var commands = map[string]command{
	"serve":         serve,
	"migrate":       migrate,
	"tenant create": createTenant,
	"apikey create": createAPIKey,
	"ledger verify": verifyLedger,
	"simulate":      simulate,
	"bench":         bench,
}

const help = `Busbar, a charging station management system.

  busbar serve [--demo] [--data-dir DIR] [--listen ADDR] [--no-migrate]
  busbar migrate
  busbar tenant create --slug S --name N [--currency EUR] [--timezone Europe/Berlin] --owner-email E --owner-password P
  busbar apikey create --tenant S [--network S] [--role admin] [--name N]
  busbar ledger verify [--tenant S]
  busbar simulate --url ws://… --count N [--version 1.6]
  busbar bench

Add --help to a command for its flags. Configuration comes from the environment; README.md lists it.
`

// run is the program; tests call it as main does.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	name, rest := split(args)
	cmd, ok := commands[name]
	if !ok {
		if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
			_, _ = io.WriteString(stdout, help)
			return 0
		}
		_, _ = fmt.Fprintf(stderr, "busbar: there is no command %q; busbar help lists them\n", args[0])
		return 2
	}
	err := cmd(ctx, rest, newEnvironment(environ), stdout, stderr)
	var wrong *usageError
	switch {
	case err == nil, errors.Is(err, errHelp):
		return 0
	case errors.As(err, &wrong):
		_, _ = fmt.Fprintln(stderr, "busbar: "+wrong.message)
		return 2
	default:
		_, _ = fmt.Fprintln(stderr, "busbar: "+err.Error())
		return 1
	}
}

// split finds the command, which is one word or two, in the arguments.
func split(args []string) (name string, rest []string) {
	for n := min(2, len(args)); n > 0; n-- {
		name = args[0]
		if n == 2 {
			name += " " + args[1]
		}
		if _, ok := commands[name]; ok {
			return name, args[n:]
		}
	}
	return "", nil
}
