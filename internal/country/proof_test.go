package country

import (
	"bytes"
	"database/sql"
	"log/slog"
	"strings"
	"testing"

	"mconnect/internal/agreement"
	"mconnect/internal/store"
	"mconnect/test/engines"
)

// sqlInto runs statements on the store's database behind the program's back.
func (o *office) sqlInto(t *testing.T, statements ...string) {
	t.Helper()
	if _, err := o.log.AppendWith(t.Context(), func(tx *sql.Tx) ([]store.Entry, error) {
		for _, one := range statements {
			if _, err := tx.ExecContext(t.Context(), one); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestKeeper_PlantedResourceDoesNotAct(t *testing.T) { engines.Each(t, plantedResourceDoesNotAct) }

func plantedResourceDoesNotAct(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	var said bytes.Buffer
	o.Logger = slog.New(slog.NewTextHandler(&said, nil))
	const copied = `INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
		SELECT 7, kind, 'planted', 1, 0, doc, changed_by, changed_at, reason, proof FROM resource WHERE kind = 'Agreement'`
	const widened = `INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof)
		SELECT 8, kind, id, 1, 0, replace(CAST(doc AS TEXT), 'LastName', '*'), changed_by, changed_at, reason, NULL FROM resource WHERE revision = 6`
	text := strings.Replace(widened, "replace(CAST(doc AS TEXT), 'LastName', '*')", "doc", 1)
	o.sqlInto(t, copied, `UPDATE resource SET newest = 0 WHERE revision = 6`, text, `UPDATE revision SET value = 8`)
	if err := o.Load(t.Context()); err != nil || o.Revision() != 8 {
		t.Fatal(o.Revision(), err)
	}
	if a, ok := o.Rooms.Agreements.Get("hall-person"); o.Rooms.Agreements.Len() != 1 || !ok || a.Purposes[0].Fields[0] != "LastName" {
		t.Error("the running keeper lost its earlier image, or took a planted one")
	}
	if found := o.Unrecorded(); len(found) != 2 || found[0].ID != "hall-person" || found[0].Revision != 8 || found[1].ID != "planted" || found[1].Revision != 7 {
		t.Errorf("unrecorded: %+v", found)
	}
	if n := strings.Count(said.String(), "has no change record"); n != 2 || !strings.Contains(said.String(), "id=planted") {
		t.Errorf("said %d times:\n%s", n, said.String())
	}
	again := openWith(t, o.url, o.keys)
	if err := again.Load(t.Context()); err != nil || again.Rooms.Agreements.Len() != 0 || len(again.Unrecorded()) != 2 {
		t.Errorf("a keeper that starts: %v, %d agreements, %+v", err, again.Rooms.Agreements.Len(), again.Unrecorded())
	}
	if _, ok := again.Rooms.Registry.System("hall.desk"); !ok || len(again.Rooms.Catalog.All()) != 1 {
		t.Error("what is recorded does not act")
	}
	if _, err := again.Apply(t.Context(), "op", load(t, deal), false); err == nil || !strings.Contains(describe(err), "resource.unrecorded") {
		t.Errorf("applied over a state without a record: %v", err)
	}
	if _, err := again.Carry(t.Context(), Order{Actor: "op", Resume: []string{"hall-person"}}, load(t, deal)); err != nil {
		t.Fatal(describe(err))
	}
	if a, ok := again.Rooms.Agreements.Get("hall-person"); !ok || a.Status == agreement.Suspended || len(again.Unrecorded()) != 1 {
		t.Errorf("not mended: %+v", again.Unrecorded())
	}
}
