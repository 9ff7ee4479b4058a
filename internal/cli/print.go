package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/internal/civil"
)

// table is what a command prints: rows for people, or value for programs.
type table struct {
	head  []string
	rows  [][]string
	value any           // printed by --output json; default: rows as objects by head
	empty mconnect.Text // printed for people when there are no rows
}

// add adds a row; each cell is written for people.
func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		switch cell := cell.(type) {
		case bool:
			row[i] = yesNo(cell)
		case time.Time:
			row[i] = civil.Moment(cell)
		case *time.Time:
			row[i] = when(cell)
		default:
			row[i] = fmt.Sprint(cell)
		}
	}
	t.rows = append(t.rows, row)
}

func (s *session) print(t table) error {
	if s.output == "json" {
		return s.printJSON(t.json())
	}
	if len(t.rows) == 0 {
		_, err := s.out.Write([]byte(s.say(t.empty) + "\n"))
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, strings.ToUpper(strings.Join(t.head, "\t"))) // Flush keeps the first error
	for _, row := range t.rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

func (t table) json() any {
	if t.value != nil {
		return t.value
	}
	list := make([]map[string]string, len(t.rows))
	for i, row := range t.rows {
		list[i] = map[string]string{}
		for j, cell := range row {
			list[i][t.head[j]] = cell
		}
	}
	return list
}

func (s *session) printJSON(v any) error {
	if s.yaml {
		return s.printYAML(v)
	}
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printYAML writes the JSON output as YAML, in block style.
func (s *session) printYAML(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		return err
	}
	plain(&n)
	e := yaml.NewEncoder(s.out)
	e.SetIndent(2)
	return errors.Join(e.Encode(&n), e.Close())
}

// plain takes the style of JSON from a document; what must be quoted is quoted by its tag.
func plain(n *yaml.Node) {
	n.Style = 0
	for _, c := range n.Content {
		plain(c)
	}
}
