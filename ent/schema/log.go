package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/ent/vocabulary"
	"github.com/busbar-ev/busbar/tenancy"
)

// OcppMessage is one frame that crossed a station's socket. The journal writes it; ent reads it.
type OcppMessage struct{ ent.Schema }

// Mixin of the OcppMessage.
func (OcppMessage) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}, appendOnly{}}
}

// Fields of the OcppMessage.
func (OcppMessage) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.Time("at").Immutable().Annotations(entgql.OrderField("AT")).
			Comment("When we received it, or when it was ready to leave."),
		field.Enum("direction").NamedValues("Received", "RECEIVED", "Sent", "SENT").Immutable().Annotations(entgql.Type("MessageDirection")),
		field.Enum("type").NamedValues("Call", "CALL", "CallResult", "CALLRESULT", "CallError", "CALLERROR",
			"CallResultError", "CALLRESULTERROR", "Send", "SEND", "Unreadable", "UNREADABLE").Immutable().Annotations(entgql.Type("MessageType")),
		field.String("action").Immutable(),
		field.String("message_id").Immutable(),
		field.String("payload").GoType(vocabulary.JSON("")).Immutable().Annotations(entgql.Type("JSON"), unfiltered()).
			Comment("The payload as JSON; for an unreadable frame, the frame as a JSON string."),
		field.String("error_code").Default("").Immutable(),
		field.Strings("repairs").Optional().Immutable().Annotations(unfiltered()).
			Comment("What had to be repaired before the frame could be understood."),
		field.Bytes("raw").Optional().Immutable().Annotations(hidden()).
			Comment("The frame as it came, kept when it differs from the payload."),
	}
}

// Edges of the OcppMessage.
func (OcppMessage) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
	}
}

// Annotations of the OcppMessage.
func (OcppMessage) Annotations() []schema.Annotation {
	return []schema.Annotation{table("ocpp_messages"), listed()}
}

// ConnectionAttempt is a handshake as support reads it: who tried, what was wrong, and what to change.
type ConnectionAttempt struct{ ent.Schema }

// Mixin of the ConnectionAttempt.
func (ConnectionAttempt) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, optionalNetworkMixin{}}
}

// Fields of the ConnectionAttempt.
func (ConnectionAttempt) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Optional().Nillable().Immutable(),
		field.String("identity").Immutable(),
		field.Time("at").Immutable().Comment("When this kind of attempt was first seen."),
		field.Time("last_at").Annotations(entgql.OrderField("LAST_AT")).Comment("When it was last repeated."),
		field.Int("count").Default(1).Comment("How often it was repeated from the same address with the same outcome."),
		field.Enum("outcome").NamedValues("Accepted", "ACCEPTED", "Refused", "REFUSED").Immutable().Annotations(entgql.Type("AttemptOutcome")),
		field.Enum("cause").Values(attemptCauses...).Immutable().Annotations(entgql.Type("AttemptCause")),
		field.String("explanation").Immutable().Annotations(unfiltered()).Comment("What happened, in words."),
		field.String("fix").Immutable().Annotations(unfiltered()).Comment("What to change on the station, or here."),
		field.String("remote_address").Immutable(),
		field.String("url").Immutable().Annotations(unfiltered()),
		field.Strings("subprotocols").Optional().Immutable().Annotations(unfiltered()),
		field.String("user_agent").Default("").Immutable().Annotations(unfiltered()),
		field.String("tls_version").Default("").Immutable().Annotations(unfiltered()),
	}
}

// Edges of the ConnectionAttempt.
func (ConnectionAttempt) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Immutable().Annotations(guarded(tenancy.StationRead)),
	}
}

// Annotations of the ConnectionAttempt.
func (ConnectionAttempt) Annotations() []schema.Annotation {
	return []schema.Annotation{table("connection_attempts"), listed()}
}

