package graph_test

import (
	"context"
	"crypto/tls"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/db"
	"github.com/busbar-ev/busbar/internal/issues"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/endpoint"
	"github.com/busbar-ev/busbar/internal/remark"
	"github.com/busbar-ev/busbar/internal/worldtest"
	"github.com/busbar-ev/busbar/tenancy"
)

// The schema names every sentence and every kind of issue that the server has, and no others.
func TestSchemaNamesEveryRemarkAndIssue(t *testing.T) {
	t.Parallel()
	values := func(enum string) (list []string) {
		for _, v := range schemaOf().Types[enum].EnumValues {
			list = append(list, v.Name)
		}
		slices.Sort(list)
		return list
	}
	var codes, kinds []string
	for _, code := range remark.Codes() {
		codes = append(codes, string(code))
	}
	for _, kind := range issues.Kinds() {
		kinds = append(kinds, string(kind))
	}
	slices.Sort(kinds)
	if got := values("RemarkCode"); !slices.Equal(got, codes) {
		t.Errorf("the schema names the sentences %v, and the server has %v", got, codes)
	}
	if got := values("IssueKind"); !slices.Equal(got, kinds) {
		t.Errorf("the schema names the kinds %v, and the server has %v", got, kinds)
	}
}

type said []struct {
	Code, Text string
	Details    []struct{ Name, Value string }
}

