package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"mconnect/internal/durable"
)

// householdsSystem is the town hall's register that is only a table.
const householdsSystem = "primaria-exemplu.gospodarii"

// Plot is a piece of land in the household register.
type Plot struct {
	Household string
	Owner     Person
	Use       string
	Ares      int // hundredths of a hectare
	Since     time.Time
}

// Plots are the land of the household register: one or two pieces for every other person.
func (w *Dataset) Plots() []Plot {
	uses := []string{"grădină", "arabil", "vie", "livadă"}
	var out []Plot
	for i := 0; i < len(w.Persons); i += 2 {
		p := w.Persons[i]
		for n := range 1 + i/2%2 {
			out = append(out, Plot{
				Household: fmt.Sprintf("G-%04d", i/2+1), Owner: p, Use: uses[(i/2+n)%len(uses)], Ares: 5 +
					(i*7+n*13)%240,
				Since: time.Date(1995+i%25, time.Month(1+i%12), 1+i%28, 0, 0, 0, 0, time.UTC),
			})
		}
	}
	return out
}

// householdsName is what the file of a day is called: the day is when its data were valid.
func householdsName(day time.Time) string { return "gospodarii-" + day.Format(isoDay) + ".csv" }

// households writes the register as a spreadsheet program of the town hall saves it: Windows-1250, semicolons, dates
// with points, decimals with commas, and a column that no service declares.
func households(plots []Plot) ([]byte, error) {
	var b strings.Builder
	b.WriteString("Gospodăria;Cod personal;Nume, prenume;Strada;Casa;Destinaţia;Suprafaţa, ha;Înscris la;Telefon\r\n")
	for _, p := range plots {
		o := p.Owner
		fmt.Fprintf(&b, "%s;%s;\"%s %s\";%s;%s;%s;%d,%02d;%s;%s\r\n", p.Household, o.IDNP, o.FamilyName, o.GivenName,
			o.Address.Street,
			o.Address.House, p.Use, p.Ares/100, p.Ares%100, p.Since.Format("02.01.2006"), o.Phone)
	}
	return charmap.Windows1250.NewEncoder().Bytes([]byte(b.String()))
}

// dropHouseholds puts the file of the day into the town hall's folder, as its secretary would; the platform finds it
// there. An identical file is not written again.
func (f folder) dropHouseholds(w *Dataset, day time.Time) error {
	text, err := households(w.Plots())
	if err != nil {
		return err
	}
	dir := f.path("data", "files", householdsSystem)
	if err := durable.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	at := f.path("data", "files", householdsSystem, householdsName(day))
	have, err := os.ReadFile(at)
	if err == nil && bytes.Equal(have, text) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := durable.WriteFile(at, text, 0o644); err != nil {
		return err
	}
	saved := time.Now().Add(-time.Minute) // old enough not to count as being copied
	return os.Chtimes(at, saved, saved)
}
