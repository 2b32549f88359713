package files

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// partSize is how much of an upload is held in memory: S3's smallest part. 10,000 of them make the largest object.
const partSize = 5 << 20

// S3Config names a bucket of a storage that speaks S3.
type S3Config struct {
	// Endpoint is a whole URL, such as https://s3.eu-central-1.amazonaws.com; http is for test benches.
	Endpoint             string
	Bucket               string
	AccessKey, SecretKey string
	// Region may be empty for storages that have none.
	Region string
	// Transport is nil for the default one.
	Transport http.RoundTripper
}

// S3 keeps blobs as objects of a bucket, which every node of a cluster reaches.
type S3 struct {
	client *minio.Client
	bucket string
}

// OpenS3 makes the client. It doesn't ask the storage for anything yet.
func OpenS3(c S3Config) (*S3, error) {
	endpoint, err := url.Parse(c.Endpoint)
	if err != nil || endpoint.Host == "" || (endpoint.Scheme != "https" && endpoint.Scheme != "http") {
		return nil, fmt.Errorf("the S3 endpoint is %q; it must be a whole URL, such as https://s3.example", c.Endpoint)
	}
	if c.Region == "" {
		c.Region = "us-east-1" // asked for by the signature, and ignored by storages that have no regions
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""), Secure: endpoint.Scheme == "https", Region: c.Region, Transport: c.Transport,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the S3 storage: %w", err)
	}
	return &S3{client, c.Bucket}, nil
}

// Check asks whether the bucket is there and may be used.
func (s *S3) Check(ctx context.Context) error {
	there, err := s.client.BucketExists(ctx, s.bucket)
	if err != nil {
		return fmt.Errorf("reach the S3 bucket %s: %w; check BUSBAR_S3_ENDPOINT and the keys", s.bucket, err)
	}
	if !there {
		return fmt.Errorf("the S3 bucket %s is not there: make it, or correct BUSBAR_S3_BUCKET", s.bucket)
	}
	return nil
}

// Put implements Blobs: an object of several parts appears when its last one is confirmed.
func (s *S3) Put(ctx context.Context, key string, r io.Reader) error {
	if err := checkKey(key); err != nil {
		return err
	}
	// The reader ends with ctx. The client's own context doesn't, so that it can still take back the parts it sent.
	_, err := s.client.PutObject(context.WithoutCancel(ctx), s.bucket, key, untilDone{ctx, r}, -1,
		minio.PutObjectOptions{PartSize: partSize, NumThreads: 1, ContentType: "application/octet-stream"})
	if err != nil {
		return fmt.Errorf("write a blob to S3: %w", err)
	}
	return nil
}

// Open implements Blobs.
func (s *S3) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	object, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("open a blob in S3: %w", err)
	}
	if _, err := object.Stat(); err != nil {
		_ = object.Close()
		if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
			err = fs.ErrNotExist
		}
		return nil, fmt.Errorf("open a blob in S3: %w", err)
	}
	return object, nil
}

// Delete implements Blobs.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("delete a blob in S3: %w", err)
	}
	return nil
}

// List implements Blobs. Parts of an upload that died are no objects: a rule of the bucket removes them.
func (s *S3) List(ctx context.Context, tenant uuid.UUID, visit func(string, time.Time) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for object := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: tenant.String() + "/", Recursive: true}) {
		if object.Err != nil {
			return fmt.Errorf("list blobs in S3: %w", object.Err)
		}
		if checkKey(object.Key) != nil {
			continue
		}
		if err := visit(object.Key, object.LastModified); err != nil {
			return err
		}
	}
	return nil
}
