package embedded

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// silenceBound is how long a running server may stay unreachable before the start is given up.
// A server that says it is recovering may take as long as its log needs.
const silenceBound = time.Minute

func (p *process) awaitReady(ctx context.Context, port int, password string) error {
	deadline := time.Now().Add(silenceBound)
	wait := 5 * time.Millisecond
	for {
		err := ensureDatabase(ctx, port, password)
		if err == nil {
			p.log.wasReady.Store(true)
			return nil
		}
		var pgErr *pgconn.PgError
		if errors.As(err, &pgErr) {
			switch pgErr.Code {
			case "57P03": // starting up, or replaying its log
				deadline = time.Now().Add(silenceBound)
			case "28P01", "28000":
				// Only our own server's verdict counts; if it is dead, another program has the port.
				select {
				case <-p.done:
				case <-time.After(200 * time.Millisecond):
					return fmt.Errorf("the server refuses the password kept beside its data directory: restore the password file, or the directory, from a backup: %w", err)
				}
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server runs (pid %d) but did not answer within %s: %w; its log ends with: %s", p.pid(), silenceBound, err, p.log.tail())
		}
		select {
		case <-p.done:
			return fmt.Errorf("the server ended during its start (%w); its log ends with: %s", exitError(p.err), p.log.tail())
		case <-ctx.Done():
			return fmt.Errorf("start the server: %w (last attempt: %w)", ctx.Err(), err)
		case <-time.After(wait):
		}
		wait = min(wait*2, 50*time.Millisecond)
	}
}

func exitError(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// ensureDatabase succeeds when the server answers and the database is there.
func ensureDatabase(ctx context.Context, port int, password string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, connURL(password, port, "postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var there bool
	if err := conn.QueryRow(ctx, `select exists(select from pg_database where datname = $1)`, database).Scan(&there); err != nil {
		return err
	}
	if there {
		return nil
	}
	_, err = conn.Exec(ctx, `create database `+pgx.Identifier{database}.Sanitize())
	return err
}
