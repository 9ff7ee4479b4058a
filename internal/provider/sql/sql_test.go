package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/provider"
	"mconnect/test/must"
	"mconnect/test/postgres"
	"mconnect/test/registers"
)

// withPostgres reports whether PostgreSQL is there to test on, as make test arranges.
var withPostgres = os.Getenv("MCONNECT_TEST_POSTGRES") == "1"

const persons = `
CREATE TABLE persons (idnp TEXT PRIMARY KEY, name TEXT NOT NULL, born DATE, height NUMERIC(30,4), big BIGINT, active BOOLEAN, seen TIMESTAMP, note TEXT);
INSERT INTO persons VALUES ('2000000000008', 'Ștefan "Proba" Exemplu', '1990-02-28', NULL, 9223372036854775807, true, '2026-03-29 01:30:00.5', NULL);
INSERT INTO persons VALUES ('2000000000015', 'Ana Exemplu', NULL, NULL, -1, false, NULL, 'a
b');`

// bases returns the databases to test on: a SQLite file and, when one is offered, PostgreSQL.
func bases(t *testing.T) map[string]string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "persons 100%?#.db")
	db := must.Get(sql.Open("sqlite", path2dsn(path)))(t)
	must.Get(db.Exec(persons))(t)
	must.OK(t, db.Close())
	all := map[string]string{"sqlite": "sqlite:" + path}
	if withPostgres {
		all["postgres"] = postgresBase(t)
	}
	return all
}

func path2dsn(path string) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}

// cluster is one PostgreSQL for all tests of the package, started when first asked for; TestMain ends it.
var cluster = sync.OnceValues(postgres.Start)

// postgresBase makes a database for one test.
func postgresBase(t *testing.T) string {
	t.Helper()
	c := must.Get(cluster())(t)
	name := fmt.Sprintf("provider_%d", time.Now().UnixNano())
	at := must.Get(c.Create(t.Context(), name))(t)
	must.OK(t, c.Exec(t.Context(), name, persons))
	return at
}

func selecting(database string, e catalog.SQL) *catalog.Ready {
	e.Database = database
	return registers.Service(catalog.Endpoint{SQL: &e})
}

// onEach runs a test on every database.
func onEach(t *testing.T, test func(t *testing.T, p *provider.Provider, databases *Protocol, base string)) {
	all := bases(t)
	for name := range all {
		t.Run(name, func(t *testing.T) {
			p, databases := newProvider(t, all)
			test(t, p, databases, name)
		})
	}
}

func TestSQL_RowsAreExact(t *testing.T) {
	onEach(t, func(t *testing.T, p *provider.Provider, databases *Protocol, base string) {
		reply, err := registers.Deliver(t, p, selecting(base, catalog.SQL{Params: []string{"IDNP"},
			Query: `SELECT idnp AS "IDNP", name AS "Name", born AS "Born", big AS "Big", active AS "Active", seen AS "Seen", note AS "Note" FROM persons WHERE idnp = $1;`}), input)
		want := `{"IDNP":"2000000000008","Name":"Ștefan \"Proba\" Exemplu","Born":"1990-02-28","Big":9223372036854775807,"Active":true,"Seen":"2026-03-29T01:30:00.5Z","Note":null}`
		if err != nil || string(reply.Body) != want {
			t.Errorf("got %s, %v\nwant %s", reply.Body, err, want)
		}
	})
}

func TestSQL_ParametersAreValues(t *testing.T) {
	onEach(t, func(t *testing.T, p *provider.Provider, databases *Protocol, base string) {
		ready := selecting(base, catalog.SQL{Query: `SELECT name FROM persons WHERE idnp = $1`, Params: []string{"IDNP"}})
		for _, in := range []string{`{"IDNP":"' OR '1'='1"}`, `{"IDNP":"x'; DROP TABLE persons; --"}`, `{"IDNP":null}`, `{}`} {
			_, err := registers.Deliver(t, p, ready, in)
			registers.WantFault(t, err, fault.ProviderNoRecord, fault.Provider)
		}
		if _, err := registers.Deliver(t, p, ready, input); err != nil {
			t.Error(err)
		}
		typed := selecting(base, catalog.SQL{Query: `SELECT idnp FROM persons WHERE big = $1 AND active = $2`, Params: []string{"Page", "Active"}})
		if reply, err := registers.Deliver(t, p, typed, `{"Page":-1,"Active":false}`); err != nil || string(reply.Body) != `{"idnp":"2000000000015"}` {
			t.Errorf("got %s, %v", reply.Body, err)
		}
	})
}

