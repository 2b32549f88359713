package simulator

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

const (
	// transferTime bounds one attempt at a download or an upload.
	transferTime = 2 * time.Minute
	// maxImage bounds a firmware image.
	maxImage = 512 << 20
)

// background runs work beside the loop, and then within it.
func (s *Station) background(work func(ctx context.Context) (then func())) context.CancelFunc {
	ctx, cancel := context.WithTimeout(s.ctx, transferTime)
	s.wg.Go(func() {
		defer cancel()
		then := work(ctx)
		if ctx.Err() == context.Canceled {
			return
		}
		select {
		case s.control <- then:
		case <-s.ctx.Done():
		}
	})
	return cancel
}

// reachable says whether this station can use a location at all: it knows no FTP.
func reachable(location string) error {
	u, err := url.Parse(location)
	if err != nil {
		return fmt.Errorf("read the location: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("the location %q is neither http nor https", location)
	}
	return nil
}

// fetch reads a location wholly.
func fetch(ctx context.Context, client *http.Client, location string) ([]byte, error) {
	if err := reachable(location); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s", response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxImage))
}

// put sends a file to a location: with PUT, and with POST where the server doesn't take that.
func put(ctx context.Context, client *http.Client, location, name string, file []byte) error {
	if err := reachable(location); err != nil {
		return err
	}
	if strings.HasSuffix(location, "/") {
		location += url.PathEscape(path.Base(name))
	}
	var status string
	for _, method := range []string{http.MethodPut, http.MethodPost} {
		request, err := http.NewRequestWithContext(ctx, method, location, bytes.NewReader(file))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "text/plain; charset=utf-8")
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		if response.StatusCode < 300 {
			return nil
		}
		status = response.Status
		if response.StatusCode != http.StatusMethodNotAllowed && response.StatusCode != http.StatusNotImplemented {
			break
		}
	}
	return fmt.Errorf("the server answered %s", status)
}
