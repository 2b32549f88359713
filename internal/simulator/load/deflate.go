package load

import (
	"bytes"
	"compress/flate"
	"sync"
)

// deflater compresses messages for one socket, without a context from one to the next. The server doesn't compress what is as short
// as its answers to the load.
type deflater struct{ out bytes.Buffer }

// flateWriters take a megabyte each, and are needed only while something is compressed.
var flateWriters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is known
	return w
}}

// deflate compresses a message (RFC 7692 §7.2.1). What it returns is good until the next.
func (d *deflater) deflate(text []byte) ([]byte, error) {
	d.out.Reset()
	w := flateWriters.Get().(*flate.Writer)
	defer flateWriters.Put(w)
	w.Reset(&d.out)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(d.out.Bytes(), []byte("\x00\x00\xff\xff")), nil
}
