package provider

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"crypto/tls"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
)

func TestQueriesThatOnlyRead(t *testing.T) {
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

func TestQueriesThatAreRefused(t *testing.T) {
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

func paths(found []fault.FieldError) []string {
	var p []string
	for _, f := range found {
		p = append(p, f.Path)
	}
	slices.Sort(p)
	return slices.Compact(p)
}

func TestCheckREST(t *testing.T) {
	p := newProvider(t, Config{Certificate: func() *tls.Certificate { return nil }, Secrets: func(_, name string) ([]byte, error) {
		if name == "key" {
			return []byte("s3"), nil
		}
		return nil, errors.New("absent")
	}})
	const at = "/endpoint/rest/"
	for name, c := range map[string]struct {
		change func(*catalog.REST)
		want   []string
	}{
		"good":             {func(*catalog.REST) {}, nil},
		"template":         {func(e *catalog.REST) { e.Path = "/p/{IDNP}/{Owner.IDNP}" }, nil},
		"ftp":              {func(e *catalog.REST) { e.URL = "ftp://register.test" }, []string{at + "url"}},
		"userinfo":         {func(e *catalog.REST) { e.URL = "https://a:b@register.test" }, []string{at + "url"}},
		"query":            {func(e *catalog.REST) { e.URL = "https://register.test/?a=1" }, []string{at + "url"}},
		"empty query":      {func(e *catalog.REST) { e.URL = "https://register.test/?" }, []string{at + "url"}},
		"fragment":         {func(e *catalog.REST) { e.URL = "https://register.test/#" }, []string{at + "url"}},
		"no host":          {func(e *catalog.REST) { e.URL = "https:///x" }, []string{at + "url"}},
		"odd host":         {func(e *catalog.REST) { e.URL = "https://re%0d%0agister.test" }, []string{at + "url"}},
		"port":             {func(e *catalog.REST) { e.URL = "https://register.test:99999" }, []string{at + "url"}},
		"dot segments":     {func(e *catalog.REST) { e.URL = "https://register.test/a/../b" }, []string{at + "url"}},
		"escaped path":     {func(e *catalog.REST) { e.URL = "https://register.test/a%2fb" }, []string{at + "url"}},
		"method":           {func(e *catalog.REST) { e.Method = "DELETE" }, []string{at + "method"}},
		"bad template":     {func(e *catalog.REST) { e.Path = "/p/{IDNP" }, []string{at + "path"}},
		"unknown field":    {func(e *catalog.REST) { e.Path = "/p/{Name}" }, []string{at + "path"}},
		"optional in path": {func(e *catalog.REST) { e.Path = "/p/{Page}" }, []string{at + "path"}},
		"object in path":   {func(e *catalog.REST) { e.Path = "/p/{Owner}" }, []string{at + "path"}},
		"below a scalar":   {func(e *catalog.REST) { e.Path = "/p/{IDNP.X}" }, []string{at + "path"}},
		"query fields":     {func(e *catalog.REST) { e.Query = map[string]string{"a": "Page", "b/~": "Nope", "c": "Tags"} }, []string{at + "query/b~1~0", at + "query/c"}},
		"headers": {func(e *catalog.REST) {
			e.Headers = map[string]string{"X-Ok": "1", "Host": "x", "MConnect-Call-Id": "x", "X Y": "1", "X-Bad": "a\r\nb", "Content-Length": "1"}
		}, []string{at + "headers/Content-Length", at + "headers/Host", at + "headers/MConnect-Call-Id", at + "headers/X Y", at + "headers/X-Bad"}},
		"jq syntax":      {func(e *catalog.REST) { e.Request = "{" }, []string{at + "request"}},
		"jq function":    {func(e *catalog.REST) { e.Response = "exec(1)" }, []string{at + "response"}},
		"jq input":       {func(e *catalog.REST) { e.Response = "input" }, []string{at + "response"}},
		"jq import":      {func(e *catalog.REST) { e.Response = `import "x" as x; .` }, []string{at + "response"}},
		"body of a GET":  {func(e *catalog.REST) { e.Method, e.Request = "GET", "." }, []string{at + "request"}},
		"not found":      {func(e *catalog.REST) { e.NotFound = []int{404, 200, 700} }, []string{at + "not_found/1", at + "not_found/2"}},
		"ca":             {func(e *catalog.REST) { e.CA = "x" }, []string{at + "ca"}},
		"server name":    {func(e *catalog.REST) { e.ServerName = "a b" }, []string{at + "server_name"}},
		"mtls":           {func(e *catalog.REST) { e.Credentials.Kind = "mtls" }, nil},
		"mtls in clear":  {func(e *catalog.REST) { e.URL, e.Credentials.Kind = "http://register.test", "mtls" }, []string{at + "credentials/kind"}},
		"basic":          {func(e *catalog.REST) { e.Credentials = catalog.Credentials{Kind: "basic", User: "u", Secret: "key"} }, nil},
		"basic, colon":   {func(e *catalog.REST) { e.Credentials = catalog.Credentials{Kind: "basic", User: "u:x", Secret: "key"} }, []string{at + "credentials/user"}},
		"no such secret": {func(e *catalog.REST) { e.Credentials = catalog.Credentials{Kind: "bearer", Secret: "lock"} }, []string{at + "credentials/secret"}},
		"secret in clear": {func(e *catalog.REST) {
			e.URL, e.Credentials = "http://register.test", catalog.Credentials{Kind: "bearer", Secret: "key"}
		}, []string{at + "credentials/kind"}},
		"kind": {func(e *catalog.REST) { e.Credentials.Kind = "oauth" }, []string{at + "credentials"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := catalog.REST{URL: "https://register.test/api", Method: "POST"}
			c.change(&e)
			s := service(catalog.Endpoint{REST: &e}).Service
			if got := paths(p.Check(s)); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			if _, err := p.plan(&catalog.Ready{Service: s}); c.want == nil && err != nil {
				t.Errorf("Check finds nothing, and yet: %v", err)
			}
		})
	}
}

// TestCheckNamesTheFileOfASecret: where it has to be, and nothing of what is in it.
func TestCheckNamesTheFileOfASecret(t *testing.T) {
	for name, secrets := range map[string]func(host, name string) ([]byte, error){
		"missing":   func(string, string) ([]byte, error) { return nil, os.ErrNotExist },
		"two lines": func(string, string) ([]byte, error) { return []byte("s3cret\nmore"), nil },
		"empty":     func(string, string) ([]byte, error) { return []byte("\n"), nil },
	} {
		p := newProvider(t, Config{Secrets: secrets})
		e := catalog.REST{URL: "https://register.test/api", Method: "POST", Credentials: catalog.Credentials{Kind: "bearer", Secret: "lock"}}
		found := p.Check(service(catalog.Endpoint{REST: &e}).Service)
		if len(found) != 1 || found[0].Path != "/endpoint/rest/credentials/secret" || found[0].Code != fault.InputFormat {
			t.Fatalf("%s: %+v", name, found)
		}
		if says := found[0].Params["want"]; !strings.Contains(says, "register.test/lock") || strings.Contains(says, "s3cret") {
			t.Errorf("%s: %s", name, says)
		}
	}
}

func TestCheckSQL(t *testing.T) {
	p := newProvider(t, Config{Databases: map[string]string{"persons": "sqlite:x.db"}})
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
			if got := paths(p.Check(service(catalog.Endpoint{SQL: &c.sql}).Service)); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
		})
	}
	both := service(catalog.Endpoint{REST: &catalog.REST{}, SQL: &catalog.SQL{}}).Service
	for _, s := range []catalog.Service{both, service(catalog.Endpoint{}).Service} {
		if got := paths(p.Check(s)); !slices.Equal(got, []string{"/endpoint"}) {
			t.Errorf("found %v", got)
		}
		_, err := deliver(t, p, &catalog.Ready{Service: s}, input)
		wantFault(t, err, fault.InternalError, "")
	}
	opaque := service(catalog.Endpoint{SQL: &catalog.SQL{Database: "persons", Query: "SELECT 1"}}).Service
	opaque.Opaque = &catalog.Opaque{MediaTypes: []string{"application/pdf"}}
	if got := paths(p.Check(opaque)); !slices.Equal(got, []string{at}) {
		t.Errorf("found %v", got)
	}
}

func TestCheckOpaque(t *testing.T) {
	p := newProvider(t, Config{})
	s := service(catalog.Endpoint{REST: &catalog.REST{URL: "https://register.test", Method: "POST", Response: "."}}).Service
	s.Opaque = &catalog.Opaque{MediaTypes: []string{"application/pdf", "text/plain\r\nX: y", "application/*"}}
	want := []string{"/endpoint/rest/response", "/opaque/media_types/1", "/opaque/media_types/2"}
	if got := paths(p.Check(s)); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if _, err := p.plan(&catalog.Ready{Service: s}); err == nil {
		t.Error("a media type with a line break was taken")
	}
}
