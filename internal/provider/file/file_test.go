package file

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/provider"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// households is a service that answers from a town hall's table.
func households(change func(*catalog.Service)) catalog.Service {
	s := catalog.Service{
		Name: "GetHousehold", Version: mconnect.Version{Major: 1}, ReadOnly: true, Provider: "primaria.gospodarii", Status: catalog.Published,
		Request: schema.Type{Name: "GetHousehold", Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP, Mandatory: true}}},
		Response: schema.Type{Name: "Household", Fields: []schema.Field{
			{Name: "IDNP", Type: schema.IDNP}, {Name: "Street", Type: schema.String},
			{Name: "Rows", Type: schema.Array, Items: &schema.Field{Type: schema.Object, Fields: []schema.Field{{Name: "Street", Type: schema.String}}}},
			{Name: "DataValidAt", Type: schema.Date, Mandatory: true}, {Name: "Stale", Type: schema.Boolean}, {Name: "Digest", Type: schema.String},
		}},
		Endpoint: catalog.Endpoint{File: &catalog.File{
			Name: "lista-*.csv", Keys: map[string]string{"IDNP": "IDNP"}, ValidAt: catalog.ValidAt{Name: `lista-(\d{8})`},
			Facts: map[string]string{"DataValidAt": "valid_at"},
			Columns: []catalog.Column{
				{Field: schema.Field{Name: "IDNP", Type: schema.IDNP, Mandatory: true}}, {Field: schema.Field{Name: "Street", Type: schema.String}},
			},
		}},
	}
	if change != nil {
		change(&s)
	}
	return s
}

const household = "IDNP,Street,Phone\n2999000006393,str. Probei,1\n2999900000262,str. Modelului,2\n"

// clockwork is a clock that a test moves.
type clockwork struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clockwork) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clockwork) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// deskOf is a Provider with a folder of files, and what was recorded of them.
func deskOf(t testing.TB) (p *provider.Provider, files *Protocol, dir string, clock *clockwork, taken *[]Taken) {
	t.Helper()
	dir, clock, taken = t.TempDir(), &clockwork{now: time.Now()}, new([]Taken)
	p, files = newProvider(t, Config{Folder: dir, Clock: clock.Now, Taken: func(_ context.Context, f Taken) error {
		*taken = append(*taken, f)
		return nil
	}})
	return p, files, dir, clock, taken
}

// newProvider answers from files; files is the protocol behind it.
func newProvider(t testing.TB, cfg Config) (p *provider.Provider, files *Protocol) {
	t.Helper()
	cfg.Logger = slog.New(slog.DiscardHandler)
	files = New(cfg)
	return registers.New(t, provider.Config{Clock: cfg.Clock}, files), files
}

func put(t testing.TB, files *Protocol, s catalog.Service, name, text string) error {
	t.Helper()
	_, err := files.Put(t.Context(), s, Upload{Name: name, Body: strings.NewReader(text), By: "ops.duty"})
	return err
}

