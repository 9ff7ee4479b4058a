package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"mconnect"

	"github.com/spf13/cobra"

	"mconnect/internal/surface/admin"
)

var errNoServer = errors.New("--admin-url is needed: these commands ask a running server, and none writes the store of this installation")

// flagsRequired adds the flags of a command that only a running server can answer.
func (r *remote) flagsRequired(s *session, c *cobra.Command) {
	r.flags(s, c)
	dirFlag(c, &r.dir)
	c.Flags().Lookup("admin-url").Usage = "management API of the running server, e.g. https://host:8445 (or environment MCONNECT_ADMIN_URL); default: the server that writes the installation's SQLite store"
}

// eventsAPI calls the part of a running server's management API for events.
func (s *session) eventsAPI(ctx context.Context, server remote, method, path string, body, out any) error {
	server, err := s.serverFor(server.dir, server)
	if err != nil {
		return err
	}
	if server.url == "" {
		return usageError{errNoServer}
	}
	return adminAPI{s: s, server: server}.do(ctx, method, "/v1/events"+path, body, out)
}

func (s *session) eventLag() *cobra.Command {
	var server remote
	var system, grp string
	c := &cobra.Command{
		Use:     "lag",
		Short:   "Show how far each consumer's groups are behind, and how webhooks fare",
		Example: "  mconnect events lag --admin-url https://host:8445 --token-file admin.token --ca ca.pem\n  mconnect events lag --system primaria-exemplu.asistenta --output json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var out struct{ Items []admin.EventLag }
			path := "/lag?" + url.Values{"system": {system}, "group": {grp}, "lang": {s.lang}}.Encode()
			if err := s.eventsAPI(c.Context(), server, http.MethodGet, path, nil, &out); err != nil {
				return err
			}
			t := table{head: []string{"system", "group", "readers", "waiting", "delivered", "oldest", "partitions",
				"fault"}, value: out.Items, empty: noGroup}
			for _, l := range out.Items {
				parts := make([]string, len(l.Parts))
				for i, p := range l.Parts {
					parts[i] = strconv.FormatInt(p.Waiting, 10)
				}

				t.add(l.System, l.Group, l.Readers, l.Waiting, l.Delivered, l.Oldest, strings.Join(parts, " "),
					l.Fault)
			}
			if err := s.print(t); err != nil || s.output == "json" {
				return err
			}
			return s.printWebhooks(out.Items)
		},
	}
	c.Flags().StringVar(&system, "system", "", "only this consumer")
	c.Flags().StringVar(&grp, "group", "", "only this group")
	server.flagsRequired(s, c)
	return c
}

