package access

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// Change is one answer that differs between two versions. Before and After are nil where there is none.
type Change struct {
	Path   string `json:"path"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

// Diff lists the answers that differ, by path: rows by their number, lists of plain values as a whole.
func Diff(before, after map[string]any) []Change {
	var all []Change
	diffObjects(&all, "", before, after)
	return all
}

func diffObjects(all *[]Change, path string, a, b map[string]any) {
	names := slices.Sorted(maps.Keys(a))
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		diffValues(all, path+"/"+name, a[name], b[name])
	}
}

func diffValues(all *[]Change, path string, a, b any) {
	if reflect.DeepEqual(a, b) {
		return
	}
	if x, ok := a.(map[string]any); ok {
		if y, ok := b.(map[string]any); ok {
			diffObjects(all, path, x, y)
			return
		}
	}
	x, y := rowsOf(a), rowsOf(b)
	if x == nil || y == nil {
		*all = append(*all, Change{path, a, b})
		return
	}
	for i := range max(len(x), len(y)) {
		var left, right any
		if i < len(x) {
			left = x[i]
		}
		if i < len(y) {
			right = y[i]
		}
		diffValues(all, path+"/"+strconv.Itoa(i), left, right)
	}
}

// rowsOf are the rows of a table; nil for anything else.
func rowsOf(v any) []any {
	rows, ok := v.([]any)
	if !ok || len(rows) == 0 {
		return nil
	}
	if _, row := rows[0].(map[string]any); !row {
		return nil
	}
	return rows
}
