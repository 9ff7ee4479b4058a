package cli

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/internal/civil"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/pki"
	"mconnect/internal/requests"
	"mconnect/internal/surface/admin"
)

func readAll(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, 16<<20)) }

func (s *session) requestVersion() *cobra.Command {
	var f requestFlags
	var version int
	c := &cobra.Command{
		Use: "version NUMBER", Short: "Write a frozen version in canonical JSON, as it is signed", Args: cobra.ExactArgs(1),
		Example: "  mconnect request version D-2026-0001 > D-2026-0001.json",
		RunE: func(c *cobra.Command, args []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				text, err := frozenVersion(c.Context(), m, args[0], version)
				if err == nil {
					_, err = s.out.Write(text)
				}
				return err
			})
		},
	}
	f.flags(s, c)
	c.Flags().IntVar(&version, "of", 0, "version, from 1; 0: the newest")
	return c
}

func frozenVersion(ctx context.Context, m adminAPI, number string, version int) ([]byte, error) {
	var text rawBytes
	err := m.do(ctx, http.MethodGet, fmt.Sprintf("%s/%s/versions/%d", pathRequests, url.PathEscape(number), version), nil,
		&text)
	return text, err
}

// signFlags are what a signature is made of.
type signFlags struct {
	requestFlags
	jws, key, certificate, reason string
	decline                       bool
}

func (s *session) requestSign() *cobra.Command {
	var f signFlags
	c := &cobra.Command{
		Use: "sign NUMBER", Short: "Hand in the signature of the signatory, or decline", Args: cobra.ExactArgs(1),
		Long: "Submits a request with the signature of its signatory: a compact JWS over the frozen version, made elsewhere (--jws), or\n" +
			"made here with a key and certificate in PEM files. The certificate must be that of the person who acts.",
		Example: "  mconnect request sign D-2026-0001 --jws D-2026-0001.jws --as PERSON@primaria-exemplu\n" +
			"  mconnect request sign D-2026-0001 --key head.key --certificate head.crt --as PERSON@primaria-exemplu",
		RunE: func(c *cobra.Command, args []string) error {
			work := func(m adminAPI) error { return s.sign(c.Context(), m, args[0], f) }
			return s.asked(c.Context(), f.requestFlags, work)
		},
	}
	f.flags(s, c)
	c.Flags().StringVar(&f.jws, "jws", "", "file with a compact JWS that was made elsewhere")
	c.Flags().StringVar(&f.key, "key", "", "PEM file of the signatory's key")
	c.Flags().StringVar(&f.certificate, "certificate", "", "PEM file of the signatory's certificate")
	c.Flags().BoolVar(&f.decline, "decline", false, "do not sign, and send the draft back")
	c.Flags().StringVar(&f.reason, "reason", "", "why it is declined")
	return c
}

func (s *session) sign(ctx context.Context, m adminAPI, number string, f signFlags) error {
	var jws string
	switch {
	case f.decline:
		return s.sendStep(ctx, m, http.MethodPost, number, "/steps", requestStep{"step": access.Decline, "reason": f.reason})
	case f.jws != "":
		text, err := os.ReadFile(f.jws)
		if err != nil {
			return err
		}
		jws = strings.TrimSpace(string(text))
	case f.key != "" && f.certificate != "":
		content, err := frozenVersion(ctx, m, number, 0)
		if err != nil {
			return err
		}
		if jws, err = signedBy(f.key, f.certificate, content); err != nil {
			return err
		}
	default:
		return usageError{errNoSignature}
	}
	return s.sendStep(ctx, m, http.MethodPost, number, "/signature", map[string]string{"jws": jws})
}

// signedBy signs a content with a key and its certificates.
func signedBy(keyFile, certificateFile string, content []byte) (string, error) {
	chain, err := pki.ReadCertificates(certificateFile)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "", fmt.Errorf("%s: no PEM", keyFile)
	}
	var key any
	if block.Type == "EC PRIVATE KEY" {
		key, err = x509.ParseECPrivateKey(block.Bytes)
	} else {
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	if err != nil {
		return "", err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return "", errors.New("the key cannot sign")
	}
	return requests.SignJWS(signer, chain, content)
}

