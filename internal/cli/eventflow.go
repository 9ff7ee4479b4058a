package cli

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mconnect"
	"mconnect/client"
)

// eventsURL is the default address for events.
const eventsURL = "https://localhost:8444"

// systemFlags are the address and the certificate of a system at the events listener.
type systemFlags struct{ url, cert, key, ca string }

func (p *systemFlags) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&p.url, "url", eventsURL, "events listener of the platform")
	f.StringVar(&p.cert, "cert", "", "PEM certificate of the system")
	f.StringVar(&p.key, "key", "", "PEM key of the system")
	f.StringVar(&p.ca, "ca", "", "PEM file of the authority that issued the platform's certificate")
	for _, name := range []string{"cert", "key"} {
		_ = c.MarkFlagRequired(name) // the flag exists
	}
}

// client makes the system's client. Close it.
func (p *systemFlags) client(lang mconnect.Lang) (*client.Client, error) {
	pair, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		return nil, usageError{err}
	}
	pool, err := roots(p.ca)
	if err != nil {
		return nil, err
	}
	c, err := client.New(client.Config{URL: p.url, Certificate: pair, Roots: pool, Language: lang})
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// eventParts are the attributes of one event, each by a flag.
type eventParts struct{ typ, source, id, subject, key, at, data, mediaType string }

func (p *eventParts) flags(f *pflag.FlagSet) {
	f.StringVar(&p.typ, "type", "", "type of the event, e.g. ASP.RSC.Birth.Registered; its attributes come by flags then, not from a file")
	f.StringVar(&p.source, "source", "", "source: one that the system may produce the type under")
	f.StringVar(&p.id, "id", "", "id within the source (default: a random one); a repeat is delivered once")
	f.StringVar(&p.subject, "subject", "", "subject")
	f.StringVar(&p.key, "partition-key", "", "partition key: events that share it keep their order")
	f.StringVar(&p.at, "time", "", "when it happened, like 2026-03-01T00:00:00Z (default: when the platform accepts it)")
	f.StringVarP(&p.data, "data", "d", "{}", "payload; @FILE reads a file, - standard input")
	f.StringVar(&p.mediaType, "media-type", "application/json", "what the payload is")
}

// event makes the event that the flags describe.
func (s *session) event(p eventParts) (client.Event, error) {
	typ, err := mconnect.ParseEventType(p.typ)
	if err != nil {
		return client.Event{}, usageError{err}
	}
	if p.source == "" {
		return client.Event{}, usageError{errors.New("--type needs --source")}
	}
	e := client.Event{Source: p.source, ID: p.id, Type: typ, Subject: p.subject, PartitionKey: p.key,
		ContentType: p.mediaType}
	if e.ID == "" {
		e.ID = rand.Text()
	}
	if p.at != "" {
		if e.Time, err = time.Parse(time.RFC3339, p.at); err != nil {
			return client.Event{}, usageError{fmt.Errorf("--time %q: want a time like 2026-03-01T00:00:00Z", p.at)}
		}
	}
	e.Data, err = s.readInput(p.data)
	return e, err
}

func (s *session) eventProduce() *cobra.Command {
	var as systemFlags
	var parts eventParts
	c := &cobra.Command{
		Use:   "produce [FILE|-]",
		Short: "Produce events as a producer system",
		Long: "Hands events to the platform: one CloudEvent in JSON, or a JSON array of them (all or none), from a file or standard input;\n" +
			"or one event whose attributes are given by flags. It returns when they are durable for every entitled consumer.\n" +
			"Exit codes: 0 accepted, 1 refused, 2 wrong usage, 3 the platform cannot be reached.",
		Example: "  mconnect events produce births.json --cert register.pem --key register-key.pem --ca ca.pem\n" +
			"  mconnect events produce --type ASP.RSC.Birth.Registered --source urn:asp:rsc --id N-2026-00101 --data @birth.json \\\n" +
			"    --partition-key act:N-2026-00101 --cert register.pem --key register-key.pem --ca ca.pem",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if (len(args) == 1) == (parts.typ != "") {
				return usageError{errors.New("want either a file (- for standard input) or --type")}
			}
			text, err := s.eventText(args, parts)
			if err != nil {
				return err
			}
			named, err := namesOf(text)
			if err != nil {
				return usageError{err}
			}
			producer, err := as.client(s.language())
			if err != nil {
				return err
			}
			defer producer.Close()
			if err := producer.ProduceText(c.Context(), text); err != nil {
				return err
			}
			return s.printAccepted(named)
		},
	}
	parts.flags(c.Flags())
	as.flags(c)
	return c
}

// eventText is what is to be produced, in JSON.
func (s *session) eventText(args []string, parts eventParts) ([]byte, error) {
	if len(args) == 1 {
		input := args[0]
		if input != "-" {
			input = "@" + input
		}
		return s.readInput(input)
	}
	e, err := s.event(parts)
	if err != nil {
		return nil, err
	}
	text, err := e.Text()
	if err != nil {
		return nil, usageError{err}
	}
	return text, nil
}

