package shape

import (
	"slices"
	"sort"
	"strings"
	"testing"
)

// layer is where a package stands in docs/ARCHITECTURE.md. A package may import packages of a lower layer,
// and of its own only where that is said.
type layer int

const (
	vocabulary layer = iota // root, fault: standard library only
	foundation              // store, pki, config …: know no room
	room                    // the law: pure, and unidentified callers to each other
	meeting                 // exchange, country: where rooms meet
	adapter                 // provider …: to the outside
	surface                 // rest, admin …: for systems and people
	wiring                  // app
	command                 // cli, demo, cmd
	measure                 // test, bench: may know everybody
)

var layerOf = map[string]layer{
	".": vocabulary, "fault": vocabulary,

	"internal/store": foundation, "internal/pki": foundation, "internal/config": foundation,
	"internal/durable": foundation, "internal/ident": foundation, "internal/appendlog": foundation,
	"internal/xmlsec": foundation, "internal/jsonscan": foundation,
	"internal/media": foundation, "internal/httpsig": foundation, "internal/civil": foundation, "internal/breaker": foundation,
	"internal/pdf": foundation,

	"internal/domain/registry": room, "internal/domain/agreement": room, "internal/domain/journal": room,
	"internal/domain/schema": room, "internal/domain/catalog": room, "internal/domain/importer": room,
	"internal/domain/event": room, "verify": room, "internal/domain/people": room, "internal/domain/legalact": room,
	"internal/domain/access": room,

	"internal/exchange": meeting, "internal/manifest": meeting, "internal/doctor": meeting, "internal/discovery": meeting,
	"internal/requests": meeting,
	"internal/broker":   meeting, "internal/eventlog": meeting, "internal/eventlog/eventlogtest": measure, "internal/entitlement": meeting,
	"internal/account":         meeting,
	"internal/neighbour/mpass": meeting, // reads what the browser carries; it calls nobody
	"internal/surface/problem": meeting, // one form of refusal for all surfaces that speak HTTP
	"internal/surface/request": meeting, "internal/surface/admission": meeting, "internal/surface/listener": meeting,

	"internal/provider": adapter, "internal/webhook": adapter, "internal/sandbox": adapter,

	"internal/surface/rest": surface, "internal/surface/soap": surface, "internal/surface/events": surface,
	"internal/surface/admin": surface, "internal/surface/portal": surface, "client": surface,

	"internal/app": wiring, "internal/cli": command, "demo": command, "cmd/mconnect": command,
}

// lawful lists the imports between rooms of the domain: from the more special to the more general.
var lawful = map[string][]string{
	"internal/domain/journal":   {"verify"},
	"internal/domain/catalog":   {"internal/domain/schema"},
	"internal/domain/importer":  {"internal/domain/catalog", "internal/domain/schema"},
	"internal/domain/access":    {"internal/domain/people"},
	"internal/domain/agreement": {"internal/domain/legalact", "internal/domain/people"},
}

// layerFor finds the layer of a package folder by its longest known prefix.
func layerFor(dir string) (layer, string, bool) {
	if dir == "." {
		return vocabulary, ".", true
	}
	for d := dir; d != "."; {
		if l, ok := layerOf[d]; ok {
			return l, d, true
		}
		cut := strings.LastIndexByte(d, '/')
		if cut < 0 {
			break
		}
		d = d[:cut]
	}
	switch {
	case dir == "bench" || strings.HasPrefix(dir, "bench/"), dir == "test" || strings.HasPrefix(dir, "test/"):
		return measure, strings.SplitN(dir, "/", 2)[0], true
	}
	return 0, "", false
}

// forbidden reports why a package of one place may not import another, or "".
func forbidden(from, to string) string {
	fl, fp, _ := layerFor(from)
	tl, tp, known := layerFor(to)
	switch {
	case !known:
		return "has no place in the plan: add it to docs/ARCHITECTURE.md and here"
	case fp == tp, fl == measure:
		return ""
	case tl == measure:
		return "nothing but tests imports test code"
	case tl > fl:
		return "stands higher in the plan"
	case fl == room && tl == room && !slices.Contains(lawful[fp], tp):
		return "this room of the domain does not import that one"
	case fl == surface && tl == surface, fl == adapter && tl == adapter:
		return "surfaces and adapters are strangers to each other"
	case fl == surface && tl == adapter:
		return "only app wires a surface to an adapter"
	case to == "internal/store" && (fl == room || fl == meeting || fl == adapter || fl == surface):
		return "only app and commands import store: others declare what they need of internal/appendlog"
	case fl == command && tl == command && fp != "cmd/mconnect":
		return "the command line and the demo meet in cmd/mconnect"
	case fl == vocabulary && fp == "." && to != ".":
		return "the vocabulary imports the standard library only"
	}
	return ""
}

