package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/location"
	"github.com/busbar-ev/busbar/ent/network"
	"github.com/busbar-ev/busbar/internal/db"
)

// A mutation's payload is resolved after its transaction: the edges of what it returns are still to be read, by the viewer
// who asks.
func TestWhatATransactionReturnsCanStillBeAskedForItsEdges(t *testing.T) {
	t.Parallel()
	d, url := open(t)
	a, b := tenants(t, url)
	var made *ent.Location
	err := d.InTx(as(a), func(ctx context.Context, tx *db.Tx) error {
		home, err := tx.Ent.Network.Query().Where(network.Slug("main")).Only(ctx)
		if err != nil {
			return err
		}
		made, err = tx.Ent.Location.Create().SetTenantID(a).SetNetworkID(home.ID).SetName("Quay").SetTimezone("UTC").Save(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if home, err := made.QueryNetwork().Only(as(a)); err != nil || home.TenantID != a {
		t.Errorf("the owner reads %v, %v; want its network", home, err)
	}
	if home, err := made.QueryNetwork().Only(as(b)); !ent.IsNotFound(err) {
		t.Errorf("another tenant reads %v, %v; want nothing", home, err)
	}
	if home, err := made.QueryNetwork().Only(context.Background()); err == nil {
		t.Errorf("nobody reads %v; want a refusal", home)
	}
}

// What was rolled back is no way around the transaction's end.
func TestWhatWasRolledBackAnswersNothing(t *testing.T) {
	t.Parallel()
	d, url := open(t)
	a, _ := tenants(t, url)
	var client *ent.Client
	enough := errors.New("enough")
	if err := d.InTx(as(a), func(_ context.Context, tx *db.Tx) error {
		client = tx.Ent
		return enough
	}); !errors.Is(err, enough) {
		t.Fatalf("got %v", err)
	}
	if n, err := client.Location.Query().Where(location.Name("Quay")).Count(as(a)); err == nil {
		t.Errorf("counted %d through a transaction that was rolled back; want an error", n)
	}
}

// A part of a transaction that fails is undone by itself, also when Postgres refused a statement in it; what was done before and
// after it stays, and hooks of the part run only where it succeeded.
func TestTry_UndoesOnlyThePart(t *testing.T) {
	t.Parallel()
	d, url := open(t)
	a, _ := tenants(t, url)
	var hooks []string
	name := func(ctx context.Context, tx *db.Tx, name string) error {
		home, err := tx.Ent.Network.Query().Where(network.Slug("main")).Only(ctx)
		if err != nil {
			return err
		}
		return tx.Ent.Location.Create().SetTenantID(a).SetNetworkID(home.ID).SetName(name).SetTimezone("UTC").Exec(ctx)
	}
	refused := errors.New("refused")
	err := d.InTx(as(a), func(ctx context.Context, tx *db.Tx) error {
		if err := name(ctx, tx, "before"); err != nil {
			return err
		}
		for what, fail := range map[string]func(tx *db.Tx) error{
			"by itself":   func(*db.Tx) error { return refused },
			"by Postgres": func(tx *db.Tx) error { _, err := tx.Exec(ctx, "select 1/0"); return err },
		} {
			if err := tx.Try(ctx, func(ctx context.Context, tx *db.Tx) error {
				tx.AfterCommit(func() { hooks = append(hooks, what) })
				if err := name(ctx, tx, what); err != nil {
					return err
				}
				return fail(tx)
			}); err == nil {
				t.Errorf("a part that failed %s ended well", what)
			}
		}
		return tx.Try(ctx, func(ctx context.Context, tx *db.Tx) error {
			tx.AfterCommit(func() { hooks = append(hooks, "after") })
			return name(ctx, tx, "after")
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	names, err := d.Ent().Location.Query().Where(location.NameIn("before", "by itself", "by Postgres", "after")).Order(ent.Asc(location.FieldID)).Select(location.FieldName).Strings(as(a))
	if err != nil || len(names) != 2 || names[0] != "before" || names[1] != "after" || len(hooks) != 1 || hooks[0] != "after" {
		t.Errorf("it left %v (%v), and ran the hooks of %v", names, err, hooks)
	}
}
