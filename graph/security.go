package graph

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent"
	"github.com/busbar-ev/busbar/ent/certificateauthority"
	"github.com/busbar-ev/busbar/graph/model"
	"github.com/busbar-ev/busbar/internal/charging"
	"github.com/busbar-ev/busbar/internal/pki"
	"github.com/busbar-ev/busbar/internal/pki/authority"
)

// pemOf writes a certificate that is stored as it came.
func pemOf(der []byte) (string, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return "", err
	}
	return pki.WritePEM(c), nil
}

// authorities are the tenant's, those that sign now first.
func (r *Resolver) authorities(ctx context.Context) ([]*ent.CertificateAuthority, error) {
	return r.ent().CertificateAuthority.Query().Order(ent.Asc(certificateauthority.FieldStatus, certificateauthority.FieldKind, certificateauthority.FieldID)).All(ctx)
}

func (r *Resolver) authoritiesPayload(ctx context.Context, err error) (*model.CertificateAuthoritiesPayload, error) {
	if err != nil {
		return nil, err
	}
	list, err := r.authorities(ctx)
	return &model.CertificateAuthoritiesPayload{CertificateAuthorities: list}, err
}

func authorityPayload(a *ent.CertificateAuthority) *model.CertificateAuthorityPayload {
	return &model.CertificateAuthorityPayload{CertificateAuthority: a}
}

func operationPayload(o *ent.SecurityOperation) *model.SecurityOperationPayload {
	return &model.SecurityOperationPayload{SecurityOperation: o}
}

func approvalPayload(a *ent.Approval) *model.ApprovalPayload {
	return &model.ApprovalPayload{Approval: a}
}

func operationsPayload(u *charging.Upgrade) *model.SecurityOperationsPayload {
	p := &model.SecurityOperationsPayload{SecurityOperations: u.Operations, Refused: []*model.StationRefusal{}}
	if u.Operations == nil {
		p.SecurityOperations = []*ent.SecurityOperation{}
	}
	if u.Batch != uuid.Nil {
		p.BatchID = &u.Batch
	}
	for _, refused := range u.Refused {
		p.Refused = append(p.Refused, &model.StationRefusal{StationID: refused.Station, Identity: refused.Identity, Reason: refused.Why})
	}
	return p
}

func policyModel(p authority.Policy) *model.CertificatePolicy {
	return &model.CertificatePolicy{Organization: p.Organization, LifetimeDays: p.LifetimeDays, QuietFrom: p.QuietFrom, QuietTo: p.QuietTo, GraceDays: p.GraceDays,
		Factory: model.FactoryCertificates(p.Factory)}
}

func overviewModel(o *charging.SecurityOverview) *model.SecurityOverview {
	m := &model.SecurityOverview{Certificates: o.Certificates, Expired: o.Expired, Renewing: o.Renewing, Running: o.Running, Failed: o.Failed, Approvals: o.Approvals}
	for _, p := range o.Profiles {
		m.Profiles = append(m.Profiles, &model.ProfileCount{Profile: p.Profile, Required: p.Required, Connected: p.Connected})
	}
	for _, e := range o.Expiries {
		m.Expiries = append(m.Expiries, &model.ExpiryCount{From: e.From, To: e.To, Count: e.Count})
	}
	return m
}

// serverTLS is how stations reach this server, without what the operator of the server alone should know.
func (r *Resolver) serverTLS() *model.ServerTLS {
	t := &model.ServerTLS{Certificates: []*model.ServerCertificate{}, Roots: []*model.ServerRoot{}}
	if r.TLS == nil {
		return t
	}
	info := r.TLS()
	t.Enabled = info.Listen != "" || info.Legacy != ""
	t.URL, t.LegacyListener = orNil(info.URL), orNil(info.Legacy)
	if info.Source != "" {
		source := model.ServerCertificateSource(info.Source)
		t.Source = &source
	}
	for _, c := range info.Certificates {
		t.Certificates = append(t.Certificates, &model.ServerCertificate{Subject: c.Subject, Issuer: c.Issuer, KeyType: c.KeyType, Names: c.Names, NotBefore: c.NotBefore, NotAfter: c.NotAfter})
	}
	for _, c := range info.Roots {
		t.Roots = append(t.Roots, &model.ServerRoot{Subject: c.Subject.String(), Fingerprint: pki.Fingerprint(c), NotAfter: c.NotAfter, Pem: pki.WritePEM(c)})
	}
	return t
}

// platformOperator reports whether somebody hands out contracts for tenants that set nobody.
func (r *Resolver) platformOperator() bool {
	return r.PlugAndCharge != nil && r.PlugAndCharge.HasPlatform()
}

func readingModel(c *x509.Certificate) *model.AuthorityReading {
	return &model.AuthorityReading{Subject: c.Subject.String(), Issuer: c.Issuer.String(), SerialNumber: pki.SerialNumber(c), Fingerprint: pki.Fingerprint(c),
		KeyType: pki.KeyName(crypto.PublicKey(c.PublicKey)), NotBefore: c.NotBefore, NotAfter: c.NotAfter, Root: bytes.Equal(c.RawSubject, c.RawIssuer)}
}

// operator is whom the tenant set to hand out contracts.
func (r *Resolver) operator(ctx context.Context) (*model.PlugAndChargeOperator, error) {
	if r.PlugAndCharge == nil {
		return nil, nil
	}
	set, err := r.PlugAndCharge.Operator(ctx)
	if set == nil || err != nil {
		return nil, err
	}
	return &model.PlugAndChargeOperator{URL: set.URL, UpdatedBy: set.UpdatedBy, UpdatedAt: set.UpdatedAt}, nil
}

func (r *Resolver) setOperator(ctx context.Context, input model.SetPlugAndChargeOperatorInput) error {
	switch {
	case r.PlugAndCharge == nil:
		return charging.ErrNoPlugAndCharge
	case input.URL == "":
		return r.PlugAndCharge.ForgetOperator(ctx)
	}
	return r.PlugAndCharge.UseOperator(ctx, input.URL, or(input.Token))
}
