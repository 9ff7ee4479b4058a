package exchange_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
)

// noLedger numbers records and keeps none: what is measured is the path itself.
type noLedger struct{ n atomic.Int64 }

func (l *noLedger) Record(context.Context, journal.Record) (journal.Receipt, error) {
	n := l.n.Add(1)
	return journal.Receipt{Index: n - 1, Size: n}, nil
}

func benchWorld(b *testing.B, change ...func(*exchange.Config)) *platform {
	w := newPlatform(b, append(change, func(c *exchange.Config) { c.Observe = func(exchange.Observation) {} })...)
	answer := []byte(`{"IDNP":"` + aPerson + `","LastName":"` + strings.Repeat("Exemplu ", 110) + `","Address":{"City":"Bălți","Street":"Testelor 1"}}`)
	w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) {
		return exchange.Reply{Body: answer}, nil
	}
	w.agree(b, agreement.Agreement{ID: "town-person", Service: "GetPerson"})
	return w
}

func carry(b *testing.B, w *platform) {
	c := w.call()
	answer, err := w.Do(context.Background(), c)
	if err != nil {
		b.Error(err)
		return
	}
	answer.Release()
}

// BenchmarkDo is the path without journal and provider: identify, resolve, read, decide, cut.
func BenchmarkDo(b *testing.B) {
	w := benchWorld(b, func(c *exchange.Config) { c.Ledger = &noLedger{} })
	b.ReportAllocs()
	for b.Loop() {
		carry(b, w)
	}
}

// BenchmarkDoRecorded adds two durable commits to a real journal in SQLite, one caller after the other.
func BenchmarkDoRecorded(b *testing.B) {
	w := benchWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		carry(b, w)
	}
}

// BenchmarkDoRecordedParallel is the same with 64 callers, whose commits are grouped.
func BenchmarkDoRecordedParallel(b *testing.B) {
	w := benchWorld(b)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			carry(b, w)
		}
	})
}
