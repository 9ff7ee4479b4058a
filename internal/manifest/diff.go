package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Bounds of a Diff.
const (
	maxDiffLines = 40
	maxShown     = 60 // characters of a value
)

// diff describes in lines how the JSON document next differs from old: "status: active → suspended".
func diff(old, next []byte) string {
	var a, b any
	if json.Unmarshal(old, &a) != nil || json.Unmarshal(next, &b) != nil {
		return ""
	}
	var lines []string
	compare(&lines, "", a, b)
	if len(lines) > maxDiffLines {
		lines = append(lines[:maxDiffLines], fmt.Sprintf("… and %d more", len(lines)-maxDiffLines))
	}
	return strings.Join(lines, "\n")
}

func compare(lines *[]string, path string, a, b any) {
	if x, ok := a.(map[string]any); ok {
		if y, ok := b.(map[string]any); ok {
			names := slices.AppendSeq(slices.Collect(maps.Keys(x)), maps.Keys(y))
			slices.Sort(names)
			for _, name := range slices.Compact(names) {
				compare(lines, strings.TrimPrefix(path+"."+name, "."), x[name], y[name])
			}
			return
		}
	}
	if x, ok := a.([]any); ok {
		if y, ok := b.([]any); ok && len(x) == len(y) {
			for i := range x {
				compare(lines, fmt.Sprintf("%s[%d]", path, i), x[i], y[i])
			}
			return
		}
	}
	if was, is := shown(a), shown(b); was != is {
		*lines = append(*lines, path+": "+was+" → "+is)
	}
}

func shown(v any) string {
	if v == nil {
		return "—"
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	text := []rune(strings.Trim(string(raw), `"`))
	if len(text) > maxShown {
		return string(text[:maxShown]) + "…"
	}
	return string(text)
}
