package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"mconnect/test/postgres"
	"mconnect/test/world"
)

// bench is one run.
type bench struct {
	options
	dir     string
	table   table
	ca      *world.Authority
	nginx   int // port of the yardstick
	proxy   *world.Process
	backend int // port of the backend
	binary  string
	own     *world.Platform
	cluster *postgres.Cluster
	events  *eventPlatform

	mu      sync.Mutex
	closers []func()
}

func (b *bench) onClose(end func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closers = append(b.closers, end)
}

// close ends everything that was started, in reverse.
func (b *bench) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.closers) - 1; i >= 0; i-- {
		b.closers[i]()
	}
	b.closers = nil
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }

// measure takes all the figures, in the order of the table.
func (b *bench) measure() error {
	var err error
	progress("building blocks")
	if b.table.prims, err = primitives(b.dir, b.long/4); err != nil {
		return err
	}
	for _, step := range []struct {
		name  string
		sides bool // needs the yardstick and the platform
		do    func() error
	}{
		{"small", true, b.small}, {"paced", true, b.paced}, {"large", true, b.large}, {"file", true, b.file},
		{"agreements", true, b.agreements}, {"soap", true, b.soap}, {"translate", false, b.translate},
		{"journal", false, b.journal}, {"postgres", true, b.onPostgres},
		{"eventidle", false, b.eventIdle}, {"events", false, b.eventStream}, {"eventsingle", false, b.eventSingle},
		{"eventlatency", false, b.eventLatency},
		{"eventtypes", false, b.eventTypes}, {"eventbacklog", false, b.eventBacklog},
	} {
		if !b.only.MatchString(step.name) {
			continue
		}
		if strings.HasPrefix(step.name, "event") {
			if err := b.openEvents(); err != nil {
				return err
			}
		}
		if step.sides && b.own == nil {
			if err := b.startYardstick(); err != nil {
				return err
			}
			if err := b.platform(); err != nil {
				return err
			}
		}
		progress("%s", step.name)
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// authority makes the certificates, once.
func (b *bench) authority() (err error) {
	if b.ca != nil {
		return nil
	}
	if b.ca, err = world.NewAuthority(b.dir); err != nil {
		return err
	}
	for _, name := range []string{"platform", "backend", "consumer", eventProducer, eventConsumers[0],
		eventConsumers[1], eventConsumers[2]} {
		if err := b.ca.Issue(name); err != nil {
			return err
		}
	}
	for _, name := range []string{"signing", "consumer-soap"} {
		if err := b.ca.IssueRSA(name); err != nil {
			return err
		}
	}
	return nil
}

// build compiles the program, once.
func (b *bench) build() (err error) {
	if b.binary == "" {
		progress("building MConnect")
		b.binary, err = world.Build(".", b.dir)
	}
	return err
}

// startYardstick starts the backend and nginx in front of it.
func (b *bench) startYardstick() (err error) {
	if err := b.authority(); err != nil {
		return err
	}
	files := filepath.Join(b.dir, "www")
	if err := writeFiles(files); err != nil {
		return err
	}
	if b.backend, err = world.FreePort(); err != nil {
		return err
	}
	provider, err := backend(b.ca, b.backend, files)
	if err != nil {
		return err
	}
	b.onClose(provider.Stop)
	if b.nginx, err = world.FreePort(); err != nil {
		return err
	}
	if b.proxy, err = proxy(b.ca, b.nginx, b.backend); err != nil {
		return err
	}
	b.onClose(b.proxy.Stop)
	return nil
}

// platform starts MConnect twice: once to fill it, and once to measure the start.
func (b *bench) platform() (err error) {
	if err := b.build(); err != nil {
		return err
	}
	progress("starting MConnect")
	if b.own, err = b.filled("embedded", ""); err != nil {
		return err
	}
	b.onClose(func() { b.own.Stop() })
	b.own.Stop()
	if err := b.own.Start(); err != nil {
		return err
	}
	time.Sleep(b.long) // idle
	idle, _ := memory(b.own.PID())
	b.table.value("from start to ready", "", ms(b.own.Ready), "", "≤ 1 s", b.own.Ready <= time.Second)
	b.table.value("memory when idle (RSS)", "", fmt.Sprintf("%.0f MiB", idle), "", "≤ 80 MB", idle <= 80e6/(1<<20))
	return nil
}

// filled starts a platform on storeURL and gives it its country.
func (b *bench) filled(name, storeURL string) (*world.Platform, error) {
	p, err := world.NewPlatform(b.ca, b.binary, filepath.Join(b.dir, name), storeURL)
	if err != nil {
		return nil, err
	}
	if err := p.Start(); err != nil {
		return nil, err
	}
	manifests, err := world.Country(b.ca, b.backend)
	if err == nil {
		err = p.Apply(manifests)
	}
	if err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// part is one comparison with the yardstick: the answer, in bytes from the provider and at least from the platform, and
// how it is driven.
type part struct {
	path, service string
	size, cut     int
	drive         func(target, time.Duration) (result, error)
}

var (
	smallPart = part{"small.json", world.ServicePerson, smallSize, smallSize / 2, atFull(connections)}
	pacedPart = part{"small.json", world.ServicePerson, smallSize, smallSize / 2, gently}
	largePart = part{"large.json", world.ServicePersons, largeSize, largeSize / 2, atFull(connections)}
	filePart  = part{"file.bin", world.ServiceFile, fileSize, fileSize, atFull(8)}
)

// gently is 200 calls a second.
func gently(t target, long time.Duration) (result, error) { return paced(t, 16, 200, long) }

// sides are the two targets of one comparison.
func (b *bench) sides(p *world.Platform, of part) (nginx, own target, err error) {
	config, err := b.ca.Client("consumer", "platform")
	if err != nil {
		return nginx, own, err
	}
	nginx = target{"nginx", fmt.Sprintf("127.0.0.1:%d", b.nginx), config, request("/" + of.path), of.size,
		family(b.proxy.PID())}
	own, err = ownTarget(b.ca, p, of.service, of.cut)
	return nginx, own, err
}

// ownTarget is the platform as the load generator sees it.
func ownTarget(a *world.Authority, p *world.Platform, service string, least int) (target, error) {
	config, err := a.Client("consumer", "platform")
	return target{"mconnect", fmt.Sprintf("127.0.0.1:%d", p.Exchange), config, request("/api/v1/" + service), least,
		[]int{p.PID()}}, err
}

// againstNginx drives both sides in turn.
func (b *bench) againstNginx(nginx, own target, drive func(target, time.Duration) (result, error)) (yard, mine result,
	err error) {
	runs, err := b.inTurns([]target{nginx, own}, b.long, drive)
	if err != nil {
		return yard, mine, err
	}
	return runs[0], runs[1], nil
}

// inTurns drives all sides in turn, each for the time of all its turns together in pieces of long, after a short turn
// each that does not count. It sums up each side's turns.
func (b *bench) inTurns(sides []target, long time.Duration,
	drive func(target, time.Duration) (result, error)) ([]result, error) {
	runs := make([][]result, len(sides))
	for turn := -1; turn < b.options.turns*int(b.long/long); turn++ {
		for place := range sides {
			side, piece := place, long
			if turn < 0 {
				piece = time.Second / 2
			} else if turn%2 == 1 {
				side = len(sides) - 1 - place // who comes first has no advantage
			}
			t := sides[side]
			r, err := drive(t, piece)
			if err == nil && r.failed > 0 {
				err = fmt.Errorf("%d calls failed: %w", r.failed, r.first)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", t.name, err)
			}
			if turn >= 0 {
				runs[side] = append(runs[side], r)
				progress("  %-9s %s, %s, %s a call", t.name, rate(r.rate()), latencies(r), us(r.each()))
			}
		}
	}
	all := make([]result, len(sides))
	for side := range sides {
		all[side] = join(runs[side])
	}
	return all, nil
}

const connections = 64

func atFull(n int) func(target, time.Duration) (result, error) {
	return func(t target, long time.Duration) (result, error) { return full(t, n, long) }
}

func (b *bench) small() error {
	nginx, own, err := b.sides(b.own, smallPart)
	if err != nil {
		return err
	}
	yard, mine, err := b.againstNginx(nginx, own, smallPart.drive)
	if err != nil {
		return err
	}
	b.table.ratio("whole exchange, 1 KiB answer", yard, mine, 0.30)
	b.table.value("… p50 / p99 at full load", latencies(yard), latencies(mine), "", "", true)
	b.table.cpu(yard, mine)
	now, peak := memory(b.own.PID())
	b.table.value("… memory under load (RSS now / highest)", "", fmt.Sprintf("%.0f / %.0f MiB", now, peak), "", "",
		true)
	return b.profile(own, smallPart.drive)
}

// profile asks the server for its CPU profile while it is under load, outside the measured turns, where -profile asks
// for it. Of several the last one stays.
func (b *bench) profile(own target, drive func(target, time.Duration) (result, error)) error {
	return b.profileOf(b.own, func(long time.Duration) error {
		_, err := drive(own, long)
		return err
	})
}

// profileOf is profile for any platform.
func (b *bench) profileOf(p *world.Platform, drive func(time.Duration) error) error {
	if b.cpu == "" {
		return nil
	}
	profiled := make(chan error, 1)
	go func() {
		text, err := p.Get(fmt.Sprintf("/debug/pprof/profile?seconds=%d", max(3, int(b.long.Seconds()))))
		if err == nil {
			err = os.WriteFile(b.cpu, text, 0o600)
		}
		profiled <- err
	}()
	return errors.Join(drive(max(3*time.Second, b.long)+time.Second), <-profiled)
}

func (b *bench) paced() error {
	nginx, own, err := b.sides(b.own, pacedPart)
	if err != nil {
		return err
	}
	settle(b.own.PID()) // at this rate the index keeps up; it must have no backlog of a faster one
	yard, mine, err := b.againstNginx(nginx, own, pacedPart.drive)
	if err != nil {
		return err
	}
	added := mine.percentile(50) - yard.percentile(50)
	b.table.value("p50 / p99 at 200 calls a second", latencies(yard), latencies(mine), "", "", true)
	b.table.cpu(yard, mine)
	b.table.value("… added to the median", "", "", ms(added), "≤ 0.50 ms", added <= 500*time.Microsecond)
	return b.profile(own, pacedPart.drive)
}

func (b *bench) large() error {
	nginx, own, err := b.sides(b.own, largePart)
	if err != nil {
		return err
	}
	yard, mine, err := b.againstNginx(nginx, own, largePart.drive)
	if err != nil {
		return err
	}
	b.table.ratio("whole exchange, 100 KiB answer, cut", yard, mine, 0.50)
	b.table.value("… p50 / p99 at full load", latencies(yard), latencies(mine), "", "", true)
	b.table.cpu(yard, mine)
	return b.profile(own, largePart.drive)
}

func (b *bench) file() error {
	nginx, own, err := b.sides(b.own, filePart)
	if err != nil {
		return err
	}
	forgetPeak(b.own.PID())
	yard, mine, err := b.againstNginx(nginx, own, filePart.drive)
	if err != nil {
		return err
	}
	b.table.ratio("pass-through, 10 MiB answer, 8 connections", yard, mine, 0.90)
	b.table.cpu(yard, mine)
	b.table.value("… throughput", fmt.Sprintf("%.0f MiB/s", yard.throughput()),
		fmt.Sprintf("%.0f MiB/s", mine.throughput()), "", "", true)
	_, peak := memory(b.own.PID())
	b.table.value("… highest memory meanwhile (RSS)", "", fmt.Sprintf("%.0f MiB", peak), "", "≤ 150 MB",
		peak <= 150e6/(1<<20))
	return b.profile(own, filePart.drive)
}

// postgresURL starts the cluster at first need and makes a database.
func (b *bench) postgresURL(name string) (string, error) {
	if b.cluster == nil {
		cluster, err := postgres.Start()
		if err != nil {
			return "", err
		}
		b.cluster = cluster
		b.onClose(func() { _ = cluster.Close() })
	}
	return b.cluster.Create(context.Background(), name)
}

func (b *bench) journal() error {
	url, err := b.postgresURL("journal")
	if err != nil {
		return err
	}
	for _, side := range [][2]string{{"SQLite", "sqlite:" + filepath.Join(b.dir, "journal.db")}, {"PostgreSQL", url}} {
		r, err := recordsPerSecond(side[1], connections, 2*b.long)
		if err != nil {
			return err
		}
		progress("  %-10s %s, %s", side[0], rate(r.rate()), latencies(r))
		b.table.value("durable journal records, 64 writers, "+side[0], "", rate(r.rate()), "", "≥ 40000/s",
			r.rate() >= 40_000)
	}
	return nil
}

// onPostgres measures the whole exchange with the store on PostgreSQL, for comparison.
func (b *bench) onPostgres() error {
	url, err := b.postgresURL("platform")
	if err != nil {
		return err
	}
	p, err := b.filled("outgrown", url)
	if err != nil {
		return err
	}
	b.onClose(func() { p.Stop() })
	nginx, own, err := b.sides(p, smallPart)
	if err != nil {
		return err
	}
	yard, mine, err := b.againstNginx(nginx, own, smallPart.drive)
	if err != nil {
		return err
	}
	b.table.ratio("whole exchange, 1 KiB answer, store on PostgreSQL", yard, mine, 0)
	b.table.rows[len(b.table.rows)-1].want = ""
	b.table.value("… p50 / p99 at full load", latencies(yard), latencies(mine), "", "", true)
	b.table.cpu(yard, mine)
	return nil
}
