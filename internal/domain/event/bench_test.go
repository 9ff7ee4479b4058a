package event

import (
	"strings"
	"testing"

	"mconnect/test/must"
)

// sized is an event of about 1 KiB.
var sized = strings.Replace(invalidated, `"Reason"`, `"Note":"`+strings.Repeat("x", 300)+`","Address":{"Locality":"Orhei","Street":"`+strings.Repeat("s", 200)+`"},"Reason"`, 1)

func BenchmarkReadBatch(b *testing.B) {
	text := []byte("[" + strings.Repeat(sized+",", 99) + sized + "]")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if events, err := ReadBatch(text, Produced); err != nil || len(events) != 100 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
}

func BenchmarkAppendJSON(b *testing.B) {
	e := must.Get(Read([]byte(sized), Produced))(b)
	b.ReportAllocs()
	var text []byte
	for b.Loop() {
		text = e.AppendJSON(text[:0])
	}
	b.SetBytes(int64(len(text)))
}
