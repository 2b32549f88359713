package payment_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payment"
)

// However an account is printed or logged, its secrets aren't in it.
func TestSec100_AccountsKeepTheirSecrets(t *testing.T) {
	t.Parallel()
	a := payment.Account{ID: uuid.New(), Provider: payment.Stripe, Key: "key hidden", Secret: "sk hidden", WebhookSecret: "whsec hidden"}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("account", "account", a)
	for _, text := range []string{
		fmt.Sprint(a), fmt.Sprintf("%v %+v %#v %s", a, a, a, a), fmt.Sprintf("%+v", &a), fmt.Sprintf("%+v", struct{ A payment.Account }{a}), log.String(),
	} {
		if strings.Contains(text, "hidden") || !strings.Contains(text, a.ID.String()) {
			t.Errorf("it is printed as %s", text)
		}
	}
}

// A live account takes no test key, nor the other way round; keys of unknown form pass.
func TestAccount_ModeMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key        string
		live, want bool
	}{{"sk_live_1", true, true}, {"sk_live_1", false, false}, {"sk_test_1", true, false}, {"sk_test_1", false, true}, {"rk_1", true, true}, {"", false, true}} {
		if got := (payment.Account{Live: c.live}).ModeMatches(c.key, "sk_live_", "sk_test_"); got != c.want {
			t.Errorf("%q for live %t: %t", c.key, c.live, got)
		}
	}
}
