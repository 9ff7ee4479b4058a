// Package browser drives Debian's Chromium over the portal of a running demonstration, for the tests of pages: what a
// person sees, with and without scripts, in three languages, light and dark, narrow and wide.
//
// The tests carry the build tag "whole": they need a browser.
package browser

import (
	"context"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Start runs a browser until ctx ends. It accepts the certificates of the demonstration, which no authority of the
// machine has issued, and opens no connection of its own.
func Start(ctx context.Context) (context.Context, context.CancelFunc) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("ignore-certificate-errors", true),
	)
	allocated, cancel := chromedp.NewExecAllocator(ctx, options...)
	browser, stop := chromedp.NewContext(allocated)
	return browser, func() {
		stop()
		cancel()
	}
}

// Complaints collects what the browser complains of while it shows pages: violations of the content security policy,
// errors of scripts, files that are not there.
type Complaints struct {
	mu  sync.Mutex
	all []string
}

// Listen makes the browser of ctx report to c.
func (c *Complaints) Listen(ctx context.Context) error {
	return chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity {
				c.add(e.Entry.Text + " " + e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			c.add(e.ExceptionDetails.Text)
		}
	})
}

func (c *Complaints) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, text)
}

// Take returns what was collected since it was called last.
func (c *Complaints) Take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.all
	c.all = nil
	return all
}
