package identity

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/bus"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/tenancy"
)

// answer reads what a door says when it refuses.
func answer(t *testing.T, w *httptest.ResponseRecorder) (code, message, field string) {
	t.Helper()
	var body struct {
		Error struct{ Code, Message, Field string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the door answers %d with %q, %v", w.Code, w.Body, w.Header())
	}
	return body.Error.Code, body.Error.Message, body.Error.Field
}

func TestSigningInGivesACookieThatScriptsAndOtherSitesDoNotGet(t *testing.T) {
	t.Parallel()
	p := newPlace(t)

	w := p.post("/auth/login", credentials(" Owner@Alpha.example", goodPassword))

	cookie := sessionCookie(t, w)
	if w.Code != http.StatusNoContent || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("%d, %v", w.Code, cookie)
	}
	if life := time.Duration(cookie.MaxAge) * time.Second; life > absoluteLife+2*time.Second || life < absoluteLife-time.Minute {
		t.Errorf("the cookie lasts %v", life)
	}
	c, err := p.recognise(with(cookie))
	if err != nil || c.User().Email != "owner@alpha.example" {
		t.Errorf("the cookie belongs to %v, %v", c.User(), err)
	}
	if n := read[int](p, "select count(*) from sign_in_sessions where position($1::bytea in token_hash) > 0 or position($1::bytea in data) > 0", []byte(cookie.Value)); n != 0 {
		t.Error("the token itself is stored")
	}
	plain := newSessions(sessionStore{p.Service, "sign_in_sessions", insertPersonSession}, cookieName, idleLife, absoluteLife, false)
	if plain.Cookie.Secure {
		t.Error("plain HTTP gets a cookie that it never sends back")
	}
}

func TestSec010_KnownAndUnknownPeopleAreRefusedAlike(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.invite(console(t, p.a.tenant), "invited@demo.example", tenancy.Reader, uuid.Nil)
	p.member(p.a.tenant, "disabled@demo.example", tenancy.Reader, uuid.Nil)
	p.sql("update users set disabled_at = now() where email = 'disabled@demo.example'")
	bodies := map[string]bool{}
	for email, password := range map[string]string{
		"owner@alpha.example": "the wrong password", "nobody@demo.example": goodPassword, "not an address": goodPassword, "": "",
		"invited@demo.example": "", "disabled@demo.example": goodPassword, "owner@beta.example": strings.Repeat("x", maxPassword+1),
		"' or 1=1 --@demo.example": goodPassword, "owner@alpha.example\x00": goodPassword,
	} {
		w := p.post("/auth/login", credentials(email, password))
		if w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) != 0 { //nolint:bodyclose // a recorder's body needs no closing
			t.Errorf("%q: %d", email, w.Code)
		}
		bodies[w.Body.String()] = true
	}
	if len(bodies) != 1 {
		t.Errorf("the refusals differ: %v", bodies)
	}
}

// The work is what takes time: an account that isn't there costs a hash of the same measure.
func TestSec010_AnUnknownPersonCostsTheSameWork(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	hash, err := p.hash(t.Context(), goodPassword)
	ok(t, err)
	cost := func(h string) string { return h[:strings.LastIndex(h[:strings.LastIndex(h, "$")], "$")] }
	if cost(hash) != cost(p.nobodys) || len(hash) != len(p.nobodys) {
		t.Errorf("%s costs other than %s", p.nobodys, hash)
	}
	for password, stored := range map[string]string{"": "", goodPassword: ""} {
		if match, err := p.verify(t.Context(), password, stored); match || err != nil {
			t.Errorf("%q against nothing: %v, %v", password, match, err)
		}
	}
	if match, err := p.verify(t.Context(), goodPassword, hash); !match || err != nil {
		t.Errorf("the right password: %v, %v", match, err)
	}
}

func TestSec009_GuessesAtOneAccountAreThrottledForTheGuesserAlone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	errs := atOnce(3*guessesPerAccount, func(int) error {
		if w := p.post("/auth/login", credentials("owner@alpha.example", "a wrong password"), from("203.0.113.7")); w.Code != http.StatusUnauthorized {
			return fault.New(fault.Limit, "%d", w.Code)
		}
		return nil
	})
	if n := succeeded(errs); n != guessesPerAccount {
		t.Errorf("%d guesses at once were looked at", n)
	}
	w := p.post("/auth/login", credentials("owner@alpha.example", goodPassword), from("203.0.113.7"))
	code, message, _ := answer(t, w)
	if w.Code != http.StatusTooManyRequests || code != "LIMIT" || w.Header().Get("Retry-After") != "900" || !strings.Contains(message, "wait 15 minutes") {
		t.Errorf("%d %s %q, retry after %q", w.Code, code, message, w.Header().Get("Retry-After"))
	}
	p.signIn("owner@alpha.example", goodPassword, from("203.0.113.8"))
	p.signIn("owner@beta.example", goodPassword, from("203.0.113.7"))
	p.clock.advance(guessWindow)
	p.signIn("owner@alpha.example", goodPassword, from("203.0.113.7"))
}

