package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mconnect/internal/admin"
	"mconnect/internal/app"
	"mconnect/internal/civil"
	"mconnect/internal/journal"
	"mconnect/internal/store"
)

func (s *shell) journal() *cobra.Command {
	return group("journal", "Read and check the evidence",
		"  mconnect journal tail\n  mconnect journal search --service GetPerson --since 24h\n  mconnect journal verify --dir ./mconnect-data",
		s.journalTail(), s.journalSearch(), s.journalReport(), s.journalShow(), s.journalVerify(), s.journalExport(), s.journalEvidence(), s.journalErase())
}

// dirFlag adds --dir.
func dirFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "dir", "", "folder of the installation (default: data_dir of the configuration)")
}

func (s *shell) journalTail() *cobra.Command {
	var dir string
	var last int64
	var follow bool
	c := &cobra.Command{
		Use:     "tail",
		Short:   "Show the newest records, and new ones as they come",
		Example: "  mconnect journal tail --last 20\n  mconnect journal tail --follow",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx := c.Context()
			return s.look(ctx, dir, func(i *app.Installation) error {
				head, err := i.Log().Head(ctx)
				if err != nil {
					return err
				}
				from := max(head.Size-max(last, 0), 0)
				if err := s.note(ctx, i, fmt.Sprintf("tail from record %d, follow %t", from, follow), int(head.Size-from)); err != nil {
					return err
				}
				if follow {
					err := i.Log().Follow(ctx, from, s.printBatch)
					if ctx.Err() != nil {
						return nil // stopped by the person
					}
					return err
				}
				return readFrom(ctx, i.Log(), from, head.Size, s.printBatch)
			})
		},
	}
	dirFlag(c, &dir)
	c.Flags().Int64Var(&last, "last", 10, "how many records to begin with")
	c.Flags().BoolVar(&follow, "follow", false, "go on with new records until interrupted")
	return c
}

// readFrom calls fn for the entries [from, size).
func readFrom(ctx context.Context, log *store.Log, from, size int64, fn func(store.Batch) error) error {
	for from < size {
		batches, err := log.Read(ctx, from, int(min(size-from, 1000)))
		if err != nil {
			return err
		}
		for _, b := range batches {
			skip := max(from-b.First, 0)
			count := min(int64(len(b.Entries)), size-b.First)
			if skip < count {
				if err := fn(store.Batch{First: b.First + skip, Entries: b.Entries[skip:count]}); err != nil {
					return err
				}
			}
			from = b.First + count
		}
		if len(batches) == 0 {
			return nil
		}
	}
	return nil
}

// printBatch writes a line a record: for people, or the record itself for programs.
func (s *shell) printBatch(b store.Batch) error {
	for n, raw := range b.Entries {
		index := b.First + int64(n)
		if s.output == "json" {
			fmt.Fprintf(s.out, `{"index":%d,"record":%s}`+"\n", index, raw.Data)
			continue
		}
		e, err := journal.Decode(raw.Data)
		if err != nil {
			fmt.Fprintf(s.out, "%8d  not readable: %v\n", index, err)
			continue
		}
		fmt.Fprintf(s.out, "%8d  %s  %-11s %s\n", index, e.Time.Local().Format("2006-01-02 15:04:05.000"), e.Kind, summary(&e))
	}
	return nil
}

// summary says in a few words what a record is about.
func summary(e *journal.Entry) string {
	var parts []string
	add := func(parts2 ...string) {
		if text := strings.Join(parts2, ""); strings.TrimSpace(text) != "" {
			parts = append(parts, text)
		}
	}
	switch {
	case e.Change != nil:
		add(e.Actor, " ", e.Change.Action, " ", e.Change.Resource, " ", e.Change.ID)
		add(e.Note)
	case e.Reading != nil:
		add(e.Actor, " ", e.Reading.Query, " → ", strconv.Itoa(e.Reading.Count))
		add(e.Note)
	case e.Event != nil:
		add(string(e.System))
		many := ""
		if e.Event.Count > 0 {
			many = strconv.Itoa(e.Event.Count) + " × "
		}
		add(many, strings.Join(e.Event.Types, ", "))
		add(strings.TrimSpace(e.Event.Source + " " + e.Event.ID))
		add(e.Event.Group)
		add(string(e.Purpose))
		add(e.Note)
	case e.Call != "":
		add(string(e.Call))
		add(string(e.System))
		if e.Service != "" {
			add("→ ", string(e.Service))
		}
		add(string(e.Purpose))
		add(string(e.Code))
	default:
		add(e.Actor)
		add(e.Note)
	}
	return strings.Join(parts, "  ")
}

