package sql

import (
	"slices"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/test/registers"
)

func TestQuery_Accepted(t *testing.T) {
	for query, params := range map[string]int{
		`SELECT 1`:                                                   0,
		`select a from t where b = $1 ;  `:                           1,
		"\n-- why\nSELECT $1, $2 -- ; DELETE":                        2,
		`/* a; b */ WITH x AS (SELECT 1) SELECT * FROM x`:            0,
		`SELECT 'DELETE; it''s $1', "update" FROM t`:                 0,
		`SELECT replace(a, 'x', 'y'), updated_at, "delete" FROM t`:   0,
		`SELECT a::text, b[1] FROM t WHERE c = $1::bigint OR d = $1`: 1,
		`SELECT E'plain' FROM t`:                                     0,
		`SELECT share, owner FROM shares`:                            0,
		`SELECT ș FROM persoană`:                                     0,
		`SELECT a->>'b', a #> '{c}' FROM t WHERE x <> 1 AND y % 2 = 0 ORDER BY 1 LIMIT 10 -- the end`: 0,
	} {
		if err := checkQuery(query, params); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestQuery_Refused(t *testing.T) {
	for name, c := range map[string]struct {
		query  string
		params int
	}{
		"empty":               {``, 0},
		"comment only":        {`-- SELECT`, 0},
		"delete":              {`DELETE FROM t`, 0},
		"two statements":      {`SELECT 1; DELETE FROM t`, 0},
		"after a comment":     {"SELECT 1; -- x\nDROP TABLE t", 0},
		"two selects":         {`SELECT 1; SELECT 2`, 0},
		"writing with":        {`WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x`, 0},
		"writing with update": {`with x as (uPdAtE t set a=1 returning *) select * from x`, 0},
		"with insert":         {`WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x`, 0},
		"into":                {`SELECT * INTO u FROM t`, 0},
		"for update":          {`SELECT * FROM t FOR UPDATE`, 0},
		"for share":           {`SELECT * FROM t FOR SHARE`, 0},
		"for key share":       {`SELECT * FROM t FOR KEY SHARE`, 0},
		"pragma":              {`PRAGMA query_only = 0`, 0},
		"attach":              {`ATTACH 'x' AS y`, 0},
		"explain":             {`EXPLAIN ANALYZE DELETE FROM t`, 0},
		"set_config":          {`SELECT set_config('transaction_read_only', 'off', false)`, 0},
		"quoted function":     {`SELECT "pg_read_file"('/etc/passwd')`, 0},
		"quoted by backtick":  {"SELECT `LOAD_EXTENSION`('x')", 0},
		"reading files":       {`SELECT pg_read_binary_file('/etc/passwd')`, 0},
		"another statement":   {`SELECT query_to_xml('DELETE FROM t', true, true, '')`, 0},
		"waiting":             {`SELECT pg_sleep_for('1 hour')`, 0},
		"locking":             {`SELECT pg_try_advisory_lock(1)`, 0},
		"another server":      {`SELECT dblink_send_query('c', 'DELETE FROM t')`, 0},
		"nested comment":      {`SELECT 1 /* /* */ ; DELETE FROM t -- */ */`, 0},
		"open comment":        {`SELECT 1 /* `, 0},
		"open quote":          {`SELECT 'a`, 0},
		"backslash quote":     {`SELECT E'\'; DELETE FROM t; --'`, 0},
		"dollar quote":        {`SELECT $$ '; $$`, 0},
		"tagged quote":        {`SELECT $a$ x $a$`, 0},
		"bracket trick":       {`SELECT [a'] FROM t; DELETE FROM t --']`, 0},
		"missing parameter":   {`SELECT 1`, 1},
		"gap in parameters":   {`SELECT $1, $3`, 3},
		"undeclared":          {`SELECT $1`, 0},
		"parameter zero":      {`SELECT $0`, 0},
		"question mark":       {`SELECT ?`, 0},
		"colon name":          {`SELECT :a`, 0},
		"at name":             {`SELECT @a`, 0},
		"unbalanced":          {`SELECT (1`, 0},
		"closes too much":     {`SELECT 1) UNION SELECT (2`, 0},
		"NUL":                 {"SELECT 1\x00; DELETE FROM t", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if err := checkQuery(c.query, c.params); err == nil {
				t.Errorf("%s is accepted", c.query)
			}
		})
	}
}

// FuzzQuery: the check never panics and, whatever it accepts, holds no second statement for either engine's
// simplest reading: text and comments taken away, nothing follows a semicolon.
func FuzzQuery(f *testing.F) {
	f.Add(`SELECT 'a;b' FROM t -- ;`)
	f.Add("WITH x AS (SELECT 1) SELECT $1 /* ; */ ;")
	f.Fuzz(func(t *testing.T, text string) {
		if checkQuery(text, 0) == nil && checkQuery(text+"; SELECT 1", 0) == nil && checkQuery(text+"\n; SELECT 1", 0) == nil {
			t.Errorf("%q hides a second statement", text)
		}
	})
}

func TestCheck_NamesEveryPlace(t *testing.T) {
	p, _ := newProvider(t, map[string]string{"persons": "sqlite:x.db"})
	const at = "/endpoint/sql"
	for name, c := range map[string]struct {
		sql  catalog.SQL
		want []string
	}{
		"good":     {catalog.SQL{Database: "persons", Query: "SELECT $1", Params: []string{"Owner.IDNP"}}, nil},
		"database": {catalog.SQL{Database: "other", Query: "SELECT 1"}, []string{at + "/database"}},
		"query":    {catalog.SQL{Database: "persons", Query: "DELETE FROM t"}, []string{at + "/query"}},
		"params":   {catalog.SQL{Database: "persons", Query: "SELECT $1, $2", Params: []string{"Tags", "Nope"}}, []string{at + "/params/0", at + "/params/1"}},
		"rows":     {catalog.SQL{Database: "persons", Query: "SELECT 1", MaxRows: -1}, []string{at + "/max_rows"}},
		"response": {catalog.SQL{Database: "persons", Query: "SELECT 1", Response: "nope"}, []string{at + "/response"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := registers.Paths(p.Check(registers.Service(catalog.Endpoint{SQL: &c.sql}).Service)); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
		})
	}
	both := registers.Service(catalog.Endpoint{REST: &catalog.REST{}, SQL: &catalog.SQL{}}).Service
	for _, s := range []catalog.Service{both, registers.Service(catalog.Endpoint{}).Service} {
		if got := registers.Paths(p.Check(s)); !slices.Equal(got, []string{"/endpoint"}) {
			t.Errorf("found %v", got)
		}
		_, err := registers.Deliver(t, p, &catalog.Ready{Service: s}, input)
		registers.WantFault(t, err, fault.InternalError, "")
	}
	opaque := registers.Service(catalog.Endpoint{SQL: &catalog.SQL{Database: "persons", Query: "SELECT 1"}}).Service
	opaque.Opaque = &catalog.Opaque{MediaTypes: []string{"application/pdf"}}
	if got := registers.Paths(p.Check(opaque)); !slices.Equal(got, []string{at}) {
		t.Errorf("found %v", got)
	}
}
