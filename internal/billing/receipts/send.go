package receipts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/busbar-ev/busbar/internal/audit"
	"github.com/busbar-ev/busbar/internal/billing/money"
	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/fault"
	"github.com/busbar-ev/busbar/internal/mail"
	"github.com/busbar-ev/busbar/tenancy"
)

// letter is a receipt that is to be mailed.
type letter struct {
	Kind, Number, Currency, Email, Status, Seller string
	Gross                                         int64
	Document                                      []byte
	Name, Language                                *string
}

// Mail mails a receipt that is queued. Somebody may read it twice, when nobody heard whether the first was taken: both have one
// Message-ID. An error means that another try is worth it.
func (s *Service) Mail(ctx context.Context, id uuid.UUID) error {
	rows, err := s.db.Query(ctx, `select r.kind, r.number, r.currency, r.email, r.email_status, coalesce(nullif(t.legal_name, ''), t.name), r.gross, r.document, d.name, d.language
		from receipts r join tenants t on t.id = r.tenant_id left join drivers d on d.id = r.driver_id where r.id = $1`, id)
	if err != nil {
		return fmt.Errorf("load the receipt: %w", err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[letter])
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.Missing("receipt")
	}
	if err != nil {
		return fmt.Errorf("load the receipt: %w", err)
	}
	if l.Status != "QUEUED" {
		return nil
	}
	message, err := s.message(id, l)
	if err != nil {
		return err
	}
	sent := s.mail.Send(ctx, message)
	switch {
	case sent == nil:
		_, err = s.db.Exec(ctx, "update receipts set email_status = 'SENT', email_failure = '', emailed_at = $2 where id = $1", id, s.now())
	case mail.Refused(sent) || errors.Is(sent, mail.ErrNowhere):
		_, err = s.db.Exec(ctx, "update receipts set email_status = 'FAILED', email_failure = $2 where id = $1", id, sent.Error())
	default:
		return fmt.Errorf("mail receipt %s: %w", l.Number, sent)
	}
	if err != nil {
		return fmt.Errorf("note what became of the mail: %w", err)
	}
	return nil
}

func (s *Service) message(id uuid.UUID, l *letter) (mail.Message, error) {
	document, err := Read(l.Document)
	if err != nil {
		return mail.Message{}, err
	}
	language := text(l.Language)
	if language == "" {
		language = "en"
	}
	paper, err := document.PDF(language)
	if err != nil {
		return mail.Message{}, err
	}
	w := words[language]
	if w.subject == "" {
		w = words["en"]
	}
	fill := strings.NewReplacer("{number}", l.Number, "{seller}", l.Seller, "{name}", text(l.Name), "{amount}", money.Format(l.Gross, l.Currency)+" "+l.Currency)
	return mail.Message{
		ID: "receipt-" + id.String(), To: mail.Address{Name: text(l.Name), Email: l.Email}, Subject: fill.Replace(w.subject), Text: fill.Replace(w.text), At: s.now(),
		Attachments: []mail.Attachment{{Name: strings.ReplaceAll(l.Number, "/", "-") + ".pdf", Type: "application/pdf", Data: paper}},
	}, nil
}

// words are what the mail says, by language.
var words = map[string]struct{ subject, text string }{
	"en": {"Receipt {number} from {seller}", "Hello {name},\n\nyour receipt {number} over {amount} is attached.\n\n{seller}\n"},
	"nl": {"Kwitantie {number} van {seller}", "Dag {name},\n\nuw kwitantie {number} over {amount} vindt u in de bijlage.\n\n{seller}\n"},
	"de": {"Beleg {number} von {seller}", "Guten Tag {name},\n\nIhr Beleg {number} über {amount} hängt an.\n\n{seller}\n"},
	"hi": {"{seller} की रसीद {number}", "नमस्ते {name},\n\n{amount} की आपकी रसीद {number} संलग्न है। रसीद अंग्रेज़ी में है।\n\n{seller}\n"},
}

// Again queues a receipt to be mailed, to another address where one is given.
func (s *Service) Again(ctx context.Context, id uuid.UUID, email string) error {
	v, err := tenancy.FromContext(ctx)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var network uuid.UUID
		var to string
		err := tx.QueryRow(ctx, "select network_id, email from receipts where id = $1 for update", id).Scan(&network, &to)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.Missing("receipt")
		}
		if err != nil {
			return fmt.Errorf("load the receipt: %w", err)
		}
		if !v.Can(tenancy.ChargeWrite, network) {
			return fault.Lacking(tenancy.ChargeWrite)
		}
		if email != "" {
			to = email
		}
		if at := strings.IndexByte(to, '@'); at < 1 || at == len(to)-1 || len(to) > 254 || strings.ContainsAny(to, " \r\n\t<>,;\"") {
			return fault.In("email", "Give the address that the receipt is to be mailed to.")
		}
		if _, err := tx.Exec(ctx, "update receipts set email = $2, email_status = 'QUEUED', email_failure = '' where id = $1", id, to); err != nil {
			return fmt.Errorf("queue the mail: %w", err)
		}
		if err := tx.Enqueue(ctx, Send{Tenant: v.Tenant, Receipt: id}, nil); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Event{Action: "receipt.send", Network: network, SubjectType: "receipt", SubjectID: id.String()})
	})
}

// PDF is the paper of a stored receipt.
func PDF(document []byte, language string) ([]byte, error) {
	d, err := Read(document)
	if err != nil {
		return nil, err
	}
	if language == "" {
		language = "en"
	}
	return d.PDF(language)
}

// JSON is what a stored receipt says, for programs.
func JSON(document []byte) ([]byte, error) {
	d, err := Read(document)
	if err != nil {
		return nil, err
	}
	return d.JSON()
}