func TestSec009_GuessesAcrossAccountsAreThrottledByAddress(t *testing.T) {
	t.Parallel()
	b := newBrake(time.Now)
	address := addressOf("[2001:db8::1]:4711")
	for i, account := range numbered("someone", guessesPerAddress) {
		if wait := b.take(address, account); wait != 0 {
			t.Fatalf("guess %d waits %v", i, wait)
		}
	}
	if b.take(addressOf("[2001:db8::2:1]:4711"), "another") == 0 {
		t.Error("a neighbour in the same /64 guesses on")
	}
	if b.take(addressOf("[2001:db8:0:1::1]:4711"), "another") != 0 {
		t.Error("another network is throttled as well")
	}
	b.forgive(address, "someone01")
	if b.take(address, "another") != 0 || b.take(address, "yet another") == 0 {
		t.Error("a right guess counts")
	}
	for remote, address := range map[string]string{"192.0.2.1:1": "192.0.2.1", "[::ffff:192.0.2.1]:1": "192.0.2.1", "[fe80::1%eth0]:1": "fe80::/64", "pipe": "pipe"} {
		if got := addressOf(remote); got != address {
			t.Errorf("%s is %s", remote, got)
		}
	}
}

func TestTheBrakeForgetsWhatHasRunOut(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Now()}
	b := newBrake(c.Now)
	for range brakeKeys / 2 {
		b.take(newToken(), "a")
	}
	c.advance(guessWindow)
	b.take("192.0.2.1", "a")
	if len(b.count) > 2 {
		t.Errorf("%d keys are kept", len(b.count))
	}
}

func TestRightPasswordsAreNotCounted(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for range guessesPerAccount + 1 {
		p.signIn("owner@alpha.example", goodPassword)
	}
}

func TestAcceptingGuessesNoFasterThanSigningIn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, token := p.invite(console(t, p.a.tenant), "owner@beta.example", tenancy.Reader, uuid.Nil)
	body := func(password string) string { return `{"token":"` + token + `","password":"` + password + `"}` }
	for range guessesPerAccount {
		if code, _, field := answer(t, p.post("/auth/accept", body("a wrong password"))); code != "INVALID" || field != "password" {
			t.Fatalf("%s in %q", code, field)
		}
	}
	if w := p.post("/auth/accept", body(goodPassword)); w.Code != http.StatusTooManyRequests {
		t.Errorf("%d", w.Code)
	}
	if w := p.post("/auth/accept", body(goodPassword), from("203.0.113.8")); w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAcceptingThroughTheDoor(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, token := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	w := p.post("/auth/accept", `{"token":"`+token+`","password":"short"}`)
	if code, _, field := answer(t, w); w.Code != http.StatusBadRequest || code != "INVALID" || field != "password" {
		t.Errorf("%d %s in %q", w.Code, code, field)
	}
	if w := p.post("/auth/accept", `{"token":"`+token+`","password":"`+goodPassword+`"}`); w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = p.post("/auth/accept", `{"token":"`+token+`","password":"`+goodPassword+`"}`)
	if code, _, _ := answer(t, w); w.Code != http.StatusNotFound || code != "NOT_FOUND" {
		t.Errorf("%d %s", w.Code, code)
	}
	p.signIn("new@demo.example", goodPassword)
}

func TestSigningInRenewsTheTokenAndEndsTheOldSession(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	first := p.signIn("owner@alpha.example", goodPassword)
	second := p.signIn("owner@beta.example", goodPassword, with(first))
	if first.Value == second.Value {
		t.Error("the token stayed")
	}
	_, err := p.recognise(with(first))
	want(t, err, fault.Unauthenticated, "")
	planted := &http.Cookie{Name: cookieName, Value: newToken()}
	if got := p.signIn("owner@alpha.example", goodPassword, with(planted)); got.Value == planted.Value {
		t.Error("a token that somebody planted is taken")
	}
	_, err = p.recognise(with(planted))
	want(t, err, fault.Unauthenticated, "")
	if n := read[int](p, "select count(*) from sign_in_sessions"); n != 2 {
		t.Errorf("%d sessions", n)
	}
}

