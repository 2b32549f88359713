package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/busbar-ev/busbar"

// layers are the packages from bottom to top: each may import only what stands above it in this list. The reason says what
// would go wrong otherwise.
var layers = []struct{ path, reason string }{
	{"internal/failpoint", "what ends a process for a test knows nothing of it"},
	{"internal/fault", "errors are told the same way everywhere, so everything may use them and they use nothing"},
	{"internal/remark", "a sentence is a code and what goes into it: it knows nobody who says it"},
	{"internal/billing/money", "an amount is a number and a currency"},
	{"internal/billing/tariff", "a price is data: it knows neither database nor session"},
	{"internal/billing/rating", "what a session costs is a pure function: it knows a tariff and facts, and nothing else"},
	{"internal/secrets", "what seals secrets knows bytes and a place, not what the secret is for"},
	{"internal/pki", "who may be signed and who is believed follows from certificates alone"},
	{"internal/pki/endpoint", "how stations speak TLS is known without a database, and before anybody knows who they are"},
	{"internal/mail", "a mail is sent without knowing why"},
	{"internal/billing/invoice", "a receipt is data and paper: it knows a bill, and neither database nor books"},
	{"migrations", "the schema stands on its own: it is applied before anything else runs"},
	{"tenancy", "who is acting is known without a database"},
	{"ent", "rows know their viewer and nothing of what is done with them"},
	{"internal/db", "pools and transactions carry every domain and know none"},
	{"internal/audit", "the audit log is written in the transaction of whatever it tells"},
	{"internal/billing/ledger", "the books know neither what is sold nor how it is paid"},
	{"internal/billing/payment", "what a provider says of a payment is the same for all of them"},
	{"internal/billing/providertest", "a stand-in for providers knows payments as data, and no gateway, books or database"},
	{"internal/billing/stripe", "a provider knows no books"},
	{"internal/billing/razorpay", "a provider knows no books"},
	{"internal/billing/wallet", "what drivers have is booked without knowing what it is spent on"},
	{"internal/bus", "events carry ids, so that the bus needs to know no types"},
	{"internal/issues", "what somebody has to look at is recorded without knowing how it came about"},
	{"internal/billing/pricing", "what a place costs is known before anybody charges there"},
	{"internal/billing/charges", "a session is billed from what is stored of it"},
	{"internal/billing/receipts", "a receipt is written from a charge that is there"},
	{"internal/billing/payments", "what comes in over a provider is booked to a wallet"},
	{"internal/deadjobs", "what was given up is restarted without knowing what it was to do"},
	{"internal/journal", "the hot path writes rows, it doesn't judge them"},
	{"internal/pki/authority", "who signs for a tenant knows its stations as names and ids, and not what they do"},
	{"internal/files", "bytes come and go without knowing which command asked for them"},
	{"internal/quirks", "what makers do differently is data: it knows neither wire nor domain"},
	{"internal/identity", "people and apps are recognised without knowing what they charge"},
	{"internal/sentences", "what a message means is said from the message alone"},
	{"internal/charging", "business rules don't know the protocol or the interface through which they are reached"},
	{"internal/plugandcharge", "who vouches for certificates of cars knows stations as names, and answers what the domain asks"},
	{"internal/billing/drivers", "drivers act through the domain like everybody else, and it knows them by their tokens"},
	{"ocpp/schema", "values on the wire know no message"},
	{"ocpp/frame", "the envelope knows no message"},
	{"ocpp/v16", "messages of one version know no other"},
	{"ocpp/v201", "messages of one version know no other"},
	{"ocpp/v21", "messages of one version know no other"},
	{"ocpp", "the stations' endpoint reaches the domain, never the interface or the jobs"},
	{"jobs", "workers reach the domain, never the interface or the stations' endpoint"},
	{"graph", "resolvers reach the domain, never the stations' endpoint or the jobs"},
	{"frontend", "the portal talks GraphQL like anybody else"},
	{"internal/simulator", "virtual stations speak OCPP like real ones, and know nothing of the server"},
	{"internal/worldtest", "tests may put together what the program puts together"},
	{"cmd/busbar", "the only place where all of it meets"},
}

// apart are packages that must not import each other although one stands above the other.
var apart = []struct{ from, to, reason string }{
	{"jobs", "ocpp", "a worker reaches a station through the domain's Commander"},
	{"graph", "ocpp", "a resolver reaches a station through the domain's Commander"},
	{"graph", "jobs", "a resolver enqueues through the domain, in the domain's transaction"},
	{"internal/simulator", "internal/charging", "a simulated station must not know more than a real one"},
	{"internal/simulator", "internal/db", "a simulated station must not know more than a real one"},
	{"internal/simulator", "ent", "a simulated station must not know more than a real one"},
	{"internal/simulator", "graph", "a simulated station must not know more than a real one"},
	{"ocpp/v16", "ocpp/v201", "messages of one version know no other"},
	{"ocpp/v201", "ocpp/v16", "messages of one version know no other"},
	{"ocpp/v21", "ocpp/v201", "messages of one version know no other"},
	{"ocpp/schema", "internal/charging", "the wire knows no domain"},
	{"ocpp/frame", "internal/charging", "the wire knows no domain"},
	{"ocpp/v16", "internal/charging", "the wire knows no domain"},
}

func layerOf(path string) int {
	best, length := -1, -1
	for i, l := range layers {
		if (path == l.path || strings.HasPrefix(path, l.path+"/")) && len(l.path) > length {
			best, length = i, len(l.path)
		}
	}
	return best
}

// Imports point one way.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"/...").Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for decoder.More() {
		var p struct {
			ImportPath    string
			Imports, Deps []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		at := layerOf(from)
		if at < 0 {
			t.Errorf("package %s has no place among the layers: give it one, with the reason", from)
			continue
		}
		for _, dep := range p.Imports {
			to, ours := strings.CutPrefix(dep, module+"/")
			if !ours {
				continue
			}
			if below := layerOf(to); below > at {
				t.Errorf("%s imports %s, which stands below it: %s", from, to, layers[at].reason)
			}
		}
		for _, dep := range p.Deps {
			to := strings.TrimPrefix(dep, module+"/")
			for _, rule := range apart {
				if layers[at].path == rule.from && layerOf(to) >= 0 && layers[layerOf(to)].path == rule.to && to != dep {
					t.Errorf("%s depends on %s: %s", from, to, rule.reason)
				}
			}
		}
	}
}
