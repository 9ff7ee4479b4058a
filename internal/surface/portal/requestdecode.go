package portal

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mconnect/internal/domain/access/form"
)

// rowsPrefix begins the name of the input that says how many rows of a table the page showed.
const rowsPrefix = "rows:"

// mostRows bounds the rows of a table that one form may send, and mostNested how deep tables may lie in tables.
const (
	mostRows   = 50
	mostNested = 4
)

// decode reads the answers of a block from what a page sent. Inputs are named by the paths of the answers; what was not
// answered is left out, and an answer that is wrong stays as it was typed.
func decode(b *form.Block, sent url.Values) map[string]any {
	answers := map[string]any{}
	for i := range b.Fields {
		if v := decodeField(&b.Fields[i], "/"+b.Fields[i].ID, sent, 0); v != nil {
			answers[b.Fields[i].ID] = v
		}
	}
	return answers
}

func decodeField(f *form.Field, path string, sent url.Values, depth int) any {
	if f.Computed {
		return nil
	}
	switch f.Type {
	case form.Table:
		return decodeRows(f, path, sent, depth)
	case form.Many:
		return decodeMany(sent[path])
	case form.Bool:
		switch sent.Get(path) {
		case "true":
			return true
		case "false":
			return false
		}
		return nil
	case form.Int:
		typed := strings.TrimSpace(sent.Get(path))
		if n, err := strconv.ParseInt(strings.ReplaceAll(typed, " ", ""), 10, 53); err == nil {
			return float64(n)
		}
		return text1(typed)
	case form.Text, form.Rich:
		if f.Languages {
			return decodeLanguages(path, sent)
		}
	}
	return text1(plainText(sent.Get(path)))
}

// plainText is a text as it is kept: lines end as on Unix, nothing stands around it.
func plainText(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

// text1 is a text as an answer: nil for none.
func text1(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func decodeMany(values []string) any {
	var list []any
	for _, one := range values {
		if one != "" && !slices.Contains(list, any(one)) {
			list = append(list, one)
		}
	}
	if list == nil {
		return nil
	}
	return list
}

func decodeLanguages(path string, sent url.Values) any {
	texts := map[string]any{}
	for _, lang := range []string{"ro", "en", "ru"} {
		if typed := plainText(sent.Get(path + "/" + lang)); typed != "" {
			texts[lang] = typed
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}

// decodeRows reads the rows of a table. A row in which nothing was answered is none.
func decodeRows(f *form.Field, path string, sent url.Values, depth int) any {
	n, err := strconv.Atoi(sent.Get(rowsPrefix + path))
	if err != nil || n < 0 || depth >= mostNested {
		return nil
	}
	var rows []any
	for i := range min(n, mostRows) {
		at := path + "/" + strconv.Itoa(i)
		row := map[string]any{}
		for j := range f.Columns {
			c := &f.Columns[j]
			if v := decodeField(c, at+"/"+c.ID, sent, depth+1); v != nil {
				row[c.ID] = v
			}
		}
		if len(row) > 0 && sent.Get("remove") != at {
			rows = append(rows, row)
		}
	}
	if rows == nil {
		return nil
	}
	return rows
}

// withRow is a copy of answers with one more row, in which nothing is answered, at the table of a path, and the path of
// that row; "" when there is no such table.
func withRow(b *form.Block, answers map[string]any, path string) (changed map[string]any, at string) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := range b.Fields {
		if b.Fields[i].ID == parts[0] {
			return grown(b.Fields[i:i+1], answers, parts, "")
		}
	}
	return answers, ""
}

func grown(fields []form.Field, in map[string]any, parts []string, above string) (map[string]any, string) {
	n := slices.IndexFunc(fields, func(f form.Field) bool { return f.ID == parts[0] && f.Type == form.Table })
	if n < 0 {
		return in, ""
	}
	f := &fields[n]
	rows, _ := in[f.ID].([]any)
	path := above + "/" + f.ID
	changed := map[string]any{}
	for k, v := range in {
		changed[k] = v
	}
	if len(parts) == 1 {
		if len(rows) >= mostRows {
			return in, ""
		}
		changed[f.ID] = append(slices.Clone(rows), map[string]any{})
		return changed, path + "/" + strconv.Itoa(len(rows))
	}
	row, err := strconv.Atoi(parts[1])
	if err != nil || row < 0 || row >= len(rows) || len(parts) < 3 {
		return in, ""
	}
	inner, _ := rows[row].(map[string]any)
	deeper, at := grown(f.Columns, inner, parts[2:], path+"/"+parts[1])
	rows = slices.Clone(rows)
	rows[row] = deeper
	changed[f.ID] = rows
	return changed, at
}
