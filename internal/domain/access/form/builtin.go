package form

import (
	_ "embed"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed v1.yaml
var first []byte

// Builtin returns the forms that the platform comes with, the newest version last. They must not be changed.
func Builtin() []*Form { return builtin() }

var builtin = sync.OnceValue(func() []*Form {
	f, err := Parse(first)
	if err != nil {
		panic(err) // the text is part of the program, and a test reads it
	}
	return []*Form{f}
})

// Parse reads a form from YAML or JSON, and refuses fields that it does not know.
func Parse(text []byte) (*Form, error) {
	f := &Form{}
	if err := yaml.Unmarshal(text, f); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, b := range f.Blocks {
		for _, one := range b.Fields {
			if one.ID == "" || seen[one.ID] {
				return nil, fmt.Errorf("form: field %q of block %s has no identifier of its own", one.ID, b.ID)
			}
			seen[one.ID] = true
		}
	}
	return f, nil
}
