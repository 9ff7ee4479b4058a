//go:build whole

package asyncapi_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/domain/event/asyncapi"
	"mconnect/internal/manifest"
	"mconnect/test/must"
	"mconnect/test/world"
)

// parser is the npm package of the AsyncAPI initiative, an independent reader of what package asyncapi writes.
const parser = "@asyncapi/parser@3.6.6"

// read has the AsyncAPI initiative's own parser read a document.
func read(t *testing.T, text string) (verdict struct {
	Wrong, Operations []string
	Examples          int
}) {
	t.Helper()
	modules := must.Get(world.Modules(parser))(t)
	check := exec.CommandContext(t.Context(), "node", "testdata/check.cjs")
	check.Env, check.Stdin = append(os.Environ(), "NODE_PATH="+modules), strings.NewReader(text)
	out, err := check.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
	must.OK(t, json.Unmarshal(out, &verdict))
	return verdict
}

func TestDocument_OfficialParser(t *testing.T) {
	text, _ := write(t, sample(t))
	v := read(t, text)
	want := []string{"receive ASP.RSC.Birth.Registered", "send ASP.RSC.Birth.Registered", "send HALL.Desk.Scan.Made"}
	if slices.Sort(v.Operations); len(v.Wrong) > 0 || !slices.Equal(v.Operations, want) || v.Examples != 2 {
		t.Errorf("%+v", v)
	}
	if broken := read(t, strings.Replace(text, `"action": "receive"`, `"action": "hear"`, 1)); len(broken.Wrong) == 0 {
		t.Error("the parser accepts anything")
	}
}

// TestDocument_OfficialParserReadsTheSampleCountry: every type of the demo, for a system that may do everything.
func TestDocument_OfficialParserReadsTheSampleCountry(t *testing.T) {
	file := filepath.Join("..", "..", "..", "..", "demo", "country", "16-event-types.yaml")
	manifests := must.Get(os.ReadFile(file))(t)
	set := must.Get(manifest.Parse(file, manifests, nil))(t)
	cfg := asyncapi.Config{System: "a.b", Host: "127.0.0.1:8443", Version: "1"}
	for _, item := range set {
		typ, ok, err := item.EventType()
		if err != nil || !ok {
			t.Fatal(err)
		}
		cfg.Consumes = append(cfg.Consumes, asyncapi.Consumed{Type: typ, Fields: []string{"*"}})
		cfg.Produces = append(cfg.Produces, asyncapi.Produced{Type: typ, Sources: []string{"urn:x"}})
	}
	text, _ := write(t, cfg)
	if v := read(t, text); len(v.Wrong) > 0 || len(v.Operations) != 6 || v.Examples != 6 {
		t.Errorf("%+v", v)
	}
}
