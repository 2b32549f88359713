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

// Station is a charge point: one controller with one connection to us.
type Station struct{ ent.Schema }

// Mixin of the Station.
func (Station) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the Station.
func (Station) Fields() []ent.Field {
	fields := []ent.Field{
		field.String("identity").Annotations(entgql.OrderField("IDENTITY")).
			Comment("The station's OCPP id, as it stands in its connection URL."),
		field.String("name").Annotations(entgql.OrderField("NAME")),
		field.UUID("location_id", uuid.UUID{}).Optional().Nillable(),
		field.Enum("onboarding").NamedValues("Pending", "PENDING", "Onboarded", "ONBOARDED").Default("PENDING"),
		field.Time("onboarded_at").Optional().Nillable(),
		field.Enum("registration_status").NamedValues("Accepted", "ACCEPTED", "Pending", "PENDING", "Rejected", "REJECTED").
			Default("PENDING").Annotations(entgql.Type("RegistrationStatus")),
		field.String("ocpp_version").Default("1.6").
			Comment("The version assumed when the station names none; a connection states its own."),
		field.Enum("preferred_version").NamedValues("V16", "1.6", "V201", "2.0.1", "V21", "2.1").Optional().Nillable().Annotations(hidden()),
		field.String("quirks").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Annotations(hidden()),
		field.Int("local_list_version").Optional().Nillable().Annotations(unfiltered()).
			Comment("The version of the local authorisation list that the station holds; null where it isn't known."),
		field.Time("local_list_at").Optional().Nillable().Annotations(unfiltered()),
		field.Int("security_profile").Default(1),
		field.Time("updated_at").Default(time.Now).UpdateDefault(time.Now),
		field.Time("removed_at").Optional().Nillable().Annotations(hidden()),
	}
	fields = append(fields, credentialFields()...)
	fields = append(fields, bootFields()...)
	fields = append(fields, connectionFields()...)
	return append(fields, statusFields()...)
}

// credentialFields hold the password as a keyed hash. The next password counts beside the present one until it is seen.
func credentialFields() []ent.Field {
	return []ent.Field{
		field.Bytes("password_salt").Optional().Nillable().Sensitive().Annotations(hidden()),
		field.Bytes("password_mac").Optional().Nillable().Sensitive().Annotations(hidden()),
		field.Bytes("next_password_salt").Optional().Nillable().Sensitive().Annotations(hidden()),
		field.Bytes("next_password_mac").Optional().Nillable().Sensitive().Annotations(hidden()),
		field.Time("credential_verified_at").Optional().Nillable(),
		field.String("expected_serial").Default("").Annotations(hidden()),
		field.UUID("certificate_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
	}
}

// bootFields are what the station said of itself at its last boot.
func bootFields() []ent.Field {
	return []ent.Field{
		field.String("vendor").Default(""),
		field.String("model").Default("").Annotations(entgql.OrderField("MODEL")),
		field.String("serial_number").Default(""),
		field.String("firmware_version").Default(""),
		field.String("iccid").Default(""),
		field.String("imsi").Default(""),
		field.String("meter_type").Default(""),
		field.String("meter_serial_number").Default(""),
		field.Time("booted_at").Optional().Nillable(),
		field.Time("inventory_at").Optional().Nillable().
			Comment("When the station's configuration was last read in full."),
	}
}

// connectionFields describe the socket that owns the station. The epoch fences off an owner that was replaced.
func connectionFields() []ent.Field {
	return []ent.Field{
		field.Bool("online").Default(false),
		field.Time("connected_at").Optional().Nillable().Annotations(hidden()),
		field.Time("disconnected_at").Optional().Nillable().Annotations(hidden()),
		field.Time("last_seen_at").Optional().Nillable().Annotations(entgql.OrderField("LAST_SEEN_AT")),
		field.String("node").Default("").Annotations(hidden()),
		field.String("remote_address").Default("").Annotations(hidden()),
		field.String("connection_version").Default("").Annotations(hidden()),
		field.Int("connection_profile").Default(0).Annotations(hidden()),
		field.Int64("connection_epoch").Default(0).Annotations(hidden()),
		field.Bool("renewal_only").Default(false).Comment("Whether the station was let in only to be given a new certificate: its own expired, or is its maker's."),
	}
}

// statusFields are the status of the station as a whole, which OCPP 1.6 reports as connector 0.
func statusFields() []ent.Field {
	return []ent.Field{
		field.Enum("status").GoType(vocabulary.ConnectorStatus("")).Optional().Nillable().Annotations(entgql.Type("ConnectorStatus"), unfiltered()),
		field.String("error_code").Default("").Annotations(unfiltered()),
		field.String("info").Default("").Annotations(unfiltered()),
		field.String("vendor_error_code").Default("").Annotations(unfiltered()),
		field.Time("status_at").Optional().Nillable().Annotations(unfiltered()),
	}
}

// Edges of the Station.
func (Station) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("location", Location.Type).Field("location_id").Unique().Annotations(guarded(tenancy.LocationRead)),
		edge.To("certificate", StationCertificate.Type).Field("certificate_id").Unique().Annotations(guarded(tenancy.CertificateRead)),
		edge.From("certificates", StationCertificate.Type).Ref("station").Annotations(entgql.RelayConnection(), guarded(tenancy.CertificateRead)),
		edge.From("security_operations", SecurityOperation.Type).Ref("station").Annotations(entgql.RelayConnection(), guarded(tenancy.CertificateRead)),
		edge.From("evses", Evse.Type).Ref("station"),
		edge.From("connectors", Connector.Type).Ref("station"),
		edge.From("variables", StationVariable.Type).Ref("station").Annotations(entgql.RelayConnection()),
		edge.From("sessions", ChargingSession.Type).Ref("station").Annotations(entgql.RelayConnection(), guarded(tenancy.SessionRead)),
		edge.From("messages", OcppMessage.Type).Ref("station").Annotations(entgql.RelayConnection(), guarded(tenancy.MessageRead)),
		edge.From("attempts", ConnectionAttempt.Type).Ref("station").Annotations(entgql.RelayConnection(), guarded(tenancy.AttemptRead)),
		edge.From("commands", Command.Type).Ref("station").Annotations(entgql.RelayConnection(), guarded(tenancy.CommandRead)),
		edge.From("charging_profiles", ChargingProfile.Type).Ref("station").Annotations(entgql.RelayConnection()),
		edge.From("reservations", Reservation.Type).Ref("station").Annotations(entgql.RelayConnection()),
		edge.From("local_list", LocalListEntry.Type).Ref("station").Annotations(entgql.RelayConnection(), guarded(tenancy.TokenRead)),
		edge.From("firmware_updates", FirmwareUpdate.Type).Ref("station").Annotations(entgql.RelayConnection()),
		edge.From("log_uploads", LogUpload.Type).Ref("station").Annotations(entgql.RelayConnection()),
		edge.From("settings", StationSetting.Type).Ref("station").Annotations(entgql.RelayConnection()),
		edge.From("reports", StationReport.Type).Ref("station").Annotations(entgql.RelayConnection()),
		edge.From("events", ReportedEvent.Type).Ref("station").Annotations(entgql.RelayConnection()),
	}
}

// Annotations of the Station.
func (Station) Annotations() []schema.Annotation {
	return []schema.Annotation{table("stations"), listed()}
}
