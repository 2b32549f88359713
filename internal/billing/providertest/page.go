package providertest

import (
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// shown is what the page says.
type shown struct {
	Title, Description, Amount string
	Action                     string
	Open                       bool
	Problem, Outcome           string
	Back                       string
}

// onPage is the account and the thing that a page is for.
func (s *Server) onPage(ref string) (*Account, *sale) {
	s.mu.Lock()
	accounts := slices.Clone(s.accounts)
	s.mu.Unlock()
	for _, a := range accounts {
		a.mu.Lock()
		found := a.sales[ref]
		a.mu.Unlock()
		if found != nil {
			return a, found
		}
	}
	return nil, nil
}

func (s *Server) showPage(w http.ResponseWriter, r *http.Request) {
	a, sold := s.onPage(r.PathValue("ref"))
	if a == nil {
		http.Error(w, "There is no such payment.", http.StatusNotFound)
		return
	}
	s.render(w, a, sold, http.StatusOK, "")
}

func (s *Server) render(w http.ResponseWriter, a *Account, sold *sale, status int, problem string) {
	a.mu.Lock()
	said := shown{
		Title: "Pay", Description: sold.description, Amount: spoken(sold.amount, sold.currency), Action: "Pay", Open: sold.open(s.now()), Problem: problem,
		Back: sold.backNone,
	}
	if sold.kind == setup {
		said.Title, said.Action, said.Amount, said.Description = "Save a card", "Save card", "", "The card is kept for later. Nothing is paid now."
	}
	if said.Back == "" {
		said.Back = sold.back
	}
	switch {
	case sold.paid:
		said.Outcome, said.Back = "This is paid already.", a.returned(sold)
	case !said.Open:
		said.Outcome = "The time to pay is over."
	}
	a.mu.Unlock()
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = pageTemplate.Execute(w, said)
}

// usePage is somebody who presses one of the buttons.
func (s *Server) usePage(w http.ResponseWriter, r *http.Request) {
	a, sold := s.onPage(r.PathValue("ref"))
	if a == nil {
		http.Error(w, "There is no such payment.", http.StatusNotFound)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if r.PostFormValue("action") == "decline" {
		if err := a.Decline(sold.ref, "generic_decline", "Your card was declined."); err != nil {
			s.render(w, a, sold, http.StatusConflict, "")
			return
		}
		s.render(w, a, sold, http.StatusPaymentRequired, "Your card was declined. Nothing was paid. You can try again.")
		return
	}
	if _, err := a.Pay(sold.ref, Paying{}); err != nil && !errors.Is(err, ErrNotOpen) {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	a.mu.Lock()
	paid, back := sold.paid, a.returned(sold)
	a.mu.Unlock()
	if !paid || back == "" {
		s.render(w, a, sold, http.StatusOK, "")
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// returned is where the browser goes when it is paid. Razorpay adds what happened, and signs it.
func (a *Account) returned(s *sale) string {
	if s.kind != link || s.back == "" || len(s.tries) == 0 {
		return strings.ReplaceAll(s.back, "{CHECKOUT_SESSION_ID}", s.ref)
	}
	to, err := url.Parse(s.back)
	if err != nil {
		return s.back
	}
	paidBy := s.tries[len(s.tries)-1].id
	query := to.Query()
	query.Set("razorpay_payment_id", paidBy)
	query.Set("razorpay_payment_link_id", s.ref)
	query.Set("razorpay_payment_link_reference_id", s.ours)
	query.Set("razorpay_payment_link_status", "paid")
	query.Set("razorpay_signature", sign(a.Secret, []byte(s.ref+"|"+s.ours+"|paid|"+paidBy)))
	to.RawQuery = query.Encode()
	return to.String()
}

// spoken is an amount for people.
func spoken(amount int64, code string) string {
	digits, _ := currency.GetDigits(code)
	text := strconv.FormatInt(amount, 10)
	if n := int(digits); n > 0 {
		text = strings.Repeat("0", max(0, n+1-len(text))) + text
		text = text[:len(text)-n] + "." + text[len(text)-n:]
	}
	return text + " " + code
}
