package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/domain/event"
	"mconnect/internal/entitlement"
	"mconnect/internal/manifest"
)

func (s *session) events() *cobra.Command {
	return group("events", "Produce and consume events; their types, who may have them, and how they fare",
		"  mconnect events types\n  mconnect events settings primaria-exemplu.asistenta\n  mconnect events produce birth.json --cert register.pem --key register-key.pem --ca ca.pem\n"+
			"  mconnect events consume --follow --confirm --cert hall.pem --key hall-key.pem --ca ca.pem",
		s.eventProduce(), s.eventConsume(), s.eventTypes(), s.eventSettings(), s.eventCompare(), s.eventLag(),
		s.eventHistory(), s.eventDead(), s.eventReplay(),
		s.eventWebhook(), s.eventReceipt())
}

func (s *session) eventTypes() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "types",
		Short:   "List the event types, with who produces them",
		Example: "  mconnect events types\n  mconnect events types --output json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withWritableStore(c.Context(), dir, func(i *app.Installation) error {
				t := table{head: []string{"type", "version", "status", "owner", "personal", "kept", "producers",
					"title"}, empty: noEventType}
				for _, e := range i.Rooms.Events.Types() {
					var producers []string
					for _, p := range e.Producers {
						producers = append(producers, string(p.System)+" ("+strings.Join(p.Sources, ", ")+")")
					}
					t.add(e.Name, e.Version, e.Status, e.Owner, e.Personal, hours(i.Rights.Retention(e.Name)),
						strings.Join(producers, "; "), e.Title.In(s.language()))
				}
				return s.print(t)
			})
		},
	}
	dirFlag(c, &dir)
	return c
}

func hours(d time.Duration) string { return fmt.Sprintf("%gh", d.Hours()) }

// eventRight is one line of what a system may consume, for programs.
type eventRight struct {
	Type      mconnect.EventType   `json:"type"`
	Allowed   bool                 `json:"allowed"`
	Agreement mconnect.AgreementID `json:"agreement,omitempty"`
	Purpose   mconnect.PurposeCode `json:"purpose,omitempty"`
	Fields    []string             `json:"fields,omitempty"`
	Code      fault.Code           `json:"code,omitempty"`
	Checks    []fault.Check        `json:"checks"`
}

func (s *session) eventSettings() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "settings SYSTEM",
		Short: "Show what a system may produce and consume, and why or why not",
		Long: "Lists the types that a system may produce with its sources, every type for which it has an agreement with the verdict\n" +
			"that stands now, check by check, and its subscriptions.",
		Example: "  mconnect events settings banca-exemplu.evenimente\n  mconnect events settings asp.rsc --output json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			system, err := mconnect.ParseSystemID(args[0])
			if err != nil {
				return usageError{fmt.Errorf("%q: %w", args[0], err)}
			}
			return s.withWritableStore(c.Context(), dir, func(i *app.Installation) error {
				return s.printSettings(i, system)
			})
		},
	}
	dirFlag(c, &dir)
	return c
}

func (s *session) printSettings(i *app.Installation, system mconnect.SystemID) error {
	produces, err := i.Rights.Produces(system)
	if err != nil {
		return err
	}
	consumes, err := i.Rights.Consumes(system, time.Now())
	if err != nil {
		return err
	}
	var subscriptions []event.Subscription
	for _, one := range i.Rooms.Events.Subscriptions() {
		if one.System == system {
			subscriptions = append(subscriptions, one.Subscription)
		}
	}
	rights := make([]eventRight, len(consumes))
	for n, r := range consumes {
		rights[n] = rightOf(r)
	}
	if s.output == "json" {
		return s.printJSON(struct {
			System        mconnect.SystemID               `json:"system"`
			Produces      map[mconnect.EventType][]string `json:"produces"`
			Consumes      []eventRight                    `json:"consumes"`
			Subscriptions []event.Subscription            `json:"subscriptions"`
		}{system, produces, rights, subscriptions})
	}
	for _, typ := range slices.Sorted(maps.Keys(produces)) {
		fmt.Fprintf(s.out, "produces  %s under %s\n", typ, strings.Join(produces[typ], ", "))
	}
	for _, r := range rights {
		s.printRight(r)
	}
	for _, one := range subscriptions {
		fmt.Fprintf(s.out, "subscribed %s: group %s, %s\n", one.ID, one.GroupName(), describeSubscription(&one))
	}
	if len(produces)+len(rights)+len(subscriptions) == 0 {
		fmt.Fprintf(s.out, "%s neither produces nor consumes events.\n", system)
	}
	return nil
}

