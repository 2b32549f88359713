package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/mail"
	"github.com/busbar-ev/busbar/tenancy"
)

// mailbox takes what is mailed.
type mailbox struct {
	mu    sync.Mutex
	mails []mail.Message
}

func (m *mailbox) Send(_ context.Context, message mail.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = append(m.mails, message)
	return nil
}

// newStreet is a place with a mailbox and one driver of A's main network.
func newStreet(t *testing.T) (p *place, box *mailbox, driver uuid.UUID) {
	t.Helper()
	p, box = newPlace(t), &mailbox{}
	p.mailer = box
	return p, box, p.driver(p.a.tenant, p.a.main, "driver@demo.example")
}

func (p *place) driver(tenant, network uuid.UUID, email string) uuid.UUID {
	p.t.Helper()
	id := newID()
	p.sql("insert into drivers (id, tenant_id, network_id, name, email, language) values ($1, $2, $3, 'Somebody', $4, 'nl')", id, tenant, network, email)
	return id
}

// mailed are the mails that were sent up to now.
func (p *place) mailed(box *mailbox) []mail.Message {
	p.t.Helper()
	ok(p.t, p.FinishMails(p.t.Context()))
	box.mu.Lock()
	defer box.mu.Unlock()
	return box.mails
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// knock sends JSON to a driver's door of a network of A.
func (p *place) knock(door string, fields map[string]string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	p.t.Helper()
	body := map[string]string{"tenant": p.a.slug, "network": read[string](p, "select slug from networks where id = $1", p.a.main), "email": "driver@demo.example"}
	for k, v := range fields {
		body[k] = v
	}
	text, err := json.Marshal(body)
	ok(p.t, err)
	return p.post("/auth/driver/"+door, string(text), change...)
}

// code asks for a code and reads it.
func (p *place) code(box *mailbox, fields map[string]string) string {
	p.t.Helper()
	if w := p.knock("code", fields); w.Code != http.StatusNoContent {
		p.t.Fatalf("asking for a code is answered %d: %s", w.Code, w.Body)
	}
	mails := p.mailed(box)
	return sixDigits.FindString(mails[len(mails)-1].Text)
}

func driversCookie(t *testing.T, w *httptest.ResponseRecorder) *http.Cookie {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == driverCookie {
			return c
		}
	}
	t.Fatalf("no cookie came: %d %s", w.Code, w.Body)
	return nil
}

func TestDriversSignInWithACodeThatWorksOnce(t *testing.T) {
	t.Parallel()
	p, box, driver := newStreet(t)
	code := p.code(box, nil)
	m := box.mails[0]
	if m.To.Email != "driver@demo.example" || m.Subject != "Uw inlogcode" || len(box.mails) != 1 {
		t.Errorf("mailed is %+v", m)
	}
	if n := read[int](p, "select count(*) from driver_codes where position($1::bytea in code_mac) > 0", []byte(code)); n != 0 {
		t.Error("the code itself is stored")
	}
	cookie := driversCookie(t, p.knock("verify", map[string]string{"code": code, "email": " Driver@demo.example"}))
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode {
		t.Errorf("the cookie is %+v", cookie)
	}
	c, err := p.recognise(with(cookie))
	ok(t, err)
	v, err := c.Viewer(t.Context(), "", "")
	ok(t, err)
	if v.Kind != tenancy.KindDriver || v.ID != driver || v.Tenant != p.a.tenant || len(v.Networks()) != 1 || v.Networks()[0] != p.a.main || len(v.Permissions()) != 0 {
		t.Errorf("the viewer is %+v", v)
	}
	if w := p.knock("verify", map[string]string{"code": code}); w.Code != http.StatusUnauthorized {
		t.Errorf("the code's second use is answered %d", w.Code)
	}
	for what, slugs := range map[string][2]string{"another tenant": {p.b.slug, ""}, "another network": {p.a.slug, "depot"}} {
		if _, err := c.Viewer(t.Context(), slugs[0], slugs[1]); !fault.Is(err, fault.NotFound) {
			t.Errorf("acting in %s is answered %v", what, err)
		}
	}
}

