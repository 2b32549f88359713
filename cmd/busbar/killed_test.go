package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
	"github.com/busbar-ev/busbar/internal/failpoint"
)

// errDied means that whoever was asked is gone.
var errDied = errors.New("the server died")

// mortal is a server that dies again and again, and what is asked of it until it is answered.
type mortal struct {
	t      *testing.T
	dir    string
	r      *rand.Rand
	server *process
	ws     *websocket.Conn
	key    string
	// address is kept over restarts, because a station is told it once.
	identity, password string
	provider           *providertest.Account
	account            string
	env                []string
	deaths             map[string]int
}

// revive starts the server anew, to die at some place after it is ready.
func (m *mortal) revive() {
	m.t.Helper()
	if m.server != nil {
		m.server.kill()
	}
	place := failpoint.Places()[m.r.IntN(len(failpoint.Places()))]
	m.server = serveWith(m.t, m.dir, append(m.env, fmt.Sprintf("%s=%s:%d", failpointSpec, place, 1+m.r.IntN(9))))
	m.deaths[place]++
	m.called()
	if err := m.server.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		m.t.Fatal(err)
	}
	m.ws = nil
}

// called has the provider call the server where it is now.
func (m *mortal) called() { m.provider.SetWebhook(m.server.url + "/webhooks/stripe/" + m.account) }

// pay tops the wallet up over the provider: a page, somebody who pays there, and the provider's word of it, said until it is heard.
func (m *mortal) pay(wallet string) {
	m.t.Helper()
	var started struct {
		StartTopUp struct{ Payment struct{ Ref string } }
	}
	m.insist("top up", func() error {
		if err := m.ask(`mutation { startTopUp(input: {walletId: "`+wallet+`", amount: "6.00"}) { payment { ref } } }`, &started); err != nil {
			return err
		}
		if started.StartTopUp.Payment.Ref == "" {
			return errDied // it doesn't know its page, because it died over it: that one is never paid
		}
		return nil
	})
	told := len(m.provider.Events())
	if _, err := m.provider.Pay(started.StartTopUp.Payment.Ref, providertest.Paying{}); err != nil {
		m.t.Fatal(err)
	}
	for _, event := range m.provider.Events()[told:] {
		m.insist("webhook", func() error {
			ctx, cancel := context.WithTimeout(m.t.Context(), patience)
			defer cancel()
			if answers, err := m.provider.Send(ctx, event, providertest.Sending{}); err != nil || answers[0] >= 500 {
				return errDied
			} else if answers[0] >= 300 {
				return fmt.Errorf("a webhook was answered %d", answers[0])
			}
			return nil
		})
	}
}

// insist does something until it was answered, however often the server dies over it.
func (m *mortal) insist(what string, do func() error) {
	m.t.Helper()
	for range 60 {
		err := do()
		if err == nil {
			return
		}
		if !errors.Is(err, errDied) {
			m.t.Fatalf("%s: %v", what, err)
		}
		m.revive()
	}
	m.t.Fatalf("%s was never answered", what)
}

// say sends a call as a station, and returns its answer.
func (m *mortal) say(id, action, payload string) (answer json.RawMessage, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if m.ws == nil {
		request := &http.Request{Header: http.Header{}}
		request.SetBasicAuth(m.identity, m.password)
		url := strings.Replace(m.server.url, "http", "ws", 1) + "/ocpp/alpha/" + m.identity
		if m.ws, _, err = websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: request.Header, Subprotocols: []string{"ocpp1.6"}}); err != nil {
			m.ws = nil
			return nil, errDied
		}
		m.t.Cleanup(func(ws *websocket.Conn) func() { return func() { _ = ws.CloseNow() } }(m.ws))
	}
	if err := m.ws.Write(ctx, websocket.MessageText, []byte(`[2,"`+id+`","`+action+`",`+payload+`]`)); err != nil {
		return nil, errDied
	}
	for {
		_, raw, err := m.ws.Read(ctx)
		if err != nil {
			return nil, errDied
		}
		var f []json.RawMessage
		if err := json.Unmarshal(raw, &f); err != nil {
			return nil, err
		}
		switch {
		case string(f[0]) == "2":
			if err := m.ws.Write(ctx, websocket.MessageText, []byte(`[3,`+string(f[1])+`,{"configurationKey":[{"key":"A","readonly":true,"value":"1"}]}]`)); err != nil {
				return nil, errDied
			}
		case string(f[0]) == "3" && string(f[1]) == `"`+id+`"`:
			return f[2], nil
		case string(f[0]) != "3":
			return nil, fmt.Errorf("%s was answered %s", action, raw)
		}
	}
}