var attemptCauses = []string{
	"ACCEPTED", "UNKNOWN_IDENTITY", "NEAR_MISS_IDENTITY", "MALFORMED_IDENTITY", "IDENTITY_MISMATCH", "NO_CREDENTIAL", "WRONG_PASSWORD", "WRONG_TENANT", "AMBIGUOUS_IDENTITY",
	"VERSION_NOT_SPOKEN", "PROFILE_MISMATCH", "RATE_LIMITED", "STATION_REJECTED", "TENANT_SUSPENDED", "MALFORMED_UPGRADE",
	"TLS_VERSION", "TLS_HANDSHAKE", "UNKNOWN_CA", "EXPIRED_CERTIFICATE", "REVOKED_CERTIFICATE", "WRONG_CERTIFICATE", "NO_CERTIFICATE", "UNAVAILABLE",
}

// MeterValue is one sampled value of one report. The journal writes it; ent reads it.
type MeterValue struct{ ent.Schema }

// Mixin of the MeterValue.
func (MeterValue) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}, appendOnly{}}
}

// Fields of the MeterValue.
func (MeterValue) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable().Annotations(entgql.Type("ID")),
		field.UUID("session_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(entgql.Type("ID")),
		field.Int("evse_no").Immutable(),
		field.Time("at").Immutable().Comment("The station's time; the time of receipt where it gave none that could be read."),
		field.Time("received_at").Immutable(),
		field.String("measurand").Immutable(),
		field.String("phase").Default("").Immutable(),
		field.String("location").Default("").Immutable(),
		field.String("context").Default("").Immutable(),
		field.Float("value").Optional().Nillable().Immutable().Comment("In Wh, W, V, A, % and so on, whatever unit the station used."),
		field.String("unit").Immutable(),
		field.String("raw_value").Immutable(),
		field.String("raw_unit").Default("").Immutable(),
		field.String("signed").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Immutable().Annotations(entgql.Type("JSON")).
			Comment("The signed form of the value as the meter gave it: data, methods and public key, byte for byte."),
	}
}

// Annotations of the MeterValue.
func (MeterValue) Annotations() []schema.Annotation {
	return []schema.Annotation{table("meter_values"), entgql.Skip(entgql.SkipWhereInput | entgql.SkipOrderField)}
}

// ReportedEvent is something that a station noticed beside status and meter. The journal writes it; ent reads it.
type ReportedEvent struct{ ent.Schema }

// Mixin of the ReportedEvent.
func (ReportedEvent) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, tenantMixin{}, networkMixin{}, appendOnly{}}
}

// Fields of the ReportedEvent.
func (ReportedEvent) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("session_id", uuid.UUID{}).Optional().Nillable().Immutable().Annotations(entgql.Type("ID")),
		field.Enum("kind").Values(reportedEventKinds...).Immutable().Annotations(entgql.Type("ReportedEventKind")),
		field.String("type").Default("").Immutable().Comment("What happened, as OCPP or the maker names it."),
		field.Int("severity").Optional().Nillable().Immutable().Comment("0 is danger, 9 is debug; null where the station gives none."),
		field.Bool("cleared").Default(false).Immutable(),
		field.Int("evse_no").Default(0).Immutable(),
		field.Int("connector_no").Default(0).Immutable().Annotations(unfiltered()),
		field.String("component").Default("").Immutable(),
		field.String("variable").Default("").Immutable(),
		field.String("value").Default("").Immutable().Annotations(unfiltered()),
		field.String("info").Default("").Immutable().Annotations(unfiltered()),
		field.String("data").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Immutable().Annotations(entgql.Type("JSON"), unfiltered()),
		field.Time("at").Immutable().Annotations(entgql.OrderField("AT")),
		field.Time("received_at").Immutable().Annotations(unfiltered()),
	}
}

// Edges of the ReportedEvent.
func (ReportedEvent) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
	}
}

// Annotations of the ReportedEvent.
func (ReportedEvent) Annotations() []schema.Annotation {
	return []schema.Annotation{table("station_events"), listed()}
}

var reportedEventKinds = []string{
	"SECURITY", "MONITORING", "CHARGING_LIMIT", "CHARGING_NEEDS", "CHARGING_SCHEDULE", "PRIORITY_CHARGING", "FIRMWARE", "LOG", "RESERVATION",
	"DER", "BATTERY_SWAP", "PAYMENT", "STREAM", "DATA_TRANSFER", "CERTIFICATE", "TARIFF",
}
