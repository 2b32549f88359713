package schema

import (
	"time"

	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/tenancy"
)

// CertificateAuthority is who signs for a tenant, or whom else it believes. Its key is read by plain SQL, where it is opened.
type CertificateAuthority struct{ ent.Schema }

// Mixin of the CertificateAuthority.
func (CertificateAuthority) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, reachedTenant{}}
}

// Fields of the CertificateAuthority.
func (CertificateAuthority) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("kind").Values("ROOT", "INTERMEDIATE", "MANUFACTURER", "V2G_ROOT", "MO_ROOT").Immutable().Annotations(entgql.Type("AuthorityKind")),
		field.UUID("parent_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.Enum("status").Values("NEXT", "ACTIVE", "RETIRING", "RETIRED").Annotations(entgql.Type("AuthorityStatus")),
		field.String("name"),
		field.Bytes("certificate").Immutable().Annotations(hidden()),
		field.String("serial_number").Immutable(),
		field.String("fingerprint").Immutable().Comment("SHA-256 of the certificate, in hex."),
		field.Time("not_before").Immutable(),
		field.Time("not_after").Immutable(),
		field.String("created_by").Immutable(),
		field.Time("activated_at").Optional().Nillable(),
		field.Time("retired_at").Optional().Nillable(),
	}
}

// Edges of the CertificateAuthority.
func (CertificateAuthority) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("parent", CertificateAuthority.Type).Field("parent_id").Unique().Immutable(),
	}
}

// Annotations of the CertificateAuthority.
func (CertificateAuthority) Annotations() []schema.Annotation {
	return []schema.Annotation{table("certificate_authorities"), listed(), entgql.Skip(entgql.SkipWhereInput)}
}

// StationCertificate is a certificate of a station: one that was signed here, or one that it came with.
type StationCertificate struct{ ent.Schema }

// Mixin of the StationCertificate.
func (StationCertificate) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the StationCertificate.
func (StationCertificate) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("authority_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(hidden()),
		field.Enum("use").Values("CHARGING_STATION", "V2G", "V2G20").Immutable().Annotations(entgql.Type("SigningUse")).
			Comment("CHARGING_STATION is by which the station connects; V2G is what it shows cars that speak ISO 15118, V2G20 those of ISO 15118-20."),
		field.Enum("origin").Values("SIGNED", "FACTORY", "ELSEWHERE").Immutable().Annotations(entgql.Type("CertificateOrigin")).
			Comment("SIGNED here, put in by the maker (FACTORY), or signed by somebody else and delivered through here (ELSEWHERE)."),
		field.Enum("status").Values("SIGNED", "INSTALLED", "IN_USE", "SUPERSEDED", "REFUSED", "REVOKED").Annotations(entgql.Type("CertificateStatus")),
		field.String("serial_number").Immutable(),
		field.String("subject").Immutable(),
		field.String("issuer").Immutable(),
		field.String("key_type").Immutable().Annotations(unfiltered()),
		field.String("fingerprint").Immutable().Comment("SHA-256 of the certificate, in hex."),
		field.Bytes("certificate").Immutable().Annotations(hidden()),
		field.Time("not_before").Immutable().Annotations(unfiltered()),
		field.Time("not_after").Immutable().Annotations(entgql.OrderField("NOT_AFTER")),
		field.Time("renew_at").Optional().Nillable().Annotations(entgql.OrderField("RENEW_AT")),
		field.Int("deliveries").Default(0).Annotations(unfiltered()).Comment("How often it was offered to the station."),
		field.Time("deliver_at").Optional().Nillable().Annotations(unfiltered()).Comment("When it is offered next."),
		field.String("last_error").Default("").Annotations(unfiltered()).Comment("Why the station didn't take it."),
		field.Time("installed_at").Optional().Nillable().Annotations(unfiltered()),
		field.Time("first_used_at").Optional().Nillable().Annotations(unfiltered()),
		field.Time("last_used_at").Optional().Nillable().Annotations(unfiltered()),
		field.Time("revoked_at").Optional().Nillable().Annotations(unfiltered()),
		field.String("revocation_reason").Default("").Annotations(unfiltered()),
	}
}

// Edges of the StationCertificate.
func (StationCertificate) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("authority", CertificateAuthority.Type).Field("authority_id").Unique().Immutable(),
	}
}

// Annotations of the StationCertificate.
func (StationCertificate) Annotations() []schema.Annotation {
	return []schema.Annotation{table("station_certificates"), listed()}
}

// SecurityOperation is what is done to a station's security step by step. There is one at a time for each station.
type SecurityOperation struct{ ent.Schema }

// Mixin of the SecurityOperation.
func (SecurityOperation) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the SecurityOperation.
func (SecurityOperation) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("batch_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(entgql.Type("ID")).Comment("What was asked for several stations at once has one."),
		field.Enum("kind").Values("PROFILE", "PASSWORD", "RENEWAL", "ROOT").Immutable().Annotations(entgql.Type("SecurityOperationKind")),
		field.Int("from_profile").Optional().Nillable().Immutable().Annotations(unfiltered()),
		field.Int("to_profile").Optional().Nillable().Immutable().Annotations(unfiltered()),
		field.Enum("status").Values("APPROVAL", "RUNNING", "COMPLETED", "FAILED", "CANCELLED").Annotations(entgql.Type("SecurityOperationStatus")),
		field.String("step").Annotations(unfiltered()).Comment("What it is at."),
		field.String("explanation").Default("").Annotations(unfiltered()).Comment("How it stands, in words."),
		field.String("steps").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Default("[]").Annotations(hidden()),
		field.Int("attempts").Default(0).Annotations(unfiltered()),
		field.Time("next_at").Optional().Nillable().Annotations(unfiltered()).Comment("When it goes on by itself."),
		field.Time("deadline").Optional().Nillable().Annotations(unfiltered()).Comment("When it is given up."),
		field.String("requested_by").Immutable(),
		field.Time("updated_at").Default(time.Now).Annotations(unfiltered()),
		field.Time("completed_at").Optional().Nillable().Annotations(unfiltered()),
	}
}

// Edges of the SecurityOperation.
func (SecurityOperation) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
	}
}

// Annotations of the SecurityOperation.
func (SecurityOperation) Annotations() []schema.Annotation {
	return []schema.Annotation{table("security_operations"), listed()}
}

// Approval is what one person asked for and another must agree to.
type Approval struct{ ent.Schema }

// Mixin of the Approval.
func (Approval) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the Approval.
func (Approval) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.Enum("action").Values("DELETE_LAST_ROOT", "PROFILE_DOWNGRADE").Immutable().Annotations(entgql.Type("ApprovalAction")),
		field.String("request").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Immutable().Annotations(entgql.Type("JSON"), unfiltered()),
		field.String("reason").Immutable().Annotations(unfiltered()),
		field.Enum("status").Values("WAITING", "APPROVED", "REFUSED", "EXPIRED").Default("WAITING").Annotations(entgql.Type("ApprovalStatus")),
		field.String("requested_by").Immutable(),
		field.String("requester").Immutable().Annotations(hidden()),
		field.String("decided_by").Default("").Annotations(unfiltered()),
		field.Time("decided_at").Optional().Nillable().Annotations(unfiltered()),
		field.Time("expires_at").Immutable().Annotations(unfiltered()),
	}
}

// Edges of the Approval.
func (Approval) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
	}
}

// Annotations of the Approval.
func (Approval) Annotations() []schema.Annotation {
	return []schema.Annotation{table("approvals"), listed()}
}
