package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/mail"
	"github.com/busbar-ev/busbar/tenancy"
)

const (
	codeLife  = 10 * time.Minute
	codeTries = 5
	// So many codes are mailed to one address in a window, whoever asks for them, so that nobody's mailbox is filled.
	codesPerAddress = 10
	codeWindow      = time.Hour
	// A mail that isn't taken by then is given up: its code would be old.
	mailPatience = 30 * time.Second
	// mailsAtOnce bounds what waits for the mail server; more wait for their turn.
	mailsAtOnce = 8
)

// Enroller makes somebody a driver who proved their address, as the viewer in the context; it finds them where they are one.
type Enroller interface {
	SignUp(ctx context.Context, email, name, language string) (driver uuid.UUID, err error)
}

// UseDrivers sets who makes drivers. Without it nobody signs up by themselves.
func (s *Service) UseDrivers(e Enroller) { s.enroller = e }

// entrance is a network as people meet it who want to sign in as its drivers.
type entrance struct {
	ID, Tenant uuid.UUID
	Name       string
	SignUp     bool
}

// knownDriver is who has an address in a network; the zero value is nobody.
type knownDriver struct {
	ID             uuid.UUID
	Name, Language string
}

// codeDoor mails a code to whoever may sign in with an address. It answers the same, and as fast, whether somebody may.
func (s *Service) codeDoor(_ http.ResponseWriter, r *http.Request) error {
	var in struct{ Tenant, Network, Email, Language string }
	if err := decode(r, &in); err != nil {
		return err
	}
	network, email, err := s.enter(r, in.Tenant, in.Network, in.Email)
	if err != nil {
		return err
	}
	if _, nowhere := s.mailer.(mail.Nowhere); nowhere {
		return fault.New(fault.Unavailable, "Codes can't be mailed here, because no mail server is configured: ask whoever runs this installation.")
	}
	known, err := s.findDriver(r.Context(), network, email)
	if err != nil {
		return err
	}
	code, err := newCode()
	if err != nil {
		return err
	}
	// Kept for everybody, so that it takes as long for nobody.
	fresh, err := s.keepCode(r.Context(), network, email, code)
	if err != nil || !fresh || known.ID == uuid.Nil && (!network.SignUp || s.enroller == nil) {
		return err
	}
	language := known.Language
	if language == "" {
		language = in.Language
	}
	s.post(codeMail(network.Name, code, language, mail.Address{Name: known.Name, Email: email}, s.now()))
	return nil
}

// verifyDoor signs a driver in who read the code, and makes a driver of somebody new where the network lets them.
func (s *Service) verifyDoor(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Tenant, Network, Email, Code, Name, Language string }
	if err := decode(r, &in); err != nil {
		return err
	}
	network, email, err := s.enter(r, in.Tenant, in.Network, in.Email)
	if err != nil {
		return err
	}
	wrong := &fault.Error{Code: fault.Unauthenticated, Field: "code", Message: "This code is wrong, or too old: try again, or ask for another one."}
	right, err := s.useCode(r.Context(), network, email, in.Code)
	if err != nil {
		return err
	}
	if !right {
		return wrong
	}
	known, err := s.findDriver(r.Context(), network, email)
	if err != nil {
		return err
	}
	if known.ID == uuid.Nil {
		if !network.SignUp || s.enroller == nil {
			return wrong
		}
		ctx := tenancy.NewContext(r.Context(), tenancy.SignUp(network.Tenant, network.ID))
		if known.ID, err = s.enroller.SignUp(ctx, email, in.Name, in.Language); err != nil {
			return err
		}
	}
	s.guesses.forgive(addressOf(r.RemoteAddr), braked(network, email))
	return s.begin(w, r, s.driverSessions, known.ID)
}

// enter finds the network that somebody wants to sign in to, and counts the attempt.
func (s *Service) enter(r *http.Request, tenant, network, address string) (e entrance, email string, err error) {
	if email, err = checkEmail("email", address); err != nil {
		return e, "", err
	}
	rows, err := s.db.Query(asSignIn(r.Context()), `select n.id, n.tenant_id, n.name, n.driver_sign_up from networks n join tenants t on t.id = n.tenant_id
		where t.slug = $1 and n.slug = $2 and n.archived_at is null and t.status = 'ACTIVE'`, tenant, network)
	if err != nil {
		return e, "", fmt.Errorf("find the network: %w", err)
	}
	e, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[entrance])
	if errors.Is(err, pgx.ErrNoRows) {
		return e, "", fault.Missing("network")
	}
	if err != nil {
		return e, "", fmt.Errorf("find the network: %w", err)
	}
	if wait := s.guesses.take(addressOf(r.RemoteAddr), braked(e, email)); wait > 0 {
		return e, "", tooManyGuesses(wait)
	}
	return e, email, nil
}

// braked names an account of a network to the brake, apart from those of people.
func braked(e entrance, email string) string { return e.ID.String() + "/" + email }

