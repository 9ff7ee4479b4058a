package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/test/must"
)

// TestRecords_ReadingsAreRecorded: who, what and how much, and never the subject's identifier.
func TestRecords_ReadingsAreRecorded(t *testing.T) {
	o := newTestAPI(t)
	for _, c := range []struct {
		method, path, body, query, note string
		count                           int
	}{
		{"POST", "/v1/journal/search", `{"service":"GetPerson","subject":"2999000006393","limit":4,"reason":"control 7"}`, "search service=GetPerson subject=(stated)", "control 7", 4},
		{"POST", "/v1/journal/search", `{"from":"2026-01-01T02:00:00+02:00","cursor":"3","verdict":"refused"}`, "search from=2026-01-01T00:00:00Z verdict=refused before=3", "", 3},
		{"POST", "/v1/journal/report", `{"subject":"2999000006393","official":"2999000002029","reason":"DOS","why":"control 8"}`, "report subject=(stated) official=2999000002029 reason=(stated)", "control 8", 1},
		{"POST", "/v1/journal/search", `{"from":"2026-03-29","to":"2026-03-29"}`, "search from=2026-03-28T22:00:00Z to=2026-03-29T21:00:00Z", "", 10},
		{"POST", "/v1/journal/report", `{"from":"2026-10-25","to":"2026-10-25"}`, "report from=2026-10-24T21:00:00Z to=2026-10-25T22:00:00Z", "", 1},
		{"POST", "/v1/journal/search", `{"official":"2999000002029","call_reason":"DOS","records":true,"limit":2}`, "search official=2999000002029 reason=(stated) with records", "", 2},
		{"GET", "/v1/journal/tail?last=3&reason=control", "", "tail from record 7, follow false", "control", 3},
		{"GET", "/v1/journal/tail?follow=false", "", "tail from record 0, follow false", "", 10},
		{"GET", "/v1/journal/export?reason=control", "", "export of the whole journal", "control", 10},
		{"GET", "/v1/journal/4?reason=control", "", "show 4", "control", 1},
		{"GET", "/v1/journal/4?reveal=true&reason=control", "", "show 4 with subject", "control", 1},
		{"GET", "/v1/journal/4/evidence", "", "evidence 4", "", 1},
		{"GET", "/tlog/tile/entries/001", "", "entries 256", "", 256},
		{"GET", "/tlog/tile/entries/000.p/10", "", "entries 0", "", 10},
	} {
		o.country.readings = nil
		o.want(o.ask("auditor-token", c.method, c.path, c.body), 200, "")
		if len(o.country.readings) != 1 {
			t.Fatalf("%s: %d readings recorded", c.path, len(o.country.readings))
		}
		r := o.country.readings[0]
		if r.Kind != journal.Reading || r.Actor != "audit.one" || r.Node != "n1" || r.Note != c.note || r.Reading.Query != c.query || r.Reading.Count != c.count {
			t.Errorf("%s: %+v %+v", c.path, r, r.Reading)
		}
		if strings.Contains(r.Reading.Query, "2999000006393") || r.Subject != "" {
			t.Errorf("%s: the reading repeats the subject", c.path)
		}
	}
}

// TestRecords_NoRecordNoReading: when the reading cannot be recorded, nothing is shown.
func TestRecords_NoRecordNoReading(t *testing.T) {
	o := newTestAPI(t)
	o.country.broken = fault.Wrap(errors.New("disk full"), fault.RecordUnavailable)
	for _, c := range [][3]string{
		{"POST", "/v1/journal/search", "{}"}, {"POST", "/v1/journal/report", "{}"}, {"GET", "/v1/journal/tail", ""},
		{"GET", "/v1/journal/tail?follow=true", ""}, {"GET", "/v1/journal/export", ""}, {"GET", "/v1/journal/4", ""}, {"GET", "/v1/journal/4/evidence", ""}, {"GET", "/tlog/tile/entries/000", ""},
	} {
		r := o.ask("auditor-token", c[0], c[1], c[2])
		o.want(r, http.StatusServiceUnavailable, fault.RecordUnavailable)
		for _, secret := range []string{"GetPerson", "intent", "bundle", "entries\n", "disk full", "end 0"} {
			if strings.Contains(r.body, secret) {
				t.Errorf("%s: shows %q", c[1], secret)
			}
		}
	}
}

