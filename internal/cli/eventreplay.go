package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mconnect/internal/civil"
	"mconnect/internal/surface/admin"
)

func (s *session) eventReplay() *cobra.Command {
	var server remote
	var o admin.ReplayOrder
	var from, to string
	var yes bool
	c := &cobra.Command{
		Use:   "replay SYSTEM",
		Short: "Deliver events of a time once more to one group of one consumer",
		Long: "Shows which events would be delivered once more: from where to where, how many, how many of them the group had acknowledged.\n" +
			"With --yes it delivers them, after they have stood in the journal with the reason. The consumer gets them behind what it has\n" +
			"still to get, with the same source and id.",
		Example: "  mconnect events replay primaria-exemplu.asistenta --from 2026-03-01T00:00:00Z --to 2026-03-02T00:00:00Z --reason 'restored from backup' --dry-run\n" +
			"  mconnect events replay primaria-exemplu.asistenta --from 2026-03-01T00:00:00Z --to 2026-03-02T00:00:00Z --reason 'restored from backup' --yes",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.System = args[0]
			if o.From, err = parseTime(from); err != nil {
				return err
			}
			if o.To, err = parseEnd(to); err != nil {
				return err
			}
			if yes && o.DryRun {
				return usageError{errors.New("--dry-run and --yes exclude one another")}
			}
			return s.replay(c.Context(), server, o, yes)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Group, "group", "", "group (default ~default)")
	f.StringSliceVar(&o.Types, "type", nil, "only these types (repeatable)")
	f.StringVar(&from, "from", "", "accepted at or after")
	f.StringVar(&to, "to", "", "accepted before")
	f.StringVar(&o.Reason, "reason", "", "why; journalled")
	f.BoolVar(&o.DryRun, "dry-run", false, "show what would be delivered, and do nothing")
	f.BoolVar(&yes, "yes", false, "deliver; without it the events are shown only")
	_ = c.MarkFlagRequired("reason") // the flag exists
	server.flagsRequired(s, c)
	return c
}

// replay shows what is, or would be, delivered once more.
func (s *session) replay(ctx context.Context, server remote, o admin.ReplayOrder, yes bool) error {
	asked := o.DryRun
	o.DryRun = !yes
	var out admin.Replayed
	if err := s.eventsAPI(ctx, server, http.MethodPost, "/replay", o, &out); err != nil {
		return err
	}
	if err := s.printReplayed(out); err != nil {
		return err
	}
	if !yes && !asked {
		return usageError{fmt.Errorf("nothing was delivered: add --yes to deliver these %d events", out.Events)}
	}
	return nil
}

func (s *session) printReplayed(r admin.Replayed) error {
	if s.output == "json" {
		return s.printJSON(r)
	}
	done := sayReplayed
	if r.DryRun {
		done = sayWouldReplay
	}
	if err := s.printSentence(done, r.Events, r.Group, r.System); err != nil || r.Events == 0 {
		return err
	}
	parts := make([]string, len(r.Parts))
	for i, n := range r.Parts {
		parts[i] = strconv.Itoa(n)
	}
	_, err := fmt.Fprint(s.out, s.sentence(sayReplayDetails,
		r.First, when(r.From), r.Last, when(r.To), r.Confirmed, strings.Join(parts, " ")))
	return err
}

// when is a time for people, "" for none.
func when(t *time.Time) string {
	if t == nil {
		return ""
	}
	return civil.Moment(*t)
}
