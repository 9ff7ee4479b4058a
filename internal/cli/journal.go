package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mconnect/internal/app"
	"mconnect/internal/appendlog"
	"mconnect/internal/civil"
	"mconnect/internal/domain/journal"
	"mconnect/internal/surface/admin"
)

func (s *session) journal() *cobra.Command {
	return group("journal", "Read and check the evidence",
		"  mconnect journal tail\n  mconnect journal search --service GetPerson --since 24h\n  mconnect journal verify --dir ./mconnect-data",
		s.journalTail(), s.journalSearch(), s.journalReport(), s.journalShow(), s.journalVerify(), s.journalExport(),
		s.journalEvidence(), s.journalErase())
}

// dirFlag adds --dir.
func dirFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "dir", "", "folder of the installation (default: data_dir of the configuration)")
}

// reasonFlags adds --call-reason, which searches also take as --reason-text, and --reason.
func reasonFlags(c *cobra.Command, stated, why *string) {
	f := c.Flags()
	f.StringVar(stated, "call-reason", "", "a part of the reason that the caller stated (CallReason); also --reason-text")
	f.StringVar(why, "reason", "", "why you read the journal; kept with the reading")
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "reason-text" {
			name = "call-reason"
		}
		return pflag.NormalizedName(name)
	})
}

// tailFlags are the flags of `journal tail`.
type tailFlags struct {
	placeFlags
	last   int64
	follow bool
	why    string
}

func (s *session) journalTail() *cobra.Command {
	var t tailFlags
	c := &cobra.Command{
		Use:   "tail",
		Short: "Show the newest records, and new ones as they come",
		Example: "  mconnect journal tail --last 20\n  mconnect journal tail --follow\n" +
			"  mconnect journal tail --follow --reason 'incident 7' --admin-url https://host:8445",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if t.last < 0 {
				return usageError{fmt.Errorf("--last %d: want 0 or more", t.last)}
			}
			if server := s.profiled(t.dir, t.server); server.url != "" {
				return s.tailRemote(c.Context(), server, t)
			}
			return s.tailLocal(c.Context(), t)
		},
	}
	t.flags(s, c)
	c.Flags().Int64Var(&t.last, "last", 10, "how many records to begin with")
	c.Flags().BoolVar(&t.follow, "follow", false, "go on with new records until interrupted")
	c.Flags().StringVar(&t.why, "reason", "", "why you read the journal; kept with the reading")
	return c
}

// tailLocal reads the installation's own store.
func (s *session) tailLocal(ctx context.Context, t tailFlags) error {
	return s.withReadOnly(ctx, t.dir, func(i *app.Installation) error {
		head, err := i.Log().Head(ctx)
		if err != nil {
			return err
		}
		from := max(head.Size-t.last, 0)
		query := fmt.Sprintf("tail from record %d, follow %t", from, t.follow)
		if err := s.recordReading(ctx, i, query, t.why, int(head.Size-from)); err != nil {
			return err
		}
		if t.follow {
			err := i.Log().Follow(ctx, from, s.printBatch)
			if ctx.Err() != nil {
				return nil // stopped by the person
			}
			return err
		}
		_, err = appendlog.EachBatch(ctx, i.Log().Read, from, head.Size, s.printBatch)
		return err
	})
}

// tailRemote reads the answer of a server as it comes.
func (s *session) tailRemote(ctx context.Context, server remote, t tailFlags) error {
	query := url.Values{"last": {strconv.FormatInt(t.last, 10)}, "follow": {strconv.FormatBool(t.follow)}}
	if t.why != "" {
		query.Set("reason", t.why)
	}
	err := adminAPI{s: s, server: server}.do(ctx, http.MethodGet, "/v1/journal/tail?"+query.Encode(), nil,
		streamed(func(body io.Reader) error {
			lines := json.NewDecoder(body)
			for {
				var line struct {
					Index  int64
					Record json.RawMessage
				}
				if err := lines.Decode(&line); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return unreachable{fmt.Errorf("the answer of the server is not whole: %w", err)}
				}
				if err := s.printBatch(appendlog.Batch{First: line.Index,
					Entries: []appendlog.Entry{{Data: line.Record}}}); err != nil {
					return err
				}
			}
		}))
	if t.follow && ctx.Err() != nil {
		return nil // stopped by the person
	}
	return err
}

// printBatch writes a line a record: for people, or the record itself for programs.
func (s *session) printBatch(b appendlog.Batch) error {
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
		fmt.Fprintf(s.out, "%8d  %s  %-11s %s\n", index, e.Time.In(civil.Zone()).Format("2006-01-02 15:04:05.000"),
			e.Kind, summary(&e))
	}
	return nil
}

// summary describes a record in a few words.
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