func TestSQL_SeveralRows(t *testing.T) {
	onEach(t, func(t *testing.T, p *provider.Provider, databases *Protocol, base string) {
		const all = `SELECT idnp, big FROM persons ORDER BY idnp`
		reply, err := registers.Deliver(t, p, selecting(base, catalog.SQL{Query: all, Response: `{Persons: map({Id: .idnp, Big: .big})}`}), input)
		if want := `{"Persons":[{"Big":9223372036854775807,"Id":"2000000000008"},{"Big":-1,"Id":"2000000000015"}]}`; err != nil || string(reply.Body) != want {
			t.Errorf("got %s, %v", reply.Body, err)
		}
		_, err = registers.Deliver(t, p, selecting(base, catalog.SQL{Query: all}), input)
		registers.WantFault(t, err, fault.ProviderMapping, "")
		_, err = registers.Deliver(t, p, selecting(base, catalog.SQL{Query: all, MaxRows: 1, Response: "{n: length}"}), input)
		if e := registers.WantFault(t, err, fault.ProviderInvalid, fault.Provider); len(e.Fields) != 1 || e.Fields[0].Params["max"] != "1" {
			t.Errorf("fields %v", e.Fields)
		}
		_, err = registers.Deliver(t, p, selecting(base, catalog.SQL{Query: all + " LIMIT 0", Response: "if length == 0 then null else {n: length} end"}), input)
		registers.WantFault(t, err, fault.ProviderNoRecord, fault.Provider)
		small := selecting(base, catalog.SQL{Query: all, Response: "{n: length}"})
		small.Limits.Answer = 40
		_, err = registers.Deliver(t, p, small, input)
		registers.WantFault(t, err, fault.ProviderTooLarge, fault.Provider)
	})
}

// The check of queries is the first guard; this is the second, tried with queries that pass the first.
func TestSQL_ConnectionsCannotWrite(t *testing.T) {
	onEach(t, func(t *testing.T, p *provider.Provider, databases *Protocol, base string) {
		pl, db := &provider.Plan{Ready: selecting(base, catalog.SQL{Query: `SELECT 1 AS one`}), Answer: provider.DefaultAnswer}, databases.base(base)
		for _, write := range []string{`DELETE FROM persons`, `UPDATE persons SET name = 'x'`, `INSERT INTO persons (idnp, name) VALUES ('1', 'x')`,
			`DROP TABLE persons`, `CREATE TABLE other (x int)`, `WITH x AS (DELETE FROM persons RETURNING *) SELECT * FROM x`, `SELECT * INTO other FROM persons`} {
			q := &query{plan: pl, base: db, text: write, maxRows: 10}
			if _, _, err := q.run(t.Context(), nil); err == nil {
				t.Errorf("%s was carried out", write)
			}
		}
		q := &query{plan: pl, base: db, text: `SELECT count(*) AS n FROM persons`, maxRows: 10}
		if rows, _, err := q.run(t.Context(), nil); err != nil || string(rows) != `[{"n":2}]` {
			t.Errorf("got %s, %v", rows, err)
		}
	})
}

func TestSQL_StatementsEndAtTheDeadline(t *testing.T) {
	const endless = `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT count(*) AS n FROM n`
	onEach(t, func(t *testing.T, p *provider.Provider, databases *Protocol, base string) {
		ready := selecting(base, catalog.SQL{Query: endless})
		ready.Limits.Timeout = catalog.Duration(100 * time.Millisecond)
		_, err := registers.Deliver(t, p, ready, input)
		registers.WantFault(t, err, fault.ProviderTimeout, fault.Provider)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = p.Deliver(ctx, provider.Request{Service: ready, Input: []byte(input)})
		if e := fault.From(err); e.Leg != fault.Caller {
			t.Errorf("a caller who went away: %v", e)
		}
	})
}

func TestSQL_Faults(t *testing.T) {
	dir := t.TempDir()
	odd := filepath.Join(dir, "odd.db")
	must.OK(t, os.WriteFile(odd, []byte(strings.Repeat("this is no database ", 100)), 0o600))
	all := bases(t)
	all["absent"], all["odd"] = "sqlite:"+filepath.Join(dir, "absent.db"), "sqlite:"+odd
	all["down"] = "postgres://nobody@127.0.0.1:1/none?connect_timeout=2"
	p, _ := newProvider(t, all)
	for _, name := range []string{"absent", "odd", "down"} {
		ready := selecting(name, catalog.SQL{Query: `SELECT name FROM persons`})
		_, err := registers.Deliver(t, p, ready, input)
		registers.WantFault(t, err, fault.ProviderDown, fault.Provider)
		registers.WantFault(t, p.Probe(t.Context(), ready.Service), fault.ProviderDown, fault.Provider)
	}
	if _, err := os.Stat(filepath.Join(dir, "absent.db")); err == nil {
		t.Error("a missing database was made")
	}
	ready := selecting("sqlite", catalog.SQL{Query: `SELECT secret_name FROM persons`})
	_, err := registers.Deliver(t, p, ready, input)
	if e := registers.WantFault(t, err, fault.ProviderMapping, ""); strings.Contains(e.Error(), "secret_name") {
		t.Errorf("%v repeats the query", e)
	}
	registers.WantFault(t, p.Probe(t.Context(), ready.Service), fault.ProviderMapping, "")
	if err := p.Probe(t.Context(), selecting("sqlite", catalog.SQL{Query: `SELECT name FROM persons`}).Service); err != nil {
		t.Error(err)
	}
}

