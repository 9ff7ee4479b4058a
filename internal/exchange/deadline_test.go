package exchange

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadline_LastsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deadlines{limit: 10 * time.Second}
		defer d.close()
		for range 30 {
			handed := time.Now()
			ctx := d.get()
			until, ok := ctx.Deadline()
			if left := until.Sub(handed); !ok || left < 10*time.Second || left > 15*time.Second {
				t.Fatalf("%v left of a record's time, want 10 s to 15 s", left)
			}
			<-time.After(1700 * time.Millisecond)
			if ctx.Err() != nil {
				t.Fatal("ended early")
			}
		}
		ctx := d.get()
		<-time.After(16 * time.Second)
		if ctx.Err() == nil {
			t.Error("a record could wait for ever")
		}
		if first, second := d.get(), d.get(); first != second {
			t.Error("two records of one moment got a context each")
		}
	})
}

func TestDeadline_EndsADelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		under := func() *due {
			return &due{Context: context.WithValue(context.WithoutCancel(t.Context()), key{}, "value"), until: time.Now().Add(time.Second)}
		}
		looked, waited := under(), under()
		goroutines := runtime.NumGoroutine()
		child, stop := context.WithTimeout(waited, time.Hour)
		defer stop()
		if n := runtime.NumGoroutine(); n != goroutines {
			t.Errorf("a context of it took %d goroutines", n-goroutines)
		}
		for _, d := range []*due{looked, waited} {
			if at, ok := d.Deadline(); !ok || time.Until(at) != time.Second || d.Err() != nil || d.Value(key{}) != "value" {
				t.Errorf("%v %t %v %v", at, ok, d.Err(), d.Value(key{}))
			}
		}
		<-child.Done()
		if now := time.Now(); !now.Equal(looked.until) || !errors.Is(looked.Err(), context.DeadlineExceeded) || !errors.Is(waited.Err(), context.DeadlineExceeded) {
			t.Errorf("%v late, %v, %v", now.Sub(looked.until), looked.Err(), waited.Err())
		}
		<-looked.Done() // who begins to wait behind the end does not wait
		looked.cancel()

		looked, waited = under(), under()
		done := waited.Done()
		looked.cancel()
		waited.cancel()
		<-done
		if !errors.Is(looked.Err(), context.Canceled) || !errors.Is(waited.Err(), context.Canceled) {
			t.Errorf("cancelled: %v, %v", looked.Err(), waited.Err())
		}
		<-looked.Done()
	})
}