func (s said) String() string {
	var parts []string
	for _, r := range s {
		part := r.Code
		for _, d := range r.Details {
			part += " " + d.Name + "=" + d.Value
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// A handshake that failed is told by codes and what they mention, beside the text; to whom the station belongs, and to nobody else.
func TestSec054_AFailedHandshakeIsSaidByCodes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	st := a.w.AddStation(a.w.A, a.w.A.Main, "CP1", 1)
	a.w.Owner("update stations set remote_address = '203.0.113.7' where id = $1", st.ID)
	a.w.Charging.TLSFailed(context.Background(), netip.MustParseAddr("203.0.113.7"), endpoint.Failure{Reason: endpoint.HungUp, Offered: tls.VersionTLS12, ServerName: "old.example"})
	type answer struct {
		Station *struct {
			LastTLSFailure struct {
				Explanation         string
				Remarks, FixRemarks said
			}
		}
	}
	const query = `query($id: ID!) { station(id: $id) { lastTLSFailure { explanation remarks { code text details { name value } } fixRemarks { code text details { name value } } } } }`
	got := must[answer](a, a.owner(a.w.A), query, map[string]any{"id": st.ID}).Station.LastTLSFailure
	if got.Remarks.String() != "TLS_HUNG_UP_AFTER version=TLS 1.2, TLS_ASKED_FOR_HOST host=old.example" || got.FixRemarks.String() != "FIX_TLS_HUNG_UP" {
		t.Fatalf("it is said as %s, and its fix as %s", got.Remarks, got.FixRemarks)
	}
	if want := got.Remarks[0].Text + " " + got.Remarks[1].Text; got.Explanation != want {
		t.Errorf("the explanation is %q, and its sentences are %q", got.Explanation, want)
	}
	attempt := worldtest.OwnerValue[uuid.UUID](a.w, "select id from connection_attempts")
	for who, ctx := range map[string]context.Context{"another tenant": a.w.B.As(tenancy.Owner), "another network": a.w.A.In(a.w.A.Sub, tenancy.Owner)} {
		if found, err := a.w.Charging.AttemptRemarks(ctx, attempt); err != nil || len(found) > 0 {
			t.Errorf("%s is told %v, %v", who, found, err)
		}
	}
	// One of a server that kept no codes has its text alone.
	a.w.Owner("update connection_attempts set said = null")
	if got := must[answer](a, a.owner(a.w.A), query, map[string]any{"id": st.ID}).Station.LastTLSFailure; len(got.Remarks) > 0 || got.Explanation == "" {
		t.Errorf("without codes it is said as %s: %q", got.Remarks, got.Explanation)
	}
}

// The steps of what is done to a station's security are told by codes, and so are those that were kept without: as they stand.
func TestStepsAreSaidByCodes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	st := a.w.AddStation(a.w.A, a.w.A.Main, "CP1", 1)
	key := a.owner(a.w.A)
	id := must[struct {
		PushStationPassword struct{ SecurityOperation struct{ ID uuid.UUID } }
	}](a, key, `mutation($id: ID!) { pushStationPassword(input: {stationId: $id}) { securityOperation { id } } }`, map[string]any{"id": st.ID}).PushStationPassword.SecurityOperation.ID
	if err := a.w.Charging.AdvanceSecurity(tenancy.NewContext(context.Background(), tenancy.Certificates(a.w.A.ID)), id); err != nil {
		t.Fatal(err)
	}
	steps := func() string {
		type operations struct {
			SecurityOperations struct {
				Edges []struct {
					Node struct{ Steps []struct{ Remarks said } }
				}
			}
		}
		var parts []string
		for _, s := range must[operations](a, key, `{ securityOperations { edges { node { steps { remarks { code text details { name value } } } } } } }`, nil).SecurityOperations.Edges[0].Node.Steps {
			parts = append(parts, s.Remarks.String())
		}
		return strings.Join(parts, "; ")
	}
	if got := steps(); got != "PASSWORD_MADE; WAITING_FOR_STATION" {
		t.Errorf("the steps are said as %s", got)
	}
	must[any](a, key, `mutation($id: ID!) { cancelSecurityOperation(input: {id: $id}) { securityOperation { id } } }`, map[string]any{"id": id})
	if err := a.w.Charging.AdvanceSecurity(tenancy.NewContext(context.Background(), tenancy.Certificates(a.w.A.ID)), id); err != nil {
		t.Fatal(err)
	}
	if got := steps(); !strings.Contains(got, "; CANCELLED name=") || !strings.HasSuffix(got, ", PASSWORD_WITHDRAWN") {
		t.Errorf("cancelled, the steps are said as %s", got)
	}
	a.w.Owner(`update security_operations set steps = '[{"key": "MAKE", "at": "2030-01-01T00:00:00Z", "state": "DONE", "explanation": "As it was."}, {"key": "SEND", "at": "2030-01-01T00:00:00Z", "state": "DONE", "explanation": "x", "remarks": [{"code": "OF_LATER", "details": {"text": "Later."}}]}]'`)
	if got := steps(); got != "; OTHER text=Later." {
		t.Errorf("steps of other versions are said as %s", got)
	}
}

// An issue tells its kind and what it mentions, so that others can put it in words.
func TestAnIssueTellsWhatItMentions(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	err := a.w.DB.InTx(a.w.A.As(tenancy.Owner), func(ctx context.Context, tx *db.Tx) error {
		return a.w.Issues.Raise(ctx, tx, issues.Issue{Kind: issues.BillingBroken, Severity: issues.Warning, Cause: "CP1", Network: a.w.A.Main, Details: map[string]string{"station": "CP1", "reason": "No price."}})
	})
	if err != nil {
		t.Fatal(err)
	}
	type list struct {
		DetectedIssues struct {
			Edges []struct {
				Node struct {
					Code    *string
					Meaning string
					Details []struct{ Name, Value string }
				}
			}
		}
	}
	const query = `{ detectedIssues { edges { node { code meaning details { name value } } } } }`
	got := must[list](a, a.owner(a.w.A), query, nil).DetectedIssues.Edges[0].Node
	if got.Code == nil || *got.Code != "BILLING_BROKEN" || len(got.Details) != 2 || got.Details[0].Value != "No price." || got.Details[1].Value != "CP1" || !strings.Contains(got.Meaning, "No price.") {
		t.Errorf("it is told as %+v", got)
	}
	a.w.Owner("update detected_issues set kind = 'OF_LATER', details = null")
	if got := must[list](a, a.owner(a.w.A), query, nil).DetectedIssues.Edges[0].Node; got.Code != nil || len(got.Details) != 0 {
		t.Errorf("one of another version is told as %+v", got)
	}
}

// What a certificate says is shown before an authority is trusted by it, to those who may trust, and nothing is kept.
func TestAnAuthorityIsReadBeforeItIsTrusted(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	root, err := pki.NewRoot("V2G Root", "Hub", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	below, err := pki.NewIntermediate("MO Sub", root, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	const query = `query($pem: String!) { readAuthority(pem: $pem) { subject issuer serialNumber fingerprint keyType notBefore notAfter root } }`
	type answer struct {
		ReadAuthority struct {
			Subject, Issuer, SerialNumber, Fingerprint, KeyType string
			NotBefore, NotAfter                                 time.Time
			Root                                                bool
		}
	}
	got := must[answer](a, a.owner(a.w.A), query, map[string]any{"pem": pki.WritePEM(root.Certificate)}).ReadAuthority
	if got.Subject != "CN=V2G Root,O=Hub" || got.Fingerprint != pki.Fingerprint(root.Certificate) || got.KeyType == "" || !got.NotAfter.Equal(root.Certificate.NotAfter) || !got.Root {
		t.Errorf("it says %+v", got)
	}
	if got := must[answer](a, a.owner(a.w.A), query, map[string]any{"pem": pki.WritePEM(below.Certificate)}).ReadAuthority; got.Root || got.Issuer != "CN=V2G Root,O=Hub" {
		t.Errorf("one below says %+v", got)
	}
	if r := a.ask(a.owner(a.w.A), query, map[string]any{"pem": "nothing"}); r.code() != "INVALID" || !strings.Contains(r.raw, `"field":"pem"`) {
		t.Errorf("nothing is answered %s", r.raw)
	}
	if r := a.ask(a.w.Key(a.w.A, tenancy.Reader, uuid.Nil), query, map[string]any{"pem": pki.WritePEM(root.Certificate)}); r.code() != "FORBIDDEN" {
		t.Errorf("somebody who may not trust is answered %s", r.raw)
	}
	if n := worldtest.OwnerValue[int](a.w, "select count(*) from certificate_authorities"); n != 0 {
		t.Errorf("%d authorities are kept", n)
	}
	platform := must[struct {
		PlugAndCharge struct{ PlatformOperator bool }
	}](a, a.owner(a.w.A), "{ plugAndCharge { platformOperator } }", nil)
	if platform.PlugAndCharge.PlatformOperator {
		t.Error("a server without an operator says that it has one")
	}
}
