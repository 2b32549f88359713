package payments

// BoundedForTest is what can be paid at once in a currency.
func BoundedForTest(a Amount, currency string) (int64, error) { return bounded("amount", a, currency) }
