package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/internal/civil"
	"mconnect/internal/surface/admin"
)

func (s *session) agreements() *cobra.Command {
	return group("agreement", "Agreements in force: suspend and lift for one's side, terminate",
		"  mconnect agreement show a-2026-0001\n"+
			"  mconnect agreement suspend a-2026-0001 --cause technical --facts 'no answer since 10:00' --as PERSON@asp",
		s.agreementShow(), s.agreementSuspend(), s.agreementLift(), s.agreementTerminate())
}

// onAgreement makes a command about one agreement: fill adds its flags and returns how its body is made.
func (s *session) onAgreement(c *cobra.Command, method, path string,
	fill func(*cobra.Command) map[string]*string) *cobra.Command {
	var f requestFlags
	c.Use += " AGREEMENT"
	c.Args = cobra.ExactArgs(1)
	c.Example = "  mconnect agreement " + c.Example
	f.flags(s, c)
	in := fill(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return s.asked(c.Context(), f, func(m adminAPI) error {
			return s.flagAgreement(c.Context(), m, method, args[0], path, in)
		})
	}
	return c
}

// flagAgreement sends a body about an agreement and prints what suspends or ends it then.
func (s *session) flagAgreement(ctx context.Context, m adminAPI, method, id, path string, in map[string]*string) error {
	var out admin.FlagsView
	var body any
	if in != nil {
		stated := map[string]string{}
		for name, value := range in {
			if *value != "" {
				stated[name] = *value
			}
		}
		body = stated
	}
	if err := m.do(ctx, method, "/v1/agreements/"+url.PathEscape(id)+path, body, &out); err != nil {
		return err
	}
	if s.output == "json" {
		return s.printJSON(out)
	}
	state := string(out.Status)
	if !out.InForce {
		state += ", " + s.say(notInForce)
	}
	fmt.Fprintf(s.out, "%s  %s\n", out.ID, state)
	for _, one := range out.Suspensions {
		until := ""
		if !one.Until.IsZero() {
			until = "–" + civil.Moment(one.Until)
		}
		fmt.Fprintf(s.out, "  %s  %s%s  %s: %s  %s\n", one.Side, civil.Moment(one.Since), until, s.say(one.Cause.Title()),
			one.Facts, one.By)
	}
	if e := out.Ending; e != nil {
		fmt.Fprintf(s.out, "  %s  %s: %s  %s\n", s.say(endingOf), civil.Moment(e.At), e.Reason, e.By)
	}
	return nil
}

func (s *session) agreementShow() *cobra.Command {
	return s.onAgreement(&cobra.Command{Use: "show", Short: "Show what suspends or ends an agreement",
		Example: "show a-2026-0001"}, http.MethodGet, "/suspensions",
		func(*cobra.Command) map[string]*string { return nil })
}

func (s *session) agreementSuspend() *cobra.Command {
	return s.onAgreement(&cobra.Command{Use: "suspend", Short: "Suspend an agreement for one's side: its next call is refused",
		Long: "Sets the suspension of one side. Each side sets and lifts its own; the agreement is in force only while none holds.\n" +
			"The causes are those of Law 142/2018, art. 7 (2) f: authority, technical, legal, mandate, own.",
		Example: "suspend a-2026-0001 --cause technical --facts 'no answer since 10:00' --as PERSON@asp"},
		http.MethodPost, "/suspensions", func(c *cobra.Command) map[string]*string {
			return map[string]*string{
				"side":  c.Flags().String("side", "", "consumer, provider, operator, security or law; default: the side of --as"),
				"cause": c.Flags().String("cause", "", "authority, technical, legal, mandate or own"),
				"facts": c.Flags().String("facts", "", "what happened, for the other side"),
				"until": c.Flags().String("until", "", "a day, to its end, or a moment; default: until it is lifted"),
			}
		})
}

func (s *session) agreementLift() *cobra.Command {
	return s.onAgreement(&cobra.Command{Use: "lift", Short: "Lift the suspension of one's side",
		Long:    "Lifts the suspension of one side. One of the platform's staff is lifted by another person than set it.",
		Example: "lift a-2026-0001 --reason 'the system answers again' --as PERSON@asp"},
		http.MethodPost, "/suspensions/lift", func(c *cobra.Command) map[string]*string {
			return map[string]*string{
				"side":   c.Flags().String("side", "", "consumer, provider, operator, security or law; default: the side of --as"),
				"reason": c.Flags().String("reason", "", "why it is lifted"),
			}
		})
}

func (s *session) agreementTerminate() *cobra.Command {
	return s.onAgreement(&cobra.Command{Use: "terminate", Short: "Consent to terminate an agreement: two persons end it",
		Long:    "The first person states why; the agreement ends when another person who may do so gives the same command.",
		Example: "terminate a-2026-0001 --reason 'the institution was reorganised' --as PERSON@platform"},
		http.MethodPost, "/ending", func(c *cobra.Command) map[string]*string {
			return map[string]*string{"reason": c.Flags().String("reason", "", "why; of the first consent")}
		})
}

var (
	notInForce = mconnect.Text{RO: "apelurile sunt refuzate", EN: "calls are refused", RU: "вызовы отклоняются"}
	endingOf   = mconnect.Text{RO: "încetarea așteaptă al doilea acord", EN: "its termination waits for the second consent",
		RU: "прекращение ожидает второго согласия"}
)
