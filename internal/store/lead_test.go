package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/internal/appendlog"
	"mconnect/test/waits"
)

// TestAppend_CallerCommitsItselfAndDelaysNobody keeps a caller in the commit that it makes on its own goroutine:
// those behind it leave when their time is up, and what waits is committed after it.
func TestAppend_CallerCommitsItselfAndDelaysNobody(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s := &moody{gate: make(chan struct{}), began: make(chan struct{}, 10)}
		l := openLog(t, open(t, url), "journal", s)
		patient, cancel := context.WithTimeout(t.Context(), waits.Limit)
		defer cancel()
		ended := make(chan error, 2)
		go func() {
			_, err := l.Append(patient, entry("leads"))
			ended <- err
		}()
		<-s.began
		hasty, leave := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer leave()
		if _, err := l.Append(hasty, entry("withdrawn")); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not appended") {
			t.Errorf("the hasty one got %v", err)
		}
		go func() {
			_, err := l.Append(patient, entry("waits"))
			ended <- err
		}()
		close(s.gate)
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if texts := textsOf(whole(t, l)); texts != "leads waits" {
			t.Errorf("the log holds %q", texts)
		}
	})
}

// TestAppend_CallersWhoCommitLoseNothing lets callers of both kinds append at once: every entry stands once, at the
// place its caller was told.
func TestAppend_CallersWhoCommitLoseNothing(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "journal", chain{})
		patient, cancel := context.WithTimeout(t.Context(), waits.Limit)
		defer cancel()
		const callers, each = 8, 40
		told := make([]string, callers*each)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for caller := range callers {
			wg.Go(func() {
				for i := range each {
					ctx := patient
					if (caller+i)%3 == 0 {
						ctx = t.Context() // leaves it to the committer
					}
					text := string(rune('a'+caller)) + string(rune('0'+i))
					at, err := l.Append(ctx, entry("%s", text))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					told[at.Index] = text
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if texts := textsOf(whole(t, l)); texts != strings.Join(told, " ") {
			t.Errorf("the log holds\n%s\ntold was\n%s", texts, strings.Join(told, " "))
		}
	})
}

func textsOf(entries []appendlog.Entry) string {
	var texts []string
	for _, e := range entries {
		texts = append(texts, string(e.Data))
	}
	return strings.Join(texts, " ")
}
