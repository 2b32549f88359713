package fault

// Printable shows a text from outside without its control characters, and not too long.
func Printable(s string) string {
	if len(s) > 64 {
		s = s[:64] + "…"
	}
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			r = '?'
		}
		out = append(out, r)
	}
	return string(out)
}
