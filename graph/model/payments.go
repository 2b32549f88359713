package model

import "github.com/google/uuid"

// PaymentDifference is something that was otherwise in the books than at a payment provider.
type PaymentDifference struct {
	PaymentID        uuid.UUID
	Finding          PaymentFinding
	Booked, Provider *Money
	Resolved         bool
	Reason           string
}
