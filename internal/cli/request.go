package cli

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"mconnect/internal/domain/access"
	"mconnect/internal/surface/admin"
)

const pathRequests = "/v1/requests"

// requestFlags are what the commands about access requests share.
type requestFlags struct {
	placeFlags
	as string
}

func (f *requestFlags) flags(s *session, c *cobra.Command) {
	f.placeFlags.flags(s, c)
	c.Flags().StringVar(&f.as, "as", s.env("MCONNECT_AS"),
		"for whom the command acts: PERSON@PARTICIPANT or PERSON@platform; with the local token only (environment: MCONNECT_AS)")
}

// asked does work by the management API for the person of --as.
func (s *session) asked(ctx context.Context, f requestFlags, work func(adminAPI) error) error {
	return s.managed(ctx, f.placeFlags, func(m adminAPI) error {
		m.server.as = f.as
		return work(m)
	})
}

func (s *session) requests() *cobra.Command {
	return group("request", "Access requests: from a draft to an agreement in force",
		"  mconnect request new --service GetPerson/1.0.0 --as 0198c0de-…@primaria-exemplu\n"+
			"  mconnect request list\n  mconnect request show D-2026-0001",
		s.requestNew(), s.requestSet(), s.requestShow(), s.requestList(), s.requestTasks(), s.requestForm(),
		s.requestAttach(), s.requestSubmit(), s.requestProtect(), s.requestVersion(), s.requestSign(),
		s.requestRecall(),
		s.requestCheck(), s.requestReturn(), s.requestDecide(), s.requestApprove(), s.requestRefuse(), s.requestTest(),
		s.requestStart(), s.requestWithdraw(), s.requestMessage(), s.requestDiff(), s.requestExtend(),
		s.requestDocument())
}

// onRequest makes the command of one verb of one request: fill adds its flags and returns how its body is made. The
// body is a step, or what path takes.
func (s *session) onRequest(use, short, example, path string,
	fill func(*cobra.Command) func() (any, error)) *cobra.Command {
	var f requestFlags
	c := &cobra.Command{Use: use + " NUMBER", Short: short, Example: "  mconnect request " + example,
		Args: cobra.ExactArgs(1)}
	f.flags(s, c)
	body := fill(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		in, err := body()
		if err != nil {
			return err
		}
		return s.asked(c.Context(), f, func(m adminAPI) error {
			return s.sendStep(c.Context(), m, http.MethodPost, args[0], path, in)
		})
	}
	return c
}

// sendStep sends a body about a request and prints what the request is then.
func (s *session) sendStep(ctx context.Context, m adminAPI, method, number, path string, in any) error {
	var out admin.RequestView
	at := pathRequests
	if number != "" {
		at += "/" + url.PathEscape(number)
	}
	if err := m.do(ctx, method, at+path, in, &out); err != nil {
		return err
	}
	return s.printRequest(out)
}

// step is the body of a verb.
type requestStep map[string]any

// bare is a verb without anything to state.
func bare(verb access.Verb) func(*cobra.Command) func() (any, error) {
	return func(*cobra.Command) func() (any, error) {
		return func() (any, error) { return requestStep{"step": verb}, nil }
	}
}

// reasoned is a verb with a reason.
func reasoned(verb access.Verb, flag, help string) func(*cobra.Command) func() (any, error) {
	return func(c *cobra.Command) func() (any, error) {
		reason := c.Flags().String(flag, "", help)
		return func() (any, error) { return requestStep{"step": verb, "reason": *reason}, nil }
	}
}

