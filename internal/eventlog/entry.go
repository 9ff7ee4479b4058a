package eventlog

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
)

// An entry of the event log is a head, for finding and routing without parsing JSON, and the event in its
// structured JSON form as it is delivered to a consumer that is granted the whole of it:
//
//	0      version, 2; 1 had the partition key itself where there is now its pseudonym
//	1      flags
//	2-9    fingerprint of source and id, 0 for events that are not compared
//	10-17  when it was accepted, microseconds since 1970
//	18-21  hash of the partition key; the key itself is not stored
//	22-29  place of the data in the JSON: offset, length (u32 each); 0, 0: in no form that can be cut out
//	30-41  time of the event: seconds since 1970 (i64), nanoseconds (u32)
//	42     texts, each u16 length and bytes, in the order of texts
//
// All numbers are big endian.
const (
	entryVersion = 2
	clearVersion = 1
	FixedHead    = 42
)

// Flags of an entry.
const (
	flagTest     = 1 << iota // a test event: only for the readers of the system that tried it
	flagControl              // no event: brings the log's key into being
	flagKeyed                // has a partition key
	flagOrigin               // first of its call: origin says who produced it
	flagDirect               // for one group of one consumer only: replayed or queued again by an operator
	flagDead                 // a dead event: only for the readers of the system that buried it
	flagExtended             // has attributes that are not in the head
)

// special are the flags of entries that do not go to everybody who is entitled, and are never repeats.
const special = flagTest | flagControl | flagDirect | flagDead

// The texts of a head, in order.
const (
	textType = iota
	textSystem
	textSource
	textID
	textSubject
	textKey
	textContent
	textSchema
	textOrigin
	textGroup
	texts
)

// parts is how many partitions a group has; testPart represents its test events, deadPart for its dead ones. Beside
// their positions, beginPart keeps for ever where the group began.
const (
	Partitions = 12
	TestPart   = Partitions
	DeadPart   = Partitions + 1
	allParts   = Partitions + 2
	BeginPart  = allParts
)

var errEntry = errors.New("eventlog: an entry of the event log is not as written")

// item is one event of the log in memory: shared by all who get it, never changed.
type Item struct {
	Index    int64
	flags    byte
	Part     uint8
	Accepted time.Time
	System   mconnect.SystemID // that produced it
	For      mconnect.SystemID // the only one that gets it; of an ordinary event its producer
	Group    string            // the only group that gets it
	Print    uint64
	Keyed    uint32 // hash of the partition key, if it has one
	Event    event.Event
	JSON     []byte
}

// Aside reports whether the event belongs to no partition and goes to every reader of a system that wants its kind.
func (it *Item) Aside() bool { return it.Part >= Partitions }

// stamp is what the engine knows of an event besides itself when it is written.
type stamp struct {
	flags    byte
	print    uint64
	accepted time.Time
	system   mconnect.SystemID // that produced the event, or the only one that gets it
	group    string            // with flagDirect
	origin   string            // "certificate address" of the call; with flagDirect the producing system
	key      []byte            // of the log
	keyed    uint32            // hash of the partition key, when only the pseudonym is known; else 0
}

// encode writes an entry.
func encode(whole *event.Event, s stamp) []byte {
	var fixed [FixedHead]byte
	e := *whole
	b := make(
		[]byte,
		FixedHead,
		FixedHead+2*texts+256+len(
			s.origin,
		)+2*(len(e.Source)+len(e.ID)+len(e.Type)+len(e.Subject)+len(e.PartitionKey))+len(
			e.Data,
		)*4/3+128,
	)
	if e.PartitionKey != "" {
		s.flags |= flagKeyed
		binary.BigEndian.PutUint32(fixed[18:], cmp.Or(s.keyed, keyHash(e.PartitionKey)))
		e.PartitionKey = pseudonym(s.key, e.PartitionKey)
	}
	if len(e.Extensions) > 0 {
		s.flags |= flagExtended
	}
	if s.origin != "" && s.flags&flagDirect == 0 {
		s.flags |= flagOrigin
	}
	fixed[0], fixed[1] = entryVersion, s.flags
	binary.BigEndian.PutUint64(fixed[2:], s.print)
	binary.BigEndian.PutUint64(fixed[10:], uint64(s.accepted.UnixMicro()))
	binary.BigEndian.PutUint64(fixed[30:], uint64(e.Time.Unix()))
	binary.BigEndian.PutUint32(fixed[38:], uint32(e.Time.Nanosecond()))
	for _, text := range [texts]string{string(e.Type), string(s.system), e.Source, e.ID, e.Subject, e.PartitionKey,
		e.ContentType, e.DataSchema, s.origin, s.group} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(text)))
		b = append(b, text...)
	}
	if s.flags&flagControl == 0 {
		at := len(b)
		b = e.AppendJSON(b)
		if end := len(b) - 1; len(e.Data) > 0 && end-len(e.Data) > at && bytes.Equal(b[end-len(e.Data):end], e.Data) {
			binary.BigEndian.PutUint32(fixed[22:], uint32(end-len(e.Data)-at))
			binary.BigEndian.PutUint32(fixed[26:], uint32(len(e.Data)))
		}
	}
	copy(b, fixed[:])
	return b
}