func TestImportDirection(t *testing.T) {
	edges := 0
	for _, s := range sources(t) {
		if _, _, ok := layerFor(s.dir); !ok {
			t.Errorf("%s: package has no place in the plan: add it to docs/ARCHITECTURE.md and here", s.path)
			continue
		}
		if s.test {
			continue // a test may build the real neighbours it needs
		}
		for _, path := range s.imports() {
			if path != module && !strings.HasPrefix(path, module+"/") {
				continue
			}
			to := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
			if to == "" {
				to = "."
			}
			edges++
			if why := forbidden(s.dir, to); why != "" {
				t.Errorf("%s imports %s: %s", s.path, path, why)
			}
		}
	}
	if edges < 10 {
		t.Errorf("only %d imports inside the module were seen", edges)
	}
}

// TestRoomsArePure: the law is decided without network, SQL or files, and an auditor's checker needs neither.
func TestRoomsArePure(t *testing.T) {
	closed := map[layer][]string{
		vocabulary: {"net/http", "database/sql", "os", "os/exec"},
		room:       {"net/http", "database/sql", "os/exec"},
	}
	for _, s := range sources(t) {
		l, _, _ := layerFor(s.dir)
		if s.test {
			continue
		}
		for _, path := range s.imports() {
			for _, bad := range closed[l] {
				if path == bad {
					t.Errorf("%s imports %s: rooms do no I/O", s.path, path)
				}
			}
			if l == vocabulary && strings.Contains(path, ".") {
				t.Errorf("%s imports %s: the vocabulary imports the standard library only", s.path, path)
			}
		}
	}
}

// TestEmulatorsStayOutOfTheServer: an emulated neighbour logs anybody in. Only the demo and tests import one.
func TestEmulatorsStayOutOfTheServer(t *testing.T) {
	seen := 0
	for _, s := range sources(t) {
		l, _, _ := layerFor(s.dir)
		for _, path := range s.imports() {
			if !strings.HasSuffix(path, "/emulator") {
				continue
			}
			if seen++; !s.test && l != measure && s.dir != "demo" {
				t.Errorf("%s imports %s", s.path, path)
			}
		}
	}
	if seen == 0 {
		t.Error("no emulator was seen")
	}
}

// TestExchangeKnowsNoProtocol: HTTP stands in surfaces and adapters.
func TestExchangeKnowsNoProtocol(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !strings.HasPrefix(s.dir, "internal/exchange") {
			continue
		}
		for _, path := range s.imports() {
			if path == "net/http" || path == "database/sql" || path == "encoding/xml" {
				t.Errorf("%s imports %s", s.path, path)
			}
		}
	}
}

const maxDepth = 8

func TestImportDepth(t *testing.T) {
	graph := map[string]map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		if graph[s.dir] == nil {
			graph[s.dir] = map[string]bool{}
		}
		for _, path := range s.imports() {
			if path == module {
				graph[s.dir]["."] = true
			} else if rest, ok := strings.CutPrefix(path, module+"/"); ok {
				graph[s.dir][rest] = true
			}
		}
	}
	memo := map[string][]string{}
	var longest func(dir string) []string
	longest = func(dir string) []string {
		if way, ok := memo[dir]; ok {
			return way
		}
		memo[dir] = []string{dir} // a cycle does not compile; this only ends the recursion
		var best []string
		for to := range graph[dir] {
			if way := longest(to); len(way) > len(best) {
				best = way
			}
		}
		memo[dir] = append([]string{dir}, best...)
		return memo[dir]
	}
	var dirs []string
	for dir := range graph {
		dirs = append(dirs, dir)
	}
	sort.Strings(dirs)
	for _, dir := range dirs {
		if way := longest(dir); len(way)-1 > maxDepth && !strings.HasPrefix(dir, "test") {
			t.Errorf("import depth %d > %d: %s", len(way)-1, maxDepth, strings.Join(way, " → "))
		}
	}
}

func TestForbiddenNames(t *testing.T) {
	bag := map[string]bool{"util": true, "utils": true, "common": true, "helpers": true, "helper": true, "models": true, "types": true}
	for _, s := range sources(t) {
		if name := strings.TrimSuffix(s.file.Name.Name, "_test"); bag[name] {
			t.Errorf("%s: package %s says nothing about what it holds", s.path, name)
		}
	}
}
