package admin

import (
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"mconnect/fault"
)

// maxSeries bounds how many combinations of service, consumer, provider, verdict and leg are counted apart;
// further ones are counted under consumer "other". A country of 300 systems stays well below.
const maxSeries = 20_000

// Observation is one finished call, as metrics count it. Names are those of registered resources, or ""
// where the call did not get that far; never what a caller wrote.
type Observation struct {
	Service  string
	Consumer string // system
	Provider string // system
	Verdict  string // "answered", "refused", "failed"
	Leg      string // of the fault; "" when answered
	Code     string // of the fault; "" when answered
	Total    time.Duration
	Platform time.Duration // spent inside the platform
	Delivery time.Duration // spent waiting for the provider; 0 when nothing was delivered
}

// Metric is something that is read when metrics are: a size, a lag, a count since the process began.
type Metric struct {
	Name    string            // without prefix, in the base unit: "journal_records", "disk_free_bytes"
	Help    string            // one sentence
	Counter bool              // it only grows while the process lives; its name must end in "_total"
	Labels  map[string]string // constant; names that several levels share need different ones
	Read    func() float64    // NaN where it cannot be read now
}

// collector is the level as Prometheus reads it.
func (l Metric) collector() prometheus.Collector {
	if l.Counter {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "mconnect_" + l.Name, Help: l.Help,
			ConstLabels: l.Labels}, l.Read)
	}
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "mconnect_" + l.Name, Help: l.Help,
		ConstLabels: l.Labels}, l.Read)
}

// BuildInfo is the constant series by which dashboards show which program runs: its value is 1.
func BuildInfo(version, node, store string) Metric {
	return Metric{
		Name: "build_info", Help: "Program that runs: version, version of Go, node and kind of store; always 1.",
		Labels: map[string]string{"version": version, "goversion": runtime.Version(), "node": node, "store": store},
		Read:   func() float64 { return 1 },
	}
}

// Metrics counts what happens, for Prometheus. It is safe for concurrent use and cheap enough for the path
// of a call.
type Metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	faults   *prometheus.CounterVec
	legs     map[string]prometheus.Observer
	batches  prometheus.Histogram
	commits  prometheus.Histogram
	errors   *prometheus.CounterVec

	mu   sync.RWMutex
	seen map[[5]string]prometheus.Counter
}

// NewMetrics makes the metrics of one process. Levels with the same name are refused by a panic: they are
// written in code.
func NewMetrics(levels ...Metric) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mconnect_calls_total", Help: "Calls by service, consumer system, provider system, verdict and leg of the fault.",
		}, []string{"service", "consumer", "provider", "verdict", "leg"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mconnect_faults_total", Help: "Calls that ended in a fault, by its code.",
		}, []string{"code"}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mconnect_journal_batch_records", Help: "Records that were committed together.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 12),
		}),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "mconnect_journal_commit_seconds",
			Help:    "Time until a record is durable, as its writer waits for it.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2.5, 12),
		}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mconnect_store_errors_total", Help: "Failures of the store, by operation.",
		}, []string{"operation"}),
		legs: map[string]prometheus.Observer{},
		seen: map[[5]string]prometheus.Counter{},
	}
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "mconnect_call_seconds", Help: "Time of a call by leg: total, platform (inside), provider (waiting).",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"leg"})
	for _, leg := range []string{"total", "platform", "provider"} {
		m.legs[leg] = durations.WithLabelValues(leg)
	}
	m.registry.MustRegister(m.calls, m.faults, durations, m.batches, m.commits, m.errors,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, l := range levels {
		m.registry.MustRegister(l.collector())
	}
	for _, code := range fault.Codes() { // a series that begins with the first fault hides that fault from increase()
		m.faults.WithLabelValues(string(code))
	}
	for _, operation := range storeOperations {
		m.errors.WithLabelValues(operation)
	}
	return m
}

// Call counts one finished call.
func (m *Metrics) Call(o Observation) {
	m.series([5]string{o.Service, o.Consumer, o.Provider, o.Verdict, o.Leg}).Inc()
	if o.Code != "" {
		m.faults.WithLabelValues(o.Code).Inc()
	}
	m.legs["total"].Observe(o.Total.Seconds())
	m.legs["platform"].Observe(o.Platform.Seconds())
	if o.Delivery > 0 {
		m.legs["provider"].Observe(o.Delivery.Seconds())
	}
}

// series finds the counter of one combination without hashing label names each time.
func (m *Metrics) series(labels [5]string) prometheus.Counter {
	m.mu.RLock()
	c, ok := m.seen[labels]
	m.mu.RUnlock()
	if ok {
		return c
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, ok := m.seen[labels]; ok {
		return c
	}
	if len(m.seen) >= maxSeries {
		labels[1] = "other"
		return m.calls.WithLabelValues(labels[:]...)
	}
	c = m.calls.WithLabelValues(labels[:]...)
	m.seen[labels] = c
	return c
}

// Batch notes how many records were sealed to be committed together.
func (m *Metrics) Batch(records int) { m.batches.Observe(float64(records)) }

// Commit notes how long one writer waited until its record was durable.
func (m *Metrics) Commit(took time.Duration) { m.commits.Observe(took.Seconds()) }

// storeOperations are the operations that StoreError counts.
var storeOperations = []string{"record", "follow"}

// StoreError counts a failure of the store during operation, one of storeOperations.
func (m *Metrics) StoreError(operation string) { m.errors.WithLabelValues(operation).Inc() }
