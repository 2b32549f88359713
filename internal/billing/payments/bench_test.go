package payments_test

import (
	"bytes"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/busbar-ev/busbar/internal/billing/payment"
	"github.com/busbar-ev/busbar/internal/billing/providertest"
)

// BenchmarkWebhook sends the same event a thousand times at once, as a provider would that got no answer, and reports how long the
// slowest hundredth takes.
func BenchmarkWebhook(b *testing.B) {
	i := newTill(b, payment.Stripe)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000, MaxConnsPerHost: 1000}}
	b.Cleanup(client.CloseIdleConnections)
	url := i.w.HTTP.URL + "/webhooks/stripe/" + i.account.ID.String()
	var took []time.Duration
	var mu sync.Mutex
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		event := providertest.Event{ID: "evt_" + uuid.NewString(), Body: []byte(`{"id":"evt_1","object":"event","livemode":false,"type":"charge.succeeded","data":{"object":{"object":"charge","id":"ch_1"}}}`)}
		event.Body = bytes.ReplaceAll(event.Body, []byte("evt_1"), []byte(event.ID))
		header, body := i.there.Sign(event, providertest.Sending{})
		b.StartTimer()
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				begin := time.Now()
				request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				request.Header = header.Clone()
				response, err := client.Do(request)
				if err != nil {
					b.Error(err)
					return
				}
				_ = response.Body.Close()
				if response.StatusCode != http.StatusOK {
					b.Errorf("answered %d", response.StatusCode)
				}
				mu.Lock()
				took = append(took, time.Since(begin))
				mu.Unlock()
			})
		}
		all.Wait()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
}
