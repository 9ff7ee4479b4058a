package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mconnect/internal/domain/event"
	"mconnect/internal/surface/admin"
)

func (s *session) eventWebhook() *cobra.Command {
	return group("webhook", "Webhooks: try one out, see what it answered",
		"  mconnect events webhook test banca-exemplu.evenimente/acte --reason 'new address'\n  mconnect events webhook attempts banca-exemplu.evenimente/acte",
		s.webhookTest(), s.webhookAttempts())
}

// webhookPath is the path of a webhook in the management API, by SYSTEM or SYSTEM/GROUP.
func (s *session) webhookPath(name, what string) string {
	system, group, _ := strings.Cut(name, "/")
	return "/webhooks/" + url.PathEscape(system) + "/" + url.PathEscape(cmp.Or(group, event.DefaultGroup)) + what +
		"?" + url.Values{"lang": {s.lang}}.Encode()
}

func (s *session) webhookTest() *cobra.Command {
	var server remote
	var reason string
	c := &cobra.Command{
		Use:   "test SYSTEM[/GROUP]",
		Short: "Send a signed test event to a webhook, and show what it answers",
		Long: "Makes the handshake and posts one signed event of the type MConnect.Platform.Webhook.Tested with \"test\": true, over connections of\n" +
			"its own. It shows address, TLS, status, headers, the beginning of the answer, the time, and what is wrong. It is journalled\n" +
			"with the reason, and counts as no delivery: nothing is confirmed, and the breaker stays as it is. A paused subscription can\n" +
			"be tested. Ends with 1 when the webhook would not be pushed to, or does not accept the event.",
		Example: "  mconnect events webhook test banca-exemplu.evenimente/acte --reason 'new address'\n" +
			"  mconnect events webhook test banca-exemplu.evenimente --reason 'ticket 4' --lang ro --admin-url https://host:8445",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var out admin.WebhookTest
			body := map[string]string{"reason": reason}
			if err := s.eventsAPI(c.Context(), server, http.MethodPost, s.webhookPath(args[0], "/test"), body,
				&out); err != nil {
				return err
			}
			if err := s.printTest(out); err != nil {
				return err
			}
			if !out.Passed {
				return errSilent
			}
			return nil
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why; journalled")
	_ = c.MarkFlagRequired("reason") // the flag exists
	server.flagsRequired(s, c)
	return c
}

func (s *session) printTest(t admin.WebhookTest) error {
	if s.output == "json" {
		return s.printJSON(t)
	}
	for _, step := range t.Steps {
		fmt.Fprintf(s.out, "%s %s\n", step.Method, step.URL)
		line := func(name, value string) {
			if value != "" {
				fmt.Fprintf(s.out, "  %-12s %s\n", name, value)
			}
		}
		line("address", step.Address)
		line("tls", step.TLS)
		line("certificate", step.Peer)
		line("issuer", step.Issuer)
		line("until", when(step.Until))
		status := "no answer"
		if step.Status > 0 {
			status = strconv.Itoa(step.Status)
		}
		line("answer", fmt.Sprintf("%s after %.3f s", status, step.Seconds))
		for _, name := range slices.Sorted(maps.Keys(step.Header)) {
			line("", name+": "+step.Header[name])
		}
		body := step.Body
		if step.More {
			body += " …"
		}
		line("body", body)
		line("wrong", troubleText(step.Trouble))
	}
	verdict := sayWebhookAccepts
	if !t.Passed {
		verdict = sayWebhookRefuses
	}
	return s.printSentence(verdict, t.Event, t.Node, t.Record)
}

// troubleText is a trouble in one line.
func troubleText(t admin.Trouble) string {
	if t.Code == "" {
		return ""
	}
	return fmt.Sprintf("%s %s (%s)", t.Problem, t.Remedy, t.Code)
}

// printWebhooks prints the state of the webhooks, one a line, with their faults below.
func (s *session) printWebhooks(lags []admin.EventLag) error {
	t := table{head: []string{"webhook", "node", "state", "until", "last attempt", "answer", "last success", "attempts",
		"next attempt", "retried", "delivered", "dead"}}
	var wrong []string
	for _, l := range lags {
		for _, w := range l.Webhooks {
			answer := ""
			if w.LastAnswer > 0 {
				answer = strconv.Itoa(w.LastAnswer)
			} else if w.LastAttempt != nil {
				answer = "none"
			}
			t.add(w.System+"/"+w.Group, w.Node, w.State, w.Until, w.LastAttempt, answer, w.LastSuccess,
				w.Attempts, w.Next, w.Retried, w.Delivered, w.Dead)
			if text := troubleText(w.Trouble); text != "" {
				wrong = append(wrong, w.System+"/"+w.Group+": "+text)
			}
		}
	}
	if len(t.rows) == 0 {
		return nil
	}
	fmt.Fprintln(s.out)
	if err := s.print(t); err != nil {
		return err
	}
	for _, line := range wrong {
		fmt.Fprintln(s.out, line)
	}
	return nil
}

func (s *session) webhookAttempts() *cobra.Command {
	var server remote
	c := &cobra.Command{
		Use:   "attempts SYSTEM[/GROUP]",
		Short: "List the last attempts to push to a webhook, and those for events that are tried again",
		Long: "Shows, for each node, up to 50 attempts, the newest first, and up to 20 events that were attempted in vain with the last five\n" +
			"attempts of each. They are kept in the store, so they outlast a restart.",
		Example: "  mconnect events webhook attempts banca-exemplu.evenimente/acte\n  mconnect events webhook attempts banca-exemplu.evenimente/acte --output json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return s.listAttempts(c.Context(), server, args[0]) },
	}
	server.flagsRequired(s, c)
	return c
}

func (s *session) listAttempts(ctx context.Context, server remote, name string) error {
	var out struct{ Items []admin.WebhookState }
	if err := s.eventsAPI(ctx, server, http.MethodGet, s.webhookPath(name, "/attempts"), nil, &out); err != nil {
		return err
	}
	t := table{
		head:  []string{"node", "at", "for", "event", "attempt", "answer", "seconds", "wrong"},
		value: out.Items, empty: noAttempt,
	}
	row := func(node string, a admin.WebhookAttempt) {
		answer := "none"
		if a.Status > 0 {
			answer = strconv.Itoa(a.Status)
		}
		t.add(node, a.At, a.For, strings.TrimSpace(a.Source+" "+a.ID), a.Number, answer,
			fmt.Sprintf("%.3f", a.Seconds), a.Problem)
	}
	for _, w := range out.Items {
		for _, a := range w.Recent {
			row(w.Node, a)
		}
	}
	if err := s.print(t); err != nil || s.output == "json" {
		return err
	}
	for _, w := range out.Items {
		for _, e := range w.Waiting {
			_ = s.printSentence(sayWaits, e.Source, e.ID, when(&e.First), e.Attempts, when(&e.Next))
			t := table{head: t.head}
			for _, a := range e.Last {
				t.add(w.Node, a.At, a.For, "", a.Number, a.Status, fmt.Sprintf("%.3f", a.Seconds), a.Problem)
			}
			if err := s.print(t); err != nil {
				return err
			}
		}
	}
	return nil
}
