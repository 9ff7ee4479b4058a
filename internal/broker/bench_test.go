package broker_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

var padding = strings.Repeat("x", 780)

// kilo is an event of 1 KiB in JSON form.
func kilo(id string, key string) event.Event {
	e := ev(id, void, key)
	e.Data = fmt.Appendf(nil, `{"id":%q,"padding":"%s"}`, id, padding)
	return e
}

// BenchmarkCarry: 8 producers in batches of 100, three consumers entitled to all, events of 1 KiB. One operation is one
// event produced durably and delivered to and confirmed by all three.
func BenchmarkCarry(b *testing.B) {
	w := newFixture(b)
	var readers sync.WaitGroup
	var delivered atomic.Int64
	ctx := b.Context()
	for n := range 3 {
		system := mconnect.SystemID(fmt.Sprintf("bank.n%d", n))
		w.rights.grant(system, void)
		r := w.open(system, broker.Options{})
		readers.Go(func() {
			for got := 0; got < b.N; {
				ds, err := r.Next(ctx, 1000, 4<<20)
				if err != nil || len(ds) == 0 {
					return
				}
				got += len(ds)
				delivered.Add(int64(len(ds)))
				_ = r.Confirm(0)
			}
		})
	}
	b.SetBytes(1024)
	b.ResetTimer()
	begun := time.Now()
	var next atomic.Int64
	var producers sync.WaitGroup
	for range 8 {
		producers.Go(func() {
			for {
				from := int(next.Add(100)) - 100
				if from >= b.N {
					return
				}
				batch := make([]event.Event, min(100, b.N-from))
				for i := range batch {
					batch[i] = kilo(fmt.Sprint(from+i), fmt.Sprint("k", i%50))
				}
				w.produce(batch...)
			}
		})
	}
	producers.Wait()
	produced := time.Since(begun)
	readers.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/produced.Seconds(), "produced/s")
	b.ReportMetric(float64(delivered.Load())/time.Since(begun).Seconds(), "delivered/s")
}

// BenchmarkSingle: 64 callers produce one event each at a time.
func BenchmarkSingle(b *testing.B) {
	w := newFixture(b)
	b.ResetTimer()
	var next atomic.Int64
	var callers sync.WaitGroup
	for range 64 {
		callers.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				w.produce(kilo(fmt.Sprint(n), ""))
			}
		})
	}
	callers.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "produced/s")
}

// BenchmarkBacklog is BenchmarkCarry behind a log that holds MCONNECT_BENCH_BACKLOG events already (default 100 000),
// and reports how long the engine took to open over them and what it remembers of each.
func BenchmarkBacklog(b *testing.B) {
	n := 100_000
	if text := os.Getenv("MCONNECT_BENCH_BACKLOG"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	w := newFixture(b)
	w.rights.grant(bank, void)
	var next atomic.Int64
	var producers sync.WaitGroup
	for range 4 {
		producers.Go(func() {
			for from := int(next.Add(1000)) - 1000; from < n; from = int(next.Add(1000)) - 1000 {
				batch := make([]event.Event, 1000)
				for i := range batch {
					batch[i] = kilo(fmt.Sprint("backlog ", from+i), fmt.Sprint("k", i%50))
				}
				w.produce(batch...)
			}
		})
	}
	producers.Wait()
	w.stop()
	begun := time.Now()
	w.start()
	opened := time.Since(begun)
	r := w.open(bank, broker.Options{})
	b.SetBytes(1024)
	b.ResetTimer()
	for from := 0; from < b.N; from += 100 {
		batch := make([]event.Event, min(100, b.N-from))
		for i := range batch {
			batch[i] = kilo(fmt.Sprint(from+i), fmt.Sprint("k", i%50))
		}
		w.produce(batch...)
		for got := 0; got < len(batch); {
			ds := must.Get(r.Next(context.Background(), 1000, 4<<20))(b)
			got += len(ds)
			_ = r.Confirm(0)
		}
	}
	b.StopTimer()
	events, bytes := w.Memory()
	b.ReportMetric(opened.Seconds(), "s-to-open")
	b.ReportMetric(float64(bytes)/float64(events), "bytes/event")
}
