package graph

// ComplexityForTest shows the weights to the tests outside the package.
var ComplexityForTest = complexity
