package eventlog

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

// anEvent draws an event with any attributes.
func anEvent(t *rapid.T) event.Event {
	text := func(name string, least int) string {
		return rapid.StringMatching(fmt.Sprintf(`[a-zA-Z0-9ăș"\\\\:/_~-]{%d,40}`, least)).Draw(t, name)
	}
	e := event.Event{
		Source: rapid.SampledFrom([]string{"urn:a", "https://rst.example/vp?x=%20"}).
			Draw(t, "source"),
		ID: text("id", 1), Type: "ASP.RST.VP.Invalidated", Subject: text("subject", 0), PartitionKey: text("key", 0),
		ContentType: rapid.SampledFrom([]string{"application/json", "text/plain", "application/octet-stream", "application/vnd.x+json"}).
			Draw(t, "content"),
		DataSchema: rapid.SampledFrom([]string{"", "https://schema.example/1"}).Draw(t, "schema"),
		Time: time.Unix(rapid.Int64Range(-1e10, 2e10).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).
			UTC(),
		Data: rapid.SampledFrom([][]byte{[]byte(`{"a":[1,2,{"b":"}"}]}`), []byte(`"text"`), []byte(`7`)}).
			Draw(t, "data"),
	}
	if !event.IsJSON(e.ContentType) {
		e.Data = rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(t, "bytes")
	}
	if rapid.Bool().Draw(t, "extended") {
		e.Extensions = []event.Extension{{Name: "traceparent", Value: "00-ab"}, {Name: "sequence", Value: "7", Bare: true}}
	}
	return e
}

func TestEntry_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anEvent(t)
		key := []byte("of the log")
		s := stamp{
			key:      key,
			accepted: time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "accepted")).UTC(),
			system:   "asp.rst",
			print:    77,
			origin:   "c0ffee 192.0.2.1",
		}
		b := encode(&e, s)
		it := must.Get(decode(key, 41, b))(t)
		if e.PartitionKey != "" {
			hash := keyHash(e.PartitionKey)
			if e.PartitionKey = pseudonym(key, e.PartitionKey); it.Keyed != hash {
				t.Fatalf("the hash of the key is %d, want %d", it.Keyed, hash)
			}
			again, err := decode(key, 41, encode(&it.Event, stamp{key: key, keyed: it.Keyed}))
			if err != nil || again.Part != it.Part || again.Event.PartitionKey != e.PartitionKey {
				t.Fatalf("written again it is in partition %d under %q, %v", again.Part, again.Event.PartitionKey, err)
			}
		}
		if diff := cmp.Diff(e, it.Event); diff != "" {
			t.Fatalf("the event (-written +read):\n%s", diff)
		}
		if it.Index != 41 || it.System != "asp.rst" || it.Print != 77 || !it.Accepted.Equal(s.accepted) ||
			!bytes.Equal(it.JSON, e.AppendJSON(nil)) {
			t.Fatalf("%+v", it)
		}
		if part := partOf(41, b); part != it.Part || part >= Partitions || e.PartitionKey == "" && part != 41%Partitions {
			t.Fatalf("partition %d, %d", part, it.Part)
		}
		is := func(producer, id string) bool {
			return Identity{Producer: mconnect.SystemID(producer), Source: e.Source, ID: id}.of(b)
		}
		if !is("asp.rst", e.ID) || !is("", e.ID) || is("asp.other", e.ID) || is("asp.rst", e.ID+"x") ||
			comparedPrint(b) != 77 {
			t.Fatal("not recognised by source and id")
		}
		flags, typ, system, ok := peek(b)
		if !ok || flags&flagOrigin == 0 || string(typ) != string(e.Type) || string(system) != "asp.rst" {
			t.Fatalf("peek: %b %s %s %v", flags, typ, system, ok)
		}
	})
}

func TestEntry_Special(t *testing.T) {
	e := event.Event{
		Source:       "s",
		ID:           "1",
		Type:         "A.B.C.D",
		PartitionKey: "k",
		ContentType:  "application/json",
		Data:         []byte("1"),
	}
	for _, c := range []struct {
		stamp  stamp
		part   uint8
		system mconnect.SystemID
	}{
		{stamp{flags: flagTest, system: "a.tests"}, TestPart, "a.tests"},
		{stamp{flags: flagDead, system: "a.buries"}, DeadPart, "a.buries"},
		{stamp{flags: flagDirect, system: "a.gets", group: "g", origin: "p.made", print: 5}, uint8(keyHash("k") % Partitions), "p.made"},
	} {
		b := encode(&e, c.stamp)
		it := must.Get(decode(nil, 3, b))(t)
		if it.Part != c.part || it.System != c.system || comparedPrint(b) != 0 || (Identity{Source: "s", ID: "1"}).of(b) ||
			groupOf(b) != c.stamp.group {
			t.Errorf("%+v: %+v", c.stamp, it)
		}
	}
}