func (s *session) requestNew() *cobra.Command {
	var f requestFlags
	in := map[string]*string{}
	c := &cobra.Command{
		Use: "new", Short: "Begin a request", Args: cobra.NoArgs,
		Long: "Begins a draft for the participant of --as. What the registers know is filled in: systems, contacts, the service.\n" +
			"A change of an agreement begins with what the agreement grants.",
		Example: "  mconnect request new --service GetPerson/1.0.0 --as PERSON@primaria-exemplu\n" +
			"  mconnect request new --kind amendment --agreement a-2026-0001 --as PERSON@primaria-exemplu",
		RunE: func(c *cobra.Command, _ []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				return s.sendStep(c.Context(), m, http.MethodPost, "", "", in)
			})
		},
	}
	f.flags(s, c)
	flag := func(name, value, help string) { in[name] = c.Flags().String(name, value, help) }
	flag("kind", string(access.New), "new, amendment, renewal, narrowing or withdrawal")
	flag("service", "", "Name/1.0.0")
	flag("agreement", "", "that is to change")
	flag("copy", "", "number of a request to begin with")
	return c
}

func (s *session) requestSet() *cobra.Command {
	var f requestFlags
	var file string
	c := &cobra.Command{
		Use: "set NUMBER BLOCK [FIELD=VALUE...]", Short: "Save the answers of one block", Args: cobra.MinimumNArgs(2),
		Long: "Saves answers of a block. With --file the block's answers are those of a YAML or JSON file; FIELD=VALUE changes single\n" +
			"answers and keeps the others. A value is YAML: true, 12, [LastName, FirstName]. What is wrong is shown, and saved.",
		Example: "  mconnect request set D-2026-0001 B --file date.yaml\n" +
			"  mconnect request set D-2026-0001 D children=false retention_months=12 'measures=[roles, logs]'",
		RunE: func(c *cobra.Command, args []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				return s.saveBlock(c.Context(), m, args[0], args[1], file, args[2:])
			})
		},
	}
	f.flags(s, c)
	c.Flags().StringVarP(&file, "file", "f", "", "YAML or JSON with the answers of the block, by field; - reads standard input")
	return c
}

func (s *session) saveBlock(ctx context.Context, m adminAPI, number, block, file string, single []string) error {
	var was admin.RequestView
	at := pathRequests + "/" + url.PathEscape(number)
	if err := m.do(ctx, http.MethodGet, at, nil, &was); err != nil {
		return err
	}
	answers := map[string]any{}
	if file != "" {
		text, err := s.readAnswers(file)
		if err != nil {
			return err
		}
		if err := yaml.Unmarshal(text, &answers); err != nil {
			return usageError{err}
		}
	} else {
		own, err := s.fieldsOf(ctx, m, block)
		if err != nil {
			return err
		}
		for id, v := range was.Request.Answers {
			if slices.Contains(own, id) {
				answers[id] = v
			}
		}
	}
	for _, one := range single {
		name, text, ok := strings.Cut(one, "=")
		if !ok {
			return usageError{fmt.Errorf("%q: want FIELD=VALUE", one)}
		}
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			return usageError{err}
		}
		answers[name] = value
	}
	return s.sendStep(ctx, m, http.MethodPut, number, "/blocks/"+url.PathEscape(block),
		map[string]any{"revision": was.Request.Revision, "answers": answers})
}

// fieldsOf lists the fields of a block.
func (s *session) fieldsOf(ctx context.Context, m adminAPI, block string) (ids []string, err error) {
	var f struct {
		Blocks []struct {
			ID     string
			Fields []struct{ ID string }
		}
	}
	if err := m.do(ctx, http.MethodGet, pathRequests+"/form", nil, &f); err != nil {
		return nil, err
	}
	for _, b := range f.Blocks {
		if strings.EqualFold(b.ID, block) {
			for _, one := range b.Fields {
				ids = append(ids, one.ID)
			}
		}
	}
	return ids, nil
}

// readAnswers reads a file, or standard input for "-".
func (s *session) readAnswers(name string) ([]byte, error) {
	if name == "-" {
		return readAll(s.in)
	}
	return os.ReadFile(name)
}

