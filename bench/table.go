package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// row is one line of the table: a figure, what it should be, and whether it is.
type row struct {
	what   string
	nginx  string
	own    string
	figure string
	want   string
	good   bool
}

// table gathers the rows in the order in which they were measured.
type table struct {
	machine string
	when    time.Time
	rows    []row
	prims   []primitive
	notes   []string
}

// ratio adds a row that compares the rates of both sides.
func (t *table) ratio(what string, nginx, own result, least float64) {
	r := own.rate() / nginx.rate()
	t.rows = append(t.rows, row{
		what: what, nginx: rate(nginx.rate()), own: rate(own.rate()), figure: fmt.Sprintf("%.2f", r),
		want: fmt.Sprintf("≥ %.2f", least), good: r >= least,
	})
}

// cpu adds a row with the processor time of the server per call, which depends less than rates on what else the machine
// does.
func (t *table) cpu(nginx, own result) {
	t.value("… processor time of the server per call", us(nginx.each()), us(own.each()), "", "", true)
}

func (t *table) value(what, nginx, own, figure, want string, good bool) {
	t.rows = append(t.rows, row{what, nginx, own, figure, want, good})
}

func rate(perSecond float64) string {
	switch {
	case perSecond >= 1000:
		return fmt.Sprintf("%.0f/s", perSecond)
	case perSecond >= 10:
		return fmt.Sprintf("%.1f/s", perSecond)
	}
	return fmt.Sprintf("%.2f/s", perSecond)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond)) }

func us(d time.Duration) string { return fmt.Sprintf("%.0f µs", float64(d)/float64(time.Microsecond)) }

func latencies(r result) string { return ms(r.percentile(50)) + " / " + ms(r.percentile(99)) }

// failures counts the rows that miss what they should be.
func (t *table) failures() int {
	n := 0
	for _, r := range t.rows {
		if !r.good {
			n++
		}
	}
	return n
}

// write prints the table as Markdown.
func (t *table) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. Measured %s.\n\n", t.machine, t.when.UTC().Format("2006-01-02 15:04 UTC"))
	lines := [][5]string{{"figure", "nginx", "MConnect", "result", "aim"}, {"---", "---:", "---:", "---:", "---"}}
	for _, r := range t.rows {
		aim := r.want
		if aim != "" && !r.good {
			aim += " **missed**"
		}
		lines = append(lines, [5]string{r.what, r.nginx, r.own, r.figure, aim})
	}
	for _, l := range lines {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(l[:], " | "))
	}
	b.WriteString("\n| building block | time |\n| --- | ---: |\n")
	for _, p := range t.prims {
		fmt.Fprintf(&b, "| %s | %.1f µs |\n", p.name, float64(p.took)/float64(time.Microsecond))
	}
	for _, n := range t.notes {
		fmt.Fprintf(&b, "\n%s\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const page = `# Benchmarks

` + "`make bench`" + ` measures the whole exchange through the platform against nginx as an mTLS reverse proxy, in one run on
one machine, and writes this page. ` + "`make bench-short`" + ` does the same in a few seconds a figure and only prints.

**How.** One backend (nginx, files over mTLS) serves both sides. The yardstick is nginx in front of it: client
certificates verified, its own certificate towards the backend, kept-alive connections on both sides, no access log. MConnect
does the same and all that makes an exchange lawful: it recognises the system, decides by the agreement, records the intent
durably, delivers, validates the answer, cuts it to the granted fields and records the outcome durably, both in the signed
Merkle journal. Load comes from the same raw HTTP/1.1 client over TLS 1.3 on kept-alive connections (64 unless said). Backend,
proxy and client share the processor. The sides take turns (A B B A …) and the figures are over all turns. The answers hold two
fields that the agreement does not grant. The processor time per call is that of the server alone, user and system mode together: it depends less than
the rates on what else the machine does.

**Among many agreements.** Each number of agreements has a platform of its own, filled, started anew and left alone until its
search index has caught up. The platforms take turns of a second, so that age, journal and the other work of the machine are alike.

**Events** are measured on a platform and an embedded store of their own, without a yardstick. Producers send requests rendered once,
over HTTP/1.1 and TLS 1.3, in which only the digits of ids and types change between two calls; three consumers read the frames of
a WebSocket, count ids and confirm all they have read whenever nothing more waits, at the latest after 512 events. Each event has 1 KiB, is
checked by the schema of its type, and every consumer is entitled to the whole of it. A run counts only if in the end each
consumer has each acknowledged event; the rates are over the time in which the producers were at work. The processor time is that of the server
until the last delivery, for one event with its three deliveries. Latency runs from the beginning of the call (or from when it
was due, if the connection was still busy) until a consumer has the frame. The thousand consumers connect while hardly an event is stored; what
stored events take in memory is the last row of events. For the cost among many types, and behind many stored events (these of 256 bytes), two
platforms take turns.

`

// document is the whole page for docs.
func (t *table) document(w io.Writer) error {
	if _, err := io.WriteString(w, page); err != nil {
		return err
	}
	return t.write(w)
}
