package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"mconnect/internal/durable"
)

//go:embed country/*.yaml
var embedded embed.FS

// Manifests returns the sample country's manifests, with ${VARIABLES} for the addresses of the registers.
func Manifests() fs.FS {
	sub, err := fs.Sub(embedded, "country")
	if err != nil {
		// Unreachable: the folder is part of the binary.
		return embedded
	}
	return sub
}

var variable = regexp.MustCompile(`\$\{([A-Z_]+)\}`)

const generatedNotice = "# Written by mconnect demo from its own samples, at every start: keep your own manifests in other files.\n"

// writeManifests copies the samples into dir with the addresses filled in, so that the folder can be
// applied unchanged. Files of other names in dir are not touched.
func writeManifests(dir string, vars map[string]string) error {
	if err := durable.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	names, err := fs.Glob(Manifests(), "*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(Manifests(), name)
		if err != nil {
			return err
		}
		var missing string
		text = variable.ReplaceAllFunc(text, func(m []byte) []byte {
			value, ok := vars[string(m[2:len(m)-1])]
			if !ok {
				missing = string(m)
			}
			return []byte(value)
		})
		if missing != "" {
			return fmt.Errorf("manifest %s: %s has no value", name, missing)
		}
		if err := os.WriteFile(filepath.Join(dir, name), append([]byte(generatedNotice), text...), 0o644); err != nil {
			return err
		}
	}
	return nil
}