func (s *shell) journalSearch() *cobra.Command {
	var p place
	var since, until, why string
	var q admin.Query
	c := &cobra.Command{
		Use:   "search",
		Short: "Find calls, changes and readings",
		Long: "Finds calls by time, participant, system, service, subject, purpose, verdict or call id, newest first. The subject is\n" +
			"given in clear and compared by pseudonym. The search itself is journalled with your name.",
		Example: "  mconnect journal search --service GetPerson --verdict refused --since 24h\n" +
			"  mconnect journal search --subject 2999000006393 --limit 50\n  mconnect journal search --before 1200   # the next page",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			ctx := c.Context()
			if q.From, err = parseTime(since); err != nil {
				return err
			}
			if q.To, err = parseEnd(until); err != nil {
				return err
			}
			if q.Limit < 1 {
				return usageError{fmt.Errorf("--limit %d: want 1 or more", q.Limit)}
			}
			return s.managed(ctx, p, func(m management) error {
				found, err := searched(ctx, m, q, why)
				if err != nil {
					return err
				}
				return s.printFound(found, q)
			})
		},
	}
	p.flags(s, c)
	f := c.Flags()
	f.StringVar(&why, "reason", "", "why you read the journal; kept with the reading")
	f.StringVar(&since, "since", "", "from then on: 2026-01-31 (a day in Chișinău), 2026-01-31T08:00:00Z, or 24h (ago)")
	f.StringVar(&until, "until", "", "until then, in the same forms; a day counts to its end")
	f.StringVar(&q.Participant, "participant", "", "consumer's participant id")
	f.StringVar(&q.System, "system", "", "consumer's system id")
	f.StringVar(&q.Service, "service", "", "service name")
	f.StringVar(&q.Provider, "provider", "", "provider's system id")
	f.StringVar(&q.Agreement, "agreement", "", "agreement id")
	f.StringVar(&q.Purpose, "purpose", "", "purpose code")
	f.StringVar(&q.Verdict, "verdict", "", "answered, failed, refused or open")
	f.StringVar(&q.Call, "call", "", "call id")
	f.StringVar(&q.Subject, "subject", "", "identifier of the data subject, in clear")
	f.Int64Var(&q.Before, "before", 0, "only records with a lower index: the next page")
	f.IntVar(&q.Limit, "limit", 50, "how many rows, the newest first; 1 or more")
	return c
}

// searched asks for the pages of a search until as many are found as are wanted, or there are no more.
func searched(ctx context.Context, m management, q admin.Query, why string) ([]admin.Found, error) {
	all := []admin.Found{}
	in := map[string]any{}
	for name, value := range map[string]string{
		"participant": q.Participant, "system": q.System, "service": q.Service, "provider": q.Provider, "agreement": q.Agreement,
		"purpose": q.Purpose, "verdict": q.Verdict, "call": q.Call, "subject": q.Subject, "reason": why,
	} {
		if value != "" {
			in[name] = value
		}
	}
	if !q.From.IsZero() {
		in["from"] = q.From
	}
	if !q.To.IsZero() {
		in["to"] = q.To
	}
	if q.Before > 0 {
		in["cursor"] = strconv.FormatInt(q.Before, 10)
	}
	for {
		in["limit"] = min(q.Limit-len(all), 1000)
		var out struct {
			Items []admin.Found
			Next  string
		}
		if err := m.do(ctx, http.MethodPost, "/v1/journal/search", in, &out); err != nil {
			return nil, err
		}
		all = append(all, out.Items...)
		if out.Next == "" || len(all) >= q.Limit {
			return all, nil
		}
		in["cursor"] = out.Next
	}
}

func (s *shell) printFound(found []admin.Found, q admin.Query) error {
	t := table{
		head: []string{"index", "time", "kind", "system", "service", "purpose", "verdict", "code", "call"}, value: found,
		empty: "Nothing found.",
	}
	for _, f := range found {
		t.rows = append(t.rows, []string{
			strconv.FormatInt(f.Index, 10), f.At.Local().Format("2006-01-02 15:04:05"), f.Kind, f.System, f.Service, f.Purpose,
			f.Verdict, f.Code, f.Call,
		})
	}
	if err := s.print(t); err != nil || s.output == "json" {
		return err
	}
	if len(found) > 0 && len(found) == q.Limit {
		fmt.Fprintf(s.out, "More: add --before %d\n", found[len(found)-1].Index)
	}
	return nil
}

// parseTime reads a date, which begins at midnight in Chișinău, a time, or a duration before now.
func parseTime(text string) (time.Time, error) { return parseMoment(text, civil.Parse) }

// parseEnd is parseTime for the end of a period: a date counts to its end.
func parseEnd(text string) (time.Time, error) { return parseMoment(text, civil.ParseEnd) }

func parseMoment(text string, parse func(string) (time.Time, error)) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return time.Now().Add(-d), nil
	}
	if at, err := parse(text); err == nil {
		return at, nil
	}
	return time.Time{}, usageError{fmt.Errorf("%q: want 2026-01-31 (a day in Chișinău), 2026-01-31T08:00:00Z or 24h (ago)", text)}
}

// chisinau is the time zone of the country.
func chisinau() *time.Location { return civil.Zone() }

func (s *shell) journalShow() *cobra.Command {
	var p place
	var why string
	c := &cobra.Command{
		Use:   "show INDEX",
		Short: "Show one whole record",
		Long: "Shows a record as it is stored and, where it is sealed and not erased, the data subject in clear. The reading is\n" +
			"journalled with your name and the reason.",
		Example: "  mconnect journal show 42\n  mconnect journal show 42 --reason 'control 7' --admin-url https://host:8445",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			index, err := parseIndex(args[0])
			if err != nil {
				return err
			}
			return s.managed(c.Context(), p, func(m management) error {
				var out struct {
					Index   int64
					Record  json.RawMessage
					Subject string
				}
				path := "/v1/journal/" + args[0] + "?" + url.Values{"reveal": {"true"}, "reason": {why}}.Encode()
				if err := m.do(c.Context(), http.MethodGet, path, nil, &out); err != nil {
					return err
				}
				return s.printJSON(shownRecord{index, rawJSON(out.Record), out.Subject})
			})
		},
	}
	p.flags(s, c)
	c.Flags().StringVar(&why, "reason", "journal show", "why you read the journal; kept with the reading")
	return c
}

// parseIndex reads the index of a record.
func parseIndex(arg string) (int64, error) {
	index, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || index < 0 {
		return 0, usageError{fmt.Errorf("%q: want the index of a record", arg)}
	}
	return index, nil
}

type shownRecord struct {
	Index   int64   `json:"index"`
	Record  rawJSON `json:"record"`
	Subject string  `json:"subject_in_clear,omitempty"`
}

// rawJSON is JSON that is printed as it stands.
type rawJSON []byte

// MarshalJSON implements json.Marshaler.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }
