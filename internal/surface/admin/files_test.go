package admin

import (
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/must"
)

// fakeFiles takes files for one service and keeps the last.
type fakeFiles struct {
	in    FileIn
	actor string
	text  string
}

func (d *fakeFiles) Put(_ context.Context, actor string, in FileIn) (FileState, error) {
	text, err := io.ReadAll(in.Body)
	if err != nil {
		return FileState{}, err
	}
	if in.Service != "GetHousehold" {
		return FileState{}, fault.New(fault.ServiceVersion, "service", string(in.Service), "version", in.Version.String())
	}
	if strings.Contains(string(text), "wrong") {
		e := fault.New(fault.FileInvalid, "count", "1")
		e.Fields = []fault.FieldError{{Path: "/row/2/IDNP", Code: fault.InputCheckDigit}}
		return FileState{}, e
	}
	d.in, d.actor, d.text = in, actor, string(text)
	return FileState{Service: "GetHousehold/1.0.0", Name: in.Name, Rows: 1, By: actor}, nil
}

func (d *fakeFiles) InForce(context.Context, mconnect.ServiceName, mconnect.Version) (FileState, error) {
	if d.text == "" {
		return FileState{}, fault.New(fault.ProviderNoFile)
	}
	return FileState{Name: d.in.Name}, nil
}

func TestFiles_AreUploadedByOperators(t *testing.T) {
	o, d := newTestAPI(t), &fakeFiles{}
	cfg := o.config()
	cfg.Files = d
	surface := must.Get(New(cfg))(t)
	ask := func(token, method, path, body string) (int, string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		surface.Handler().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	const at = "/v1/files/GetHousehold/1.0.0"
	for _, one := range []struct {
		token, method, path, body string
		status                    int
		says                      string
	}{
		{"reader-token", "GET", at, "", 503, "provider.noFile"},
		{"reader-token", "PUT", at + "?name=a.csv", "x", 403, "role.missing"},
		{"operator-token", "PUT", at + "?name=a.csv", "wrong", 422, `"/row/2/IDNP"`},
		{"operator-token", "PUT", at + "?name=a.csv&valid_at=ieri", "x", 400, "query.invalid"},
		{"operator-token", "PUT", "/v1/files/GetHousehold/eins?name=a.csv", "x", 404, "path.unknown"},
		{"operator-token", "PUT", "/v1/files/GetNothing/1.0.0?name=a.csv", "x", 404, "service.version"},
		{"operator-token", "PUT", at + "?name=a.csv&valid_at=2026-03-01", "x,y", 200, `"rows":1`},
		{"reader-token", "GET", at, "", 200, `"name":"a.csv"`},
	} {
		status, body := ask(one.token, one.method, one.path, one.body)
		if status != one.status || !strings.Contains(body, one.says) {
			t.Errorf("%s %s as %s: %d %s", one.method, one.path, one.token, status, body)
		}
	}
	if d.text != "x,y" || d.actor == "" || !d.in.ValidAt.Equal(time.Date(2026, 2, 28, 22, 0, 0, 0, time.UTC)) {
		t.Errorf("handed in %q by %q, valid at %s", d.text, d.actor, d.in.ValidAt)
	}
	status, body := ask("reader-token", "GET", "/openapi.json", "")
	var described struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(body), &described); status != 200 || err != nil || described.Paths["/v1/files/{service}/{version}"]["put"] == nil {
		t.Errorf("not described: %d %v", status, err)
	}
	if r := o.ask("operator-token", "PUT", at+"?name=a.csv", "x"); r.status != 404 {
		t.Errorf("where no files are taken: %d", r.status)
	}
}
