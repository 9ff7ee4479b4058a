package manifest

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect/fault"
	"mconnect/internal/manifest/strict"
)

// source is a file of manifests. It is read again when a place in it must be named, which few sets need.
type source struct {
	name string
	text []byte
	docs []*yaml.Node // once read again
}

// line finds the line of a place in the nth document.
func (s *source) line(nth int, pointer string) int {
	if s.docs == nil {
		for d := yaml.NewDecoder(bytes.NewReader(s.text)); ; {
			var n yaml.Node
			if d.Decode(&n) != nil {
				break
			}
			s.docs = append(s.docs, &n)
		}
	}
	if nth >= len(s.docs) {
		return 0
	}
	return strict.Line(s.docs[nth], pointer)
}

// at names a line of a file.
func at(file string, line int) string { return file + ":" + strconv.Itoa(line) }

// Place names a place of the item as people find it: "10-service.yaml:17 /provider"; the pointer alone when the item
// came by the management API.
func (i Item) Place(pointer string) string {
	if i.from == nil {
		return pointer
	}
	return at(i.from.name, i.from.line(i.nth, pointer)) + " " + pointer
}

// placed gives findings about the item the places that people find.
func (i Item) placed(found []fault.FieldError) fault.Findings {
	all := make(fault.Findings, len(found))
	for n, f := range found {
		f.Path = i.Place(f.Path)
		all[n] = f
	}
	return all
}

// inOrder sorts findings by file and line; those of one line stay as they were found.
func inOrder(found fault.Findings) {
	slices.SortStableFunc(found, func(a, b fault.FieldError) int {
		file, line := fileLine(a.Path)
		other, below := fileLine(b.Path)
		return cmp.Or(strings.Compare(file, other), line-below)
	})
}

func fileLine(path string) (file string, line int) {
	where, _, _ := strings.Cut(path, " ")
	n := strings.LastIndexByte(where, ':')
	if n < 0 {
		return where, 0
	}
	line, err := strconv.Atoi(where[n+1:])
	if err != nil {
		return where, 0
	}
	return where[:n], line
}

var lineOf = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// syntax reports where text is not YAML, and why, in words of the catalogue of faults.
func syntax(err error) (line int, what string) {
	text := err.Error()
	if m := lineOf.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1]) // digits
		text = text[len(m[0]):]
	}
	for _, known := range [][2]string{
		{"tab", "a tab in the indentation"},
		{"mapping values are not allowed", "a colon that does not belong here, or a wrong indentation"},
		{"did not find expected key", "a field is expected here; check the indentation"},
		{"could not find expected ':'", "a colon is missing"},
		{"did not find expected '-' indicator", "an item of a list is expected here; check the indentation"},
		{"did not find expected ',' or", "a bracket or brace is not closed"},
		{"did not find expected node content", "a value is missing"},
		{"quoted scalar", "a quotation mark is not closed"},
		{"unknown anchor", "an alias without an anchor"},
		{"control characters", "a control character"},
		{"UTF-8", "not in UTF-8"},
		{"UTF-16", "not in UTF-8"},
		{"cannot start any token", "a sign that begins no value; put the value between quotation marks"},
	} {
		if strings.Contains(text, known[0]) {
			return line, known[1]
		}
	}
	return line, "not readable"
}
