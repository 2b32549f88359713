package files_test

import (
	"bufio"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// s3Server is as much of S3 as a client of one bucket needs: objects, uploads in parts, lists.
type s3Server struct {
	mu      sync.Mutex
	objects map[string]object
	uploads map[string]map[int][]byte
	next    int
	aborted int
	// refuse makes the server refuse every part from this number on; 0 refuses none.
	refuse int
}

type object struct {
	data []byte
	at   time.Time
}

func newS3Server(t *testing.T) (*s3Server, *httptest.Server) {
	s := &s3Server{objects: map[string]object{}, uploads: map[string]map[int][]byte{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server
}

func etag(data []byte) string {
	sum := md5.Sum(data) //nolint:gosec // S3's entity tags are MD5
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (s *s3Server) fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<Error><Code>%s</Code><Message>%s</Message></Error>`, code, code)
}

func (s *s3Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.Header.Get("Authorization"), "Credential=access/") {
		s.fail(w, http.StatusForbidden, "AccessDenied")
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bucket != "bucket" {
		s.fail(w, http.StatusNotFound, "NoSuchBucket")
		return
	}
	q := r.URL.Query()
	body, err := readBody(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.fail(w, http.StatusBadRequest, "IncompleteBody")
	case key == "" && r.Method == http.MethodHead:
	case key == "":
		s.list(w, q.Get("prefix"))
	case r.Method == http.MethodPost && q.Has("uploads"):
		s.next++
		id := strconv.Itoa(s.next)
		s.uploads[id] = map[int][]byte{}
		_, _ = fmt.Fprintf(w, `<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>%s</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>`, key, id)
	case r.Method == http.MethodPut && q.Has("uploadId"):
		n, _ := strconv.Atoi(q.Get("partNumber"))
		if s.refuse > 0 && n >= s.refuse {
			s.fail(w, http.StatusForbidden, "AccessDenied")
			return
		}
		s.uploads[q.Get("uploadId")][n] = body
		w.Header().Set("ETag", etag(body))
	case r.Method == http.MethodPut:
		s.objects[key] = object{body, time.Now()}
		w.Header().Set("ETag", etag(body))
	case r.Method == http.MethodPost:
		s.complete(w, key, q.Get("uploadId"))
	case r.Method == http.MethodDelete && q.Has("uploadId"):
		delete(s.uploads, q.Get("uploadId"))
		s.aborted++
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodDelete:
		delete(s.objects, key)
		w.WriteHeader(http.StatusNoContent)
	default:
		o, ok := s.objects[key]
		if !ok {
			s.fail(w, http.StatusNotFound, "NoSuchKey")
			return
		}
		w.Header().Set("ETag", etag(o.data))
		http.ServeContent(w, r, "", o.at, strings.NewReader(string(o.data)))
	}
}

func (s *s3Server) complete(w http.ResponseWriter, key, id string) {
	var numbers []int
	for n := range s.uploads[id] {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var whole []byte
	for _, n := range numbers {
		whole = append(whole, s.uploads[id][n]...)
	}
	delete(s.uploads, id)
	s.objects[key] = object{whole, time.Now()}
	_, _ = fmt.Fprintf(w, `<CompleteMultipartUploadResult><Bucket>bucket</Bucket><Key>%s</Key><ETag>%s</ETag></CompleteMultipartUploadResult>`, key, etag(whole))
}

func (s *s3Server) list(w http.ResponseWriter, prefix string) {
	type contents struct {
		Key          string
		LastModified string
		ETag         string
		Size         int
	}
	result := struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Name     string
		KeyCount int
		Contents []contents
	}{Name: "bucket"}
	for key, o := range s.objects {
		if strings.HasPrefix(key, prefix) {
			result.Contents = append(result.Contents, contents{key, o.at.UTC().Format(time.RFC3339), etag(o.data), len(o.data)})
		}
	}
	slices.SortFunc(result.Contents, func(a, b contents) int { return strings.Compare(a.Key, b.Key) })
	result.KeyCount = len(result.Contents)
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(result)
}

// readBody takes the chunks apart in which a signed stream travels over plain HTTP.
func readBody(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	var body []byte
	in := bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, err := strconv.ParseInt(strings.SplitN(strings.TrimSpace(line), ";", 2)[0], 16, 64)
		if err != nil {
			return nil, err
		}
		if size == 0 {
			_, err := io.Copy(io.Discard, in)
			return body, err
		}
		chunk := make([]byte, size+2) // and a line break
		if _, err := io.ReadFull(in, chunk); err != nil {
			return nil, err
		}
		body = append(body, chunk[:size]...)
	}
}