// peek reads the flags, the type and the system of an entry without allocating; ok is false when it is damaged.
func peek(b []byte) (flags byte, typ, system []byte, ok bool) {
	if !readable(b) {
		return 0, nil, nil, false
	}
	rest := b[FixedHead:]
	if typ, rest, ok = text(rest); !ok {
		return 0, nil, nil, false
	}
	system, _, ok = text(rest)
	return b[1], typ, system, ok
}

func readable(b []byte) bool {
	return len(b) >= FixedHead && (b[0] == entryVersion || b[0] == clearVersion)
}

func text(b []byte) (t, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b)) + 2
	if len(b) < n {
		return nil, nil, false
	}
	return b[2:n], b[n:], true
}

// acceptedAt is when the event of an entry was accepted.
func acceptedAt(b []byte) int64 { return int64(binary.BigEndian.Uint64(b[10:])) }

// printOf is the fingerprint in an entry.
func printOf(b []byte) uint64 { return binary.BigEndian.Uint64(b[2:]) }

// comparedPrint is the fingerprint by which an entry is compared; 0 when it is never a repeat.
func comparedPrint(b []byte) uint64 {
	if b[1]&special != 0 {
		return 0
	}
	return printOf(b)
}

// groupOf reads the group of a direct entry.
func groupOf(b []byte) string {
	var t [texts]string
	if _, _, err := split(b, &t); err != nil {
		return ""
	}
	return t[textGroup]
}

// decode reads an entry of the log with this key; the item shares nothing with b, so that a batch is not kept for one
// of its entries.
func decode(key []byte, index int64, b []byte) (*Item, error) {
	var t [texts]string
	head, _, err := split(b, &t)
	if err != nil {
		return nil, err
	}
	json := bytes.Clone(b[head:])
	it := &Item{
		Index: index, flags: b[1], Print: printOf(b), Accepted: time.UnixMicro(acceptedAt(b)).UTC(),
		System: mconnect.SystemID(
			t[textSystem],
		), For: mconnect.SystemID(t[textSystem]), Group: t[textGroup], JSON: json, Part: partOf(index, b),
		Event: event.Event{
			Source: t[textSource], ID: t[textID], Type: mconnect.EventType(t[textType]), Subject: t[textSubject],
			Time: time.Unix(int64(binary.BigEndian.Uint64(b[30:])),
				int64(binary.BigEndian.Uint32(b[38:]))).UTC(),
			PartitionKey: t[textKey], ContentType: t[textContent], DataSchema: t[textSchema],
		},
	}
	if it.flags&flagDirect != 0 {
		it.System = mconnect.SystemID(t[textOrigin])
	}
	if it.flags&flagKeyed != 0 {
		it.Keyed = binary.BigEndian.Uint32(b[18:])
	}
	if err := it.payload(binary.BigEndian.Uint32(b[22:]), binary.BigEndian.Uint32(b[26:])); err != nil {
		return nil, err
	}
	if b[0] == clearVersion && it.Event.PartitionKey != "" {
		it.Event.PartitionKey = pseudonym(key, it.Event.PartitionKey)
		it.JSON = it.Event.AppendJSON(nil)
	}
	return it, nil
}

// payload finds the data in the JSON: where the head says, or else by reading it.
func (it *Item) payload(from, n uint32) error {
	switch {
	case uint64(from)+uint64(n) > uint64(len(it.JSON)):
		return errEntry
	case n > 0 && it.flags&flagExtended == 0:
		it.Event.Data = it.JSON[from : from+n : from+n]
		return nil
	}
	whole, err := event.Read(it.JSON, event.Delivered)
	if err != nil {
		return fmt.Errorf("%w: %w", errEntry, err)
	}
	it.Event.Data, it.Event.Extensions = whole.Data, whole.Extensions
	return nil
}

// view finds the texts of an entry without copying them, and says where the JSON begins.
func view(b []byte, t *[texts][]byte) (head int, ok bool) {
	if !readable(b) {
		return 0, false
	}
	rest := b[FixedHead:]
	for i := range t {
		if t[i], rest, ok = text(rest); !ok {
			return 0, false
		}
	}
	return len(b) - len(rest), true
}

// split reads the texts of an entry with one allocation and says where the JSON begins.
func split(b []byte, t *[texts]string) (head int, origin string, err error) {
	var parts [texts][]byte
	head, ok := view(b, &parts)
	if !ok {
		return 0, "", errEntry
	}
	all := string(b[FixedHead:head])
	at := 0
	for i := range t {
		at += 2
		t[i] = all[at : at+len(parts[i])]
		at += len(parts[i])
	}
	return head, t[textOrigin], nil
}

