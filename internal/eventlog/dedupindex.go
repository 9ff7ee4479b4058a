package eventlog

// dedupIndex finds, by fingerprint, the indices at which the log may hold an event. It is a hash table of 8 bytes a
// slot: 28 bits of the fingerprint and 36 bits of the index modulo 2^36. Of two indices that share those bits the newer
// is meant: the older one was forgotten long before. The index never decides by itself, its caller reads the entry. So
// a stale index (of a failed append, of a removed batch) does no harm.
//
// The table is divided into shards by the fingerprint's first byte, so that growing one takes well under a
// millisecond however many events are remembered. Between 10 and 16 bytes an event.
type dedupIndex struct {
	mu     mutex[dedupLock]
	shards [256]shard
	floor  int64 // entries before it are forgotten when a shard is rebuilt
	newest int64 // largest index that was added
}

type shard struct {
	slots []uint64 // 0: free
	used  int
}

const (
	indexBits  = 36
	indexMask  = 1<<indexBits - 1
	indexRound = indexMask // how many indices are distinguished; none is written as 0
)

// slot packs the low 28 bits of a fingerprint with the index, so that no slot in use is 0.
func slot(print uint64, index int64) uint64 {
	return print<<indexBits | uint64(index%indexRound+1)
}

// indexOf is the newest index that a slot may mean.
func (m *dedupIndex) indexOf(w uint64) int64 {
	behind := m.newest%indexRound - (int64(w&indexMask) - 1)
	if behind < 0 {
		behind += indexRound
	}
	return m.newest - behind
}

// place is where the search for a fingerprint begins, by bits that are not in the slot's tag if possible.
func (s *shard) place(w uint64) int {
	return int((w >> indexBits * 0x9E3779B97F4A7C15 >> 32) * uint64(len(s.slots)) >> 32)
}

// add remembers the index of the event with this fingerprint.
func (m *dedupIndex) add(print uint64, index int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.addLocked(print, index)
}

func (m *dedupIndex) addLocked(print uint64, index int64) {
	m.newest = max(m.newest, index)
	s := &m.shards[print>>56]
	if s.used*10 >= len(s.slots)*8 {
		m.rebuild(s)
	}
	s.put(slot(print, index))
}

func (s *shard) put(w uint64) {
	for i := s.place(w); ; i++ {
		if i == len(s.slots) {
			i = 0
		}
		switch s.slots[i] {
		case 0:
			s.slots[i] = w
			s.used++
			return
		case w:
			return
		}
	}
}

// rebuild drops entries before floor and leaves free slots for half as many again.
func (m *dedupIndex) rebuild(s *shard) {
	live := 0
	for _, w := range s.slots {
		if w != 0 && m.indexOf(w) >= m.floor {
			live++
		}
	}
	old := s.slots
	s.slots, s.used = make([]uint64, max(live*2, 64)), 0
	for _, w := range old {
		if w != 0 && m.indexOf(w) >= m.floor {
			s.put(w)
		}
	}
}

// find appends to found every index that the event with this fingerprint may have.
func (m *dedupIndex) find(print uint64, found []int64) []int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.shards[print>>56]
	if len(s.slots) == 0 {
		return found
	}
	want := slot(print, 0)
	for i := s.place(want); ; i++ {
		if i == len(s.slots) {
			i = 0
		}
		switch w := s.slots[i]; {
		case w == 0:
			return found
		case w>>indexBits == want>>indexBits:
			if index := m.indexOf(w); index >= m.floor {
				found = append(found, index)
			}
		}
	}
}

// forget drops entries before floor, shard by shard.
func (m *dedupIndex) forget(floor int64) {
	m.mu.Lock()
	m.floor = max(m.floor, floor)
	m.mu.Unlock()
	for i := range m.shards {
		m.mu.Lock()
		if s := &m.shards[i]; s.used > 0 {
			m.rebuild(s)
		}
		m.mu.Unlock()
	}
}

// size is how many events are remembered and how many bytes that takes.
func (m *dedupIndex) size() (events, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.shards {
		events += m.shards[i].used
		bytes += 8 * len(m.shards[i].slots)
	}
	return events, bytes
}
