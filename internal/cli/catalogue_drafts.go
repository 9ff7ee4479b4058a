package cli

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/domain/importer"
	"mconnect/internal/durable"
)

func (s *session) catalogImport() *cobra.Command {
	var kind, provider, operation, words, attributes, folder, root string
	var maps []string
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Make draft services of a WSDL, XML Schema, OpenAPI description or JSON Schema",
		Long: "Reads a description and the files of its folder (nothing is fetched from the network) and makes a draft manifest of\n" +
			"each operation. Each draft says in comments what a person must decide, what was changed and what could not be carried\n" +
			"over, with file and line. A file that the description names by an address is looked for in the folder by the last part\n" +
			"of that address, or where --map says. Nothing is applied: read the drafts, complete them, then use mconnect apply.",
		Example: "  mconnect catalog import register.wsdl --provider ant.transport --to drafts\n" +
			"  mconnect catalog import api.yaml --operation getPerson\n" +
			"  mconnect catalog import wsdl/service.wsdl --root . --map https://example.md/common.xsd=xsd/common.xsd",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			opt := importer.Options{Form: importer.Form(kind), Operation: operation,
				Attributes: importer.Policy(attributes)}
			var err error
			if opt.Lang, err = mconnect.ParseLang(words); err != nil {
				return usageError{fmt.Errorf("--words %q: want ro, en or ru", words)}
			}
			if !slices.Contains([]importer.Policy{importer.Fields, importer.Drop, importer.Refuse}, opt.Attributes) {
				return usageError{fmt.Errorf("--attributes %q: want fields, drop or refuse", attributes)}
			}
			if provider != "" {
				if opt.Provider, err = mconnect.ParseSystemID(provider); err != nil {
					return usageError{fmt.Errorf("--provider %q: %w", provider, err)}
				}
			}
			from, err := openSource(args[0], root, maps)
			if err != nil {
				return err
			}
			defer func() { _ = from.root.Close() }()
			return s.importDrafts(from.Source, folder, opt)
		},
	}
	f := c.Flags()
	f.StringVar(&kind, "kind", "", "form of the description: wsdl, xsd, openapi or jsonschema (default: as the file looks)")
	f.StringVar(&provider, "provider", "", "registered system that serves the operations")
	f.StringVar(&operation, "operation", "", "make a draft of this operation only")
	f.StringVar(&words, "words", "ro", "language of words whose language the description does not state: ro, en or ru")
	f.StringVar(&attributes, "attributes", string(importer.Fields),
		"XML attributes: fields (make fields of them), drop (leave them out) or refuse (leave the operation out)")
	f.StringVar(&root, "root", "", "folder that contains all files of the description; none outside it is read (default: the folder of FILE)")
	f.StringArrayVar(&maps, "map", nil, "ADDRESS=FILE: read FILE, inside the root folder, in the place of an address or XML namespace; repeatable")
	f.StringVar(&folder, "to", "", "folder for the drafts, one file each (default: print them)")
	return c
}

// source is a description to import, with the folder that bounds what is read.
type source struct {
	importer.Source
	root *os.Root
}

// openSource finds file and the files of maps inside the folder root. No link in the folder leads out of it.
func openSource(file, root string, maps []string) (source, error) {
	if root == "" {
		root = filepath.Dir(file)
	}
	name, err := relativeTo(root, file)
	if err != nil {
		return source{}, err
	}
	from := source{Source: importer.Source{Name: name, Map: map[string]string{}}}
	for _, m := range maps {
		at := strings.LastIndexByte(m, '=')
		if at <= 0 || at == len(m)-1 {
			return source{}, usageError{fmt.Errorf("--map %q: want ADDRESS=FILE", m)}
		}
		if from.Map[m[:at]], err = relativeTo(root, m[at+1:]); err != nil {
			return source{}, err
		}
	}
	if from.root, err = os.OpenRoot(root); err != nil {
		return source{}, usageError{err}
	}
	from.Folder = from.root.FS()
	return from, nil
}

