package charging

import (
	"fmt"
	"testing"
	"time"
)

// clock is set by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestSec009_FailuresCountForTheAddressAndNotForTheStation(t *testing.T) {
	t.Parallel()
	c := &clock{received}
	th := newThrottle(c.now)
	for i := range failuresPerPair {
		if wait := th.wait("CP1", "guesser"); wait != 0 {
			t.Fatalf("after %d failures the guesser waits %v", i, wait)
		}
		th.fail("CP1", "guesser")
	}
	if wait := th.wait("CP1", "guesser"); wait != failureWindow {
		t.Errorf("the guesser waits %v, want %v", wait, failureWindow)
	}
	if wait := th.wait("CP1", "the station's own"); wait != 0 {
		t.Errorf("the station waits %v for what somebody else tried", wait)
	}
	if wait := th.wait("CP2", "guesser"); wait != 0 {
		t.Errorf("the neighbour behind the same address waits %v", wait)
	}
	c.at = c.at.Add(failureWindow - time.Second)
	if wait := th.wait("CP1", "guesser"); wait != time.Second {
		t.Errorf("near the window's end the guesser waits %v", wait)
	}
	c.at = c.at.Add(2 * time.Second)
	if wait := th.wait("CP1", "guesser"); wait != 0 {
		t.Errorf("after the window the guesser waits %v", wait)
	}
	th.fail("CP1", "guesser")
	if wait := th.wait("CP1", "guesser"); wait != 0 {
		t.Errorf("one failure in a fresh window costs %v", wait)
	}
}

func TestSec009_AnAddressThatTriesManyIdentitiesWaits(t *testing.T) {
	t.Parallel()
	th := newThrottle((&clock{received}).now)
	for i := range failuresPerAddress {
		th.fail(fmt.Sprintf("CP%d", i), "scanner")
	}
	if wait := th.wait("NEVER-TRIED", "scanner"); wait == 0 {
		t.Error("a scanner may go on with identities it has not tried")
	}
}

func TestSec009_WhatIsRememberedOfGuessesIsBounded(t *testing.T) {
	t.Parallel()
	c := &clock{received}
	th := newThrottle(c.now)
	for i := range throttleKeys {
		th.fail("CP1", fmt.Sprint(i))
	}
	if n := len(th.count); n > throttleKeys+2 {
		t.Errorf("%d keys are remembered", n)
	}
	c.at = c.at.Add(2 * failureWindow)
	for i := range throttleKeys {
		th.fail("CP2", fmt.Sprint(i))
	}
	if n := len(th.count); n > throttleKeys+2 {
		t.Errorf("after the window %d keys are remembered", n)
	}
}

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	for password, good := range map[string]bool{
		"0123456789abcdef": true, "0123456789abcde": false, newPassword(): true, newPassword() + "0": false, "0123456789abcdeé": false, "0123456789abcde\n": false,
		"with spaces, fine": true,
	} {
		if err := checkPassword(password); (err == nil) != good {
			t.Errorf("%q: %v", password, err)
		}
	}
	if one, other := newPassword(), newPassword(); one == other {
		t.Error("two passwords are the same")
	}
}

// A password is kept as a keyed hash: neither the row nor the key alone is enough to try guesses against.
func TestStationPasswordsAreHashedWithTheKey(t *testing.T) {
	t.Parallel()
	one, other := &Service{config: Config{Pepper: []byte("one")}}, &Service{config: Config{Pepper: []byte("other")}}
	password := []byte("0123456789abcdef")
	stored := one.seal(password)
	if _, ok := one.matches(stored, password); !ok {
		t.Error("the password doesn't match its own hash")
	}
	if _, ok := other.matches(stored, password); ok {
		t.Error("the password matches without the key")
	}
	if again := one.seal(password); string(again.mac) == string(stored.mac) {
		t.Error("the same password is stored the same twice")
	}
	for _, nothing := range []string{"", "0123456789abcdeg"} {
		if _, ok := one.matches(secret{}, []byte(nothing)); ok {
			t.Errorf("%q matches a station without a password", nothing)
		}
	}
}