func (s *Service) findDriver(ctx context.Context, network entrance, email string) (d knownDriver, err error) {
	rows, err := s.db.Query(asSignIn(ctx), "select id, name, language from drivers where tenant_id = $1 and network_id = $2 and email = $3", network.Tenant, network.ID, email)
	if err != nil {
		return d, fmt.Errorf("find the driver: %w", err)
	}
	d, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[knownDriver])
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return d, fmt.Errorf("find the driver: %w", err)
	}
	return d, nil
}

// newCode has six digits, each as likely as the others.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	return fmt.Sprintf("%06d", n), nil
}

// codeMAC is keyed, because six digits can be tried out by whoever reads the table.
func (s *Service) codeMAC(network entrance, email, code string) []byte {
	mac := hmac.New(sha256.New, s.codeSecret)
	_, _ = fmt.Fprintf(mac, "%s %s %s", network.ID, email, code)
	return mac.Sum(nil)
}

// keepCode makes a code the only one of an address, unless it had too many mailed.
func (s *Service) keepCode(ctx context.Context, network entrance, email, code string) (kept bool, err error) {
	now := s.now()
	n, err := s.db.Exec(asSignIn(ctx), `insert into driver_codes as c (network_id, email, tenant_id, code_mac, expires_at, mailed_since) values ($1, $2, $3, $4, $5, $6)
		on conflict (network_id, email) do update set code_mac = excluded.code_mac, tries = 0, expires_at = excluded.expires_at,
			mailed = case when c.mailed_since <= $7 then 1 else c.mailed + 1 end,
			mailed_since = case when c.mailed_since <= $7 then excluded.mailed_since else c.mailed_since end
		where c.mailed_since <= $7 or c.mailed < $8`,
		network.ID, email, network.Tenant, s.codeMAC(network, email, code), now.Add(codeLife), now, now.Add(-codeWindow), codesPerAddress)
	if err != nil {
		return false, fmt.Errorf("keep the code: %w", err)
	}
	return n == 1, nil
}

// useCode tries a code. A try counts before it is looked at, and a code that was right is used up.
func (s *Service) useCode(ctx context.Context, network entrance, email, code string) (right bool, err error) {
	ctx = asSignIn(ctx)
	rows, err := s.db.Query(ctx, `update driver_codes set tries = tries + 1 where network_id = $1 and email = $2 and tries < $3 and expires_at > $4 returning code_mac`,
		network.ID, email, codeTries, s.now())
	if err != nil {
		return false, fmt.Errorf("try the code: %w", err)
	}
	kept, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]byte])
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("try the code: %w", err)
	}
	given := s.codeMAC(network, email, code)
	if !hmac.Equal(kept, given) {
		return false, nil
	}
	// How many were mailed stays; nobody has this code any more, not even whoever sent it at the same time.
	n, err := s.db.Exec(ctx, "update driver_codes set expires_at = $4 where network_id = $1 and email = $2 and code_mac = $3 and expires_at > $4", network.ID, email, given, s.now())
	if err != nil {
		return false, fmt.Errorf("use the code up: %w", err)
	}
	return n == 1, nil
}

// post sends a mail without keeping anybody waiting, so that nobody sees by the time it takes whether there was one to send.
func (s *Service) post(m mail.Message) {
	s.posting.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), mailPatience)
		defer cancel()
		select {
		case s.postSlots <- struct{}{}:
			defer func() { <-s.postSlots }()
		case <-ctx.Done():
		}
		if err := s.mailer.Send(ctx, m); err != nil {
			s.logger.Warn("a code for signing in couldn't be mailed", "error", err)
		}
	})
}

// FinishMails waits until what was mailed is taken or given up.
func (s *Service) FinishMails(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.posting.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// codeWords are the mail in the languages of drivers.
var codeWords = map[string]struct{ subject, text string }{
	"en": {"Your code to sign in", "Your code to sign in to %s is\n\n    %s\n\nIt is good for %d minutes. If you didn't ask for it, do nothing: without it nobody signs in.\n"},
	"nl": {"Uw inlogcode", "Uw code om in te loggen bij %s is\n\n    %s\n\nDe code is %d minuten geldig. Hebt u er niet om gevraagd, doe dan niets: zonder de code logt niemand in.\n"},
	"de": {"Ihr Anmeldecode", "Ihr Code für die Anmeldung bei %s lautet\n\n    %s\n\nEr gilt %d Minuten. Haben Sie ihn nicht angefordert, tun Sie nichts: Ohne ihn meldet sich niemand an.\n"},
	"hi": {"साइन इन करने का आपका कोड", "%s में साइन इन करने का आपका कोड है\n\n    %s\n\nयह %d मिनट तक मान्य है। अगर आपने इसे नहीं माँगा, तो कुछ न करें: इसके बिना कोई साइन इन नहीं कर सकता।\n"},
}

func codeMail(network, code, language string, to mail.Address, at time.Time) mail.Message {
	words, ok := codeWords[language]
	if !ok {
		words = codeWords["en"]
	}
	return mail.Message{
		ID: uuid.NewString(), To: to, Subject: words.subject, Text: fmt.Sprintf(words.text, network, code, int(codeLife.Minutes())), At: at,
	}
}