func TestFile_AnswersAsAService(t *testing.T) {
	p, files, dir, clock, told := deskOf(t)
	s := households(nil)
	if found := append(s.Validate(), p.Check(s)...); len(found) != 1 || found[0].Path != "/title/ro" {
		t.Fatalf("%v", found)
	}
	ready := registers.Ready(t, s)
	_, err := registers.Deliver(t, p, ready, `{"IDNP":"2999000006393"}`)
	registers.WantFault(t, err, fault.ProviderNoFile, fault.Provider)
	registers.WantFault(t, p.Probe(t.Context(), s), fault.ProviderNoFile, fault.Provider)
	must.OK(t, put(t, files, s, "lista-20260228.csv", household))
	reply, err := registers.Deliver(t, p, ready, `{"IDNP":"2999000006393"}`)
	if want := `{"IDNP":"2999000006393","Street":"str. Probei","DataValidAt":"2026-02-28"}`; err != nil || string(reply.Body) != want {
		t.Fatalf("%v %s", err, reply.Body)
	}
	if _, _, err := ready.ResponseSchema.Cut(nil, reply.Body, ready.ResponseSchema.Mask([]string{"*"})); err != nil {
		t.Error(err)
	}
	_, err = registers.Deliver(t, p, ready, `{"IDNP":"2000000000008"}`)
	registers.WantFault(t, err, fault.ProviderNoRecord, fault.Provider)
	if err := p.Probe(t.Context(), s); err != nil {
		t.Error(err)
	}

	// A wrong file changes nothing, a right one everything, and the journal knows of the right ones only.
	err = put(t, files, s, "lista-20260301.csv", "IDNP,Street\n2999000006390,x\n")
	if e := registers.WantFault(t, err, fault.FileInvalid, ""); e.Fields[0].Path != "/row/2/IDNP" {
		t.Errorf("%v", e.Fields)
	}
	clock.add(2 * lookAgain)
	if reply, err = registers.Deliver(t, p, ready, `{"IDNP":"2999000006393"}`); err != nil || !strings.Contains(string(reply.Body), "2026-02-28") {
		t.Errorf("after a wrong file: %v %s", err, reply.Body)
	}
	must.OK(t, put(t, files, s, "lista-20260302.csv", "IDNP,Street\n2999000006393,str. Nouă\n"))
	reply, err = registers.Deliver(t, p, ready, `{"IDNP":"2999000006393"}`)
	if want := `{"IDNP":"2999000006393","Street":"str. Nouă","DataValidAt":"2026-03-02"}`; err != nil || string(reply.Body) != want {
		t.Errorf("after the next file: %v %s", err, reply.Body)
	}
	if len(*told) != 2 || (*told)[1].Replaces != (*told)[0].SHA256 || (*told)[1].Rows != 1 || (*told)[1].By != "ops.duty" {
		t.Errorf("the journal was told %+v", *told)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".part-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if kept, _ := filepath.Glob(filepath.Join(dir, "primaria.gospodarii", "lista-*.csv")); len(kept) != 2 {
		t.Errorf("kept: %v", kept)
	}
}

