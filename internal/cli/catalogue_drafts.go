package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/catalog/draft"
	"mconnect/internal/durable"
)

func (s *shell) catalogImport() *cobra.Command {
	var kind, provider, operation, words, attributes, folder string
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Make draft services of a WSDL, XML Schema, OpenAPI description or JSON Schema",
		Long: "Reads a description and the files beside it (nothing is fetched from the network) and makes a draft manifest of each\n" +
			"operation. Each says in comments what a person must decide, what was changed and what could not be carried over, with\n" +
			"file and line. Nothing is applied: read the drafts, complete them, then use mconnect apply.",
		Example: "  mconnect catalog import register.wsdl --provider ant.transport --to drafts\n" +
			"  mconnect catalog import api.yaml --operation getPerson",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			opt := draft.Options{Form: draft.Form(kind), Operation: operation, Attributes: draft.Policy(attributes)}
			var err error
			if opt.Lang, err = mconnect.ParseLang(words); err != nil {
				return usageError{fmt.Errorf("--words %q: want ro, en or ru", words)}
			}
			if opt.Attributes != draft.Drop && opt.Attributes != draft.Refuse {
				return usageError{fmt.Errorf("--attributes %q: want drop or refuse", attributes)}
			}
			if provider != "" {
				if opt.Provider, err = mconnect.ParseSystemID(provider); err != nil {
					return usageError{err}
				}
			}
			return s.importDrafts(args[0], folder, opt)
		},
	}
	f := c.Flags()
	f.StringVar(&kind, "kind", "", "form of the description: wsdl, xsd, openapi or jsonschema (default: as the file looks)")
	f.StringVar(&provider, "provider", "", "registered system that serves the operations")
	f.StringVar(&operation, "operation", "", "make a draft of this operation only")
	f.StringVar(&words, "words", "ro", "language of words whose language the description does not state: ro, en or ru")
	f.StringVar(&attributes, "attributes", string(draft.Drop), "XML attributes, which the catalogue does not have: drop or refuse")
	f.StringVar(&folder, "to", "", "folder for the drafts, one file each (default: print them)")
	return c
}

// importDrafts reads file and writes or prints what it gave.
func (s *shell) importDrafts(file, folder string, opt draft.Options) error {
	root, err := os.OpenRoot(filepath.Dir(file)) // no link in the folder leads out of it
	if err != nil {
		return usageError{err}
	}
	defer func() { _ = root.Close() }()
	result, err := draft.Read(draft.Source{Folder: root.FS(), Name: filepath.Base(file)}, opt)
	for _, left := range result.Left {
		fmt.Fprintf(s.err, "left out: %s: %s\n", left.Field, left.Text)
	}
	if err != nil {
		return err
	}
	t := table{head: []string{"service", "file", "decide", "changed", "lost"}}
	var all []importedDraft
	for _, d := range result.Drafts {
		text, err := d.Manifest(filepath.Base(file))
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
		count := map[draft.Kind]int{}
		for _, n := range d.Notes {
			count[n.Kind]++
		}
		t.rows = append(t.rows, []string{made.Service, made.File, fmt.Sprint(count[draft.Decide]), fmt.Sprint(count[draft.Changed]), fmt.Sprint(count[draft.Lost])})
	}
	if folder == "" && s.output != "json" {
		return nil
	}
	sort.Slice(t.rows, func(i, j int) bool { return t.rows[i][0] < t.rows[j][0] })
	t.value = map[string]any{"form": result.Form, "drafts": all, "left": result.Left}
	return s.print(t)
}

// importedDraft is what is said of one draft in JSON.
type importedDraft struct {
	Service string       `json:"service"`
	From    string       `json:"from"`
	File    string       `json:"file,omitempty"`
	Notes   []draft.Note `json:"notes"`
}

// writeDraft writes a new file. One that is there already is left alone: it may hold somebody's decisions.
func writeDraft(folder, name string, text []byte) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(folder, name+".yaml")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		return "", fault.Wrap(err, fault.ResourceConflict, "kind", "draft", "id", path)
	}
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return path, err
}

func (s *shell) catalogExport() *cobra.Command {
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
			err := s.within(c.Context(), dir, func(i *app.Installation) (err error) {
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
