package graph_test

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/tenancy"
)

// Whoever asked for a decision is told so by who they are: two apps of the same name aren't taken for one another, and a neighbour sees nothing.
func TestWhoAskedForADecisionIsKnownByWhoTheyAre(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	asks, decides := a.w.Key(a.w.A, tenancy.Owner, uuid.Nil), a.w.Key(a.w.A, tenancy.Owner, uuid.Nil)
	st := a.w.AddStation(a.w.A, a.w.A.Main, "CP1", 1)
	must[any](a, asks, `mutation($id: ID!) { upgradeSecurityProfile(input: {stationIds: [$id], profile: 0, reason: "Its password is lost"}) { batchId } }`, map[string]any{"id": st.ID})
	type approvals struct {
		Approvals struct {
			Edges []struct {
				Node struct {
					ID          uuid.UUID
					Mine        bool
					RequestedBy string
				}
			}
		}
	}
	const query = `{ approvals { edges { node { id mine requestedBy } } } }`
	first, second := must[approvals](a, asks, query, nil).Approvals.Edges, must[approvals](a, decides, query, nil).Approvals.Edges
	if len(first) != 1 || len(second) != 1 {
		t.Fatalf("%d and %d requests are seen, want one each", len(first), len(second))
	}
	if !first[0].Node.Mine || second[0].Node.Mine {
		t.Errorf("who asked is told mine: %v, who decides: %v", first[0].Node.Mine, second[0].Node.Mine)
	}
	if theirs := must[approvals](a, a.owner(a.w.B), query, nil).Approvals.Edges; len(theirs) > 0 {
		t.Errorf("a neighbour sees %d requests", len(theirs))
	}
	const decide = `mutation($id: ID!) { decideApproval(input: {id: $id, approve: true}) { approval { mine status } } }`
	id := map[string]any{"id": first[0].Node.ID}
	if r := a.ask(asks, decide, id); r.code() != "FORBIDDEN" {
		t.Errorf("who asked agrees and is answered %s", r.raw)
	}
	if r := a.ask(a.owner(a.w.B), decide, id); r.code() != "NOT_FOUND" {
		t.Errorf("a neighbour agrees and is answered %s", r.raw)
	}
	decided := must[struct {
		DecideApproval struct {
			Approval struct {
				Mine   bool
				Status string
			}
		}
	}](a, decides, decide, id).DecideApproval.Approval
	if decided.Mine || decided.Status != "APPROVED" {
		t.Errorf("the other one agrees and gets %+v", decided)
	}
}

// An authority that signs for stations says where the standing of its certificates is told, and it is told there; others say nothing.
func TestAuthoritiesSayWhereTheirListsAre(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := must[struct {
		CreateCertificateAuthority struct {
			CertificateAuthorities []struct {
				Kind, Pem       string
				CrlURL, OcspURL *string
			}
		}
	}](a, a.owner(a.w.A), `mutation { createCertificateAuthority(input: {organization: "Alpha"}) { certificateAuthorities { kind pem crlURL ocspURL } } }`, nil)
	signing := 0
	for _, authority := range made.CreateCertificateAuthority.CertificateAuthorities {
		if authority.Kind != "INTERMEDIATE" {
			if authority.CrlURL != nil || authority.OcspURL != nil {
				t.Errorf("%s signs for no station and names a list", authority.Kind)
			}
			continue
		}
		signing++
		block, _ := pem.Decode([]byte(authority.Pem))
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		list, err := x509.ParseRevocationList(fetched(t, *authority.CrlURL))
		if err != nil {
			t.Fatal(err)
		}
		if err := list.CheckSignatureFrom(certificate); err != nil {
			t.Errorf("the list at %s is somebody else's: %v", *authority.CrlURL, err)
		}
		if want := (*authority.CrlURL)[:len(*authority.CrlURL)-len("crl")] + "ocsp"; *authority.OcspURL != want {
			t.Errorf("questions are answered at %s, want %s", *authority.OcspURL, want)
		}
	}
	if signing != 1 {
		t.Errorf("%d authorities sign, want one", signing)
	}
}

func fetched(t *testing.T, url string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s was answered %d: %v", url, response.StatusCode, err)
	}
	return body
}
