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

// FirmwareFile is a file that stations can install, with what is known of it. Its bytes are with package files.
type FirmwareFile struct{ ent.Schema }

// Mixin of the FirmwareFile.
func (FirmwareFile) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, optionalNetworkMixin{}}
}

// Fields of the FirmwareFile.
func (FirmwareFile) Fields() []ent.Field {
	return []ent.Field{
		field.String("version").Comment("What stations say they run once it is installed."),
		field.String("vendor").Comment("As stations of the make spell it in their boot notification."),
		field.Strings("models").Optional().Annotations(unfiltered()).Comment("The models it is for, as stations spell them; empty is every model of the vendor."),
		field.String("file_name").Annotations(unfiltered()),
		field.String("note").Default("").Annotations(unfiltered()),
		field.Enum("status").Values("AWAITING_UPLOAD", "READY", "DAMAGED").Annotations(entgql.Type("FirmwareStatus")),
		field.Int("size").Optional().Nillable().Annotations(unfiltered()).Comment("In bytes; null until the file is here."),
		field.String("sha256").Default("").Annotations(unfiltered()),
		field.String("md5").Default("").Annotations(unfiltered()).Comment("What local controllers compare with when they publish firmware."),
		field.String("expected_sha256").Default("").Annotations(hidden()),
		field.String("signature").Default("").Annotations(unfiltered()).Comment("In base64; stations check the file with it."),
		field.String("signing_certificate").Default("").Annotations(unfiltered()).Comment("As PEM."),
		field.UUID("transfer_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.UUID("file_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Time("updated_at").Annotations(unfiltered()),
	}
}

// Edges of the FirmwareFile.
func (FirmwareFile) Edges() []ent.Edge {
	return []ent.Edge{edge.From("updates", FirmwareUpdate.Type).Ref("firmware").Annotations(entgql.Skip(entgql.SkipAll))}
}

// Annotations of the FirmwareFile.
func (FirmwareFile) Annotations() []schema.Annotation {
	return []schema.Annotation{table("firmwares"), listed(), entgql.Type("Firmware")}
}

// FirmwareUpdate is an order to a station to install other firmware, with what the station said of it since.
type FirmwareUpdate struct{ ent.Schema }

// Mixin of the FirmwareUpdate.
func (FirmwareUpdate) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the FirmwareUpdate.
func (FirmwareUpdate) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("command_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.UUID("firmware_id", uuid.UUID{}).Optional().Nillable().Comment("The firmware of this system that is installed; null where it comes from elsewhere."),
		field.Int("request_id"),
		field.String("location").Annotations(unfiltered()),
		field.Bool("signed").Default(false),
		field.String("from_version").Default("").Annotations(unfiltered()),
		field.String("status").Comment("As OCPP names it, Downloading or Installed for example; Requested until the station says something."),
		field.Bool("ended").Default(false).Comment("Whether nothing more is expected."),
		field.Time("retrieve_at"),
		field.Time("install_at").Optional().Nillable().Annotations(unfiltered()),
		field.String("history").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Annotations(entgql.Type("JSON"), unfiltered()),
		field.Time("updated_at").Annotations(unfiltered()),
	}
}

// Edges of the FirmwareUpdate.
func (FirmwareUpdate) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("command", Command.Type).Field("command_id").Unique().Annotations(guarded(tenancy.CommandRead)),
		edge.To("firmware", FirmwareFile.Type).Field("firmware_id").Unique().Annotations(guarded(tenancy.StationRead)),
	}
}

// Annotations of the FirmwareUpdate.
func (FirmwareUpdate) Annotations() []schema.Annotation {
	return []schema.Annotation{table("firmware_updates"), listed()}
}

// LogUpload is a log that a station was asked to upload, with what the station said of it since.
type LogUpload struct{ ent.Schema }

// Mixin of the LogUpload.
func (LogUpload) Mixin() []ent.Mixin {
	return []ent.Mixin{idMixin{}, createdMixin{}, tenantMixin{}, networkMixin{}}
}

// Fields of the LogUpload.
func (LogUpload) Fields() []ent.Field {
	return []ent.Field{
		field.UUID("station_id", uuid.UUID{}).Immutable(),
		field.UUID("command_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.Int("request_id"),
		field.Enum("type").Values("DIAGNOSTICS", "SECURITY", "DATA_COLLECTOR").Annotations(entgql.Type("LogType")),
		field.String("location").Annotations(unfiltered()),
		field.UUID("transfer_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.UUID("file_id", uuid.UUID{}).Optional().Nillable().Annotations(hidden()),
		field.String("file_name").Default("").Annotations(unfiltered()),
		field.String("status").Comment("As OCPP names it, Uploading or Uploaded for example; Requested until the station says something."),
		field.Bool("ended").Default(false),
		field.String("history").GoType(vocabulary.JSON("")).SchemaType(jsonColumn).Optional().Nillable().Annotations(entgql.Type("JSON"), unfiltered()),
		field.Time("updated_at").Annotations(unfiltered()),
	}
}

// Edges of the LogUpload.
func (LogUpload) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("station", Station.Type).Field("station_id").Unique().Required().Immutable().Annotations(guarded(tenancy.StationRead)),
		edge.To("command", Command.Type).Field("command_id").Unique().Annotations(guarded(tenancy.CommandRead)),
	}
}

// Annotations of the LogUpload.
func (LogUpload) Annotations() []schema.Annotation {
	return []schema.Annotation{table("log_uploads"), listed()}
}
