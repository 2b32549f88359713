package secrets

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/uuid"
)

func secret(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func box(t testing.TB, purpose string, newest []byte, older ...[]byte) *Box {
	t.Helper()
	b, err := New(purpose, newest, older...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func place() Place {
	return Place{Tenant: uuid.UUID{1}, Table: "payment_accounts", Column: "secret", Record: uuid.UUID{2}}
}

func seal(t testing.TB, b *Box, at Place, value []byte) []byte {
	t.Helper()
	sealed, err := b.Seal(at, value)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func opens(t testing.TB, b *Box, at Place, sealed, want []byte) {
	t.Helper()
	if got, err := b.Open(at, sealed); err != nil || !bytes.Equal(got, want) {
		t.Errorf("opened %d bytes, %v; want the %d that were sealed", len(got), err, len(want))
	}
}

// stays fails when a value opens, and when the error says more than the one that is always given.
func stays(t testing.TB, b *Box, at Place, sealed []byte, what string) {
	t.Helper()
	if value, err := b.Open(at, sealed); err != ErrClosed || value != nil {
		t.Errorf("%s: got %q, %v", what, value, err)
	}
	if out, changed, err := b.Rewrap(at, sealed); err != ErrClosed || changed || !bytes.Equal(out, sealed) {
		t.Errorf("%s: rewrapped to %x, %v, %v", what, out, changed, err)
	}
}

func TestWhatIsSealedOpens(t *testing.T) {
	t.Parallel()
	b := box(t, "payment providers", secret(1))
	for name, value := range map[string][]byte{
		"nothing": nil, "empty": {}, "a byte": {0}, "a key": []byte("key_of_a_demo_account"), "large": bytes.Repeat([]byte("key"), 2<<20),
	} {
		sealed := seal(t, b, place(), value)
		if len(sealed) != len(value)+Overhead {
			t.Errorf("%s: %d bytes became %d, want %d more", name, len(value), len(sealed), Overhead)
		}
		if len(value) > 8 && bytes.Contains(sealed, value[:8]) {
			t.Errorf("%s: the value stands in what was sealed", name)
		}
		opens(t, b, place(), sealed, value)
		opens(t, box(t, "payment providers", secret(1)), place(), sealed, value)
	}
	if bytes.Equal(seal(t, b, place(), []byte("same")), seal(t, b, place(), []byte("same"))) {
		t.Error("one value sealed twice looks the same")
	}
}

func TestSec100_AValueOpensWhereItLiesAndNowhereElse(t *testing.T) {
	t.Parallel()
	b := box(t, "payment providers", secret(1))
	here := place()
	sealed := seal(t, b, here, []byte("value"))
	for name, move := range map[string]func(*Place){
		"another tenant": func(p *Place) { p.Tenant = uuid.UUID{9} },
		"the platform":   func(p *Place) { p.Tenant = Platform },
		"another row":    func(p *Place) { p.Record = uuid.UUID{9} },
		"another table":  func(p *Place) { p.Table = "authorities" },
		"another column": func(p *Place) { p.Column = "webhook_secret" },
		"tenant and record swapped": func(p *Place) {
			p.Tenant, p.Record = p.Record, p.Tenant
		},
		"names cut elsewhere": func(p *Place) { p.Table, p.Column = p.Table+"s", p.Column[1:] },
		"no tenant":           func(p *Place) { p.Tenant = uuid.Nil },
		"no table":            func(p *Place) { p.Table = "" },
	} {
		there := here
		move(&there)
		stays(t, b, there, sealed, name)
	}
	stays(t, box(t, "authorities", secret(1)), here, sealed, "another purpose")
	stays(t, box(t, "payment providers", secret(2)), here, sealed, "another secret")
	other := here
	other.Record = uuid.UUID{9}
	theirs := seal(t, b, other, []byte("value"))
	stays(t, b, here, append(bytes.Clone(sealed[:wrapped]), theirs[wrapped:]...), "the content of another row")
	stays(t, b, here, append(bytes.Clone(theirs[:wrapped]), sealed[wrapped:]...), "the key of another row")
	again := seal(t, b, here, []byte("value"))
	stays(t, b, here, append(bytes.Clone(again[:wrapped]), sealed[wrapped:]...), "the key of a later value")
	opens(t, b, here, sealed, []byte("value"))
}

func TestEveryBitCounts(t *testing.T) {
	t.Parallel()
	b := box(t, "payment providers", secret(1), secret(2))
	sealed := seal(t, b, place(), []byte("a value"))
	for i := range sealed {
		for bit := range 8 {
			sealed[i] ^= 1 << bit
			stays(t, b, place(), sealed, "a flipped bit")
			sealed[i] ^= 1 << bit
		}
	}
	for n := range sealed {
		stays(t, b, place(), sealed[:n], "a cut")
	}
	stays(t, b, place(), append(bytes.Clone(sealed), 0), "a byte more")
	stays(t, b, place(), nil, "nothing")
}

func TestKeysAreChanged(t *testing.T) {
	t.Parallel()
	const purpose = "payment providers"
	old, both, fresh := box(t, purpose, secret(1)), box(t, purpose, secret(2), secret(1)), box(t, purpose, secret(2))
	value := []byte("value")
	sealed := seal(t, old, place(), value)
	opens(t, both, place(), sealed, value)
	stays(t, fresh, place(), sealed, "a secret that is gone")
	stays(t, old, place(), seal(t, both, place(), value), "the newest secret seals")

	moved, changed, err := both.Rewrap(place(), sealed)
	if err != nil || !changed {
		t.Fatalf("rewrap: %v, %v", changed, err)
	}
	opens(t, fresh, place(), moved, value)
	stays(t, old, place(), moved, "an old secret")
	if !bytes.Equal(moved[wrapped:], sealed[wrapped:]) || len(moved) != len(sealed) {
		t.Error("the content was touched")
	}
	if same, changed, err := both.Rewrap(place(), moved); err != nil || changed || !bytes.Equal(same, moved) {
		t.Errorf("a second rewrap: %v, %v", changed, err)
	}
	// The id isn't believed: it is bound to the key that it names.
	relabelled := bytes.Clone(sealed)
	copy(relabelled[1:header], moved[1:header])
	stays(t, both, place(), relabelled, "the id of another key")
}

func TestWhatIsIncompleteIsRefused(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func() error{
		"no purpose":         func() error { _, err := New("", secret(1)); return err },
		"no secret":          func() error { _, err := New("p", nil); return err },
		"a short secret":     func() error { _, err := New("p", secret(1)[:31]); return err },
		"a short old secret": func() error { _, err := New("p", secret(1), []byte("old")); return err },
		"no record": func() error {
			_, err := box(t, "p", secret(1)).Seal(Place{Tenant: Platform, Table: "t", Column: "c"}, nil)
			return err
		},
		"no tenant": func() error {
			_, err := box(t, "p", secret(1)).Seal(Place{Record: uuid.UUID{1}, Table: "t", Column: "c"}, nil)
			return err
		},
	} {
		if err := make(); err == nil || errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzOpen knows one sealed value; whatever else is offered stays closed, and nothing panics.
func FuzzOpen(f *testing.F) {
	b := box(f, "payment providers", secret(1), secret(2))
	good := seal(f, b, place(), []byte("value"))
	f.Add(good, "payment_accounts", "secret")
	f.Add(good[:Overhead], "payment_accounts", "secret")
	f.Add([]byte{version1}, "", "")
	f.Add(seal(f, box(f, "payment providers", secret(2)), place(), nil), "authorities", "key")
	f.Fuzz(func(t *testing.T, sealed []byte, table, column string) {
		at := place()
		at.Table, at.Column = table, column
		value, err := b.Open(at, sealed)
		switch {
		case err != nil && err != ErrClosed:
			t.Fatal(err)
		case err == nil && (table != "payment_accounts" || column != "secret" || bytes.Equal(sealed, good) && string(value) != "value"):
			t.Fatalf("opened %q at %s.%s", value, table, column)
		}
	})
}