// ask asks GraphQL.
func (m *mortal) ask(text string, into any) error {
	body, err := json.Marshal(map[string]any{"query": text})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(m.t.Context(), http.MethodPost, m.server.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+m.key)
	client := &http.Client{Timeout: patience}
	response, err := client.Do(request)
	if err != nil {
		return errDied
	}
	defer func() { _ = response.Body.Close() }()
	result := struct {
		Data   any
		Errors []struct{ Message string }
	}{Data: into}
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil {
		return errDied
	}
	if len(result.Errors) > 0 {
		return fmt.Errorf("%v", result.Errors)
	}
	return nil
}

// The server dies at every place at which something is stored or answered, again and again, while stations start and stop, wallets
// are filled and bills are collected. Whoever heard no answer says it again. In the end everything has happened once.
func TestKilledAnywhere_EverythingHappensOnce(t *testing.T) {
	t.Parallel()
	seeds := uint64(2)
	if n, err := strconv.ParseUint(os.Getenv("BUSBAR_TEST_SEEDS"), 10, 64); err == nil {
		seeds = n
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dieAnywhere(t, seed)
		})
	}
}

func dieAnywhere(t *testing.T, seed uint64) {
	const sessions = 10
	m := &mortal{t: t, dir: t.TempDir(), r: rand.New(rand.NewPCG(seed, 7)), identity: "CP1", deaths: map[string]int{}}
	there := providertest.Start(t, providertest.Options{})
	m.env = []string{providerURL + "=" + there.StripeURL()}
	m.server = serveWith(t, m.dir, m.env)
	m.key = newTenant(t, m.dir, "alpha")
	var made struct {
		CreateTariff struct{ Tariff struct{ ID string } }
		CreateDriver struct {
			Driver struct {
				Tokens []struct{ IDTag string }
				Wallet struct{ ID string }
			}
		}
		AddStation           struct{ Password string }
		CreatePaymentAccount struct{ PaymentAccount struct{ ID string } }
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(m.ask(`mutation { createTariff(input: {name: "Plain", pricePerKwh: "0.50"}) { tariff { id } } createDriver(input: {name: "Somebody"}) { driver { tokens { idTag } wallet { id } } }
		addStation(input: {identity: "CP1", evses: [{evseNo: 1}]}) { password }
		createPaymentAccount(input: {provider: STRIPE, name: "Ours", live: false, secret: "sk_test_killed", webhookSecret: "whsec_killed"}) { paymentAccount { id } } }`, &made))
	m.account = made.CreatePaymentAccount.PaymentAccount.ID
	m.provider = there.Open(payment.Account{ID: uuid.MustParse(m.account), Provider: payment.Stripe, Secret: "sk_test_killed", WebhookSecret: "whsec_killed"})
	m.provider.Hold()
	must(m.ask(`mutation { assignTariff(input: {tariffId: "`+made.CreateTariff.Tariff.ID+`"}) { assignment { id } } }`, new(any)))
	m.password = made.AddStation.Password
	tag, wallet := made.CreateDriver.Driver.Tokens[0].IDTag, made.CreateDriver.Driver.Wallet.ID
	began := time.Now().UTC().Add(-sessions * time.Hour)
	at := func(hour float64) string {
		return began.Add(time.Duration(hour * float64(time.Hour))).Format("2006-01-02T15:04:05.000Z")
	}
	m.revive()
	m.insist("boot", func() error {
		_, err := m.say("boot", "BootNotification", `{"chargePointVendor":"Voltara","chargePointModel":"AC22"}`)
		return err
	})
	gift := func(n int) {
		m.insist("gift", func() error {
			return m.ask(fmt.Sprintf(`mutation { adjustWallet(input: {walletId: %q, amount: {amount: "6.00", currency: "EUR"}, reason: "A gift.", idempotencyKey: "gift-%d"}) { wallet { id } } }`, wallet, n), new(any))
		})
	}
	for i := range sessions {
		switch i % 3 { // every third session is billed before there is money for it
		case 0:
			gift(i)
		case 1:
			m.pay(wallet)
		}
		var started struct{ TransactionID int64 }
		m.insist("start", func() error {
			answer, err := m.say(fmt.Sprint("start", i), "StartTransaction", fmt.Sprintf(`{"connectorId":1,"idTag":%q,"meterStart":%d,"timestamp":%q}`, tag, i*8000, at(float64(i))))
			if err != nil {
				return err
			}
			return json.Unmarshal(answer, &started)
		})
		for j := range 3 {
			m.insist("meter", func() error {
				_, err := m.say(fmt.Sprint("meter", i, j), "MeterValues", fmt.Sprintf(`{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":%q,"sampledValue":[{"value":"%d"}]}]}`,
					started.TransactionID, at(float64(i)+0.2*float64(j+1)), i*8000+2000*(j+1)))
				return err
			})
		}
		m.insist("stop", func() error {
			_, err := m.say(fmt.Sprint("stop", i), "StopTransaction", fmt.Sprintf(`{"transactionId":%d,"meterStop":%d,"timestamp":%q}`, started.TransactionID, (i+1)*8000, at(float64(i)+0.9)))
			return err
		})
		if i%3 == 2 {
			gift(i)
		}
	}
	m.server.kill()
	m.server = serveWith(t, m.dir, m.env)
	var end struct {
		Charges struct {
			Edges []struct {
				Node struct {
					Status string
					Total  struct{ Amount string }
				}
			}
		}
		Receipts struct {
			Edges []struct{ Node struct{ Number string } }
		}
		ChargingSessions struct {
			Edges []struct{ Node struct{ Status string } }
		}
		Wallet struct{ Balance, Held struct{ Amount string } }
	}
	look := func() {
		must(m.ask(`{ charges(first: 100) { edges { node { status total { amount } } } } receipts(first: 100) { edges { node { number } } }
			chargingSessions(first: 100) { edges { node { status } } } wallet(id: "`+wallet+`") { balance { amount } held { amount } } }`, &end))
	}
	eventually(t, "every session is paid and has its receipt", func() bool {
		look()
		paid := 0
		for _, c := range end.Charges.Edges {
			if c.Node.Status == "PAID" && c.Node.Total.Amount == "4.00" {
				paid++
			}
		}
		return paid == sessions && len(end.Receipts.Edges) == sessions && end.Wallet.Balance.Amount == "20.00"
	})
	if len(end.Charges.Edges) != sessions || len(end.ChargingSessions.Edges) != sessions || end.Wallet.Balance.Amount != "20.00" || end.Wallet.Held.Amount != "0.00" {
		t.Errorf("there are %d charges of %d sessions; the wallet has %s, and %s is held", len(end.Charges.Edges), len(end.ChargingSessions.Edges), end.Wallet.Balance.Amount, end.Wallet.Held.Amount)
	}
	numbers := map[string]bool{}
	for _, r := range end.Receipts.Edges {
		numbers[r.Node.Number[len(r.Node.Number)-6:]] = true
	}
	for i := range sessions {
		if !numbers[fmt.Sprintf("%06d", i+1)] {
			t.Errorf("receipt %d is missing from %v", i+1, numbers)
		}
	}
	if books := output[struct{ Findings []string }](t, m.dir, "ledger", "verify", "--tenant", "alpha"); books.Findings == nil || len(books.Findings) > 0 {
		t.Errorf("the books show %v", books.Findings)
	}
	deaths := 0
	for _, n := range m.deaths {
		deaths += n
	}
	if deaths < 5 || len(m.deaths) < 3 {
		t.Errorf("it died only at %v", m.deaths)
	}
	if _, code := m.server.terminate(); code != 0 {
		t.Errorf("in the end the server went with exit code %d", code)
	}
	t.Logf("it died at %v", m.deaths)
}