func (s *session) requestShow() *cobra.Command {
	var f requestFlags
	c := &cobra.Command{
		Use: "show NUMBER", Short: "Show a request: its state, who acts next, what is missing", Args: cobra.ExactArgs(1),
		Example: "  mconnect request show D-2026-0001 --lang ro",
		RunE: func(c *cobra.Command, args []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				return s.sendStep(c.Context(), m, http.MethodGet, args[0], "", nil)
			})
		},
	}
	f.flags(s, c)
	return c
}

func (s *session) requestList() *cobra.Command {
	var f requestFlags
	var states []string
	c := &cobra.Command{
		Use: "list", Short: "List requests, the latest change first", Args: cobra.NoArgs,
		Example: "  mconnect request list --state submitted --state provider_decision",
		RunE: func(c *cobra.Command, _ []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				var out struct{ Items []access.Request }
				query := url.Values{"state": states}
				if err := m.do(c.Context(), http.MethodGet, pathRequests+"?"+query.Encode(), nil, &out); err != nil {
					return err
				}
				t := table{head: []string{"number", "kind", "state", "consumer", "provider", "service", "since"},
					value: out.Items, empty: noRequest}
				for _, r := range out.Items {
					t.add(r.Number, r.Kind, s.say(r.State.Name()), r.Consumer, r.Provider, r.Service, r.Since)
				}
				return s.print(t)
			})
		},
	}
	f.flags(s, c)
	c.Flags().StringArrayVar(&states, "state", nil, "only those in this state (repeatable)")
	return c
}

func (s *session) requestTasks() *cobra.Command {
	var f requestFlags
	c := &cobra.Command{
		Use: "tasks", Short: "List what is due: who must act, since when, and the legal period", Args: cobra.NoArgs,
		Example: "  mconnect request tasks --as PERSON@asp",
		RunE: func(c *cobra.Command, _ []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				var out struct{ Items []access.Task }
				if err := m.do(c.Context(), http.MethodGet, pathRequests+"/tasks", nil, &out); err != nil {
					return err
				}
				t := table{head: []string{"request", "step", "side", "mine", "since", "period"}, value: out.Items,
					empty: noTask}
				for _, one := range out.Items {
					period := ""
					if k := one.Clock; k != nil {
						period = fmt.Sprintf("%d/%d", k.Day, k.Limit)
					}
					t.add(one.Request, one.Step, one.Side, one.Mine, one.Since, period)
				}
				return s.print(t)
			})
		},
	}
	f.flags(s, c)
	return c
}

func (s *session) requestAttach() *cobra.Command {
	var f requestFlags
	var field string
	c := &cobra.Command{
		Use: "attach NUMBER FILE", Short: "Attach a PDF, JPEG or PNG of at most 10 MB", Args: cobra.ExactArgs(2),
		Example: "  mconnect request attach D-2026-0001 dpia.pdf --field /dpia_file",
		RunE: func(c *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[1])
			if err != nil {
				return err
			}
			in := map[string]any{"name": filepath.Base(args[1]), "field": field,
				"data": base64.StdEncoding.EncodeToString(data)}
			return s.asked(c.Context(), f, func(m adminAPI) error {
				return s.sendStep(c.Context(), m, http.MethodPost, args[0], "/attachments", in)
			})
		},
	}
	f.flags(s, c)
	c.Flags().StringVar(&field, "field", "", "path of the field that the file answers")
	return c
}

func (s *session) requestSubmit() *cobra.Command {
	return s.onRequest("submit", "Hand a complete draft to the data protection officer, then for the signature",
		"submit D-2026-0001 --as PERSON@primaria-exemplu", "/steps", bare(access.Submit))
}

func (s *session) requestProtect() *cobra.Command {
	return s.onRequest("protect", "Approve the part on data protection, or send the draft back",
		"protect D-2026-0001 --return --reason 'retention is too long'", "/steps",
		func(c *cobra.Command) func() (any, error) {
			back := c.Flags().Bool("return", false, "send the draft back")
			reason := c.Flags().String("reason", "", "remarks")
			return func() (any, error) {
				return requestStep{"step": access.Protect, "approved": !*back, "reason": *reason}, nil
			}
		})
}

