package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics shows this process to whoever watches it. It tells nothing of any tenant.
func (s *server) metrics() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge := func(name, help string, value func() float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	counter := func(name, help string, value func() float64) {
		registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
	}
	gauge("busbar_station_connections", "Stations connected to this node.", func() float64 { return float64(s.stations.Connections()) })
	gauge("busbar_journal_available", "Whether the journal can write (1) or stations must wait (0).", func() float64 {
		if s.journal.Available() {
			return 1
		}
		return 0
	})
	counter("busbar_journal_transactions_total", "Transactions that the journal has committed.", func() float64 {
		transactions, _ := s.journal.Written()
		return float64(transactions)
	})
	counter("busbar_journal_messages_total", "OCPP messages that the journal has committed.", func() float64 {
		_, messages := s.journal.Written()
		return float64(messages)
	})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}
