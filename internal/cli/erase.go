package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"mconnect/internal/surface/admin"
)

const pathErase = "/v1/journal/erase"

// erasureFlags is what the commands about erasures share.
type erasureFlags struct {
	placeFlags
	subject, reason string
	yes             bool
}

func (s *session) journalErase() *cobra.Command {
	var e erasureFlags
	c := &cobra.Command{
		Use:   "erase --subject ID --reason TEXT",
		Short: "Propose to make a person's sealed identifiers unreadable for ever; another person approves",
		Long: "An erasure wants two persons. This command proposes it and says how many records it concerns; nothing is erased before\n" +
			"another administrator approves, within seven days. Then the keys under which the identifier of the person is sealed in the\n" +
			"journal are overwritten: records and proofs stay valid, the pseudonym remains. Both steps are journalled. An erasure\n" +
			"cannot be undone, except by restoring a backup. Commands at the machine itself count as one account, whoever runs them.",
		Example: "  mconnect journal erase --subject 2999000006393 --reason 'decizia DPD-2026-004' --yes\n" +
			"  mconnect journal erase list\n  mconnect journal erase approve 1042 --subject 2999000006393 --yes --admin-url https://host:8445",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if e.subject == "" || e.reason == "" {
				return usageError{errors.New("--subject and --reason are needed")}
			}
			return s.propose(c.Context(), e)
		},
	}
	e.flags(s, c)
	c.Flags().StringVar(&e.subject, "subject", "", "IDNP or IDNO of the person, in clear")
	c.Flags().StringVar(&e.reason, "reason", "", "decision behind it, for the journal")
	c.Flags().BoolVar(&e.yes, "yes", false, "propose; without it the number of records is shown only")
	c.AddCommand(s.eraseList(), s.eraseApprove(), s.eraseReject())
	return c
}

func (s *session) propose(ctx context.Context, e erasureFlags) error {
	return s.managed(ctx, e.placeFlags, func(m adminAPI) error {
		in := map[string]any{"subject": e.subject, "reason": e.reason, "dry_run": !e.yes}
		var out admin.Erasure
		if err := m.do(ctx, http.MethodPost, pathErase, in, &out); err != nil {
			return err
		}
		if !e.yes {
			return usageError{fmt.Errorf("the erasure would concern %d records; nothing was proposed: add --yes",
				out.Records)}
		}
		return s.printErasures([]admin.Erasure{out})
	})
}

func (s *session) eraseList() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use:     "list",
		Short:   "List proposed erasures and what became of them",
		Example: "  mconnect journal erase list --output json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.managed(c.Context(), p, func(m adminAPI) error {
				var out struct{ Items []admin.Erasure }
				if err := m.do(c.Context(), http.MethodGet, pathErase, nil, &out); err != nil {
					return err
				}
				return s.printErasures(out.Items)
			})
		},
	}
	p.flags(s, c)
	return c
}

func (s *session) eraseApprove() *cobra.Command {
	var e erasureFlags
	c := &cobra.Command{
		Use:   "approve ID --subject ID",
		Short: "Approve another person's proposal and carry it out",
		Long: "Carries out an erasure that somebody else proposed. The person is stated once more, from the decision on paper: an approval\n" +
			"for another person is refused. It cannot be undone, except by restoring a backup.",
		Example: "  mconnect journal erase approve 1042 --subject 2999000006393 --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseIndex(args[0])
			if err != nil {
				return err
			}
			if !e.yes {
				return usageError{errors.New("an erasure cannot be undone: add --yes to carry it out")}
			}
			return s.decideErasure(c.Context(), e.placeFlags, id, "approve",
				map[string]string{"subject": e.subject, "note": e.reason})
		},
	}
	e.flags(s, c)
	c.Flags().StringVar(&e.subject, "subject", "", "IDNP or IDNO of the person, in clear")
	c.Flags().StringVar(&e.reason, "note", "", "kept in the journal")
	c.Flags().BoolVar(&e.yes, "yes", false, "carry it out")
	_ = c.MarkFlagRequired("subject") // the flag exists
	return c
}

func (s *session) eraseReject() *cobra.Command {
	var e erasureFlags
	c := &cobra.Command{
		Use:     "reject ID --note TEXT",
		Short:   "Decline a proposal, or withdraw one's own",
		Example: "  mconnect journal erase reject 1042 --note 'the decision was annulled'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseIndex(args[0])
			if err != nil {
				return err
			}
			return s.decideErasure(c.Context(), e.placeFlags, id, "reject", map[string]string{"note": e.reason})
		},
	}
	e.flags(s, c)
	c.Flags().StringVar(&e.reason, "note", "", "why, for the journal")
	_ = c.MarkFlagRequired("note") // the flag exists
	return c
}

func (s *session) decideErasure(ctx context.Context, p placeFlags, id int64, step string,
	body map[string]string) error {
	return s.managed(ctx, p, func(m adminAPI) error {
		var out admin.Erasure
		if err := m.do(ctx, http.MethodPost, pathErase+"/"+strconv.FormatInt(id, 10)+"/"+step, body, &out); err != nil {
			return err
		}
		return s.printErasures([]admin.Erasure{out})
	})
}

func (s *session) printErasures(all []admin.Erasure) error {
	t := table{
		head:  []string{"id", "state", "records", "proposed by", "until", "decided by", "reason"},
		value: all, empty: noErasure,
	}
	for _, e := range all {
		t.add(e.ID, e.State, e.Records, e.ProposedBy, e.Until, e.DecidedBy, e.Reason)
	}
	return s.print(t)
}
