package doctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"
	"time"
)

// Thresholds of the checks of the platform.
const (
	renewSoon    = 30 * 24 * time.Hour
	probeWithin  = 5 * time.Second
	probesAtOnce = 8
)

// Named is a certificate and what it is for, e.g. "platform" or "system asp.rsp".
type Named struct {
	Name        string
	Certificate *x509.Certificate
	Revoked     bool
}

// Certificates examines the validity of certificates at now: expired ones are problems, those that end
// within 30 days warnings. A revoked certificate is well: it is known not to be used any more.
func Certificates(now func() time.Time, all ...Named) Check {
	return Check{"certificates", func(context.Context) []Finding {
		var found []Finding
		soon := 0
		for _, n := range all {
			f := validity(n, now())
			if f.Level != Well {
				found = append(found, f)
				soon++
			}
		}
		return append(found, one(Well, "", fmt.Sprintf("%d of %d certificates are valid for 30 days and more, or revoked", len(all)-soon, len(all)), "")...)
	}}
}

func validity(n Named, at time.Time) Finding {
	const remedy = "issue a new one, register it beside the old one, then exchange them"
	end := n.Certificate.NotAfter
	switch {
	case n.Revoked:
		return Finding{About: n.Name, Level: Well, Says: "revoked"}
	case at.After(end):
		return Finding{About: n.Name, Level: Problem, Says: "expired on " + end.UTC().Format(time.DateOnly),
			Remedy: remedy}
	case at.Before(n.Certificate.NotBefore):
		return Finding{About: n.Name, Level: Problem, Says: "not valid before " +
			n.Certificate.NotBefore.UTC().Format(time.DateTime), Remedy: "wait, or look at the clock"}
	case end.Sub(at) < renewSoon:
		return Finding{About: n.Name, Level: Warning, Says: "ends on " + end.UTC().Format(time.DateOnly),
			Remedy: remedy}
	}
	return Finding{About: n.Name, Level: Well, Says: "valid until " + end.UTC().Format(time.DateOnly)}
}

// Signing examines whether there is an RSA certificate that signs SOAP answers. Its validity is that of Certificates.
func Signing(there bool) Check {
	return Check{"soap signatures", func(context.Context) []Finding {
		if !there {
			return one(Warning, "", "no RSA certificate: answers are signed on P-256, which old clients do not read",
				"run mconnect pki init, or set pki.signing_certificate; then restart")
		}
		return one(Well, "", "answers are signed by RSA", "")
	}}
}

// Store examines the database: whether it answers, and whether it is whole.
func Store(ping, check func(ctx context.Context) error) Check {
	return Check{"store", func(ctx context.Context) []Finding {
		if err := ping(ctx); err != nil {
			return one(Problem, "", "does not answer: "+err.Error(),
				"look at store.url, at the database server and its log")
		}
		if err := check(ctx); err != nil {
			return one(Problem, "", "is not whole: "+err.Error(),
				"stop the server, keep a copy, restore the last good backup, then verify the journal")
		}
		return one(Well, "", "answers and is whole", "")
	}}
}

// Kept describes a store, as Tables returns it.
type Kept struct {
	Size          int64  // bytes
	Stored, Known int64  // version of the tables, and the one that this program makes
	Writer        string // process that writes it now; empty when none is known
}

// Tables reports how large the store is, which version its tables have and who writes it.
func Tables(kept func(ctx context.Context) (Kept, error)) Check {
	return Check{"tables", func(ctx context.Context) []Finding {
		k, err := kept(ctx)
		if err != nil {
			return one(Warning, "", "cannot be examined: "+err.Error(), "see the findings about the store")
		}
		says := fmt.Sprintf("%d MiB, tables of version %d", k.Size>>20, k.Stored)
		if k.Writer != "" {
			says += ", written by " + k.Writer
		}
		if k.Stored != k.Known {
			return one(Problem, "", says+fmt.Sprintf("; this program knows version %d", k.Known),
				"use the program that the servers run, or start the newer server")
		}
		return one(Well, "", says, "")
	}}
}

// Checkpoint examines whether the journal in the store continues the checkpoint that is kept next to it. kept names the
// file.
func Checkpoint(kept string, forked func() error) Check {
	return Check{"checkpoint", func(context.Context) []Finding {
		if err := forked(); err != nil {
			return one(Problem, kept, "does not agree with the journal in the store: "+err.Error(),
				"keep a copy of both as evidence; look for a fail-over that lost records, an older copy or a changed store; see OPERATIONS, fail-over")
		}
		return one(Well, kept, "the journal in the store continues it", "")
	}}
}

// Journal examines the end of the journal by the program's own checker.
func Journal(verify func(ctx context.Context) (records int64, err error)) Check {
	return Check{"journal", func(ctx context.Context) []Finding {
		records, err := verify(ctx)
		if err != nil {
			return one(Problem, "", "does not verify: "+err.Error(),
				"keep a copy of the store as evidence, then run journal verify for the whole")
		}
		return one(Well, "", fmt.Sprintf("%d records verify", records), "")
	}}
}

// Target is a provider's service that can be probed.
type Target struct {
	Name  string // "GetPerson/1.0.0"
	Probe func(ctx context.Context) error
}

// Providers examines whether the providers of services can be reached, a few at a time. An unreachable
// provider is a warning: it is not the platform that is ill.
func Providers(targets ...Target) Check {
	return Check{"providers", func(ctx context.Context) []Finding {
		found := make([]Finding, len(targets))
		var wg sync.WaitGroup
		turn := make(chan struct{}, probesAtOnce)
		for i, t := range targets {
			wg.Go(func() {
				turn <- struct{}{}
				defer func() { <-turn }()
				found[i] = probe(ctx, t)
			})
		}
		wg.Wait()
		if len(targets) == 0 {
			return one(Well, "", "no published service", "")
		}
		return found
	}}
}

func probe(ctx context.Context, t Target) Finding {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	began := time.Now()
	if err := t.Probe(ctx); err != nil {
		return Finding{About: t.Name, Level: Warning, Says: "cannot be reached: " + err.Error(),
			Remedy: "ask the provider's technical contact; check network, name and certificate"}
	}
	return Finding{About: t.Name, Level: Well, Says: "reached in " + time.Since(began).Round(time.Millisecond).String()}
}

// Resources examines whether the stored states of the resources are what the journal recorded. compare names the ones
// that are not; an error says why that is not known.
func Resources(compare func(context.Context) ([]string, error)) Check {
	return Check{"resources", func(ctx context.Context) []Finding {
		const remedy = "somebody wrote the database: find out who, see mconnect journal verify, then apply with --resume what should act"
		differ, err := compare(ctx)
		if err != nil {
			return one(Problem, "", err.Error(), remedy)
		}
		var found []Finding
		for _, what := range differ {
			found = append(found, one(Problem, "", what, remedy)...)
		}
		if len(found) == 0 {
			return one(Well, "", "every stored state is the recorded one", "")
		}
		return found
	}}
}
