// Bench measures MConnect against nginx on this machine, in one run, and prints the table of ratios.
//
// It owns the yardstick (nginx as mTLS reverse proxy), the load generator and the arithmetic; the server it
// measures is the real program in a process of its own. It checks the aims of the table only.
//
//	go run ./bench [-short] [-write docs/BENCHMARKS.md] [-only REGEXP] [-profile FILE] [-builds FILE,FILE…]
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	long       time.Duration // of one turn of one side
	turns      int           // of each side
	agreements []int         // numbers of agreements
	carry      time.Duration // of the sustained load of events
	stock      int           // events in the log behind which the cost of one more is measured
	only       *regexp.Regexp
	write      string
	cpu        string

	builds []string
}

func main() {
	short := flag.Bool("short", false, "a few seconds a figure: is it alive, and roughly how fast")
	write := flag.String("write", "", "also write the page to this file")
	only := flag.String("only", "", "measure only the parts whose name matches: small paced large file agreements soap translate journal postgres events eventsingle eventlatency eventidle eventtypes eventbacklog")
	cpu := flag.String("profile", "", "write a CPU profile of the server under the load of the last part measured (see -only) to this file")
	builds := flag.String("builds", "", "compare these builds of the program in turns, separated by commas, instead of measuring the present one")
	turns := flag.Int("turns", 4, "turns of each side")
	flag.Parse()
	o := options{long: 5 * time.Second, turns: *turns, agreements: []int{10, 1_000, 100_000}, carry: time.Minute,
		stock: 5_000_000, write: *write, cpu: *cpu}
	if *short {
		o.long, o.turns, o.agreements, o.carry, o.stock = time.Second, 2, []int{10, 1_000}, 10*time.Second, 200_000
	}
	if *builds != "" {
		o.builds = strings.Split(*builds, ",")
	}
	var err error
	if o.only, err = regexp.Compile(*only); err == nil {
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options) (err error) {
	dir, err := os.MkdirTemp("", "mconnect-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{options: o, dir: dir, table: table{machine: machine(), when: time.Now()}}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, os.Interrupt, syscall.SIGTERM)
	go func() { // what the bench started ends with it
		<-stopped
		b.close()
		os.RemoveAll(dir)
		os.Exit(1)
	}()
	defer b.close()
	if len(o.builds) > 0 {
		return b.compare(o.builds)
	}
	if err := b.measure(); err != nil {
		return err
	}
	fmt.Println()
	if err := b.table.write(os.Stdout); err != nil {
		return err
	}
	if o.write != "" {
		out, err := os.Create(o.write)
		if err != nil {
			return err
		}
		if err := b.table.document(out); err != nil {
			_ = out.Close()
			return err
		}
		if err := out.Close(); err != nil {
			return err
		}
	}
	if n := b.table.failures(); n > 0 {
		return fmt.Errorf("%d aims missed", n)
	}
	return nil
}