func (s *session) requestRecall() *cobra.Command {
	return s.onRequest("recall", "Take back what waits for the officer or the signature", "recall D-2026-0001", "/steps",
		reasoned(access.Recall, "reason", "why"))
}

func (s *session) requestWithdraw() *cobra.Command {
	return s.onRequest("withdraw", "Withdraw a request", "withdraw D-2026-0001 --reason 'not needed any more'", "/steps",
		reasoned(access.Withdraw, "reason", "why"))
}

func (s *session) requestApprove() *cobra.Command {
	return s.onRequest("approve", "Issue the Connection Decision", "approve D-2026-0001 --as PERSON@platform", "/steps",
		bare(access.Approve))
}

func (s *session) requestStart() *cobra.Command {
	return s.onRequest("start", "Put the tested agreement in force", "start D-2026-0001", "/steps", bare(access.Start))
}

func (s *session) requestExtend() *cobra.Command {
	return s.onRequest("extend", "Make the legal period 15 days longer, with reasons",
		"extend D-2026-0001 --reason 'the register is being moved'", "/steps",
		reasoned(access.Extend, "reason", "sent to the applicant"))
}

func (s *session) requestTest() *cobra.Command {
	return s.onRequest("test", "Run the contract tests in the sandbox", "test D-2026-0001", "/tests",
		func(*cobra.Command) func() (any, error) {
			return func() (any, error) { return map[string]any{}, nil }
		})
}

// points reads PATH=TEXT.
func points(list []string) (all []map[string]string, err error) {
	for _, one := range list {
		path, text, ok := strings.Cut(one, "=")
		if !ok {
			return nil, usageError{fmt.Errorf("--point %q: want PATH=TEXT", one)}
		}
		all = append(all, map[string]string{"path": path, "text": text})
	}
	return all, nil
}

// pointing is a verb with a text and points at fields.
func pointing(verb access.Verb) func(*cobra.Command) func() (any, error) {
	return func(c *cobra.Command) func() (any, error) {
		text := c.Flags().String("text", "", "what to say")
		list := c.Flags().StringArray("point", nil, "what to change: PATH=TEXT, e.g. '/purposes/0/why=say for whom' (repeatable)")
		note := c.Flags().Bool("note", false, "for one's own side only")
		return func() (any, error) {
			step := verb
			if *note && verb == access.Say {
				step = access.Note
			}
			found, err := points(*list)
			return requestStep{"step": step, "reason": *text, "points": found}, err
		}
	}
}

func (s *session) requestReturn() *cobra.Command {
	return s.onRequest("return", "Ask for changes", "return D-2026-0001 --text 'please' --point '/purposes/0/why=for whom?'",
		"/steps", pointing(access.Return))
}

func (s *session) requestMessage() *cobra.Command {
	return s.onRequest("message", "Write to the other sides, or a note for one's own", "message D-2026-0001 --text 'thanks'",
		"/steps", pointing(access.Say))
}

func (s *session) requestCheck() *cobra.Command {
	return s.onRequest("check", "State that the check list is complete", "check D-2026-0001 --as PERSON@platform", "/steps",
		func(c *cobra.Command) func() (any, error) {
			notes := c.Flags().StringToString("note", nil, "remark on a line of the list: LINE=TEXT")
			return func() (any, error) {
				var all []access.Check
				for _, id := range access.CheckList() {
					all = append(all, access.Check{ID: id, OK: true, Note: (*notes)[id]})
				}
				return requestStep{"step": access.Review, "checks": all}, nil
			}
		})
}

func (s *session) requestRefuse() *cobra.Command {
	return s.onRequest("refuse", "Refuse a request, with its reasons",
		"refuse D-2026-0001 --code no_basis --facts 'the act does not name the task' --law 'Legea nr. 142/2018 art. 6'", "/steps",
		func(c *cobra.Command) func() (any, error) {
			in := map[string]*string{}
			for _, name := range []string{"code", "facts", "law", "remedy"} {
				in[name] = c.Flags().String(name, "", refusalHelp[name])
			}
			return func() (any, error) { return requestStep{"step": access.Refuse, "refusal": in}, nil }
		})
}