// relativeTo is the name of a file as seen from a folder that contains it.
func relativeTo(folder, file string) (string, error) {
	base, err := filepath.Abs(folder)
	if err != nil {
		return "", usageError{err}
	}
	whole, err := filepath.Abs(file)
	if err != nil {
		return "", usageError{err}
	}
	name, err := filepath.Rel(base, whole)
	if err != nil || !filepath.IsLocal(name) {
		return "", usageError{fmt.Errorf("%s lies outside the folder %s: state with --root the folder that contains all files", file, folder)}
	}
	return filepath.ToSlash(name), nil
}

// importDrafts reads a description and writes or prints what it gave.
func (s *session) importDrafts(from importer.Source, folder string, opt importer.Options) error {
	result, err := importer.Read(from, opt)
	for _, note := range result.Notes {
		fmt.Fprintf(s.err, "%s: %s: %s\n", note.Kind, note.Where, note.Text)
	}
	for _, left := range result.Left {
		fmt.Fprintf(s.err, "left out: %s: %s\n", left.Field, left.Text)
	}
	if err != nil {
		return err
	}
	t := table{head: []string{"service", "file", "decide", "changed", "lost"}}
	var all []importedDraft
	for _, d := range result.Drafts {
		text, err := d.Manifest(path.Base(from.Name))
		if err != nil {
			return err
		}
		made := importedDraft{Service: d.ID(), From: d.From, Notes: d.Notes}
		if folder == "" {
			if s.output != "json" {
				fmt.Fprintf(s.out, "---\n%s", text)
			}
		} else if made.File, err = writeDraft(folder, string(d.Name), text); err != nil {
			return err
		}
		all = append(all, made)
		count := map[importer.Kind]int{}
		for _, n := range d.Notes {
			count[n.Kind]++
		}
		t.add(made.Service, made.File, count[importer.Decide], count[importer.Changed], count[importer.Lost])
	}
	if folder == "" && s.output != "json" {
		return nil
	}
	sort.Slice(t.rows, func(i, j int) bool { return t.rows[i][0] < t.rows[j][0] })
	t.value = map[string]any{"form": result.Form, "drafts": all, "left": result.Left, "notes": result.Notes}
	return s.print(t)
}

// importedDraft is the JSON form of one draft.
type importedDraft struct {
	Service string          `json:"service"`
	From    string          `json:"from"`
	File    string          `json:"file,omitempty"`
	Notes   []importer.Note `json:"notes"`
}

// writeDraft writes a new file. An existing file is not replaced: it may contain decisions of a person.
func writeDraft(folder, name string, text []byte) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(folder, name+".yaml")
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		return "", fault.Wrap(err, fault.ResourceConflict, "kind", "draft", "id", file)
	}
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return file, err
}

func (s *session) catalogExport() *cobra.Command {
	var form, base, file, dir string
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the published catalogue as linked data (JSON-LD)",
		Long: "Writes what is published as DCAT-AP 3 (form dcat), or with the public services that agreements in force serve, as\n" +
			"CPSV-AP 3 (form cpsv). How providers are reached is not in it. The same catalogue gives the same bytes.",
		Example: "  mconnect catalog export --form dcat --base https://mconnect.example --to catalog.jsonld",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if form != "dcat" && form != "cpsv" {
				return usageError{fmt.Errorf("--form %q: want dcat or cpsv", form)}
			}
			var text []byte
			err := s.withWritableStore(c.Context(), dir, func(i *app.Installation) (err error) {
				text, err = i.Metadata(form, base)
				return err
			})
			switch {
			case err != nil:
				return err
			case file == "":
				_, err = s.out.Write(text)
				return err
			}
			return durable.WriteFile(file, text, 0o644)
		},
	}
	f := c.Flags()
	f.StringVar(&form, "form", "dcat", "dcat or cpsv")
	f.StringVar(&base, "base", "", "address of the platform for systems, by which everything is named (default: as configured)")
	f.StringVar(&file, "to", "", "file to write (default: print)")
	f.StringVar(&dir, "dir", "", "folder of the installation (default: data_dir of the configuration)")
	return c
}