func TestRecords_RevealNeedsAReason(t *testing.T) {
	o := newTestAPI(t)
	o.want(o.ask("auditor-token", "GET", "/v1/journal/4?reveal=true", ""), 400, fault.QueryInvalid)
	o.want(o.ask("auditor-token", "GET", "/v1/journal/4?reveal=true&reason=%20", ""), 400, fault.QueryInvalid)
	if r := o.ask("auditor-token", "GET", "/v1/journal/4", ""); strings.Contains(r.body, "2999000006393") {
		t.Errorf("revealed unasked: %s", r.body)
	}
	if r := o.ask("auditor-token", "GET", "/v1/journal/4?reveal=true&reason=x", ""); !strings.Contains(r.body, `"subject":"2999000006393"`) {
		t.Errorf("not revealed: %s", r.body)
	}
	o.want(o.ask("auditor-token", "GET", "/v1/journal/10", ""), 404, fault.RecordUnknown)
}

func TestRecords_SearchPages(t *testing.T) {
	o := newTestAPI(t)
	var indexes []int64
	cursor := ""
	for range 10 {
		r := o.ask("auditor-token", "POST", "/v1/journal/search", `{"limit":4,"cursor":"`+cursor+`"}`)
		o.want(r, 200, "")
		var p struct {
			Items []Found
			Next  string
		}
		must.OK(t, json.Unmarshal([]byte(r.body), &p))
		for _, f := range p.Items {
			indexes = append(indexes, f.Index)
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	for i, index := range indexes {
		if index != int64(9-i) {
			t.Fatalf("order %v", indexes)
		}
	}
	if len(indexes) != 10 {
		t.Errorf("%d found", len(indexes))
	}
	o.want(o.ask("auditor-token", "POST", "/v1/journal/search", `{"cursor":"-1"}`), 400, fault.QueryInvalid)
	o.want(o.ask("auditor-token", "POST", "/v1/journal/search", `{"colour":"red"}`), 422, fault.ResourceInvalid)
}

func TestRecords_EvidenceIsAFile(t *testing.T) {
	o := newTestAPI(t)
	r := o.ask("auditor-token", "GET", "/v1/journal/4/evidence", "")
	if r.body != "bundle" || r.header.Get("Content-Type") != "application/octet-stream" || !strings.Contains(r.header.Get("Content-Disposition"), "mconnect-record-4") {
		t.Errorf("%q %v", r.body, r.header)
	}
}

func TestRecords_TilePaths(t *testing.T) {
	for place, want := range map[string]struct {
		index int64
		width int
	}{
		"000": {0, 256}, "067": {67, 256}, "x001/067": {1067, 256}, "x001/x234/067": {1234067, 256}, "000.p/1": {0, 1}, "x001/000.p/255": {1000, 255},
	} {
		index, width, ok := parseTile(place)
		if !ok || index != want.index || width != want.width {
			t.Errorf("%s: %d %d %v", place, index, width, ok)
		}
	}
	for _, place := range []string{
		"", "0", "00", "0000", "x000", "x000/001", "001/002", "x001", "x001/x002", "abc", "-01", "+01", "000.p/0", "000.p/256", "000.p/01", "000.p/", "000.p", "000/", "/000",
		"x999/x999/x999/x999/x999/x999/999", "000.p/1.p/1", "..%2f000",
	} {
		if _, _, ok := parseTile(place); ok {
			t.Errorf("%q accepted", place)
		}
	}
}

func TestRecords_TilesOverHTTP(t *testing.T) {
	o := newTestAPI(t)
	r := o.ask("reader-token", "GET", "/tlog/tile/2/x001/003.p/5", "")
	if r.status != 200 || len(r.body) != 5*32 || r.body[0] != 2 || strings.Contains(r.header.Get("Cache-Control"), "immutable") {
		t.Errorf("partial tile: %d, %d bytes, %v", r.status, len(r.body), r.header)
	}
	if r := o.ask("reader-token", "GET", "/tlog/tile/0/000", ""); !strings.Contains(r.header.Get("Cache-Control"), "immutable") {
		t.Errorf("full tile: %v", r.header)
	}
	if r := o.ask("reader-token", "GET", "/tlog/checkpoint", ""); r.body != "origin\n10\nroot\n" || r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("checkpoint: %q %v", r.body, r.header)
	}
	for _, path := range []string{"/tlog/tile/64/000", "/tlog/tile/-1/000", "/tlog/tile/00/000", "/tlog/tile/x/000", "/tlog/tile/0/0", "/tlog/tile/0/", "/tlog/other"} {
		o.want(o.ask("auditor-token", "GET", path, ""), 404, fault.PathUnknown)
	}
	o.want(o.ask("auditor-token", "GET", "/tlog/tile/entries/006", ""), 404, fault.RecordUnknown)
}