// eventName is what names an event.
type eventName struct {
	Type   string `json:"type"`
	Source string `json:"source"`
	ID     string `json:"id"`
}

// namesOf reads the names of the events in text; the platform reports every other mistake.
func namesOf(text []byte) ([]eventName, error) {
	var one eventName
	var all []eventName
	if json.Unmarshal(text, &all) == nil {
		return all, nil
	}
	if err := json.Unmarshal(text, &one); err != nil {
		return nil, fmt.Errorf("neither an event in JSON nor an array of them: %w", err)
	}
	return []eventName{one}, nil
}

func (s *session) printAccepted(named []eventName) error {
	t := table{head: []string{"accepted", "source", "id"}, value: named, empty: noEvent}
	for _, n := range named {
		t.add(n.Type, n.Source, n.ID)
	}
	return s.print(t)
}

// consumeFlags is how `events consume` is to end and what it shows.
type consumeFlags struct {
	client.Subscription
	from    string
	follow  bool
	confirm bool
	test    bool
	most    int
	quiet   time.Duration
	table   bool
}

func (s *session) eventConsume() *cobra.Command {
	var as systemFlags
	var in consumeFlags
	c := &cobra.Command{
		Use:   "consume",
		Short: "Consume events as a consumer system, by WebSocket",
		Long: "Receives events and writes each as it came, a line of JSON; with --output table, a line for people. It ends when nothing has\n" +
			"come for --quiet, after --max events, or with --follow never: then it also connects again. Nothing is confirmed unless\n" +
			"--confirm is given: the same events come again the next time. A group that has never read begins at what happens from\n" +
			"now on, or at --from. Take a --group of your own: members of one group share its events.\n" +
			"Exit codes: 0 done, 1 refused, 2 wrong usage, 3 the platform cannot be reached.",
		Example: "  mconnect events consume --group look --max 1 --cert hall.pem --key hall-key.pem --ca ca.pem\n" +
			"  mconnect events consume --follow --confirm --cert hall.pem --key hall-key.pem --ca ca.pem | jq .data",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if in.follow && in.most > 0 {
				return usageError{errors.New("--follow never ends, so it takes no --max")}
			}
			if in.from != "" {
				from, err := parseTime(in.from)
				if err != nil {
					return err
				}
				in.From = from
			}
			in.table = s.output == "table" && c.Flags().Changed("output")
			consumer, err := as.client(s.language())
			if err != nil {
				return err
			}
			defer consumer.Close()
			return s.consume(c.Context(), consumer, in)
		},
	}
	f := c.Flags()
	f.StringVar(&in.Group, "group", "", "group (default ~default)")
	f.BoolVar(&in.follow, "follow", false, "go on for ever")
	f.IntVar(&in.most, "max", 0, "wait for this many events, then end")
	f.DurationVar(&in.quiet, "quiet", 2*time.Second,
		"end when nothing has come for so long, unless --follow or --max is given")
	f.BoolVar(&in.confirm, "confirm", false, "confirm each event when it is written")
	f.BoolVar(&in.test, "test", false, "test events too")
	f.BoolVar(&in.Dead, "dead", false, "the system's dead events too")
	f.StringVar(&in.from, "from", "", "where a group that has never read begins, like 2026-03-01T00:00:00Z")
	as.flags(c)
	return c
}

// errQuiet ends the wait for events when none come.
var errQuiet = errors.New("nothing has come")

// consume writes events until there are enough, or none come.
func (s *session) consume(ctx context.Context, consumer *client.Client, in consumeFlags) error {
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in.NoTest, in.Peek = !in.test, !in.confirm
	silence := func() {}
	if !in.follow && in.most == 0 {
		clock := time.AfterFunc(in.quiet, func() { cancel(errQuiet) })
		defer clock.Stop()
		silence = func() { clock.Reset(in.quiet) }
	}
	n := 0
	in.Lost = func(err error) error {
		if !in.follow || (n == 0 && exitCode(err) == exitUnreachable) {
			return err
		}
		fmt.Fprintln(s.err, "mconnect: connecting again:", err)
		return nil
	}
	err := consumer.Consume(waiting, in.Subscription, func(_ context.Context, d *client.Delivery) error {
		silence()
		if err := s.printEvent(d, in.table); err != nil {
			return err
		}
		if n++; n == in.most {
			return client.ErrEnough
		}
		return nil
	})
	if errors.Is(context.Cause(waiting), errQuiet) || ctx.Err() != nil { // it was stopped
		return nil
	}
	return err
}

// printEvent writes an event in one line: as it came, or for people.
func (s *session) printEvent(d *client.Delivery, people bool) error {
	if !people {
		_, err := s.out.Write(append(d.Message, '\n'))
		return err
	}
	_, err := fmt.Fprintf(s.out, "%s  %s  %s  %s  %s\n", d.Time.Format(time.RFC3339), d.Type, d.Source, d.ID, d.Data)
	return err
}
