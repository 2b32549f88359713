package db

import "github.com/google/uuid"

// OrNull is an id for a column that may be null: nothing where there is none.
func OrNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
