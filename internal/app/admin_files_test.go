package app_test

import (
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/manifest"
	"mconnect/internal/surface/admin"
	"mconnect/test/must"
)

const tableManifest = `
kind: System
id: hall.table
name: { ro: Tabel }
roles: [provider]
---
kind: Service
name: GetHousehold
version: 1.0.0
title: { ro: Gospodărie }
provider: hall.table
status: published
read_only: true
subject: IDNP
request: { name: Question, fields: [{ name: IDNP, type: idnp, mandatory: true, personal: true }] }
response:
  name: Household
  fields: [{ name: Street, type: string, personal: true }, { name: DataValidAt, type: date, mandatory: true }]
endpoint:
  file:
    columns:
      - { name: IDNP, type: idnp, mandatory: true }
      - { name: Street, type: string }
    keys: { IDNP: IDNP }
    facts: { DataValidAt: valid_at }
`

// TestFiles_EveryFileInForceIsInTheJournal: who handed it in, its digest, its rows and its day; what was refused is not
// there.
func TestFiles_EveryFileInForceIsInTheJournal(t *testing.T) {
	onEach(t, func(t *testing.T, w *testPlatform) {
		i := opened(t, w)
		set, err := manifest.Parse("table.yaml", []byte(tableManifest), nil)
		must.OK(t, err)
		must.Get(i.Country.Apply(t.Context(), "tester", set, false))(t)
		before := must.Get(i.Log().Head(t.Context()))(t).Size
		files := i.Files()
		version := mconnect.Version{Major: 1}
		_, err = files.InForce(t.Context(), "GetHousehold", version)
		wantCode(t, err, fault.ProviderNoFile)
		_, err = files.InForce(t.Context(), "GetNothing", version)
		wantCode(t, err, fault.ServiceVersion)
		put := func(text string) (admin.FileState, error) {
			return files.Put(t.Context(), "ops.duty", admin.FileIn{Service: "GetHousehold", Version: version, Name: "GetHousehold.csv",
				ValidAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Body: strings.NewReader(text)})
		}
		_, err = put("IDNP,Street\n2999000006390,x\n")
		wantCode(t, err, fault.FileInvalid)
		_, err = files.Put(t.Context(), "ops.duty", admin.FileIn{Service: "GetNothing", Version: version, Name: "a.csv", Body: strings.NewReader("")})
		wantCode(t, err, fault.ServiceVersion)
		first := must.Get(put("IDNP,Street\n2999000006393,A\n"))(t)
		second := must.Get(put("IDNP,Street\n2999000006393,B\n2999900000262,C\n"))(t)
		if now := must.Get(files.InForce(t.Context(), "GetHousehold", version))(t); now != second || now.SHA256 == first.SHA256 || now.Rows != 2 {
			t.Errorf("in force %+v, handed in %+v", now, second)
		}
		var got []journal.Entry
		for at := before; at < must.Get(i.Log().Head(t.Context()))(t).Size; at++ {
			e, _, err := i.Journal.Entry(t.Context(), at)
			must.OK(t, err)
			got = append(got, e)
		}
		if len(got) != 2 {
			t.Fatalf("%d records", len(got))
		}
		for n, want := range []struct {
			action string
			state  admin.FileState
			note   string
		}{
			{"create", first, "GetHousehold.csv: 1 rows, valid at 2026-03-01T00:00:00Z"},
			{"update", second, "GetHousehold.csv: 2 rows, valid at 2026-03-01T00:00:00Z"},
		} {
			e := got[n]
			if e.Kind != journal.Change || e.Actor != "ops.duty" || e.Note != want.note || e.Change == nil ||
				e.Change.Resource != "File" || e.Change.ID != "GetHousehold/1.0.0" || e.Change.Action != want.action || e.Change.Digest != want.state.SHA256 {
				t.Errorf("%+v %+v", e, e.Change)
			}
		}
	})
}