func TestOneCodeCountsAtATimeAndRunsOut(t *testing.T) {
	t.Parallel()
	p, box, _ := newStreet(t)
	first := p.code(box, nil)
	second := p.code(box, nil)
	if first != second {
		if w := p.knock("verify", map[string]string{"code": first}); w.Code != http.StatusUnauthorized {
			t.Errorf("the code before is answered %d", w.Code)
		}
	}
	p.clock.advance(codeLife + time.Second)
	if w := p.knock("verify", map[string]string{"code": second}); w.Code != http.StatusUnauthorized {
		t.Errorf("a code that has run out is answered %d", w.Code)
	}
}

// Six digits would be guessed soon if there were tries enough.
func TestSec009_ACodeHasFiveTries(t *testing.T) {
	t.Parallel()
	p, box, _ := newStreet(t)
	code := p.code(box, nil)
	for i := range codeTries {
		if w := p.knock("verify", map[string]string{"code": "x"}, nth(i)); w.Code != http.StatusUnauthorized {
			t.Errorf("try %d is answered %d", i, w.Code)
		}
	}
	if w := p.knock("verify", map[string]string{"code": code}, nth(9)); w.Code != http.StatusUnauthorized {
		t.Errorf("the right code after too many wrong ones is answered %d", w.Code)
	}
	code = p.code(box, nil)
	var all sync.WaitGroup
	var mu sync.Mutex
	signedIn := 0
	for i := range 10 {
		all.Go(func() {
			if w := p.knock("verify", map[string]string{"code": code}, nth(10+i)); w.Code == http.StatusNoContent {
				mu.Lock()
				signedIn++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if signedIn != 1 {
		t.Errorf("one code signed in %d times", signedIn)
	}
}

// nth is a request from one of many addresses.
func nth(i int) func(*http.Request) { return from(fmt.Sprintf("192.0.2.%d", i)) }

func TestSec009_AskingForCodesIsBraked(t *testing.T) {
	t.Parallel()
	p, box, _ := newStreet(t)
	status := 0
	for range guessesPerAccount + 1 {
		status = p.knock("code", nil).Code
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("one address that goes on asking is answered %d", status)
	}
	// From many addresses, somebody else's mailbox still isn't filled; whoever asks learns nothing of that.
	for i := range 20 {
		if w := p.knock("code", nil, nth(100+i)); w.Code != http.StatusNoContent {
			t.Errorf("asking from another address is answered %d", w.Code)
		}
	}
	if n := len(p.mailed(box)); n != codesPerAddress {
		t.Errorf("%d codes were mailed to one address", n)
	}
	p.clock.advance(codeWindow)
	p.knock("code", nil, nth(50))
	if n := len(p.mailed(box)); n != codesPerAddress+1 {
		t.Errorf("an hour later %d codes were mailed in all", n)
	}
}

// Whoever asks learns not who charges where.
func TestSec010_KnownAndUnknownDriversAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	p, box, _ := newStreet(t)
	p.driver(p.b.tenant, p.b.main, "other@demo.example")
	known := p.knock("code", nil)
	for _, email := range []string{"nobody@demo.example", "other@demo.example", "owner@alpha.example"} {
		unknown := p.knock("code", map[string]string{"email": email})
		if known.Code != unknown.Code || known.Body.String() != unknown.Body.String() {
			t.Errorf("%s is answered %d %s, a driver %d %s", email, unknown.Code, unknown.Body, known.Code, known.Body)
		}
		a, b := p.knock("verify", map[string]string{"code": "1"}), p.knock("verify", map[string]string{"code": "1", "email": email})
		if a.Code != b.Code || a.Body.String() != b.Body.String() {
			t.Errorf("a wrong code of %s is answered %d %s, a driver's %d %s", email, b.Code, b.Body, a.Code, a.Body)
		}
	}
	if mails := p.mailed(box); len(mails) != 1 || mails[0].To.Email != "driver@demo.example" {
		t.Errorf("mailed are %+v", mails)
	}
	for what, fields := range map[string]map[string]string{"no tenant": {"tenant": "x"}, "no network": {"network": "x"}} {
		if w := p.knock("code", fields); w.Code != http.StatusNotFound {
			t.Errorf("%s is answered %d", what, w.Code)
		}
	}
	if w := p.knock("code", map[string]string{"email": "x"}); w.Code != http.StatusBadRequest {
		t.Errorf("no address is answered %d", w.Code)
	}
}

// Staff's cookie and a driver's open different doors, whatever name they are sent by.
func TestSec099_CookiesOfStaffAndDriversAreKeptApart(t *testing.T) {
	t.Parallel()
	p, box, driver := newStreet(t)
	staff := p.signIn("owner@alpha.example", goodPassword)
	theirs := driversCookie(t, p.knock("verify", map[string]string{"code": p.code(box, nil)}))
	for what, c := range map[string]*http.Cookie{"staff's as a driver's": {Name: driverCookie, Value: staff.Value}, "a driver's as staff's": {Name: cookieName, Value: theirs.Value}} {
		if _, err := p.recognise(with(c)); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s is answered %v", what, err)
		}
	}
	both := func(r *http.Request) { r.AddCookie(staff); r.AddCookie(theirs) }
	c, err := p.recognise(both)
	if err != nil || c.User() == nil {
		t.Errorf("with both the caller is %+v, %v", c, err)
	}
	c, err = p.recognise(both, func(r *http.Request) { r.Header.Set("X-Busbar-As", "driver") })
	if err != nil || c.Key() != "driver:"+driver.String() {
		t.Errorf("as a driver the caller is %+v, %v", c, err)
	}
	if _, err := p.recognise(with(theirs), func(r *http.Request) { r.Header.Set("X-Busbar-As", "staff") }); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a driver's cookie as staff is answered %v", err)
	}
}

// Open sockets of a driver end when they sign out, when their network is archived, and when their tenant is suspended.
func TestSec068_DriversAreCheckedAgain(t *testing.T) {
	t.Parallel()
	p, box, _ := newStreet(t)
	enter := func() (Caller, tenancy.Viewer, *http.Cookie) {
		t.Helper()
		cookie := driversCookie(t, p.knock("verify", map[string]string{"code": p.code(box, nil)}))
		c, err := p.recognise(with(cookie))
		ok(t, err)
		v, err := c.Viewer(t.Context(), "", "")
		ok(t, err)
		if !p.StillValid(t.Context(), c, v) {
			t.Fatal("a driver who just signed in isn't valid")
		}
		return c, v, cookie
	}
	c, v, cookie := enter()
	if w := p.post("/auth/driver/logout", "{}", with(cookie)); w.Code != http.StatusNoContent {
		t.Errorf("signing out is answered %d", w.Code)
	}
	if p.StillValid(t.Context(), c, v) {
		t.Error("who signed out is still valid")
	}
	c, v, _ = enter()
	p.sql("update tenants set status = 'SUSPENDED' where id = $1", p.a.tenant)
	if p.StillValid(t.Context(), c, v) {
		t.Error("a driver of a suspended tenant is still valid")
	}
	if w := p.knock("code", nil); w.Code != http.StatusNotFound {
		t.Errorf("a suspended tenant's door is answered %d", w.Code)
	}
	p.sql("update tenants set status = 'ACTIVE' where id = $1", p.a.tenant)
	p.sql("update networks set archived_at = now() where id = $1", p.a.main)
	if p.StillValid(t.Context(), c, v) {
		t.Error("a driver of an archived network is still valid")
	}
}

func TestDriversSessionsAndCodesAreSwept(t *testing.T) {
	t.Parallel()
	p, box, _ := newStreet(t)
	driversCookie(t, p.knock("verify", map[string]string{"code": p.code(box, nil)}))
	ok(t, p.Sweep(t.Context()))
	if n := read[int](p, "select (select count(*) from driver_sessions) + (select count(*) from driver_codes)"); n != 2 {
		t.Errorf("%d rows are kept while they count", n)
	}
	p.clock.advance(driverAbsoluteLife)
	ok(t, p.Sweep(t.Context()))
	if n := read[int](p, "select (select count(*) from driver_sessions) + (select count(*) from driver_codes)"); n != 0 {
		t.Errorf("%d rows are kept for nothing", n)
	}
}

func TestWithoutAMailServerDriversAreToldSo(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	if w := p.knock("code", nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("asking for a code is answered %d: %s", w.Code, w.Body)
	}
}
