package demo

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-isatty"

	"mconnect"
	"mconnect/client"
)

// view is the short live picture of the daily round: one line a call, one line an event and, on a terminal, running
// totals below. Elsewhere it is plain lines, with the totals at intervals.
type view struct {
	mu         sync.Mutex
	out        io.Writer
	tty        bool
	given      int
	refused    int
	unexpected int // neither data nor the expected refusal
	slowest    time.Duration
	accepted   int // events that were accepted
	received   int // deliveries of them
}

// totalsEvery is the number of calls between totals where they cannot stay below.
const totalsEvery = 25

func newView(out io.Writer) *view {
	f, ok := out.(*os.File)
	return &view{out: out, tty: ok && isatty.IsTerminal(f.Fd())}
}

func (v *view) color(code, text string) string {
	if !v.tty {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// call shows one call: want is the expected fault code, "" for data.
func (v *view) call(at time.Time, system mconnect.SystemID, a Request, said Response, err error, want string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	verdict := v.color("32", fmt.Sprintf("%-22s", "data"))
	switch code := said.Problem.Code; {
	case err != nil:
		v.unexpected++
		verdict = v.color("31", fmt.Sprintf("%-22s", "no answer"))
	case code == "":
		v.given++
	default:
		v.refused++
		paint := "33"
		// The day's quota of three is lawful until it is used up.
		if code != want {
			v.unexpected++
			paint = "31"
		}
		verdict = v.color(paint, fmt.Sprintf("%-22s", code))
	}
	v.slowest = max(v.slowest, said.Took)
	who, _, _ := strings.Cut(string(system), "#")
	v.wipe()
	fmt.Fprintf(v.out, "%s  %-27s %-20s %s %6.1f ms  %s\n", at.Format("15:04:05"), who, a.Service, verdict,
		float64(said.Took.Microseconds())/1000, v.color("2", a.Context.Basis+" · "+a.Context.Reason))
	if n := v.given + v.refused; v.tty || n%totalsEvery == 0 {
		v.totals()
	}
}

// produced shows an event that the platform accepted or refused.
func (v *view) produced(at time.Time, system mconnect.SystemID, e client.Event, took time.Duration, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	verdict, paint := "accepted", "36"
	if err != nil {
		v.unexpected++
		verdict, paint = "not accepted", "31"
	} else {
		v.accepted++
	}
	v.event(at, system, e.Type, v.color(paint, fmt.Sprintf("%-22s", verdict)), took, e.ID)
}

// delivered shows a delivered event and its delay after acceptance.
func (v *view) delivered(at time.Time, system mconnect.SystemID, how string, e received) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.received++
	v.event(at, system, e.Type, v.color("32", fmt.Sprintf("%-22s", how)), max(at.Sub(e.Time), 0), e.ID)
}

// event writes one line in the columns of calls: type, event and subject.
func (v *view) event(at time.Time, system mconnect.SystemID, typ mconnect.EventType, verdict string, took time.Duration,
	id string) {
	v.wipe()
	parts := strings.Split(string(typ), ".")
	fmt.Fprintf(v.out, "%s  %-27s %-20s %s %6.1f ms  %s\n", at.Format("15:04:05"), system,
		strings.Join(parts[max(len(parts)-2, 0):], "."), verdict,
		float64(took.Microseconds())/1000, v.color("2", "event · "+id))
	if v.tty {
		v.totals()
	}
}

// wipe clears the totals line of a terminal.
func (v *view) wipe() {
	if v.tty {
		fmt.Fprint(v.out, "\r\x1b[2K")
	}
}

func (v *view) totals() {
	end := "\n"
	if v.tty {
		end = ""
	}
	text := fmt.Sprintf("-- %d answered, %d refused, slowest %.1f ms", v.given, v.refused,
		float64(v.slowest.Microseconds())/1000)
	if v.accepted+v.received > 0 {
		text += fmt.Sprintf("; %d events, %d deliveries", v.accepted, v.received)
	}
	if v.unexpected > 0 {
		text += fmt.Sprintf(", %d not as expected", v.unexpected)
	}
	fmt.Fprint(v.out, v.color("1", text), end)
}

// note writes a line of its own.
func (v *view) note(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.wipe()
	fmt.Fprintf(v.out, format+"\n", args...)
}

// farewell prints the totals at the end.
func (v *view) farewell(f folder) {
	v.note("")
	v.mu.Lock()
	v.totals()
	v.mu.Unlock()
	v.note("\nStopped. The journal stays in %s; the next start goes on with it.", f)
}
