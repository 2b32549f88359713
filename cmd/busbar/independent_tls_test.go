package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A station that we didn't write trusts the root that is offered for download, connects by password over TLS (profile 2), has a certificate
// signed because it is asked to, and connects with that alone (profile 3).
func TestIndependentStationGetsItsCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serveWith(t, dir, []string{"BUSBAR_TLS_LISTEN=127.0.0.1:0"})
	key := newTenant(t, dir, "alpha")
	station := query[added](p, key, addStation, map[string]any{"i": "CP1"}).AddStation
	query[any](p, key, `mutation { createCertificateAuthority(input: {}) { certificateAuthorities { id } } }`, nil)
	_, _, text := p.withTLS()
	root := filepath.Join(dir, "root.pem")
	if err := os.WriteFile(root, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s := runScript(t, "secure-station.mjs", p.stations+"/ocpp/alpha", "CP1", station.Password, root, dir)
	s.expect("connected")
	s.expect("booted")
	type state struct {
		Station struct {
			Onboarding  string
			Connection  struct{ SecurityProfile int }
			Certificate *struct{ Status, Subject string }
		}
	}
	look := func() state {
		return query[state](p, key, `query($id: ID!) { station(id: $id) { onboarding connection { securityProfile } certificate { status subject } } }`, map[string]any{"id": station.Station.ID})
	}
	eventually(t, "the station is onboarded", func() bool { return look().Station.Onboarding == "ONBOARDED" })
	if got := look().Station; got.Connection.SecurityProfile != 2 || got.Certificate != nil {
		t.Errorf("by password over TLS the station is %+v", got)
	}
	query[any](p, key, `mutation($id: ID!) { renewStationCertificate(input: {stationId: $id}) { securityOperation { id } } }`, map[string]any{"id": station.Station.ID})
	if asked := s.expect("asked"); asked["status"] != "Accepted" {
		t.Errorf("its request was answered %v", asked)
	}
	s.expect("signed")
	s.expect("connected")
	s.expect("booted")
	eventually(t, "the station is connected by its certificate", func() bool {
		got := look().Station
		return got.Connection.SecurityProfile == 3 && got.Certificate != nil && got.Certificate.Status == "IN_USE"
	})
	if got := look().Station.Certificate.Subject; got != "CN=CP1,O=Operator alpha" {
		t.Errorf("its certificate is for %s", got)
	}
}
