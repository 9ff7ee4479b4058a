package store_test

import (
	"testing"

	"mconnect/test/must"
)

// TestRead_AtTheEndSkipsNothing: who reads where the log ends, while others append, gets the very next entry or none,
// never one behind it.
func TestRead_AtTheEndSkipsNothing(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "journal", chain{})
		const writers, each = 4, 200
		written := make(chan error, writers)
		for w := range writers {
			go func() {
				for i := range each {
					if _, err := l.Append(t.Context(), entry("writer %d entry %d", w, i)); err != nil {
						written <- err
						return
					}
				}
				written <- nil
			}()
		}
		at := int64(0)
		for at < writers*each {
			batches := must.Get(l.Read(t.Context(), at, 1))(t)
			for _, b := range batches {
				if b.First > at {
					t.Fatalf("asked from entry %d, got a batch that begins with %d", at, b.First)
				}
				at = b.First + int64(len(b.Entries))
			}
		}
		for range writers {
			if err := <-written; err != nil {
				t.Error(err)
			}
		}
		if n := len(whole(t, l)); n != writers*each {
			t.Errorf("the log holds %d entries, %d were appended", n, writers*each)
		}
	})
}
