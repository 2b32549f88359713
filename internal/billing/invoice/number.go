package invoice

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	maxPrefix = 16
	// maxNumber is more than any tenant writes in a year, and keeps a number on one line.
	maxNumber = 999_999_999_999
)

// Number writes the number of a document: "2026-000123", or "NL-2026-000123" with a prefix. It grows past six digits.
func Number(prefix string, year int, n int64) (string, error) {
	if err := checkPrefix(prefix); err != nil {
		return "", err
	}
	if year < 2000 || year > 9999 {
		return "", fmt.Errorf("number a document: there is no year %d", year)
	}
	if n < 1 || n > maxNumber {
		return "", fmt.Errorf("number a document: %d isn't from 1 to %d", n, int64(maxNumber))
	}
	if prefix != "" {
		prefix += "-"
	}
	return fmt.Sprintf("%s%04d-%06d", prefix, year, n), nil
}

// ParseNumber reads what Number writes, and nothing else.
func ParseNumber(s string) (prefix string, year int, n int64, err error) {
	wrong := fmt.Errorf("%q isn't the number of a document such as 2026-000123", shorten(clean(s), 40))
	rest, count, found := cutLast(s)
	if !found {
		return "", 0, 0, wrong
	}
	prefix, years, found := cutLast(rest)
	if !found {
		prefix, years = "", rest
	}
	if year, err = strconv.Atoi(years); err != nil {
		return "", 0, 0, wrong
	}
	if n, err = strconv.ParseInt(count, 10, 64); err != nil {
		return "", 0, 0, wrong
	}
	if again, err := Number(prefix, year, n); err != nil || again != s {
		return "", 0, 0, wrong
	}
	return prefix, year, n, nil
}

func cutLast(s string) (before, after string, found bool) {
	at := strings.LastIndexByte(s, '-')
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+1:], true
}

func checkPrefix(prefix string) error {
	if len(prefix) > maxPrefix || strings.HasPrefix(prefix, "-") || strings.HasSuffix(prefix, "-") || strings.ContainsFunc(prefix, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '/'
	}) {
		return fmt.Errorf("number a document: a prefix has at most %d letters, digits, slashes and inner dashes", maxPrefix)
	}
	return nil
}