func (s *session) journalSearch() *cobra.Command {
	var p placeFlags
	var since, until, why string
	var q admin.Query
	c := &cobra.Command{
		Use:   "search",
		Short: "Find calls, changes and readings",
		Long: "Finds calls by time, participant, system, service, subject, official, stated reason, purpose, verdict or call id, newest\n" +
			"first. The subject is given in clear and compared by pseudonym. The search itself is journalled with your name.",
		Example: "  mconnect journal search --service GetPerson --verdict refused --since 24h\n" +
			"  mconnect journal search --subject 2999000006393 --limit 50\n  mconnect journal search --before 1200   # the next page",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			ctx := c.Context()
			if q.From, q.To, err = parsePeriod(since, until); err != nil {
				return err
			}
			if q.Limit < 1 {
				return usageError{fmt.Errorf("--limit %d: want 1 or more", q.Limit)}
			}
			return s.managed(ctx, p, func(m adminAPI) error {
				all := []admin.Found{}
				err := searchPages(ctx, m, q, why, func(page []admin.Found) error {
					all = append(all, page...)
					return nil
				})
				if err != nil {
					return err
				}
				return s.printFound(all, q)
			})
		},
	}
	p.flags(s, c)
	f := c.Flags()
	queryFlags(c, &q, &since, &until, &why)
	f.Int64Var(&q.Before, "before", 0, "only records with a lower index: the next page")
	f.IntVar(&q.Limit, "limit", 50, "how many rows, the newest first; 1 or more")
	return c
}

// queryFlags adds the flags that select records.
func queryFlags(c *cobra.Command, q *admin.Query, since, until, why *string) {
	f := c.Flags()
	f.StringVar(since, "since", "", "from then on: 2026-01-31 (a day in Chișinău), 2026-01-31T08:00:00Z, or 24h (ago)")
	f.StringVar(until, "until", "", "until then, in the same forms; a day counts to its end")
	f.StringVar(&q.Participant, "participant", "", "consumer's participant id")
	f.StringVar(&q.System, "system", "", "consumer's system id")
	f.StringVar(&q.Service, "service", "", "service name")
	f.StringVar(&q.Provider, "provider", "", "provider's system id")
	f.StringVar(&q.Agreement, "agreement", "", "agreement id")
	f.StringVar(&q.Purpose, "purpose", "", "purpose code")
	f.StringVar(&q.Verdict, "verdict", "", "answered, failed, refused or open")
	f.StringVar(&q.Call, "call", "", "call id")
	f.StringVar(&q.Subject, "subject", "", "IDNP, IDNO or IDNV of the data subject, in clear")
	f.StringVar(&q.Official, "official", "", "person who asked (CallingUser)")
	reasonFlags(c, &q.CallReason, why)
}

// hasFilter reports whether a query selects some of the records only.
func hasFilter(q admin.Query) bool {
	q.Limit, q.Before, q.Whole = 0, 0, false
	return q != admin.Query{}
}

// maxPage is the number of rows of one request. Rows with their records are fewer, so that a page stays small.
const (
	maxPage      = 1000
	maxWholePage = 200
)

// searchPages passes the pages of a search to each until as many rows are found as are wanted, all for a limit of 0, or
// there are no more.
func searchPages(ctx context.Context, m adminAPI, q admin.Query, why string, each func([]admin.Found) error) error {
	in := map[string]any{
		"participant": q.Participant, "system": q.System, "service": q.Service, "provider": q.Provider,
		"agreement": q.Agreement, "purpose": q.Purpose, "verdict": q.Verdict, "call": q.Call, "subject": q.Subject,
		"official": q.Official, "call_reason": q.CallReason, "reason": why, "from": q.From, "to": q.To,
		"records": q.Whole,
	}
	maps.DeleteFunc(in, unstated)
	if q.Before > 0 {
		in["cursor"] = strconv.FormatInt(q.Before, 10)
	}
	size := maxPage
	if q.Whole {
		size = maxWholePage
	}
	for count := 0; ; {
		in["limit"] = size
		if q.Limit > 0 {
			in["limit"] = min(q.Limit-count, size)
		}
		var out struct {
			Items []admin.Found
			Next  string
		}
		if err := m.do(ctx, http.MethodPost, "/v1/journal/search", in, &out); err != nil {
			return err
		}
		if err := each(out.Items); err != nil {
			return err
		}
		if count += len(out.Items); out.Next == "" || q.Limit > 0 && count >= q.Limit {
			return nil
		}
		in["cursor"] = out.Next
	}
}

func (s *session) printFound(found []admin.Found, q admin.Query) error {
	t := table{
		head:  []string{"index", "time", "kind", "system", "service", "purpose", "verdict", "code", "call"},
		value: found,
		empty: nothingFound,
	}
	for _, f := range found {
		t.add(f.Index, f.At, f.Kind, f.System, f.Service, f.Purpose, f.Verdict, f.Code, f.Call)
	}
	if err := s.print(t); err != nil || s.output == "json" {
		return err
	}
	if len(found) > 0 && len(found) == q.Limit {
		_ = s.printSentence(sayMoreBefore, found[len(found)-1].Index)
	}
	return nil
}

// parsePeriod reads the beginning and the end of a period; "" leaves it open.
func parsePeriod(since, until string) (from, to time.Time, err error) {
	if from, err = parseTime(since); err == nil {
		to, err = parseEnd(until)
	}
	return from, to, err
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

func (s *session) journalShow() *cobra.Command {
	var p placeFlags
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
			return s.managed(c.Context(), p, func(m adminAPI) error {
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
