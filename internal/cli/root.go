package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/config"
)

// Exit codes of the program.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
)

// session is shared by all commands of one run: input, output, environment, and the common flags.
type session struct {
	in          io.Reader
	out, err    io.Writer
	environment []string
	play        Demo

	profileName string
	profile     profile
	yaml        bool // --output yaml: what would be JSON is written as YAML

	configPath string
	output     string // "table" or "json"
	lang       string
}

// usageError is a mistake in how a command was called.
type usageError struct{ error }

// silent is a failure that has been explained on the output already.
var errSilent = errors.New("explained already")

// Process is what a program gets from the system that started it.
type Process struct {
	Args        []string // without the program's name
	In          io.Reader
	Out, Err    io.Writer
	Environment []string // NAME=VALUE
}

// Main runs the command line of p and returns its exit code. The demo stands above the command line, so it is uploaded.
func Main(ctx context.Context, p Process, demo Demo) int {
	s := &session{in: p.In, out: p.Out, err: p.Err, environment: p.Environment, play: demo}
	root := s.root()
	root.SetArgs(p.Args)
	err := root.ExecuteContext(ctx)
	if err != nil {
		s.explain(err)
	}
	return exitCode(err)
}

func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "mconnect",
		Short: "Interoperability platform: lawful exchange of data between information systems",
		Long: "MConnect lets authorities' information systems exchange data in real time, under a stated legal basis and\n" +
			"purpose, and keeps evidence that anybody entitled can check.",
		Example:       "  mconnect demo                 # a whole sample country with live traffic\n  mconnect pki init && mconnect serve",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.Version = app.Version
	root.SetVersionTemplate("mconnect {{.Version}} " + build() + "\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{guessFlag(c, err)} })
	flags := root.PersistentFlags()
	flags.StringVarP(&s.configPath, "config", "c", s.env("MCONNECT_CONFIG"),
		"configuration file (environment: MCONNECT_CONFIG)")
	flags.StringVarP(&s.output, "output", "o", "table", "form of the output: table, json or yaml")
	flags.StringVar(&s.lang, "lang", "en", "language of sentences: ro, en or ru (default: that of the profile, of LC_ALL, LC_MESSAGES or LANG, else English)")
	flags.StringVar(&s.profileName, "profile", s.env("MCONNECT_PROFILE"),
		"how to reach a platform, from ~/.config/mconnect/config.yaml (environment: MCONNECT_PROFILE)")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if s.output == "yaml" {
			s.output, s.yaml = "json", true
		}
		if s.output != "table" && s.output != "json" {
			return usageError{fmt.Errorf("--output %q: want table, json or yaml", s.output)}
		}
		if err := s.loadProfile(); err != nil {
			return err
		}
		if !c.Flags().Changed("lang") {
			s.lang = cmp.Or(s.profile.Lang, s.locale(), s.lang)
		}
		if _, err := mconnect.ParseLang(s.lang); err != nil {
			return usageError{fmt.Errorf("--lang %q: want ro, en or ru", s.lang)}
		}
		return nil
	}
	root.AddCommand(s.steps()...)
	root.AddCommand(
		s.serve(), s.demo(), s.apply(), s.list(), s.get(), s.describe(), s.diff(), s.catalog(), s.acts(),
		s.call(), s.file(), s.requests(), s.agreements(),
		s.events(), s.journal(), s.people(), s.team(),
		s.pki(), s.doctor(), s.config(), s.backup(), s.restore(), s.man(), s.version(),
	)
	root.InitDefaultCompletionCmd()
	exemplify(root)
	usageArgs(root)
	return root
}

// usageArgs makes wrong arguments a usage error in every command.
func usageArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{argsWanted(c, args, err)}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		usageArgs(sub)
	}
}

// group makes a command that only holds others.
func group(use, short, example string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Example: example, Args: knownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(subs...)
	return c
}

// exemplify gives the commands that cobra makes an example.
func exemplify(root *cobra.Command) {
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Example = "  mconnect completion bash > /etc/bash_completion.d/mconnect"
		for _, shell := range c.Commands() {
			shell.Example = "  mconnect completion " + shell.Name()
		}
	}
}

// knownCommand refuses an unknown command and suggests the nearest.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var all []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			all = append(all, sub.Name())
		}
	}
	if near := fault.Nearest(args[0], all); near != "" {
		return fmt.Errorf("unknown command %q for %q; did you mean %q?", args[0], c.CommandPath(), near)
	}
	return fmt.Errorf("unknown command %q for %q; commands: %s", args[0], c.CommandPath(), strings.Join(all, ", "))
}