func TestSec068_SigningOutEndsTheSessionForGood(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	cookie := p.signIn("owner@alpha.example", goodPassword)
	caller, err := p.recognise(with(cookie))
	ok(t, err)
	sub, err := p.Revocations()
	ok(t, err)
	defer sub.Close()
	// A request that is under way when the person signs out.
	underWay, err := p.sessions.Load(t.Context(), cookie.Value)
	ok(t, err)

	w := p.post("/auth/logout", "", with(cookie))

	if cleared := sessionCookie(t, w); w.Code != http.StatusNoContent || cleared.MaxAge >= 0 || cleared.Value != "" || !caller.Concerned(event(t, sub)) {
		t.Errorf("%d, %v", w.Code, cleared)
	}
	if _, _, err := p.sessions.Commit(underWay); err != nil {
		t.Error(err)
	}
	_, err = p.recognise(with(cookie))
	want(t, err, fault.Unauthenticated, "")
	if w := p.post("/auth/logout", ""); w.Code != http.StatusNoContent {
		t.Errorf("without a session: %d", w.Code)
	}
}

func TestASessionEndsWhenIdleAndAfterAWeek(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	cookie := p.signIn("owner@alpha.example", goodPassword)
	p.clock.advance(idleLife - time.Minute)
	_, err := p.recognise(with(cookie))
	ok(t, err)
	// The session's end is counted from the machine's clock, which the test doesn't move: put the use where the clock is.
	p.sql("update sign_in_sessions set expires_at = $1", p.clock.Now().Add(idleLife))
	p.clock.advance(idleLife)
	_, err = p.recognise(with(cookie))
	want(t, err, fault.Unauthenticated, "")

	// Use pushes the idle end back, and never past the week.
	ctx, err := p.sessions.Load(t.Context(), p.signIn("owner@alpha.example", goodPassword).Value)
	ok(t, err)
	p.sessions.SetDeadline(ctx, time.Now().Add(time.Hour))
	_, expiry, err := p.sessions.Commit(ctx)
	if err != nil || time.Until(expiry) > time.Hour {
		t.Errorf("the session ends %v, %v", expiry, err)
	}
}

func TestUseIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	cookie := p.signIn("owner@alpha.example", goodPassword)
	end := func() time.Time {
		_, err := p.recognise(with(cookie))
		ok(t, err)
		return read[time.Time](p, "select expires_at from sign_in_sessions")
	}
	first := end()
	if again := end(); !again.Equal(first) {
		t.Error("every request writes")
	}
	p.clock.advance(seenEvery)
	if later := end(); !later.After(first) {
		t.Error("use doesn't push the end back")
	}
}

func TestSweepDeletesWhatHasEnded(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	cookie := p.signIn("owner@alpha.example", goodPassword)
	p.signIn("owner@beta.example", goodPassword)
	_, token := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	p.invite(console(t, p.b.tenant), "late@demo.example", tenancy.Reader, uuid.Nil)
	p.sql("update sign_in_sessions set expires_at = $1 where user_id = (select id from users where email = 'owner@beta.example')", p.clock.Now().Truncate(time.Microsecond))
	p.sql("update invitations set expires_at = $2 where tenant_id = $1", p.b.tenant, p.clock.Now().Truncate(time.Microsecond))

	ok(t, p.Sweep(t.Context()))

	if n := read[int](p, "select count(*) from sign_in_sessions"); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
	if n := read[int](p, "select count(*) from invitations"); n != 1 {
		t.Errorf("%d invitations are left", n)
	}
	_, err := p.recognise(with(cookie))
	ok(t, err)
	ok(t, p.AcceptInvitation(t.Context(), token, goodPassword))
}

func TestSec063_DoorsOpenForBusbarsOwnPagesAlone(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	cookie := p.signIn("owner@alpha.example", goodPassword)
	for _, path := range []string{"/auth/login", "/auth/logout", "/auth/accept"} {
		for _, foreign := range []func(*http.Request){header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Site", "same-site"), header("Origin", "https://evil.example"), header("Origin", "null")} {
			w := p.post(path, credentials("owner@alpha.example", goodPassword), with(cookie), foreign)
			if code, _, _ := answer(t, w); w.Code != http.StatusForbidden || code != "FORBIDDEN" || len(w.Header().Values("Set-Cookie")) != 0 {
				t.Errorf("%s answers %d %s", path, w.Code, code)
			}
		}
	}
	_, err := p.recognise(with(cookie))
	ok(t, err)
	// What a form of another page can send without asking.
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", ""} {
		if w := p.post("/auth/login", credentials("owner@alpha.example", goodPassword), header("Content-Type", kind)); w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", kind, w.Code)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		w := p.post("/auth/login", credentials("owner@alpha.example", goodPassword), func(r *http.Request) { r.Method = method })
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s answers %d", method, w.Code)
		}
	}
}

func TestSec066_WhereARequestComesFrom(t *testing.T) {
	t.Parallel()
	s := New(nil, bus.NewMemory(), nil, Config{PublicURL: "https://portal.example", Secret: []byte("x")})
	for name, c := range map[string]struct {
		host, site string
		origin     []string
		same       bool
	}{
		"no browser":                             {"portal.example", "", nil, true},
		"our page, by its site":                  {"internal:8080", "same-origin", []string{"https://portal.example"}, true},
		"typed by a person":                      {"portal.example", "none", nil, true},
		"our page, by its origin":                {"internal:8080", "", []string{"https://portal.example"}, true},
		"our page, in capitals":                  {"Portal.Example", "", []string{"HTTPS://portal.example"}, true},
		"the same host as asked":                 {"127.0.0.1:8080", "", []string{"http://127.0.0.1:8080"}, true},
		"another site":                           {"portal.example", "cross-site", []string{"https://evil.example"}, false},
		"another site that looks like none":      {"portal.example", "", []string{"https://evil.example"}, false},
		"a sibling domain":                       {"portal.example", "same-site", []string{"https://blog.portal.example"}, false},
		"a word nobody knows":                    {"portal.example", "sideways", []string{"https://portal.example"}, false},
		"a sandboxed frame":                      {"portal.example", "", []string{"null"}, false},
		"an empty origin":                        {"portal.example", "", []string{""}, false},
		"our name as a prefix":                   {"portal.example", "", []string{"https://portal.example.evil.example"}, false},
		"our name as a user":                     {"portal.example", "", []string{"https://portal.example@evil.example"}, false},
		"another port":                           {"127.0.0.1:8080", "", []string{"http://127.0.0.1:9090"}, false},
		"two origins":                            {"portal.example", "", []string{"https://portal.example", "https://evil.example"}, false},
		"another scheme than the public one's":   {"internal:8080", "", []string{"http://portal.example"}, false},
		"cross-site, whatever the origin claims": {"portal.example", "cross-site", []string{"https://portal.example"}, false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+c.host+"/graphql", nil)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		for _, o := range c.origin {
			r.Header.Add("Origin", o)
		}
		if got := s.SameOrigin(r); got != c.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSec057_ADoorTakesNoFieldsButItsOwn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, token := p.invite(console(t, p.a.tenant), "new@demo.example", tenancy.Reader, uuid.Nil)
	for path, body := range map[string]string{
		"/auth/accept": `{"token":"` + token + `","password":"` + goodPassword + `","role":"OWNER"}`,
		"/auth/login":  `{"email":"owner@alpha.example","password":"` + goodPassword + `","tenant":"beta"}`,
	} {
		if code, _, _ := answer(t, p.post(path, body)); code != "INVALID" {
			t.Errorf("%s: %s", path, code)
		}
	}
	for _, body := range []string{"", "null", "[]", `"x"`, "{", `{"email":1}`, `{"email":"` + strings.Repeat("x", maxDoorBody) + `"}`} {
		w := p.post("/auth/login", body)
		if w.Code != http.StatusBadRequest && w.Code != http.StatusUnauthorized {
			t.Errorf("%.20s: %d", body, w.Code)
		}
	}
}

func TestAFloodOfSignInsFillsTheLineNotTheMachine(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	for range cap(p.slots) {
		p.slots <- struct{}{} // every processor is taken
	}
	p.waiting.Store(maxWaiting)
	_, err := p.verify(t.Context(), goodPassword, "")
	if !fault.Is(err, fault.Unavailable) || p.waiting.Load() != maxWaiting {
		t.Errorf("one too many: %v; %d wait", err, p.waiting.Load())
	}
}

func TestWhatWeDidWrongLeaksNothing(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.db.Close()
	w := p.post("/auth/login", credentials("owner@alpha.example", goodPassword))
	code, message, _ := answer(t, w)
	if w.Code != http.StatusInternalServerError || code != "UNAVAILABLE" || strings.Contains(message, "pool") || !strings.Contains(message, "report request") {
		t.Errorf("%d %s %q", w.Code, code, message)
	}
}