func TestHandIn_UnrecordedHasNoEffect(t *testing.T) {
	dir := t.TempDir()
	p, files := newProvider(t, Config{Folder: dir, Taken: func(context.Context, Taken) error { return fault.New(fault.RecordUnavailable) }})
	s := households(nil)
	err := put(t, files, s, "lista-20260228.csv", household)
	registers.WantFault(t, err, fault.RecordUnavailable, "")
	_, err = registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`)
	registers.WantFault(t, err, fault.ProviderNoFile, "")
}

func TestHandIn_Rights(t *testing.T) {
	_, files, _, _, _ := deskOf(t)
	for _, name := range []string{"altceva.csv", "../lista-1.csv", ".lista-1.csv", "lista-1.xlsx", ""} {
		registers.WantFault(t, put(t, files, households(nil), name, household), fault.ResourceInvalid, "")
	}
	registers.WantFault(t, put(t, files, registers.Post("http://127.0.0.1:1").Service, "a.csv", household), fault.ResourceInvalid, "")
	without, none := newProvider(t, Config{})
	registers.WantFault(t, put(t, none, households(nil), "lista-20260228.csv", household), fault.ResourceInvalid, "")
	if found := without.Check(households(nil)); len(found) != 1 || found[0].Path != "/endpoint/file" {
		t.Errorf("without a folder: %v", found)
	}
}

func TestFile_RowsMappingsAndFacts(t *testing.T) {
	p, files, _, _, _ := deskOf(t)
	two := "IDNP,Street\n2999000006393,B\n2999000006393,A\n"
	s := households(func(s *catalog.Service) {
		s.Endpoint.File.Rows = "Rows"
		s.Endpoint.File.Facts = map[string]string{"DataValidAt": "valid_at"}
	})
	must.OK(t, put(t, files, s, "lista-20260228.csv", two))
	reply, err := registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`)
	if want := `{"Rows":[{"IDNP":"2999000006393","Street":"B"},{"IDNP":"2999000006393","Street":"A"}],"DataValidAt":"2026-02-28"}`; err != nil || string(reply.Body) != want {
		t.Errorf("%v %s", err, reply.Body)
	}
	s.Endpoint.File.MaxRows = 1
	if _, err = registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`); fault.From(err).Code != fault.ProviderNoFile {
		t.Errorf("an index of another declaration answered: %v", err)
	}
	s.Endpoint.File.Rows, s.Endpoint.File.Response = "", `{Street: (map(.Street) | sort | join(", "))}`
	s.Endpoint.File.MaxRows = 0
	must.OK(t, put(t, files, s, "lista-20260228.csv", two))
	reply, err = registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`)
	if want := `{"Street":"A, B","DataValidAt":"2026-02-28"}`; err != nil || string(reply.Body) != want {
		t.Errorf("%v %s", err, reply.Body)
	}
	s.Endpoint.File.MaxRows = 1
	must.OK(t, put(t, files, s, "lista-20260228.csv", two))
	_, err = registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`)
	registers.WantFault(t, err, fault.ProviderInvalid, fault.Provider)
}

func TestFile_StaleDataAreRefusedOrFlagged(t *testing.T) {
	p, files, _, clock, _ := deskOf(t)
	clock.now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := households(func(s *catalog.Service) {
		s.Endpoint.File.MaxAge = catalog.Duration(30 * 24 * time.Hour)
		s.Endpoint.File.Facts["Stale"] = "stale"
	})
	ask := func() (string, error) {
		reply, err := registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`)
		return string(reply.Body), err
	}
	must.OK(t, put(t, files, s, "lista-20260228.csv", household))
	if body, err := ask(); err != nil || !strings.Contains(body, `"Stale":false`) {
		t.Errorf("fresh: %v %s", err, body)
	}
	clock.add(31 * 24 * time.Hour)
	_, err := ask()
	if e := registers.WantFault(t, err, fault.ProviderStale, fault.Provider); e.Params["limit"] != "720h0m0s" {
		t.Errorf("%v", e.Params)
	}
	registers.WantFault(t, p.Probe(t.Context(), s), fault.ProviderStale, fault.Provider)
	s.Endpoint.File.Stale = "answer"
	must.OK(t, put(t, files, s, "lista-20260228.csv", household))
	if body, err := ask(); err != nil || !strings.Contains(body, `"Stale":true`) {
		t.Errorf("answered although old: %v %s", err, body)
	}
}

func TestFolder_FilesAreTakenOnceTheySettle(t *testing.T) {
	p, files, dir, clock, told := deskOf(t)
	s := households(nil)
	folder := filepath.Join(dir, string(s.Provider))
	must.OK(t, os.MkdirAll(folder, 0o700))
	drop := func(name, text string) {
		t.Helper()
		path := filepath.Join(folder, name)
		must.OK(t, os.WriteFile(path, []byte(text), 0o600))
		must.OK(t, os.Chtimes(path, clock.Now(), clock.Now()))
	}
	sweep := func() { files.Sweep(t.Context(), []catalog.Service{s, registers.Post("http://127.0.0.1:1").Service}) }
	drop("lista-20260228.csv", household)
	drop("altceva.csv", "x")
	sweep()
	if len(*told) != 0 {
		t.Error("a file was read that may still be being copied")
	}
	clock.add(settled)
	sweep()
	sweep()
	if len(*told) != 1 || (*told)[0].By != "folder:primaria.gospodarii" || (*told)[0].Name != "lista-20260228.csv" {
		t.Fatalf("told %+v", *told)
	}
	clock.add(time.Minute)
	drop("lista-20260301.csv", "IDNP\n1\n")
	clock.add(time.Minute)
	sweep()
	sweep()
	report, err := os.ReadFile(filepath.Join(folder, "lista-20260301.csv.errors.txt"))
	if err != nil || !strings.Contains(string(report), "/row/2/IDNP") || !strings.HasPrefix(string(report), "Fișierul nu corespunde") || len(*told) != 1 {
		t.Errorf("%v %s, told %d", err, report, len(*told))
	}
	if _, err := registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`); err != nil {
		t.Errorf("the one before is no longer in force: %v", err)
	}
	// A file that is empty of questions' keys, or of anything that can be read, never takes the place of a good one.
	for _, bad := range []string{"Cod\n1\n", "\xff\xfe", "IDNP;Adults\n;1\n"} {
		drop("lista-20260301.csv", bad)
		clock.add(time.Minute)
		sweep()
		sweep()
		if _, err := registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`); err != nil || len(*told) != 1 {
			t.Errorf("%q took the place of the one before: %v", bad, err)
		}
	}
	drop("lista-20260301.csv", household)
	clock.add(time.Minute)
	sweep()
	if _, err := os.Stat(filepath.Join(folder, "lista-20260301.csv.errors.txt")); !errors.Is(err, os.ErrNotExist) || len(*told) != 2 {
		t.Errorf("the report stayed, or the file was not taken: %v, told %d", err, len(*told))
	}
	s.Endpoint.File.Columns[1].MaxLength = 100 // another declaration: the same file is read again
	clock.add(time.Minute)
	sweep()
	if st, err := files.InForce(t.Context(), s); err != nil || len(*told) != 3 || st.Name != "lista-20260301.csv" {
		t.Errorf("%v %+v, told %d", err, st, len(*told))
	}
}

