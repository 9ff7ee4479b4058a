package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	"mconnect/internal/appendlog"
	"mconnect/internal/store"
)

// childEnv makes the test's program play another process: "read" or "append".
const childEnv = "MCONNECT_STORE_TEST_CHILD"

func child() int {
	play := map[string]func() error{"read": childReads, "append": childAppends, "lease": childLeases, "stall": childStalls}[os.Getenv(childEnv)]
	if err := play(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// childReads prints the size of the journal as a party that runs it can read it.
func childReads() error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{URL: os.Getenv("CHILD_URL"), ReadOnly: true})
	if err != nil {
		return err
	}
	l, err := db.OpenLog(ctx, "journal", nil)
	if err != nil {
		return err
	}
	batches, err := l.Read(ctx, 0, 1000)
	if err != nil {
		return err
	}
	n := 0
	for _, b := range batches {
		n += len(b.Entries)
	}
	fmt.Println("size", n)
	return db.Close()
}

// childAppends appends from many writers until it is killed and prints a line for each acknowledged append.
func childAppends() error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{URL: os.Getenv("CHILD_URL")})
	if err != nil {
		return err
	}
	l, err := db.OpenLog(ctx, "journal", chain{})
	if err != nil {
		return err
	}
	run := os.Getenv("CHILD_RUN")
	failed := make(chan error, 1)
	var out sync.Mutex
	for w := range 16 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s.%d.%d", run, w, i)
				text := name + strings.Repeat(" padding", i%200)
				p, err := l.Append(ctx, appendlog.Entry{Data: []byte(text + "/1")}, appendlog.Entry{Data: []byte(text + "/2"), Aside: []byte("beside")})
				if err != nil {
					failed <- err
					return
				}
				out.Lock()
				fmt.Println("done", p.Index, name)
				out.Unlock()
			}
		}()
	}
	return <-failed
}
