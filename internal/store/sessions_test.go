package store_test

import (
	"net/url"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// few is how many sessions a node may have right after its start: forking a backend is dear where many nodes start at
// once.
const few = 8

// TestSessions_AStartOpensFew counts the backends that PostgreSQL has for a node that has started, leased its name and
// appended once; another start, when the tables are there, opens no more.
func TestSessions_AStartOpensFew(t *testing.T) {
	if server == nil {
		return
	}
	at := database(t)
	for _, start := range []string{"on an empty database", "on tables that are there"} {
		db := must.Get(store.Open(t.Context(), store.Config{URL: named(t, at, "application_name", "counted")}))(t)
		l := openLog(t, db, "journal", chain{})
		must.Get(db.LeaseName(t.Context(), "node"))(t)
		must.Get(l.Append(t.Context(), entry("a")))(t)
		if n := sessions(t, at); n == 0 || n > few {
			t.Errorf("%s: %d sessions, want 1 to %d", start, n, few)
		}
		must.OK(t, db.Close())
		await(t, "that a closed store has no session", func() bool { return sessions(t, at) == 0 })
	}
}

// sessions counts those of the store that is called "counted".
func sessions(t *testing.T, at string) (n int) {
	t.Helper()
	const text = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'counted'`
	must.OK(t, rawSQL(t, at).QueryRowContext(t.Context(), text).Scan(&n))
	return n
}

// named adds a parameter to an address of a database.
func named(t *testing.T, at, name, value string) string {
	t.Helper()
	u := must.Get(url.Parse(at))(t)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// TestReadOnly_WithTargetSessionAttrs: an address that asks for the primary (target_session_attrs) serves who only
// reads too. Such a session cannot write, whatever statement it gets.
func TestReadOnly_WithTargetSessionAttrs(t *testing.T) {
	if server == nil {
		return
	}
	at := database(t)
	l := openLog(t, open(t, at), "journal", chain{})
	for range 3 {
		must.Get(l.Append(t.Context(), entry("a")))(t)
	}
	for _, attrs := range []string{"any", "read-write", "primary", "prefer-standby"} {
		writer := open(t, named(t, at, "target_session_attrs", attrs))
		if _, err := openLog(t, writer, "journal", chain{}).Append(t.Context(), entry("by %s", attrs)); err != nil {
			t.Errorf("%s: append: %v", attrs, err)
		}
		reader, err := store.Open(t.Context(), store.Config{URL: named(t, at, "target_session_attrs", attrs), ReadOnly: true})
		if err != nil {
			t.Errorf("%s: %v", attrs, err)
			continue
		}
		read := openLog(t, reader, "journal", nil)
		head := must.Get(l.Head(t.Context()))(t)
		if n := int64(len(whole(t, read))); n != head.Size {
			t.Errorf("%s: read %d entries of %d", attrs, n, head.Size)
		}
		if err := reader.Check(t.Context()); err != nil {
			t.Errorf("%s: check: %v", attrs, err)
		}
		if _, err := read.Append(t.Context(), entry("b")); !is(err, fault.RecordUnavailable) {
			t.Errorf("%s: append of a reader: %v", attrs, err)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := store.Open(t.Context(), store.Config{URL: named(t, at, "target_session_attrs", "standby"), ReadOnly: true}); !is(err, fault.StoreUnavailable) {
		t.Errorf("a standby is wanted and there is none: %v", err)
	}
	if _, err := store.Open(t.Context(), store.Config{URL: named(t, at, "target_session_attrs", "nonsense")}); err == nil || !strings.Contains(err.Error(), "store.url") {
		t.Errorf("nonsense: %v", err)
	}
}