// TestFile_ReplacedUnderLoad: while files take each other's place, every question gets a whole answer from one of them.
// TestFolder_StaysInside: a person who may write to the folder of one authority reads and writes no other file by
// the platform's hand.
func TestFolder_StaysInside(t *testing.T) {
	_, files, dir, clock, told := deskOf(t)
	s := households(nil)
	folder := filepath.Join(dir, "primaria.gospodarii")
	must.OK(t, os.MkdirAll(folder, 0o750))
	foreign := filepath.Join(t.TempDir(), "foreign")
	must.OK(t, os.WriteFile(foreign, []byte(household), 0o600))
	bad := filepath.Join(folder, "lista-20260301.csv")
	must.OK(t, os.WriteFile(bad, []byte("IDNP,Street\n1,x\n"), 0o600))
	must.OK(t, os.Symlink(foreign, bad+".errors.txt"))
	clock.add(time.Hour)
	files.Sweep(t.Context(), []catalog.Service{s})
	if text := read(t, foreign); text != household {
		t.Errorf("the report was written through a link: %q", text)
	}
	if text := read(t, bad+".errors.txt"); !strings.Contains(text, "file.invalid") {
		t.Errorf("%q", text)
	}
	must.OK(t, os.Remove(bad))
	must.OK(t, os.Symlink(foreign, filepath.Join(folder, "lista-20260302.csv")))
	files.Sweep(t.Context(), []catalog.Service{s})
	if len(*told) != 0 {
		t.Errorf("a file elsewhere was taken: %v", *told)
	}
	for _, name := range []string{"../lista-1.csv", "a/lista-1.csv", `..\lista-1.csv`, ".lista-1.csv", "lista-1.csv/..", "/lista-1.csv", "lista-\x00.csv"} {
		if err := put(t, files, s, name, household); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	text := must.Get(os.ReadFile(path))(t)
	return string(text)
}

// TestFile_RemainsOfACrashAreRemoved: half a file and half an index, once nobody writes to them any more, and nothing
// else.
func TestFile_RemainsOfACrashAreRemoved(t *testing.T) {
	p, files, dir, clock, _ := deskOf(t)
	s := households(nil)
	must.OK(t, put(t, files, s, "lista-20260301.csv", household))
	folder := filepath.Join(dir, "primaria.gospodarii")
	left := []string{filepath.Join(folder, ".part-0123456789abcdef"), filepath.Join(dir, indexDir, "GetHousehold-1.0.0.db.0123456789abcdef")}
	for _, path := range left {
		must.OK(t, os.WriteFile(path, []byte("half"), 0o600))
	}
	foreign := filepath.Join(folder, "note.txt")
	must.OK(t, os.WriteFile(foreign, []byte("kept"), 0o600))
	there := func(path string) bool {
		_, err := os.Lstat(path)
		return err == nil
	}
	files.Sweep(t.Context(), []catalog.Service{s})
	for _, path := range left {
		if !there(path) {
			t.Errorf("%s: it may still be being written", path)
		}
	}
	clock.add(2 * time.Hour)
	files.Sweep(t.Context(), []catalog.Service{s})
	for _, path := range left {
		if there(path) {
			t.Errorf("%s is left", path)
		}
	}
	if !there(foreign) || !there(filepath.Join(folder, "lista-20260301.csv")) {
		t.Error("more was removed than a crash left")
	}
	if _, err := registers.Deliver(t, p, registers.Ready(t, s), `{"IDNP":"2999000006393"}`); err != nil {
		t.Errorf("the index in force was touched: %v", err)
	}
}

func TestFile_ReplacedUnderLoad(t *testing.T) {
	p, files, _, _, _ := deskOf(t)
	s := households(nil)
	must.OK(t, put(t, files, s, "lista-20260228.csv", household))
	pl := registers.Ready(t, s)
	var readers sync.WaitGroup
	ended := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				if reply, err := registers.Deliver(t, p, pl, `{"IDNP":"2999000006393"}`); err != nil || !strings.Contains(string(reply.Body), "str. ") {
					t.Errorf("%v %s", err, reply.Body)
					return
				}
			}
		})
	}
	for range 20 {
		must.OK(t, put(t, files, s, "lista-20260228.csv", household+"2999900000011,x,\n"))
	}
	close(ended)
	readers.Wait()
}

