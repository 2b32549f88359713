package files

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/fault"
)

var errEmpty = errors.New("the body is empty")

// keep streams the bytes into the storage and says what came. There is no row yet, so nobody sees them.
func (s *Service) keep(ctx context.Context, tenant uuid.UUID, m Meta, r io.Reader) (File, error) {
	if m.Kind != Firmware && m.Kind != Log {
		return File{}, fault.In("kind", "A file is FIRMWARE or LOG, not %q.", m.Kind)
	}
	limit := s.config.MaxBytes
	if m.MaxBytes > 0 {
		limit = min(limit, m.MaxBytes)
	}
	id := newID()
	file := File{
		ID: id, Network: m.Network, Station: m.Station, Kind: m.Kind, Name: cleanName(m.Name, m.Kind), ContentType: cleanType(m.ContentType),
		CreatedAt: s.now().UTC(), blobKey: blobKey(tenant, id),
	}
	sum, checksum := sha256.New(), md5.New()
	sums := []io.Writer{sum}
	if m.Kind == Firmware {
		sums = append(sums, checksum)
	}
	body := &bounded{r: io.TeeReader(r, io.MultiWriter(sums...)), left: limit, limit: limit}
	if err := s.blobs.Put(ctx, file.blobKey, body); err != nil {
		if body.failure != nil {
			err = body.failure // what went wrong with the sender, not with the storage
		}
		return File{}, fmt.Errorf("keep the bytes of %s: %w", file.Name, err)
	}
	file.Size = limit - body.left
	if file.Size == 0 {
		s.discard(ctx, file.blobKey)
		return File{}, fault.New(fault.Invalid, "The file is empty.").Because(errEmpty)
	}
	sum.Sum(file.SHA256[:0])
	if m.Kind == Firmware {
		file.MD5 = checksum.Sum(nil)
	}
	return file, nil
}

// bounded reads so many bytes and refuses one more.
type bounded struct {
	r           io.Reader
	left, limit int64
	failure     error
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		var one [1]byte
		n, err := io.ReadFull(b.r, one[:])
		if n > 0 {
			err = tooLarge(b.limit)
		}
		return 0, b.failed(err)
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, b.failed(err)
}

func (b *bounded) failed(err error) error {
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader's contract is the bare io.EOF
		b.failure = err
	}
	return err
}

func tooLarge(limit int64) error {
	return fault.New(fault.Limit, "The file is larger than the %d bytes that are taken here.", limit)
}

// blobKey is where the bytes of a file are: made of ids alone, so nothing that somebody sent becomes part of a path.
func blobKey(tenant, id uuid.UUID) string { return tenant.String() + "/" + id.String() }

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) } // fails only without a source of randomness

// cleanName is a plain file name: no directory, nothing that can't be printed.
func cleanName(name string, kind Kind) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`"<>:|?*`, r) {
			return -1
		}
		return r
	}, name))
	for utf8.RuneCountInString(name) > 128 {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if strings.Trim(name, ".") == "" {
		return kind.defaultName()
	}
	return name
}

// cleanType is a media type that can be stated again, or the one that says nothing.
func cleanType(text string) string {
	mediaType, _, err := mime.ParseMediaType(text)
	if err != nil || strings.HasPrefix(mediaType, "multipart/") || mediaType == "application/x-www-form-urlencoded" || len(mediaType) > 100 {
		return "application/octet-stream"
	}
	return mediaType
}
