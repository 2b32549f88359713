package ocpp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// A station that refuses its certificate is offered it again after longer and longer pauses, in a chain as long as it takes; after the last
// it is given up, with an issue that says why. A new request begins anew.
func TestRefusedCertificateIsOfferedAgain(t *testing.T) {
	t.Parallel()
	clock := &movable{}
	w := worldtest.New(t, worldtest.WithClock(clock.now))
	if err := w.Authorities.Create(w.A.As(tenancy.Owner), ""); err != nil {
		t.Fatal(err)
	}
	st := w.AddStation(w.A, w.A.Main, "CP1", 1)
	s := w.Onboarded(w.A, st)
	ctx := tenancy.NewContext(context.Background(), tenancy.Certificates(w.A.ID))
	ask := func() uuid.UUID {
		t.Helper()
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		worldtest.Do[struct{ Status string }](s, "SignCertificate", map[string]any{"csr": csr(t, "CP1", key)})
		if err := w.Charging.SignRequest(ctx, st.ID, "CHARGING_STATION"); err != nil {
			t.Fatal(err)
		}
		return worldtest.OwnerValue[uuid.UUID](w, "select id from station_certificates order by created_at desc limit 1")
	}
	// offer delivers the certificate and says how many certificates the chain has; 0 where nothing is offered yet.
	offer := func(id uuid.UUID, answer string) int {
		t.Helper()
		before := worldtest.OwnerValue[int](w, "select deliveries from station_certificates where id = $1", id)
		done := make(chan error, 1)
		go func() { done <- w.Charging.DeliverSigned(ctx, id) }()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return 0
		case c := <-s.Calls:
			s.Answer(c, answer)
			var sent struct{ CertificateChain string }
			if err := json.Unmarshal(c.Payload, &sent); err != nil {
				t.Fatal(err)
			}
			list, err := pki.ReadPEM(sent.CertificateChain)
			if err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
			if got := worldtest.OwnerValue[int](w, "select deliveries from station_certificates where id = $1", id); got != before+1 {
				t.Errorf("%d deliveries are counted after %d", got, before)
			}
			return len(list)
		}
	}
	first := ask()
	for i, pause := range []time.Duration{0, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour} {
		if pause > 0 {
			if offer(first, `{"status":"Accepted"}`) != 0 {
				t.Errorf("offer %d came before its time", i+1)
			}
			clock.ahead(pause + time.Second)
		}
		if got := offer(first, `{"status":"Rejected"}`); got != 2 {
			t.Errorf("offer %d has a chain of %d, want 2", i+1, got)
		}
	}
	if got := worldtest.OwnerValue[string](w, "select status || ' ' || (last_error <> '') from station_certificates where id = $1", first); got != "REFUSED true" {
		t.Errorf("after the last refusal it is %s", got)
	}
	if got := worldtest.OwnerValue[string](w, "select string_agg(kind || ' ' || status || ' ' || (details->>'count'), '') from detected_issues"); got != "CERTIFICATE_REFUSED OPEN 5" {
		t.Errorf("the issue is %s", got)
	}
	w.Owner("insert into station_variables (id, tenant_id, network_id, station_id, component, variable, value, reported_at) values (gen_random_uuid(), $1, $2, $3, '', 'CertificateSignedMaxChainSize', '1100', now())", w.A.ID, w.A.Main, st.ID)
	if got := offer(ask(), `{"status":"Accepted"}`); got != 1 {
		t.Errorf("a station with little room is given a chain of %d, want 1", got)
	}
	if got := worldtest.OwnerValue[string](w, "select string_agg(status, '' order by id) from detected_issues"); got != "RESOLVED" {
		t.Errorf("once it is taken the issue is %s", got)
	}
}