// FuzzDecode: whatever stands in the log, reading it ends and keeps within its bounds.
func FuzzDecode(f *testing.F) {
	e := event.Event{
		Source:      "s",
		ID:          "1",
		Type:        "A.B.C.D",
		ContentType: "text/plain",
		Data:        []byte("x"),
		Extensions:  []event.Extension{{Name: "a", Value: "b"}},
	}
	f.Add(encode(&e, stamp{system: "a.b"}))
	e.ContentType, e.Data = "application/json", []byte(`{"a":1}`)
	f.Add(encode(&e, stamp{system: "a.b", flags: flagDirect, group: "g"}))
	f.Add([]byte{1, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := decode(nil, 0, b)
		_, _, _, ok := peek(b)
		if err == nil && (!ok || b[0] == entryVersion && len(it.JSON) > len(b) || it.Part >= allParts) {
			t.Errorf("%+v", it)
		}
	})
}

// FuzzSegment: a damaged summary is refused or read, never more.
func FuzzSegment(f *testing.F) {
	s := newSegment(0)
	s.types["A.B.C.D"] = tally{3, 99}
	s.special["a.b"] = tally{1, 1}
	f.Add(s.encode())
	f.Add([]byte{255, 255, 255, 255, 15})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeSegment(appendlog.Segment{Summary: b, Size: 10})
		if err == nil && len(s.types)+len(s.special) > len(b) {
			t.Errorf("%d names out of %d bytes", len(s.types)+len(s.special), len(b))
		}
	})
}

func TestDedupIndex_FindsWhatItWasGiven(t *testing.T) {
	const n = 200_000
	m := &dedupIndex{}
	r := rand.New(rand.NewPCG(1, 2))
	prints := make([]uint64, n)
	for i := range prints {
		prints[i] = r.Uint64() | 1
		m.add(prints[i], int64(i))
		m.add(prints[i], int64(i)) // told twice
	}
	found, false_ := 0, 0
	for i, p := range prints {
		for _, index := range m.find(p, nil) {
			if index == int64(i) {
				found++
			} else {
				false_++
			}
		}
	}
	if found != n || false_ > 20 {
		t.Errorf("%d of %d found, %d false", found, n, false_)
	}
	events, bytes := m.size()
	if events != n || bytes > 17*n {
		t.Errorf("%d events in %d bytes", events, bytes)
	}
	strange := 0
	for range n {
		strange += len(m.find(r.Uint64(), nil))
	}
	if strange > 20 {
		t.Errorf("%d strangers found", strange)
	}
	m.forget(n - 1000)
	for i, p := range prints {
		if got := slices.Contains(m.find(p, nil), int64(i)); got != (i >= n-1000) {
			t.Fatalf("%d of %d remembered: %v", i, n, got)
		}
	}
	if events, _ := m.size(); events != 1000 {
		t.Errorf("%d events left", events)
	}
}

// TestMemory_FindsBeyond36Bits: the index of an entry does not fit into its slot, and is found all the same.
func TestMemory_FindsBeyond36Bits(t *testing.T) {
	m := &dedupIndex{}
	r := rand.New(rand.NewPCG(3, 4))
	const n, step = 50_000, 1<<20 - 3
	first := int64(1)<<36 - 20_000*step
	prints := make([]uint64, n)
	for i := range prints {
		prints[i] = r.Uint64() | 1
		m.add(prints[i], first+int64(i)*step)
	}
	for i, p := range prints {
		if at := first + int64(i)*step; !slices.Contains(m.find(p, nil), at) {
			t.Fatalf("entry %d, the %dth, is not found: %v", at, i, m.find(p, nil))
		}
	}
	m.forget(first + (n-100)*step)
	for i, p := range prints {
		if got := len(m.find(p, nil)) > 0; got != (i >= n-100) {
			t.Fatalf("%d of %d remembered: %v", i, n, got)
		}
	}
	for _, at := range []int64{1<<36 - 2, 1<<36 - 1, 1 << 36, 1<<36 + 1, 1<<47 + 5} { // also where a slot comes round
		m := &dedupIndex{}
		m.add(0, at)
		if found := m.find(0, nil); len(found) != 1 || found[0] != at {
			t.Errorf("entry %d was found as %v", at, found)
		}
	}
}

func TestDedupIndex_KeyedFingerprint(t *testing.T) {
	a, b := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	if fingerprint(a, "s", "1") == fingerprint(b, "s", "1") {
		t.Error("the key does not matter")
	}
	if again := fingerprint(a, "s", "1"); fingerprint(a, "s", "1") != again ||
		fingerprint(a, "s1", "") == fingerprint(a, "s", "1") {
		t.Error("source and id are not told apart")
	}
	if long := fingerprint(a, string(make([]byte, 1024)), string(make([]byte, 256))); long == 0 {
		t.Error("0 means: not compared")
	}
}

