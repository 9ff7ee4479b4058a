package store_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"mconnect/internal/appendlog"
	"mconnect/test/must"
)

// benchAppend lets writers append b.N entries of 500 bytes, one at a time each, and reports the rate and
// how long one append took.
func benchAppend(b *testing.B, writers int) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) {
			l := openLog(b, open(b, e.url(b)), "journal", chain{})
			data := bytes.Repeat([]byte("0123456789"), 50)
			took := make([][]time.Duration, writers)
			var wg sync.WaitGroup
			b.ResetTimer()
			for w := range writers {
				wg.Go(func() {
					for i := w; i < b.N; i += writers {
						before := time.Now()
						if _, err := l.Append(b.Context(), appendlog.Entry{Data: data}); err != nil {
							b.Error(err)
							return
						}
						took[w] = append(took[w], time.Since(before))
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			all := slices.Concat(took...)
			slices.Sort(all)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			for name, q := range map[string]float64{"p50-µs": 0.5, "p99-µs": 0.99, "p99.9-µs": 0.999} {
				b.ReportMetric(float64(all[int(q*float64(len(all)-1))].Nanoseconds())/1000, name)
			}
		})
	}
}

// BenchmarkAppend64 is the load of a busy node: 64 callers, each waiting until its record is durable.
func BenchmarkAppend64(b *testing.B) { benchAppend(b, 64) }

// BenchmarkAppendAlone is the price that a lone caller pays: about one fsync.
func BenchmarkAppendAlone(b *testing.B) { benchAppend(b, 1) }

// BenchmarkWriteIndex writes rounds of 4096 calls.
func BenchmarkWriteIndex(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) {
			db := open(b, e.url(b))
			round := make([]appendlog.IndexRow, 4096)
			b.ResetTimer()
			n := 0
			for ; n < b.N; n += len(round) {
				for i := range round {
					round[i] = call(int64(n+i), n+i)
				}
				must.OK(b, db.WriteIndex(b.Context(), int64(n), int64(n+len(round)), round))
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
