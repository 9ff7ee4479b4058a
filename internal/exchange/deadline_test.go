package exchange

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadlinesLastLongEnoughAndEnd(t *testing.T) {
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
