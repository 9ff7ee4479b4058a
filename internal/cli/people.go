package cli

import (
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"mconnect/internal/domain/people"
	"mconnect/internal/surface/admin"
)

const (
	pathPeople      = "/v1/people"
	pathMemberships = "/v1/memberships"
)

func (s *session) people() *cobra.Command {
	c := &cobra.Command{
		Use:     "people",
		Short:   "Persons who log in to the portal: set up local accounts, list, block",
		Example: "  mconnect people list --output json",
		Args:    cobra.NoArgs,
	}
	c.AddCommand(s.peopleInit(), s.peopleList(), s.peopleBlock("block", "Stop a person from logging in and end all sessions", true),
		s.peopleBlock("unblock", "Allow a blocked person to log in again", false))
	return c
}

func (s *session) peopleInit() *cobra.Command {
	var p placeFlags
	var person string
	c := &cobra.Command{
		Use:   "init",
		Short: "Make a setup code for the first operator, or for an account that has to be set up again",
		Long: "Prints a code that counts once, within 24 hours, at /local of the portal. There the person chooses login and password and sets\n" +
			"up an authenticator. Without --person a new person is made, on the platform's staff as admin. The code is journalled.",
		Example: "  mconnect people init\n  mconnect people init --person 0199a1b2-0000-7000-8000-000000000000",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.managed(c.Context(), p, func(m adminAPI) error {
				var out struct {
					Code  string    `json:"code"`
					Until time.Time `json:"until"`
				}
				in := map[string]string{}
				if person != "" {
					in["person"] = person
				}
				if err := m.do(c.Context(), http.MethodPost, pathPeople+"/setup", in, &out); err != nil {
					return err
				}
				t := table{head: []string{"code", "until"}, value: out}
				t.add(out.Code, out.Until)
				return s.print(t)
			})
		},
	}
	p.flags(s, c)
	c.Flags().StringVar(&person, "person", "", "whose account is set up again; default: a new person")
	return c
}

func (s *session) peopleList() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use:     "list",
		Short:   "List persons",
		Example: "  mconnect people list --output json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.managed(c.Context(), p, func(m adminAPI) error {
				var out struct{ Items []people.Person }
				if err := m.do(c.Context(), http.MethodGet, pathPeople, nil, &out); err != nil {
					return err
				}
				t := table{head: []string{"id", "name", "blocked", "since"}, value: out.Items, empty: nobodyKnown}
				for _, one := range out.Items {
					t.add(one.ID, one.Name, one.Blocked, one.CreatedAt)
				}
				return s.print(t)
			})
		},
	}
	p.flags(s, c)
	return c
}

func (s *session) peopleBlock(verb, short string, block bool) *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use:     verb + " PERSON",
		Short:   short,
		Example: "  mconnect people " + verb + " 0199a1b2-0000-7000-8000-000000000000",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.managed(c.Context(), p, func(m adminAPI) error {
				return m.do(c.Context(), http.MethodPost, pathPeople+"/"+url.PathEscape(args[0])+"/block",
					map[string]bool{"blocked": block}, nil)
			})
		},
	}
	p.flags(s, c)
	return c
}

func (s *session) team() *cobra.Command {
	c := &cobra.Command{
		Use:     "team",
		Short:   "Roles of persons at a participant, or on the platform's staff",
		Example: "  mconnect team list primaria-exemplu --output json",
		Args:    cobra.NoArgs,
	}
	c.AddCommand(s.teamList(), s.teamGrant(), s.teamVerb("approve", "Approve a role that another person proposed"),
		s.teamVerb("decline", "Decline a proposed role"), s.teamVerb("end", "End a role now"))
	return c
}

func (s *session) teamList() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use:     "list [PARTICIPANT]",
		Short:   "List the team of a participant; without one the platform's staff",
		Example: "  mconnect team list primaria-exemplu\n  mconnect team list",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			path := pathMemberships
			if len(args) == 1 {
				path += "?" + url.Values{"participant": args}.Encode()
			}
			return s.managed(c.Context(), p, func(m adminAPI) error {
				var out struct{ Items []admin.Membership }
				if err := m.do(c.Context(), http.MethodGet, path, nil, &out); err != nil {
					return err
				}
				return s.printTeam(out.Items)
			})
		},
	}
	p.flags(s, c)
	return c
}

func (s *session) printTeam(all []admin.Membership) error {
	t := table{head: []string{"id", "person", "name", "role", "state", "until"}, value: all, empty: nobodyKnown}
	for _, m := range all {
		until := ""
		if m.Until != nil {
			until = m.Until.Format(time.DateOnly)
		}
		t.add(m.ID, m.Person, m.Name, m.Role, m.State, until)
	}
	return s.print(t)
}

func (s *session) teamGrant() *cobra.Command {
	var p placeFlags
	var person, participant string
	c := &cobra.Command{
		Use:     "grant ROLE --person PERSON",
		Short:   "Grant a person a role; that of approver is proposed, and another person approves it",
		Example: "  mconnect team grant editor --person 0199a1b2-0000-7000-8000-000000000000 --participant primaria-exemplu",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in := map[string]string{"role": args[0], "person": person}
			if participant != "" {
				in["participant"] = participant
			}
			return s.managed(c.Context(), p, func(m adminAPI) error {
				var out admin.Membership
				if err := m.do(c.Context(), http.MethodPost, pathMemberships, in, &out); err != nil {
					return err
				}
				return s.printTeam([]admin.Membership{out})
			})
		},
	}
	p.flags(s, c)
	c.Flags().StringVar(&person, "person", "", "identifier of the person")
	c.Flags().StringVar(&participant, "participant", "", "where; default: on the platform's staff")
	_ = c.MarkFlagRequired("person") // the flag exists
	return c
}

func (s *session) teamVerb(verb, short string) *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use:     verb + " MEMBERSHIP",
		Short:   short,
		Example: "  mconnect team " + verb + " 0199a1b2-0000-7000-8000-000000000000",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.managed(c.Context(), p, func(m adminAPI) error {
				return m.do(c.Context(), http.MethodPost, pathMemberships+"/"+url.PathEscape(args[0])+"/"+verb, nil, nil)
			})
		},
	}
	p.flags(s, c)
	return c
}