func (s *session) requestDocument() *cobra.Command {
	var f requestFlags
	var file string
	c := &cobra.Command{
		Use: "document NAME", Short: "Show a document by its number or verification code, or save it as a PDF", Args: cobra.ExactArgs(1),
		Example: "  mconnect request document C-2026-0001\n  mconnect request document ABCDE-FGHIJ-KLMNO-PQRST --output json\n" +
			"  mconnect request document C-2026-0001 --pdf decision.pdf --lang ro",
		RunE: func(c *cobra.Command, args []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				if file != "" {
					return s.saveDocument(c.Context(), m, args[0], file)
				}
				var d admin.DocumentView
				if err := m.do(c.Context(), http.MethodGet, "/v1/documents/"+url.PathEscape(args[0]), nil, &d); err != nil {
					return err
				}
				if s.output == "json" {
					return s.printJSON(d)
				}
				return s.print(table{head: []string{"number", "kind", "request", "code", "digest", "at"}, rows: [][]string{
					{d.Number, string(d.Kind), d.Request, d.Code, d.Digest, civil.Moment(d.At)}}})
			})
		},
	}
	f.flags(s, c)
	c.Flags().StringVar(&file, "pdf", "", "write the document as a PDF to this new file")
	return c
}

// saveDocument writes a document as a PDF to a new file.
func (s *session) saveDocument(ctx context.Context, m adminAPI, name, file string) error {
	var printed rawBytes
	path := "/v1/documents/" + url.PathEscape(name) + "/pdf?lang=" + string(s.language())
	if err := m.do(ctx, http.MethodGet, path, nil, &printed); err != nil {
		return err
	}
	return newFile(file, func(w io.Writer) error {
		_, err := w.Write(printed)
		return err
	})
}

func (s *session) requestForm() *cobra.Command {
	var f requestFlags
	c := &cobra.Command{
		Use: "form", Short: "Print the form with all branches", Args: cobra.NoArgs,
		Example: "  mconnect request form --lang ro\n  mconnect request form --output json",
		RunE: func(c *cobra.Command, _ []string) error {
			return s.asked(c.Context(), f, func(m adminAPI) error {
				var all form.Form
				if err := m.do(c.Context(), http.MethodGet, pathRequests+"/form", nil, &all); err != nil {
					return err
				}
				if s.output == "json" {
					return s.printJSON(all)
				}
				return form.Print(s.out, &all, s.language())
			})
		},
	}
	f.flags(s, c)
	return c
}

// printRequest prints a request: the state in a sentence, who acts next, and what is missing.
func (s *session) printRequest(r admin.RequestView) error {
	if s.output == "json" {
		return s.printJSON(r)
	}
	q := r.Request
	fmt.Fprintf(s.out, "%s  %s: %s\n", q.Number, q.Service, s.say(q.State.Name()))
	if t := r.Task; t != nil {
		var who []string
		for _, role := range t.Roles {
			who = append(who, s.say(role.Title()))
		}
		at := q.Consumer
		switch t.Side {
		case access.ProviderSide:
			at = q.Provider
		case access.OperatorSide:
			at = "MConnect"
		}
		if err := s.printSentence(sayDue, t.Step, at, strings.Join(who, ", "), civil.Moment(t.Since)); err != nil {
			return err
		}
		if k := t.Clock; k != nil {
			if err := s.printSentence(sayPeriod, k.Day, k.Limit, k.Waiting, civil.LastDay(k.Due)); err != nil {
				return err
			}
		}
	}
	for _, b := range r.Blocks {
		if b.Shown && b.Wrong > 0 {
			fmt.Fprintf(s.out, "  %s  %s: %d\n", b.ID, s.say(b.Title), b.Wrong)
		}
	}
	for _, wrong := range append(r.Missing, r.Warnings...) {
		fmt.Fprintf(s.out, "    %s  %s\n", wrong.Path, wrong.Sentence(s.language()))
	}
	if q.Agreement != "" {
		fmt.Fprintf(s.out, "agreement %s\n", q.Agreement)
	}
	for _, d := range q.Documents {
		fmt.Fprintf(s.out, "document %s  %s\n", d.Number, d.Code)
	}
	if q.Test != nil {
		for _, c := range q.Test.Cases {
			fmt.Fprintf(s.out, "test %s  %s  %s\n", passedOr(c.Passed), c.Name, c.Detail)
		}
	}
	return nil
}

func passedOr(passed bool) string {
	if passed {
		return "passed"
	}
	return "FAILED"
}

var (
	noRequest = mconnect.Text{RO: "Nu sunt cereri.", EN: "No requests.", RU: "Заявок нет."}
	noTask    = mconnect.Text{RO: "Nu aveți nimic de făcut.", EN: "Nothing is due.", RU: "Задач нет."}
	sayDue    = text("Urmează: %s, la %s (%s), din %s.", "Next: %s, by %s (%s), since %s.",
		"Следующее действие: %s, %s (%s), с %s.")
	sayPeriod = text("Termenul legal: ziua %d din %d, dintre care %d în așteptarea solicitantului; ultima zi %s.",
		"Legal period: day %d of %d, of which %d waiting for the applicant; last day %s.",
		"Законный срок: день %d из %d, из них %d в ожидании заявителя; последний день %s.")
)
