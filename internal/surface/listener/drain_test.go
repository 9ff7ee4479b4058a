package listener_test

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mconnect/test/must"
)

// TestShutdown_WhatAHandlerBeganIsAnsweredWhole: requests come without pause over HTTP/2 while the server is ordered to
// stop. A client that has the head of an answer has all of it, and no answer is lost: as many are read as handlers
// began.
func TestShutdown_WhatAHandlerBeganIsAnsweredWhole(t *testing.T) {
	for round := range 25 {
		var begun, read atomic.Int64
		answer := strings.Repeat("0123456789abcdef", 512)
		d := open(t, func(w http.ResponseWriter, _ *http.Request) {
			begun.Add(1)
			_, _ = io.WriteString(w, answer)
		})
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: d.client.Clone(), ForceAttemptHTTP2: true}}
		var work sync.WaitGroup
		for range 4 {
			work.Go(func() {
				for {
					res, err := client.Get("https://" + d.address + "/x")
					if err != nil {
						return // the server is gone
					}
					body, err := io.ReadAll(res.Body)
					_ = res.Body.Close()
					if err != nil || string(body) != answer {
						t.Errorf("round %d: %d bytes, %v", round, len(body), err)
						return
					}
					read.Add(1)
				}
			})
		}
		for begun.Load() < int64(20+round) {
			runtime.Gosched()
		}
		must.OK(t, d.Shutdown(context.Background()))
		work.Wait()
		client.CloseIdleConnections()
		if begun.Load() != read.Load() {
			t.Errorf("round %d: %d requests begun, %d answers read", round, begun.Load(), read.Load())
		}
	}
}