// partOf is the partition of an entry: by its partition key, else spread by index.
func partOf(index int64, b []byte) uint8 {
	switch {
	case b[1]&flagTest != 0:
		return TestPart
	case b[1]&flagDead != 0:
		return DeadPart
	}
	if b[1]&flagKeyed == 0 {
		return uint8(index % Partitions)
	}
	return uint8(binary.BigEndian.Uint32(b[18:]) % Partitions)
}

// keyHash spreads partition keys evenly, the same on every node and for ever.
func keyHash(key string) uint32 {
	sum := sha256.Sum256([]byte(key))
	return binary.BigEndian.Uint32(sum[:])
}

// keyMark begins the pseudonym of a partition key.
const keyMark = "pk:"

// pseudonym is what consumers see of a partition key: the same for the same key on every node for as long as the log
// lives, and for who has not the log's key no way back. What has its form is one already: a consumer gave its event
// back.
func pseudonym(log []byte, key string) string {
	if hexed, ok := strings.CutPrefix(key, keyMark); ok && len(hexed) == 32 &&
		strings.Trim(hexed, "0123456789abcdef") == "" {
		return key
	}
	mac := hmac.New(sha256.New, log)
	_, _ = mac.Write([]byte("partition key\x00" + key))
	var sum [sha256.Size]byte
	var out [len(keyMark) + 32]byte
	copy(out[:], keyMark)
	hex.Encode(out[len(keyMark):], mac.Sum(sum[:0])[:16])
	return string(out[:])
}

// fingerprint of an event under the log's key: 64 bits of a keyed hash, so that nobody can choose ids that collide.
func fingerprint(key []byte, source, id string) uint64 {
	var room [512]byte
	b := append(room[:0], key...)
	b = append(b, source...)
	b = append(append(b, 0), id...)
	sum := sha256.Sum256(b)
	return max(binary.BigEndian.Uint64(sum[:]), 1)
}

// of reports whether an entry is the event.
func (i Identity) of(b []byte) bool {
	var t [texts][]byte
	_, ok := view(b, &t)
	return ok && b[1]&special == 0 && string(t[textSource]) == i.Source && string(t[textID]) == i.ID &&
		(i.Producer == "" || string(i.Producer) == string(t[textSystem])) &&
		(i.Type == "" || string(i.Type) == string(t[textType]))
}

// Encode makes an entry of an event under the key of a log.
func Encode(key []byte, d Draft) appendlog.Entry {
	return appendlog.Entry{Data: encode(d.Event, stamp{
		flags: [...]byte{0, flagTest, flagDead, flagDirect}[d.Kind], print: d.Print, accepted: d.Accepted,
		system: d.System,
		group:  d.Group, origin: d.Origin, key: key, keyed: d.Keyed,
	})}
}

// Summary is what the head of an entry says, without its event.
type Summary struct {
	Index        int64
	Kind         Kind
	Type, System []byte // shared with the entry
	Accepted     int64  // microseconds since 1970
	Part         uint8
	Repeat       bool
	entry        []byte
}

// Peek reads the head of entry i of a batch without allocating; false when it is damaged or no event.
func Peek(b appendlog.Batch, i int) (s Summary, ok bool) {
	data := b.Entries[i].Data
	flags, typ, system, ok := peek(data)
	if !ok || flags&flagControl != 0 {
		return s, false
	}
	s = Summary{
		Index:    b.First + int64(i),
		Kind:     kindOf(flags),
		Type:     typ,
		System:   system,
		Accepted: acceptedAt(data),
		entry:    data,
	}
	s.Part = partOf(s.Index, data)
	if len(b.Hashes) >= (i+1)*hashSize {
		_, s.Repeat = hashAt(b.Hashes, i)
	}
	return s, true
}

func kindOf(flags byte) Kind {
	switch {
	case flags&flagTest != 0:
		return Test
	case flags&flagDead != 0:
		return Dead
	case flags&flagDirect != 0:
		return Direct
	}
	return Ordinary
}

// Group is the group that a direct event is for.
func (s Summary) Group() string { return groupOf(s.entry) }

// Entry is the entry as it is stored.
func (s Summary) Entry() []byte { return s.entry }

// Named are the texts that name an event and its producing call, shared with the entry.
type Named struct {
	Source, ID, Origin []byte
	First              bool // of its call: Origin says whose
}

// Named reads the texts; false when the entry is damaged.
func (s Summary) Named() (n Named, ok bool) {
	var t [texts][]byte
	if _, ok = view(s.entry, &t); !ok {
		return n, false
	}
	return Named{Source: t[textSource], ID: t[textID], Origin: t[textOrigin], First: s.entry[1]&flagOrigin != 0}, true
}

// Test reports whether the item is a test event, Direct whether it was replayed or queued again for one group.
func (it *Item) Test() bool   { return it.Part == TestPart }
func (it *Item) Direct() bool { return it.flags&flagDirect != 0 }

// ItemOf is an item of an event that does not come out of the log.
func ItemOf(e event.Event, kind Kind, index int64, accepted time.Time, print uint64) *Item {
	it := &Item{Index: index, Accepted: accepted, Print: print, Event: e}
	if kind == Dead {
		it.flags, it.Part = flagDead, DeadPart
	}
	return it
}