func TestSQL_Values(t *testing.T) {
	for _, c := range []struct {
		value any
		kind  string
		want  string
	}{
		{nil, "TEXT", "null"}, {true, "BOOL", "true"}, {int64(1), "BOOLEAN", "true"}, {int64(2), "BOOLEAN", "2"}, {int64(-5), "INT8", "-5"},
		{0.1, "", "0.1"}, {1e300, "", "1e+300"}, {1e-9, "", "1e-09"}, {100000000.0, "", "100000000"}, {0.0, "", "0"},
		{"12345678901234567890.0100", "NUMERIC", "12345678901234567890.0100"}, {"NaN", "NUMERIC", `"NaN"`}, {"-0.5", "DECIMAL", "-0.5"},
		{"007", "NUMERIC", `"007"`}, {"12", "TEXT", `"12"`}, {"1 ", "NUMERIC", `"1 "`}, {"a\"\n\u2028", "TEXT", "\"a\\\"\\n\u2028\""},
		{[]byte{0, 255}, "BYTEA", `"AP8="`}, {[]byte(`{"a": 1}`), "JSONB", `{"a": 1}`}, {[]byte("<a/>"), "XML", `"<a/>"`},
		{time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), "DATE", `"2026-01-02"`},
		{time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("x", 7200)), "TIMESTAMPTZ", `"2026-01-02T01:04:05.000006Z"`},
	} {
		got, err := appendValue(nil, c.value, c.kind)
		if err != nil || string(got) != c.want {
			t.Errorf("%v as %s: %s, %v, want %s", c.value, c.kind, got, err, c.want)
		}
	}
	for _, c := range []struct {
		value any
		kind  string
	}{{"\xff", "TEXT"}, {[]byte("{"), "JSON"}, {struct{}{}, ""}} {
		if got, err := appendValue(nil, c.value, c.kind); !errors.Is(err, errValue) {
			t.Errorf("%v as %s: %s, %v", c.value, c.kind, got, err)
		}
	}
	for text, want := range map[string]int64{"9223372036854775807": 9223372036854775807, "1e3": 1000, "10.0": 10} {
		if got, err := parseInteger(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"1.5", "1e300", "x", "9223372036854775808"} {
		if _, err := parseInteger(text); err == nil {
			t.Errorf("%s is read as an integer", text)
		}
	}
}

func TestSQL_ConcurrentUse(t *testing.T) {
	onEach(t, func(t *testing.T, p *provider.Provider, databases *Protocol, base string) {
		ready := selecting(base, catalog.SQL{Query: `SELECT name FROM persons WHERE idnp = $1`, Params: []string{"IDNP"}})
		var group sync.WaitGroup
		for range 4 * maxBaseConns {
			group.Go(func() {
				if _, err := registers.Deliver(t, p, ready, input); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := databases.bases[base].db.Stats().OpenConnections; n > maxBaseConns {
			t.Errorf("%d connections, at most %d", n, maxBaseConns)
		}
	})
}

func TestSQL_DatabaseURLs(t *testing.T) {
	for _, bad := range []string{"", "sqlite:", "mysql://x", "/tmp/x.db", "postgres://u:secretword@h:port/x"} {
		_, err := New(map[string]string{"x": bad})
		if err == nil || strings.Contains(err.Error(), "secretword") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A register that goes away and comes back is used again without a restart of ours.
func TestSQL_DatabaseComesBack(t *testing.T) {
	if !withPostgres {
		return
	}
	all := map[string]string{"postgres": postgresBase(t)}
	p, _ := newProvider(t, all)
	ready := selecting("postgres", catalog.SQL{Query: `SELECT name FROM persons WHERE idnp = $1`, Params: []string{"IDNP"}})
	must.Get(registers.Deliver(t, p, ready, input))(t)
	c, err := cluster()
	must.OK(t, err)
	must.OK(t, c.Stop())
	_, err = registers.Deliver(t, p, ready, input)
	registers.WantFault(t, err, fault.ProviderDown, fault.Provider)
	must.OK(t, c.Resume())
	if _, err := registers.Deliver(t, p, ready, input); err != nil {
		t.Error(err)
	}
}