var refusalHelp = map[string]string{"code": "one of no_basis, basis_not_in_force, outside_mandate, excess_fields, wrong_service, " +
	"special_regime, dpia_missing, standing, system_unregistered, technical, duplicate, other",
	"facts": "what was found", "law": "the provision", "remedy": "what would remove the obstacle"}

func (s *session) requestDecide() *cobra.Command {
	var f requestFlags
	var without, conditions []string
	c := &cobra.Command{
		Use: "decide NUMBER", Short: "The provider's decision: grant everything, or all but some fields", Args: cobra.ExactArgs(1),
		Example: "  mconnect request decide D-2026-0001 --without ajutor-social:FirstName=excess_fields --condition 'audit each year'",
		RunE: func(c *cobra.Command, args []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				verdict, err := s.verdictOn(c.Context(), m, args[0], without)
				if err != nil {
					return err
				}
				return s.sendStep(c.Context(), m, http.MethodPost, args[0], "/steps", requestStep{"step": access.Decide,
					"verdict": map[string]any{"purposes": verdict, "conditions": conditions}})
			})
		},
	}
	f.flags(s, c)
	c.Flags().StringArrayVar(&without, "without", nil, "a field that is not granted: PURPOSE:FIELD=CODE (repeatable)")
	c.Flags().StringArrayVar(&conditions, "condition", nil, "a condition of the grant (repeatable)")
	return c
}

// verdictOn grants what a request asks for, without some fields.
func (s *session) verdictOn(ctx context.Context, m adminAPI, number string, without []string) ([]access.PurposeVerdict,
	error) {
	var r admin.RequestView
	if err := m.do(ctx, http.MethodGet, pathRequests+"/"+url.PathEscape(number), nil, &r); err != nil {
		return nil, err
	}
	all := access.GrantAll(access.AskedBy(r.Request.Answers)).Purposes
	for _, one := range without {
		field, code, ok := strings.Cut(one, "=")
		purpose, path, fine := strings.Cut(field, ":")
		refused := false
		for i := range all {
			for j := range all[i].Fields {
				if string(all[i].Code) == purpose && all[i].Fields[j].Path == path {
					all[i].Fields[j] = access.FieldVerdict{Path: path, Code: access.RefusalCode(code)}
					refused = true
				}
			}
		}
		if !ok || !fine || !refused {
			return nil, usageError{fmt.Errorf("--without %q: want PURPOSE:FIELD=CODE of what is asked for", one)}
		}
	}
	return all, nil
}

func (s *session) requestDiff() *cobra.Command {
	var f requestFlags
	var before, after int
	c := &cobra.Command{
		Use: "diff NUMBER", Short: "Show what differs between two versions", Args: cobra.ExactArgs(1),
		Example: "  mconnect request diff D-2026-0001 --before 1 --after 2",
		RunE: func(c *cobra.Command, args []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				var out struct{ Changes []access.Change }
				query := url.Values{"before": {strconv.Itoa(before)}, "after": {strconv.Itoa(after)}}
				if err := m.do(c.Context(), http.MethodGet, pathRequests+"/"+url.PathEscape(args[0])+"/diff?"+query.Encode(),
					nil, &out); err != nil {
					return err
				}
				t := table{head: []string{"answer", "before", "after"}, value: out.Changes, empty: sayUnchanged}
				for _, one := range out.Changes {
					t.add(one.Path, one.Before, one.After)
				}
				return s.print(t)
			})
		},
	}
	f.flags(s, c)
	c.Flags().IntVar(&before, "before", 1, "version, from 1")
	c.Flags().IntVar(&after, "after", 0, "version; 0: the answers as they are now")
	return c
}

var errNoSignature = errors.New("state --jws FILE, or --key FILE and --certificate FILE, or --decline and --reason")
