package charging

import (
	"context"

	"github.com/google/uuid"
)

type bulkKey struct{}

// inBulk marks the commands that are given with a context as part of a bulk command.
func inBulk(ctx context.Context, bulk uuid.UUID) context.Context {
	return context.WithValue(ctx, bulkKey{}, bulk)
}

func bulkOf(ctx context.Context) uuid.UUID {
	bulk, _ := ctx.Value(bulkKey{}).(uuid.UUID)
	return bulk
}
