package invoice

import "testing"

// BenchmarkPDF measures a receipt of three lines.
func BenchmarkPDF(b *testing.B) {
	d := sample(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.PDF("en"); err != nil {
			b.Fatal(err)
		}
	}
}
