package cli

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/client"
	"mconnect/fault"
)

// sandboxURL is where the demo's sandbox listens.
const sandboxURL = "https://localhost:8447"

func (s *session) call() *cobra.Command {
	var server, cert, key, ca, input, fields string
	var envelope, tryOut bool
	var legal mconnect.LegalContext
	c := &cobra.Command{
		Use:   "call SERVICE[/VERSION]",
		Short: "Call a service as a consumer system",
		Long: "Calls a service over REST with a system's certificate and the four values of the legal context, and prints the\n" +
			"answer; a refusal is explained check by check. The reference of the call goes to standard error. With --soap the\n" +
			"certificate signs a SOAP message instead of opening the connection, and the answer's signature is verified.",
		Example: "  mconnect call GetPerson --url https://localhost:8443 --cert hall.pem --key hall-key.pem --ca ca.pem \\\n" +
			"    --user 2999900000262 --entity 1999900000014 --basis 'Legea nr. 100/2001' --reason DOS-2026-00017 \\\n" +
			"    --input '{\"IDNP\":\"2999000006393\"}'",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name, version, err := parseService(args[0])
			if err != nil {
				return err
			}
			body, err := s.readInput(input)
			if err != nil {
				return err
			}
			pair, err := tls.LoadX509KeyPair(cert, key)
			if err != nil {
				return usageError{err}
			}
			pool, err := roots(ca)
			if err != nil {
				return err
			}
			if tryOut && !c.Flags().Changed("url") {
				server = sandboxURL
			}
			if envelope {
				if versioned := strings.Contains(args[0], "/"); versioned || fields != "" {
					return usageError{errors.New("--soap takes neither a version nor --fields: the agreement says both")}
				}
				return s.callSOAP(c.Context(), soapCall{server, name, pair, pool, legal, body})
			}
			consumer, err := client.New(client.Config{URL: server, Certificate: pair, Roots: pool,
				Language: s.language()})
			if err != nil {
				return usageError{err}
			}
			defer consumer.Close()
			var options []client.Option
			if fields != "" {
				options = append(options, client.Fields(strings.Split(fields, ",")...))
			}
			var answer []byte
			receipt, err := consumer.Call(c.Context(), name, version, legal, json.RawMessage(body), &answer, options...)
			if receipt.Call != "" {
				fmt.Fprintf(s.err, "call %s, record %d\n", receipt.Call, receipt.Record)
			}
			if err != nil {
				return s.explainCall(err)
			}
			return s.printAnswer(answer)
		},
	}
	f := c.Flags()
	f.StringVar(&server, "url", "https://localhost:8443", "exchange listener of the platform")
	f.BoolVar(&tryOut, "sandbox", false, "call the sandbox: without --url the one at "+sandboxURL)
	f.StringVar(&cert, "cert", "", "PEM certificate of the calling system")
	f.StringVar(&key, "key", "", "PEM key of the calling system")
	f.StringVar(&ca, "ca", "", "PEM file of the authority that issued the platform's certificate")
	f.StringVar(&legal.User, "user", "", "CallingUser: IDNP of the official")
	f.StringVar(&legal.Entity, "entity", "", "CallingEntity: IDNO of the legal entity")
	f.StringVar(&legal.Basis, "basis", "", "CallBasis: legal basis")
	f.StringVar(&legal.Reason, "reason", "", "CallReason: concrete reason, e.g. a case number")
	f.StringVarP(&input, "input", "d", "{}", "request as JSON; @FILE reads a file, - standard input")
	f.StringVar(&fields, "fields", "", "ask for no more than these fields: Name,Address.Street")
	f.BoolVar(&envelope, "soap", false, "call by SOAP, signed with the system's key; the input may be XML, the content of Body")
	for _, name := range []string{"cert", "key"} {
		_ = c.MarkFlagRequired(name) // the flag exists
	}
	return c
}

func parseService(arg string) (mconnect.ServiceName, mconnect.Version, error) {
	name, stated, versioned := strings.Cut(arg, "/")
	service, err := mconnect.ParseServiceName(name)
	if err != nil {
		return "", mconnect.Version{}, usageError{fmt.Errorf("%q: %w", name, err)}
	}
	if !versioned {
		return service, mconnect.Version{}, nil
	}
	version, err := mconnect.ParseVersion(stated)
	if err != nil {
		return "", version, usageError{err}
	}
	return service, version, nil
}

func (s *session) readInput(input string) ([]byte, error) {
	var text []byte
	var err error
	switch file, isFile := strings.CutPrefix(input, "@"); {
	case input == "-":
		text, err = io.ReadAll(s.in)
	case isFile:
		text, err = os.ReadFile(file)
	default:
		text = []byte(input)
	}
	if err != nil {
		return nil, usageError{err}
	}
	return text, nil
}

// explainCall adds the verdict to a refusal: every check and how it ended.
func (s *session) explainCall(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	s.explain(f)
	for _, check := range f.Checks {
		fmt.Fprintf(s.err, "  %-11s %-20s %s\n", check.Result, check.Name, fault.CheckTitle(check.Name, s.language()))
	}
	if exitCode(f) == exitUnreachable {
		return unreachable{errSilent}
	}
	return errSilent
}

// unreachable is a failure with the exit code for a server that cannot be reached.
type unreachable struct{ error }

func (u unreachable) Unwrap() error { return u.error }

// printAnswer writes JSON indented for people or unchanged in one line, and any other document unchanged.
func (s *session) printAnswer(answer []byte) error {
	switch {
	case !json.Valid(answer): // a document: not one byte more
	case s.output == "table":
		return s.printJSON(json.RawMessage(answer))
	default:
		answer = append(answer, '\n')
	}
	_, err := s.out.Write(answer)
	return err
}