func TestCheck_NamesEveryPlace(t *testing.T) {
	for name, one := range map[string]struct {
		change func(*catalog.File)
		path   string
	}{
		"no facts":            {func(f *catalog.File) { f.Facts = nil }, "/facts"},
		"a fact of its own":   {func(f *catalog.File) { f.Facts["Street"] = "size" }, "/facts/Street"},
		"a fact of that type": {func(f *catalog.File) { f.Facts["Street"] = "rows" }, "/facts/Street"},
		"no keys":             {func(f *catalog.File) { f.Keys = nil }, "/keys"},
		"no such column":      {func(f *catalog.File) { f.Keys["IDNP"] = "Nothing" }, "/keys/IDNP"},
		"no such field":       {func(f *catalog.File) { f.Keys["Nothing"] = "IDNP" }, "/keys/Nothing"},
		"no columns":          {func(f *catalog.File) { f.Columns = nil }, "/columns"},
		"a column of columns": {func(f *catalog.File) { f.Columns[1].Type = schema.Object }, "/columns/1/type"},
		"a column twice":      {func(f *catalog.File) { f.Columns[1].Name = "IDNP" }, "/columns/1/name"},
		"a form of dates":     {func(f *catalog.File) { f.Columns[1].Format = "DD.MM" }, "/columns/1/format"},
		"two characters":      {func(f *catalog.File) { f.Delimiter = ";;" }, "/delimiter"},
		"quote and delimiter": {func(f *catalog.File) { f.Quote, f.Delimiter = ";", ";" }, "/quote"},
		"an encoding":         {func(f *catalog.File) { f.Encoding = "latin1" }, "/encoding"},
		"a way out":           {func(f *catalog.File) { f.Name = "../*.csv" }, "/name"},
		"no array":            {func(f *catalog.File) { f.Rows = "Street" }, "/rows"},
		"no date":             {func(f *catalog.File) { f.ValidAt = catalog.ValidAt{Column: "Street"} }, "/valid_at/column"},
		"two groups":          {func(f *catalog.File) { f.ValidAt.Name = "(a)(b)" }, "/valid_at/name"},
	} {
		s := households(func(s *catalog.Service) {
			s.Title = mconnect.Text{RO: "x"}
			one.change(s.Endpoint.File)
		})
		found := map[string]bool{}
		for _, e := range s.Validate() {
			found[e.Path] = true
		}
		if !found["/endpoint/file"+one.path] {
			t.Errorf("%s: %v", name, found)
		}
	}
}