// guessFlag suggests the flag nearest to an unknown one.
func guessFlag(c *cobra.Command, err error) error {
	if wrong := (*pflag.InvalidValueError)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("--%s %q: want %s", wrong.GetFlag().Name, wrong.GetValue(),
			wanted(wrong.GetFlag().Value.Type()))
	}
	name, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return err
	}
	var all []string
	c.Flags().VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
	if near := fault.Nearest(name, all); near != "" {
		return fmt.Errorf("%w; did you mean --%s?", err, near)
	}
	return fmt.Errorf("%w; see %s --help", err, c.CommandPath())
}

// wanted describes the values of a flag's type.
func wanted(kind string) string {
	switch kind {
	case "int", "int64", "uint", "count":
		return "a whole number"
	case "duration":
		return "a duration such as 90s, 15m or 24h"
	case "bool":
		return "true or false"
	}
	return kind
}

// argsWanted describes the arguments of a command by its usage line.
func argsWanted(c *cobra.Command, args []string, err error) error {
	if !strings.Contains(err.Error(), "arg(s)") {
		return err
	}
	return fmt.Errorf("%d arguments given; want %s", len(args), strings.TrimSuffix(c.UseLine(), " [flags]"))
}

func (s *session) env(name string) string {
	for _, line := range s.environment {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return value
		}
	}
	return ""
}

// locale is the language of the terminal, "" when it is none of the platform's. The first variable that is set counts.
func (s *session) locale() string {
	set := cmp.Or(s.env("LC_ALL"), s.env("LC_MESSAGES"), s.env("LANG"))
	tag, _, _ := strings.Cut(set, ".")
	tag, _, _ = strings.Cut(tag, "@")
	primary, _, _ := strings.Cut(tag, "_")
	lang, err := mconnect.ParseLang(primary)
	if err != nil {
		return ""
	}
	return string(lang)
}

func (s *session) language() mconnect.Lang { return mconnect.Lang(s.lang) }

// configuration reads the configuration. dir, when not "", names the installation's folder: the one that holds its
// mconnect.yaml, or its data_dir.
func (s *session) configuration(dir string) (config.Config, error) {
	path, environment := s.configPath, s.environment
	if dir != "" {
		if _, err := os.Stat(dir); err != nil {
			return config.Config{}, usageError{err}
		}
		own := filepath.Join(dir, "mconnect.yaml")
		if _, err := os.Stat(own); err == nil && path == "" {
			path = own
		} else {
			environment = append(slices.Clone(environment), "MCONNECT_DATA_DIR="+dir)
		}
	}
	cfg, err := config.Load(path, environment)
	if err != nil {
		return cfg, usageError{err}
	}
	return cfg, nil
}

// quiet is the logger of commands that print for themselves: warnings and errors only.
func (s *session) quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelError}))
}

// actor is the name in the journal of the person who runs this command.
func (s *session) actor() string {
	for _, name := range []string{"SUDO_USER", "USER", "LOGNAME"} {
		if user := s.env(name); user != "" {
			return "cli:" + user
		}
	}
	return fmt.Sprintf("cli:uid-%d", os.Getuid())
}

// explain writes what went wrong for the person at the terminal: sentence, code and remedy.
func (s *session) explain(err error) {
	if errors.Is(err, errSilent) {
		return
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		fmt.Fprintln(s.err, "mconnect:", err)
		return
	}
	lang := s.language()
	fmt.Fprintf(s.err, "mconnect: %s (%s)\n", f.Sentence(lang), f.Code)
	for _, field := range f.Fields {
		fmt.Fprintf(s.err, "  %s: %s\n", field.Path,
			(&fault.Error{Code: field.Code, Params: field.Params}).Sentence(lang))
	}
	if f.More > 0 {
		fmt.Fprintln(s.err, s.sentence(sayAndMore, f.More))
	}
	if f.Provider != "" {
		fmt.Fprintln(s.err, s.sentence(sayProvider, f.Provider))
	}
	if f.Cause != nil && f.Cause.Error() != f.Sentence(lang) { // a server's own words, in the same language
		fmt.Fprintln(s.err, s.sentence(sayCause, f.Cause))
	}
	if remedy := f.Remedy(lang); remedy != "" {
		fmt.Fprintf(s.err, "  %s\n", remedy)
	}
}

func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	var usage usageError
	var op *net.OpError
	var address *url.Error
	var f *fault.Error
	var gone unreachable
	switch {
	case errors.As(err, &usage), isUsageError(err):
		return exitUsage
	case errors.As(err, &gone):
		return exitUnreachable
	case errors.As(err, &f) && f.Kind() == fault.Unavailable:
		return exitUnreachable
	case errors.As(err, &op), errors.As(err, &address):
		return exitUnreachable
	}
	return exitFailed
}

// isUsageError recognises the mistakes that cobra reports without a type.
func isUsageError(err error) bool {
	usage := []string{"unknown command", "required flag", "if any flags in the group"}
	return slices.ContainsFunc(usage, func(begins string) bool { return strings.HasPrefix(err.Error(), begins) })
}
