package front

import (
	"bytes"
	"errors"
	"net"
	"testing"
)

// sink counts the writes that reach it; after most of them it fails.
type sink struct {
	net.Conn
	writes, most int
	got          []byte
}

var errSink = errors.New("no more")

func (s *sink) Write(p []byte) (int, error) {
	if s.writes++; s.writes > s.most {
		return 0, errSink
	}
	s.got = append(s.got, p...)
	return len(p), nil
}

// TestRecordsAreGathered: in order, four to a write, and a write that fails is not lost.
func TestRecordsAreGathered(t *testing.T) {
	record := func(n int) []byte { return bytes.Repeat([]byte{byte('a' + n)}, recordSize+22) }
	for records, writes := range map[int]int{0: 0, 1: 1, 4: 1, 5: 2, 9: 3} {
		s := &sink{most: 100}
		k := &cork{Conn: s}
		must[int](t)(k.Write([]byte("before"))) // open: at once
		k.close()
		want := []byte("before")
		for n := range records {
			want = append(want, record(n)...)
			must[int](t)(k.Write(record(n)))
		}
		check(t, k.open())
		must[int](t)(k.Write([]byte("after")))
		if want = append(want, "after"...); s.writes != writes+2 || !bytes.Equal(s.got, want) {
			t.Errorf("%d records: %d writes, %d bytes", records, s.writes-2, len(s.got))
		}
	}
	for most := range 2 {
		k := &cork{Conn: &sink{most: most}}
		k.close()
		var err error
		for n := 0; n < 6 && err == nil; n++ {
			_, err = k.Write(record(n))
		}
		if err = errors.Join(err, k.open()); !errors.Is(err, errSink) {
			t.Errorf("%d writes go well: %v", most, err)
		}
	}
}
