// Package doctor examines an installation and says, finding by finding, what is well, what will soon be
// wrong and what is wrong, and what to do about it.
//
// It owns the checks (clock, disk, keys, certificates, store, database server, providers) and their thresholds; what is
// examined is handed to it by the command line or the management API. It changes nothing and reads no configuration.
package doctor

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Level reports how serious a finding is.
type Level string

// The levels.
const (
	Well    Level = "ok"
	Warning Level = "warning" // will be wrong soon, or is unwise
	Problem Level = "problem" // calls fail now, or evidence is in danger
)

// Finding is one line of a report.
type Finding struct {
	Check  string `json:"check"`            // "disk"
	About  string `json:"about,omitempty"`  // what was examined, e.g. a path or a service
	Level  Level  `json:"level"`            //
	Says   string `json:"says"`             // the fact, in English
	Remedy string `json:"remedy,omitempty"` // what to do, unless all is well
}

// Check examines one thing. Run returns at least one finding and respects ctx.
type Check struct {
	Name string
	Run  func(ctx context.Context) []Finding
}

// Patience bounds a single check; one that takes longer is a problem itself.
const Patience = 30 * time.Second

// Examine runs the checks at the same time and returns their findings in the order of checks. A check that
// panics or does not end in time is reported as a problem; the others are not held up.
func Examine(ctx context.Context, checks ...Check) []Finding {
	found := make([][]Finding, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		wg.Go(func() { found[i] = c.within(ctx, Patience) })
	}
	wg.Wait()
	var all []Finding
	for _, f := range found {
		all = append(all, f...)
	}
	return all
}

// within runs the check for at most patience.
func (c Check) within(ctx context.Context, patience time.Duration) []Finding {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := make(chan []Finding, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- []Finding{{Check: c.Name, Level: Problem, Says: fmt.Sprintf("the check itself failed: %v", p),
					Remedy: "report this defect"}}
			}
		}()
		done <- c.Run(ctx)
	}()
	select {
	case found := <-done:
		for i := range found {
			found[i].Check = c.Name
		}
		return found
	case <-ctx.Done():
		return []Finding{{Check: c.Name, Level: Problem, Says: "did not end in time",
			Remedy: "look at the load and the disks of this machine"}}
	}
}

// Worst is the most serious level among findings; Well when there are none.
func Worst(findings []Finding) Level {
	worst := Well
	for _, f := range findings {
		if f.Level == Problem || (f.Level == Warning && worst == Well) {
			worst = f.Level
		}
	}
	return worst
}

func one(level Level, about, says, remedy string) []Finding {
	if level == Well {
		remedy = ""
	}
	return []Finding{{About: about, Level: level, Says: says, Remedy: remedy}}
}