func TestDedupIndex_Quota(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var shares []appendlog.ReaderCount
		readers := 0
		for i := range rapid.IntRange(0, 6).Draw(t, "nodes") {
			n := rapid.IntRange(1, 5).Draw(t, "readers")
			shares = append(shares, appendlog.ReaderCount{Node: fmt.Sprint(i), Readers: n})
			readers += n
		}
		total := 0
		for _, s := range shares {
			q := quota(shares, s.Node)
			if total += q; readers <= Partitions &&
				(q < s.Readers*(Partitions/readers) || q > s.Readers*(Partitions/readers+1)) {
				t.Fatalf("%d readers of %d get %d partitions", s.Readers, readers, q)
			}
		}
		if want := Partitions * min(readers, 1); total != want {
			t.Fatalf("%d partitions in all, want %d", total, want)
		}
		if quota(shares, "nobody") != 0 {
			t.Fatal("a node without readers gets some")
		}
	})
}

func TestSegments_SkipUnrelatedEntries(t *testing.T) {
	sh := &segments{}
	for i, typ := range []mconnect.EventType{"a", "b", "a", "c", "c"} {
		s := newSegment(int64(i * 100))
		s.End = s.First + 100
		s.types[typ] = tally{100, 1}
		sh.put(s)
	}
	sh.all[1].special["x.tests"] = tally{1, 1}
	grants := func(types ...mconnect.EventType) Types { return typeSet(types) }
	for _, c := range []struct {
		from   int64
		system mconnect.SystemID
		types  []mconnect.EventType
		want   int64
	}{
		{0, "s", []mconnect.EventType{"a"}, 0},
		{50, "s", []mconnect.EventType{"a"}, 50},
		{100, "s", []mconnect.EventType{"a"}, 200},
		{120, "x.tests", []mconnect.EventType{"a"}, 120},
		{300, "s", []mconnect.EventType{"a"}, 500},
		{0, "s", []mconnect.EventType{"c", "d", "e"}, 300},
		{0, "s", nil, 500},
		{510, "s", nil, 510},
	} {
		if got := sh.skip(c.from, c.system, grants(c.types...)); got != c.want {
			t.Errorf("from %d for %v: %d, want %d", c.from, c.types, got, c.want)
		}
	}
	sh.remove(sh.whole(100))
	if sh.whole(100) != nil || sh.whole(200) == nil || sh.end() != 500 || len(sh.list()) != 4 {
		t.Error("removed otherwise")
	}
	if got := sh.skip(90, "s", grants("b")); got != 100 { // what is not known is not skipped
		t.Errorf("before a gap: %d", got)
	}
}

// typeSet is a small Types.
type typeSet []mconnect.EventType

func (s typeSet) Has(typ mconnect.EventType) bool   { return slices.Contains(s, typ) }
func (s typeSet) Len() int                          { return len(s) }
func (s typeSet) All() iter.Seq[mconnect.EventType] { return slices.Values(s) }

func TestSegment_RoundTrip(t *testing.T) {
	s := newSegment(7)
	for i := range 5 {
		e := event.Event{
			Source:      "s",
			ID:          fmt.Sprint(i),
			Type:        mconnect.EventType(fmt.Sprint("T", i%2)),
			ContentType: "application/json",
			Data:        []byte("1"),
		}
		flags := []byte{0, 0, flagTest, flagDirect, 0}[i]
		b := appendlog.Batch{
			First: int64(7 + i),
			Entries: []appendlog.Entry{
				{Data: encode(&e, stamp{flags: flags, system: "a.b", accepted: time.UnixMicro(int64(i + 1))})},
			},
			Hashes: make([]byte, hashSize),
		}
		s.add(b)
	}
	row := appendlog.Segment{First: s.First, Size: s.End - s.First, Summary: s.encode()}
	got := must.Get(decodeSegment(row))(t)
	if diff := cmp.Diff(s, got, cmp.AllowUnexported(Segment{}, tally{})); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	if got.types["T0"] != (tally{2, 5}) || got.types["T1"] != (tally{1, 4}) || got.special["a.b"].count != 2 ||
		got.End != 12 {
		t.Errorf("%+v", got)
	}
	row.Summary = row.Summary[:len(row.Summary)-1]
	if _, err := decodeSegment(row); !errors.Is(err, errEntry) {
		t.Errorf("cut off: %v", err)
	}
}

func TestName_Groups(t *testing.T) {
	for name, good := range map[string]bool{
		"~default": true, "a": true, "Zona_1.b-c": true, "": false, "a b": false, "a/b": false, "ă": false, string(make([]byte, 65)): false,
	} {
		if event.IsGroup(name) != good {
			t.Errorf("%q: %v", name, !good)
		}
	}
}

// TestEntry_ViewAndSplitAgree: the texts in place are those that are copied, of whole entries and of damaged ones.
func TestEntry_ViewAndSplitAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anEvent(t)
		b := encode(&e, stamp{system: "asp.rst", origin: "c0ffee 192.0.2.1"})
		b = b[:rapid.IntRange(0, len(b)).Draw(t, "cut")]
		var copied [texts]string
		var inPlace [texts][]byte
		head, _, err := split(b, &copied)
		at, ok := view(b, &inPlace)
		if ok != (err == nil) || ok && at != head {
			t.Fatalf("split says %d, %v, view %d, %v", head, err, at, ok)
		}
		for i := range copied {
			if ok && copied[i] != string(inPlace[i]) {
				t.Fatalf("text %d: %q and %q", i, copied[i], inPlace[i])
			}
		}
	})
}
