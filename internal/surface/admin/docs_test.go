package admin

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mconnect/test/must"
)

var update = flag.Bool("update", false, "write docs/ADMIN-API.md anew")

// TestDocs_ManagementAPI holds docs/ADMIN-API.md to the description that the surface serves.
func TestDocs_ManagementAPI(t *testing.T) {
	const path = "../../../docs/ADMIN-API.md"
	want := renderAPI(t)
	if *update {
		must.OK(t, os.WriteFile(path, want, 0o644))
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("docs/ADMIN-API.md is out of date (%v): run go test ./internal/surface/admin -run TestDocs -update", err)
	}
}

// listed is one operation as the page shows it.
type listed struct {
	OperationID string `json:"operationId"`
	Summary     string
	Description string
	Tags        []string
	Role        string `json:"x-role"`
	Parameters  []struct{ Name, In, Description string }
	RequestBody *struct{ Content map[string]json.RawMessage }
	Responses   map[string]struct{ Content map[string]json.RawMessage }
	method      string
	path        string
}

func renderAPI(t *testing.T) []byte {
	var api struct{ Paths map[string]map[string]listed }
	must.OK(t, json.Unmarshal([]byte(newWholeAPI(t).ask("", "GET", "/openapi.json", "").body), &api))
	groups := map[string][]listed{}
	for path, methods := range api.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			groups[op.Tags[0]] = append(groups[op.Tags[0]], op)
		}
	}
	var b bytes.Buffer
	b.WriteString(`# The management API

Written from internal/surface/admin by its test; do not edit. The administrators' listener (` + "`admin.listen`" + `, 8445) serves the same as OpenAPI 3.1 under
` + "`/openapi.json`" + ` and as a page under ` + "`/docs`" + `, both without credentials.

- **Who asks**: ` + "`Authorization: Bearer TOKEN`" + `, or a client certificate named in the configuration. Roles: ` + "`reader`, `operator`, `auditor`, `dpo`" + `
  ([OPERATIONS.md](OPERATIONS.md)); every role may do what is for readers.
- **Bodies** are ` + "`application/json`" + ` unless said otherwise, and state exactly that. A body where none is read is refused. A request that a browser sends for a
  page of another site is refused by ` + "`origin.foreign`" + `.
- **Changes** of a resource that exists state the revision they replace: ` + "`If-Match: \"17\"`" + ` (the ETag), or ` + "`*`" + `; ` + "`resource.conflict`" + ` when it is another. A ` + "`reason`" + ` is kept in
  the journal. Every change and every reading of the journal is recorded with the administrator's name before it is answered.
- **Refusals** are problem documents (RFC 9457) in the language of ` + "`Accept-Language`" + ` (ro, en, ru); codes: [ERRORS.md](ERRORS.md). Any operation may answer 400, 401, 403,
  404, 422, 500 or 503, a change also 408, 409, 413 or 415; a method that a path does not have gets 405 with ` + "`Allow`" + `.
- **Lists** come in pages: ` + "`limit`" + `, and ` + "`cursor`" + ` as the page before gave it in ` + "`next`" + `.

` + "```sh" + `
curl --cacert ca.pem -H "Authorization: Bearer $TOKEN" https://host:8445/v1/agreements
curl --cacert ca.pem -H "Authorization: Bearer $TOKEN" -X POST 'https://host:8445/v1/systems/hall.desk/suspend?reason=incident+7'
curl --cacert ca.pem -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/yaml' --data-binary @country.yaml 'https://host:8445/v1/apply?dry_run=true'
` + "```" + `
`)
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		renderGroup(&b, name, groups[name])
	}
	return b.Bytes()
}

func renderGroup(b *bytes.Buffer, name string, all []listed) {
	slices.SortFunc(all, func(x, y listed) int { return strings.Compare(x.path+x.method, y.path+y.method) })
	fmt.Fprintf(b, "\n## %s\n\n| request | role | what | parameters, body, answer |\n|---|---|---|---|\n", name)
	for _, op := range all {
		var parts []string
		for _, p := range op.Parameters {
			if p.In != "path" {
				parts = append(parts, "`"+p.Name+"`")
			}
		}
		if op.RequestBody != nil {
			parts = append(parts, "body "+medias(op.RequestBody.Content))
		}
		for _, status := range []string{"200", "201", "202", "204"} {
			if r, ok := op.Responses[status]; ok {
				parts = append(parts, strings.TrimSpace("→ "+status+" "+medias(r.Content)))
			}
		}
		role := op.Role
		if role == "" {
			role = "everybody"
		}
		what := op.Summary
		if text, _, _ := strings.Cut(op.Description, "\n\nRole:"); text != "" && !strings.HasPrefix(text, "Role:") {
			what += ". " + strings.TrimSuffix(text, ".")
		}
		fmt.Fprintf(b, "| `%s %s` | %s | %s | %s |\n", op.method, op.path, role, what, strings.Join(parts, ", "))
	}
}

// medias are media types but the one that goes without saying.
func medias(content map[string]json.RawMessage) string {
	var all []string
	for media := range content {
		if media != "application/json" || len(content) > 1 {
			all = append(all, media)
		}
	}
	slices.Sort(all)
	if len(all) == 0 && len(content) == 1 {
		return "JSON"
	}
	return strings.Join(all, " or ")
}
