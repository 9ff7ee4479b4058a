package cli

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/internal/config"
	"mconnect/internal/durable"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
)

// pkiSign issues a certificate for a key that never leaves its bearer.
func (s *session) pkiSign() *cobra.Command {
	var o certificateOrder
	c := &cobra.Command{
		Use:   "sign NAME REQUEST",
		Short: "Issue a certificate for a certificate signing request",
		Long: "Issues a certificate for the key of a PKCS #10 request (PEM or DER), whose signature proves that the applicant has the key.\n" +
			"Only the key is taken from the request. Name, use and hosts are what this command says; where the request says something\n" +
			"else, a warning names it. Writes NAME.pem and, for a system, NAME.yaml, the manifest that registers the certificate.\n\n" +
			"The applicant makes the request and keeps the key, for instance by:\n" +
			"  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout hall.key -subj /CN=hall.desk -out hall.csr",
		Example: "  mconnect pki sign hall.desk hall.csr --out certs && mconnect apply -f certs/hall.desk.yaml",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[1])
			if err != nil {
				return err
			}
			asked, err := authority.ParseSigningRequest(text)
			if err != nil {
				return usageError{fmt.Errorf("%s: %w", args[1], err)}
			}
			if cn := asked.Subject.CommonName; cn != "" && cn != args[0] {
				fmt.Fprintf(s.err, "warning: the request names %q; the certificate is for %q\n", cn, args[0])
			}
			for _, host := range hostsOf(asked) {
				if !slices.Contains(o.hosts, host) {
					fmt.Fprintf(s.err, "warning: the request asks for the host %q; add --host %s if the certificate is to serve for it\n", host, host)
				}
			}
			return s.issue(o, authority.Request{Name: args[0], PublicKey: asked.PublicKey})
		},
	}
	o.flags(c)
	return c
}

// certificateOrder is what `pki issue` and `pki sign` are asked for.
type certificateOrder struct {
	dir, use, out string
	hosts         []string
	days          int
}

func (o *certificateOrder) flags(c *cobra.Command) {
	dirFlag(c, &o.dir)
	f := c.Flags()
	f.StringVar(&o.use, "for", "system", "system, platform, signing or administrator")
	f.StringVar(&o.out, "out", ".", "folder for the files")
	f.StringSliceVar(&o.hosts, "host", nil, "host name or address for which it may serve (repeatable)")
	f.IntVar(&o.days, "days", 365, "validity")
}

// issue issues a certificate and saves it, with its key unless the requester has it.
func (s *session) issue(o certificateOrder, req authority.Request) error {
	cfg, err := s.configuration(o.dir)
	if err != nil {
		return err
	}
	req.Use, req.Hosts, req.NotAfter = authority.Use(o.use), o.hosts, time.Now().AddDate(0, 0, o.days)
	if err := checkName(&req); err != nil {
		return err
	}
	ca, err := authority.Load(cfg.PKI.Dir)
	if err != nil {
		return err
	}
	path := filepath.Join(o.out, req.Name)
	files := issuedFiles{certificate: path + ".pem", manifest: path + ".yaml"}
	made := []string{files.certificate}
	if req.PublicKey == nil {
		files.key = path + "-key.pem"
		made = append(made, files.key)
	}
	if err := absent(made...); err != nil {
		return err
	}
	issued, err := ca.Issue(req)
	if err != nil {
		return usageError{err}
	}
	if err := issued.Save(made[0], made[len(made)-1]); err != nil {
		return err
	}
	return s.printIssued(cfg, issued, req, files)
}

// checkName completes and checks for whom a certificate is to be issued.
func checkName(req *authority.Request) error {
	if req.Use == authority.ForSystem {
		id, err := mconnect.ParseSystemID(req.Name)
		if err != nil {
			return usageError{fmt.Errorf("%q: %w", req.Name, err)}
		}
		req.Organization = string(id.Participant())
	}
	if !filepath.IsLocal(req.Name) || filepath.Base(req.Name) != req.Name {
		return usageError{fmt.Errorf("%q is not usable as a file name", req.Name)}
	}
	return nil
}

// issuedFiles are the paths of a new certificate; key is "" when the requester has it.
type issuedFiles struct{ certificate, key, manifest string }

// printIssued writes the manifest of a system's new certificate, prints the paths, and warns where the platform will
// refuse it.
func (s *session) printIssued(cfg config.Config, i *authority.Issued, req authority.Request, files issuedFiles) error {
	if !cfg.OwnAuthority() {
		fmt.Fprintf(s.err, "warning: the configuration trusts outside authorities (pki.anchors) in place of this one: the platform will refuse "+
			"the certificate unless %s is among them\n", filepath.Join(cfg.PKI.Dir, "ca.pem"))
	}
	row := []string{files.certificate, files.key, "", string(pki.Fingerprint(i.Certificate)),
		i.Certificate.NotAfter.Format(time.DateOnly)}
	if req.Use == authority.ForSystem {
		row[2] = files.manifest
		if err := durable.WriteFile(row[2], manifestOf(req.Name, pki.EncodeCertificates(i.Certificate)),
			0o644); err != nil {
			return err
		}
	}
	return s.print(table{head: []string{"certificate", "key", "manifest", "fingerprint", "until"},
		rows: [][]string{row}})
}

// hostsOf are the names and addresses for which a request wants to serve.
func hostsOf(asked *x509.CertificateRequest) []string {
	hosts := slices.Clone(asked.DNSNames)
	for _, ip := range asked.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	return hosts
}