func (s *session) eventHistory() *cobra.Command {
	var server remote
	var reason string
	c := &cobra.Command{
		Use:     "history SOURCE ID",
		Short:   "Show who has an event, who has not, and why",
		Example: "  mconnect events history urn:asp:rst 7c1e --reason 'complaint 17'",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			var found struct{ Items []admin.FoundEvent }
			if err := s.eventsAPI(c.Context(), server, http.MethodPost, "/search",
				map[string]string{"source": args[0], "id": args[1], "reason": reason}, &found); err != nil {
				return err
			}
			all := []admin.EventStep{}
			t := table{head: []string{"system", "group", "arrival", "why", "behind"}, empty: noSuchEvent}
			for _, e := range found.Items {
				var out struct{ Steps []admin.EventStep }
				path := fmt.Sprintf("/log/%d/history?%s", e.Index, url.Values{"reason": {reason}}.Encode())
				if err := s.eventsAPI(c.Context(), server, http.MethodGet, path, nil, &out); err != nil {
					return err
				}
				t.empty = withArguments(acceptedUnread, e.Index)
				all = append(all, out.Steps...)
				for _, step := range out.Steps {
					t.add(step.System, step.Group, step.Arrival, step.Why, step.Behind)
				}
			}
			t.value = all
			return s.print(t)
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why; kept in the journal with the reading")
	server.flagsRequired(s, c)
	return c
}

func (s *session) eventDead() *cobra.Command {
	return group("dead", "Dead events: look, mend, requeue, drop",
		"  mconnect events dead list --state waiting\n  mconnect events dead mend 17 --data mended.json --reason 'typo'\n  mconnect events dead requeue 17 --reason mended",
		s.deadList(), s.deadShow(),
		s.deadChange("mend", "Give a waiting dead event another payload, checked against its type"),
		s.deadChange("requeue", "Deliver a waiting dead event to its group again"),
		s.deadChange("drop", "Give a waiting dead event up"))
}

func (s *session) deadList() *cobra.Command {
	var server remote
	var system, typ, state string
	var from int64
	c := &cobra.Command{
		Use:     "list",
		Short:   "List dead events",
		Example: "  mconnect events dead list --system primaria-exemplu.asistenta --state waiting",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{"system": {system}, "type": {typ}, "cursor": {strconv.FormatInt(from, 10)}}
			if state != "" {
				q.Set("state", state)
			}
			var out struct{ Items []admin.DeadEvent }
			if err := s.eventsAPI(c.Context(), server, http.MethodGet, "/dead?"+q.Encode(), nil, &out); err != nil {
				return err
			}
			t := table{head: []string{"id", "system", "group", "state", "type", "source", "event", "reason", "at"},
				value: out.Items, empty: noDeadEvent}
			for _, d := range out.Items {
				t.add(d.ID, d.System, d.Group, d.State, d.Type, d.Source, d.Event, d.Reason, d.At)
			}
			return s.print(t)
		},
	}
	f := c.Flags()
	f.StringVar(&system, "system", "", "only of this consumer")
	f.StringVar(&typ, "type", "", "only of this type")
	f.StringVar(&state, "state", "", "waiting, requeued or dropped")
	f.Int64Var(&from, "from", 0, "ids from here on")
	server.flagsRequired(s, c)
	return c
}

func (s *session) deadShow() *cobra.Command {
	var server remote
	var reason string
	c := &cobra.Command{
		Use:     "show ID",
		Short:   "Show one dead event with its payload",
		Example: "  mconnect events dead show 17 --reason 'complaint 17'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var out admin.DeadEvent
			path := "/dead/" + url.PathEscape(args[0]) + "?" + url.Values{"reason": {reason}}.Encode()
			if err := s.eventsAPI(c.Context(), server, http.MethodGet, path, nil, &out); err != nil {
				return err
			}
			return s.printJSON(out)
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why; kept in the journal with the reading")
	server.flagsRequired(s, c)
	return c
}

// deadDone are the results of the changes to a dead event.
var deadDone = map[string]mconnect.Text{"mend": sayDeadCorrected, "requeue": sayDeadRequeued, "drop": sayDeadDropped}

func (s *session) deadChange(change, short string) *cobra.Command {
	var server remote
	var reason, data string
	c := &cobra.Command{
		Use:     change + " ID",
		Short:   short,
		Example: "  mconnect events dead " + change + " 17 --reason 'see ticket 4'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			body := struct {
				Change string          `json:"change"`
				Data   json.RawMessage `json:"data,omitempty"`
				Reason string          `json:"reason"`
			}{Change: change, Reason: reason}
			if data != "" {
				text, err := os.ReadFile(data)
				if err != nil {
					return usageError{err}
				}
				if !json.Valid(text) {
					return usageError{fmt.Errorf("%s: not JSON", data)}
				}
				body.Data = text
			}
			if err := s.eventsAPI(c.Context(), server, http.MethodPost, "/dead/"+url.PathEscape(args[0]), body,
				nil); err != nil {
				return err
			}
			if s.output == "json" {
				return s.printJSON(map[string]string{"id": args[0], "done": change})
			}
			return s.printSentence(deadDone[change], args[0])
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why; journalled")
	_ = c.MarkFlagRequired("reason") // the flag exists
	if change == "mend" {
		c.Flags().StringVar(&data, "data", "", "JSON file with the new payload")
		_ = c.MarkFlagRequired("data")
	}
	server.flagsRequired(s, c)
	return c
}
