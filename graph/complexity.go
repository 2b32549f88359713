package graph

import (
	"time"

	"entgo.io/contrib/entgql"
	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/graph/generated"
	"github.com/busbar-ev/busbar/graph/model"
)

type cursor = *entgql.Cursor[uuid.UUID]

// complexity weighs fields by how much they can return. Fields that aren't named here count one and what is below them; a test
// finds connections that are missing.
func complexity() (c generated.ComplexityRoot) {
	c.Query.ChargingSessions = filtered
	c.Query.Stations = filtered
	c.Query.Locations = filtered
	c.Query.OcppMessages = filtered
	c.Query.ConnectionAttempts = filtered
	c.Query.Commands = filtered
	c.Query.AuditEvents = filtered
	c.Query.Tokens = filtered
	c.Query.Drivers = filtered
	c.Query.ChargingPlaces = func(child int, _ *model.PositionInput, _ *model.AreaInput, first *int) int {
		return pageCost(child, first, nil)
	}
	c.My.Sessions = func(child int, first *int, _ *time.Time) int { return pageCost(child, first, nil) }
	c.My.Receipts = func(child int, first *int) int { return pageCost(child, first, nil) }
	c.My.Payments = func(child int, first *int) int { return pageCost(child, first, nil) }
	c.My.Running = list
	c.My.PaymentMethods = list
	c.My.Tokens = list
	c.ChargingPlace.Connectors = list
	c.MySession.Receipts = list
	c.MySession.Corrections = list
	c.Query.Wallets = filtered
	c.Query.StationCertificates = filtered
	c.Query.SecurityOperations = filtered
	c.Query.Approvals = filtered
	c.Query.CertificateAuthorities = list
	c.SecurityOperation.Steps = list
	c.SecurityOverview.Expiries = list
	c.Station.Certificates = filtered
	c.Station.SecurityOperations = filtered
	c.Query.LedgerEntries = func(child int, _ *uuid.UUID, _ *model.LedgerAccountKind, first *int, _ cursor) int {
		return pageCost(child, first, nil)
	}
	c.Wallet.Statement = func(child int, first *int, _ cursor) int { return pageCost(child, first, nil) }
	c.Query.Members = ordered
	c.Query.APIKeys = ordered
	c.Query.Networks = filteredByValue
	c.Location.Stations = filtered
	c.Connector.Sessions = filtered
	c.Station.Sessions = filtered
	c.Station.Messages = filtered
	c.Station.Attempts = filtered
	c.Station.Commands = filtered
	c.Station.Variables = filtered
	c.Station.ChargingProfiles = filtered
	c.Station.Reservations = filtered
	c.Station.LocalList = filtered
	c.Station.FirmwareUpdates = filtered
	c.Station.LogUploads = filtered
	c.Station.Settings = filtered
	c.Station.Reports = filtered
	c.Station.Events = filtered
	c.BulkCommand.Targets = filtered
	c.Query.StationEvents = filtered
	c.Query.FirmwareUpdates = filtered
	c.Query.Firmwares = filtered
	c.Query.Reservations = filtered
	c.Query.BulkCommands = filtered
	c.Query.Tariffs = filtered
	c.Query.Charges = filtered
	c.Query.ChargeCorrections = filtered
	c.Query.DetectedIssues = filtered
	c.Query.Receipts = filtered
	c.Query.Payments = filtered
	c.Query.Reconciliations = ordered
	c.Query.DeadJobs = func(child int, first *int) int { return pageCost(child, first, nil) }
	c.Receipt.PDF = func(int, *string) int { return paperWeight }

	c.Evse.Connectors = list
	c.Station.Evses = list
	c.Station.Connectors = list
	c.Station.Configuration = list
	c.Station.OnboardingSteps = list
	c.Station.KnownQuirks = list
	c.Query.QuirkFields = list
	c.Tariff.Versions = list
	c.Tariff.Assignments = list
	c.Charge.Corrections = list
	c.Charge.Receipts = list
	c.Payment.Refunds = list
	c.Payment.Disputes = list
	c.Payment.Bookings = list
	c.Query.PaymentAccounts = list
	c.Reconciliation.Differences = list
	c.DeadJob.About = list
	return c
}

func filtered[O, W any](child int, _ cursor, first *int, _ cursor, last *int, _ *O, _ *W) int {
	return pageCost(child, first, last)
}

func filteredByValue[O any](child int, _ cursor, first *int, _ cursor, last *int, _ *O, _ *bool) int {
	return pageCost(child, first, last)
}

func ordered[O any](child int, _ cursor, first *int, _ cursor, last *int, _ *O) int {
	return pageCost(child, first, last)
}

func list(child int) int { return 1 + listWeight*child }

// paperWeight is what writing a PDF costs.
const paperWeight = 50
