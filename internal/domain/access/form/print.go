package form

import (
	"fmt"
	"io"
	"strings"

	"mconnect"
)

// Print writes the form with all branches: each field with the condition under which it is asked.
func Print(w io.Writer, f *Form, lang mconnect.Lang) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s %d)\n", f.Title.In(lang), f.ID, f.Version)
	for i := range f.Blocks {
		block := &f.Blocks[i]
		fmt.Fprintf(&b, "\n%s. %s%s\n", block.ID, block.Title.In(lang), when(block.ShowIf, lang))
		for j := range block.Fields {
			printField(&b, &block.Fields[j], lang, "  ")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var words = map[string]mconnect.Text{
	"if":       {RO: "dacă", EN: "if", RU: "если"},
	"required": {RO: "obligatoriu", EN: "required", RU: "обязательно"},
	"computed": {RO: "calculat", EN: "computed", RU: "вычисляется"},
}

func printField(b *strings.Builder, f *Field, lang mconnect.Lang, indent string) {
	mark := ""
	switch {
	case f.Computed:
		mark = " [" + words["computed"].In(lang) + "]"
	case f.Required:
		mark = " [" + words["required"].In(lang) + "]"
	case len(f.RequiredIf) > 0:
		mark = " [" + words["required"].In(lang) + when(f.RequiredIf, lang) + "]"
	}
	fmt.Fprintf(b, "%s%s (%s, %s)%s%s\n", indent, f.Label.In(lang), f.ID, f.Type, mark, when(f.ShowIf, lang))
	if hint := f.Hint.In(lang); hint != "" {
		fmt.Fprintf(b, "%s    %s\n", indent, hint)
	}
	for _, o := range f.Options {
		fmt.Fprintf(b, "%s    ( ) %s: %s%s\n", indent, o.Value, o.Label.In(lang), when(o.ShowIf, lang))
	}
	for i := range f.Columns {
		printField(b, &f.Columns[i], lang, indent+"    ")
	}
}

// when writes a condition; "" where there is none.
func when(all []Condition, lang mconnect.Lang) string {
	if len(all) == 0 {
		return ""
	}
	return " " + words["if"].In(lang) + " " + joined(all, " & ")
}

func joined(all []Condition, by string) string {
	var parts []string
	for _, c := range all {
		switch {
		case len(c.Any) > 0:
			parts = append(parts, "("+joined(c.Any, " | ")+")")
		case c.Value == nil:
			parts = append(parts, c.ID+" "+string(c.Op))
		default:
			parts = append(parts, fmt.Sprintf("%s %s %v", c.ID, c.Op, c.Value))
		}
	}
	return strings.Join(parts, by)
}