func rightOf(r entitlement.Right) eventRight {
	v := r.Verdict
	one := eventRight{Type: r.Type.Name, Allowed: v.Allowed, Agreement: v.Agreement, Fields: v.Grant, Checks: v.Checks}
	if v.Purpose != nil {
		one.Purpose = v.Purpose.Code
	}
	if v.Fault != nil {
		one.Code = v.Fault.Code
	}
	return one
}

func (s *session) printRight(r eventRight) {
	if r.Allowed {
		fmt.Fprintf(s.out, "consumes  %s by %s for %s: %s\n", r.Type, r.Agreement, r.Purpose,
			strings.Join(r.Fields, ", "))
		return
	}
	fmt.Fprintf(s.out, "refused   %s (%s)\n", r.Type, r.Code)
	for _, check := range r.Checks {
		fmt.Fprintf(s.out, "    %-10s %-20s %s\n", check.Result, check.Name, check.Sentence(s.language()))
	}
}

func describeSubscription(one *event.Subscription) string {
	how := "fetched by the consumer"
	if one.Pushes() {
		how = "pushed to " + one.Delivery.Webhook.URL
	}
	what := "all types"
	if len(one.Types) > 0 {
		what = fmt.Sprintf("%d types", len(one.Types))
	}
	return fmt.Sprintf("%s, %d filters, %s", what, len(one.Filters), how)
}

func (s *session) eventCompare() *cobra.Command {
	var dir, folder string
	var set []string
	c := &cobra.Command{
		Use:   "compare -f FOLDER",
		Short: "Show what the event types of manifests would change, and whom that breaks",
		Long: "Compares each event type in a folder of manifests (or one file) with the type that stands: what changes in the data,\n" +
			"whether it breaks consumers or producers, and which agreements and subscriptions it touches. Nothing is changed.\n" +
			"Ends with 1 when consumers would break.",
		Example: "  mconnect events compare -f country/16-event-types.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			vars, err := parseVars(set)
			if err != nil {
				return err
			}
			wanted, err := loadManifests(folder, vars)
			if err != nil {
				return err
			}
			return s.withWritableStore(c.Context(), dir, func(i *app.Installation) error {
				impacts, err := compareAll(i, wanted)
				if err != nil {
					return err
				}
				return s.printImpacts(impacts)
			})
		},
	}
	f := c.Flags()
	f.StringVarP(&folder, "file", "f", "", "folder of manifests, or one file")
	f.StringArrayVar(&set, "set", nil, "value of a variable in the manifests: NAME=VALUE (repeatable)")
	dirFlag(c, &dir)
	_ = c.MarkFlagRequired("file") // the flag exists
	return c
}

func compareAll(i *app.Installation, wanted manifest.Set) ([]entitlement.Impact, error) {
	impacts := []entitlement.Impact{}
	for _, item := range wanted {
		next, ok, err := item.EventType()
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if impact, known := i.Rights.Compare(next); known {
			impacts = append(impacts, impact)
		}
	}
	return impacts, nil
}

func (s *session) printImpacts(impacts []entitlement.Impact) error {
	breaks := slices.ContainsFunc(impacts, entitlement.Impact.Breaks)
	t := table{head: []string{"type", "version", "place", "change", "breaks"}, value: impacts, empty: noImpact}
	for _, i := range impacts {
		version := i.From.String() + " → " + i.To.String()
		for _, c := range i.Changes {
			t.add(i.Type, version, c.Path, c.Kind, c.Breaks)
		}
		for _, a := range i.Agreements {
			t.add(i.Type, version, strings.Join(a.What, "; "), "agreement "+a.ID, a.Consumer)
		}
		for _, a := range i.Subscriptions {
			t.add(i.Type, version, strings.Join(a.What, "; "), "subscription "+a.ID, a.Consumer)
		}
	}
	if err := s.print(t); err != nil {
		return err
	}
	if breaks {
		return errSilent
	}
	return nil
}
