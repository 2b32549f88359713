package graph

import (
	"context"
	"math"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/busbar-ev/busbar/internal/fault"
)

// What one request may ask for. Everything is checked before a resolver runs.
const (
	maxDepth      = 15
	maxFields     = 1000
	maxComplexity = 60_000
	maxTokens     = 5_000
	maxPage       = 200
	defaultPage   = 50
	maxBody       = 1 << 20
	// listWeight is what a list without a size of its own counts as.
	listWeight = 10
)

// pages keeps parsed documents, and gives every connection that names no size the default one. A document is completed before
// anybody else sees it.
type pages struct{ *lru.LRU[*ast.QueryDocument] }

func newPages(n int) pages { return pages{lru.New[*ast.QueryDocument](n)} }

// Add completes a document and keeps it.
func (p pages) Add(ctx context.Context, query string, doc *ast.QueryDocument) {
	for _, operation := range doc.Operations {
		addPageSizes(operation.SelectionSet)
	}
	for _, fragment := range doc.Fragments {
		addPageSizes(fragment.SelectionSet)
	}
	p.LRU.Add(ctx, query, doc)
}

func addPageSizes(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if paged(s) && s.Arguments.ForName("first") == nil && s.Arguments.ForName("last") == nil {
				s.Arguments = append(s.Arguments, &ast.Argument{
					Name: "first", Value: &ast.Value{Raw: "50", Kind: ast.IntValue, Definition: nil, Position: s.Position}, Position: s.Position,
				})
			}
			addPageSizes(s.SelectionSet)
		case *ast.InlineFragment:
			addPageSizes(s.SelectionSet)
		}
	}
}

// paged reports whether a field is a connection.
func paged(f *ast.Field) bool {
	return f.Definition != nil && f.Definition.Arguments.ForName("first") != nil && f.Definition.Arguments.ForName("last") != nil
}

// limits refuses requests that are too deep, too wide, or ask for too long a page.
type limits struct{}

var _ interface {
	graphql.OperationContextMutator
	graphql.HandlerExtension
} = limits{}

// ExtensionName implements graphql.HandlerExtension.
func (limits) ExtensionName() string { return "Limits" }

// Validate implements graphql.HandlerExtension.
func (limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext checks an operation before it runs.
func (limits) MutateOperationContext(_ context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	w := walker{variables: oc.Variables}
	w.walk(oc.Operation.SelectionSet, 1)
	if w.err != nil {
		return told(gqlerror.Errorf("%s", w.err.Message), w.err)
	}
	return nil
}

type walker struct {
	variables map[string]any
	fields    int
	err       *fault.Error
}

func (w *walker) walk(set ast.SelectionSet, depth int) {
	if w.err != nil {
		return
	}
	if depth > maxDepth {
		w.err = fault.New(fault.Limit, "The request is nested more than %d levels deep: ask in several requests.", maxDepth)
		return
	}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if w.fields++; w.fields > maxFields {
				w.err = fault.New(fault.Limit, "The request names more than %d fields: ask in several requests.", maxFields)
				return
			}
			// Introspection nests deeper than any question about data.
			if s.Name == "__schema" || s.Name == "__type" {
				continue
			}
			if paged(s) {
				w.page(s)
			}
			w.walk(s.SelectionSet, depth+1)
		case *ast.InlineFragment:
			w.walk(s.SelectionSet, depth)
		case *ast.FragmentSpread:
			if s.Definition != nil {
				w.walk(s.Definition.SelectionSet, depth)
			}
		}
	}
}

func (w *walker) page(f *ast.Field) {
	args := f.ArgumentMap(w.variables)
	first, hasFirst := integer(args["first"])
	last, hasLast := integer(args["last"])
	switch {
	case hasFirst && hasLast:
		w.err = fault.In("first", "%s: ask for the first or for the last, not both.", f.Alias)
	case !hasFirst && !hasLast:
		w.err = fault.In("first", "%s: say how many, up to %d.", f.Alias, maxPage)
	case hasFirst && (first < 1 || first > maxPage):
		w.err = fault.In("first", "%s: a page has 1 to %d items, not %d.", f.Alias, maxPage, first)
	case hasLast && (last < 1 || last > maxPage):
		w.err = fault.In("last", "%s: a page has 1 to %d items, not %d.", f.Alias, maxPage, last)
	}
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case float64:
		return int64(n), true
	case interface{ Int64() (int64, error) }: // json.Number
		i, err := n.Int64()
		if err != nil {
			return math.MaxInt64, true
		}
		return i, true
	}
	return 0, false
}

// pageCost is what a connection counts: what one item counts, times how many are asked for.
func pageCost(child int, first, last *int) int {
	n := defaultPage
	switch {
	case first != nil:
		n = *first
	case last != nil:
		n = *last
	}
	return 1 + child*min(max(n, 1), maxPage)
}
