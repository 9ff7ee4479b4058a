package cli

import (
	"github.com/spf13/cobra"
)

func (s *session) eventReceipt() *cobra.Command {
	var as systemFlags
	c := &cobra.Command{
		Use:   "receipt SOURCE ID",
		Short: "Show a producer what became of one of its events",
		Long: "Says whether the event was accepted and where it stands in the log, until when it is kept, and of how many groups of consumers\n" +
			"with a right to it how many acknowledged it, have it, wait for it or gave it up. It speaks with the certificate of the system that\n" +
			"produced the event, and names no consumer.\n" +
			"Exit codes: 0 done, 1 refused or no such event, 2 wrong usage, 3 the platform cannot be reached.",
		Example: "  mconnect events receipt urn:asp:rsc N-2026-00101 --cert register.pem --key register-key.pem --ca ca.pem",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			producer, err := as.client(s.language())
			if err != nil {
				return err
			}
			defer producer.Close()
			r, err := producer.EventReceipt(c.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			g := r.Groups
			t := table{value: r, head: []string{"accepted", "type", "index", "recorded", "kept until", "entitled",
				"acknowledged", "delivered", "waiting", "dead"}}
			t.add(r.Accepted, r.Type, r.Index, r.Recorded, r.Until, g.Entitled, g.Acknowledged, g.Delivered, g.Waiting,
				g.Dead)
			return s.print(t)
		},
	}
	as.flags(c)
	return c
}
