package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/domain/access"
	"mconnect/verify"
)

// scene demonstrates one behaviour of the platform and checks it.
type scene struct {
	name  string // stable, for the line that says which one failed
	shows string
	play  func(ctx context.Context, s *stage) error
}

// stage is the environment of the scenes.
type stage struct {
	dataset   *Dataset
	registers *Registers
	callers   map[mconnect.SystemID]*Caller
	parties   map[mconnect.SystemID]*eventClient
	run       string // with which the ids of this run's events begin
	platform  platform
	dir       string   // where a scene may write
	from      int64    // size of the journal before the first scene
	calls     []called // every call so far, for the scene that looks for their records
}

// platform is what scenes use of the running platform besides its public interfaces.
type platform struct {
	store   string     // path of the SQLite store
	key     verify.Key // the journal's public key
	suspend func(ctx context.Context, system mconnect.SystemID, yes bool) error
	handIn  func(ctx context.Context, service, name string, file []byte) (status int, answer []byte, err error)
	replay  func(ctx context.Context, system mconnect.SystemID, group string, from time.Time) (events int, err error)
	request func(ctx context.Context, n need) (access.Request, error)
}

// called is an answered call with its outcome.
type called struct {
	call mconnect.CallID
	code string // "" when it was lawful
}

// scenes are played in this order; the last ones look at the evidence of those before.
func scenes() []scene {
	return slices.Concat(lawfulScenes(), refusalScenes(), providerScenes(), eventScenes(), evidenceScenes())
}

// ask calls and remembers the call.
func (s *stage) ask(ctx context.Context, system mconnect.SystemID, a Request) (Response, error) {
	c, ok := s.callers[system]
	if !ok {
		return Response{}, fmt.Errorf("no such consumer: %s", system)
	}
	said, err := c.Do(ctx, a)
	if err != nil {
		return said, err
	}
	if said.Call == "" {
		return said, fmt.Errorf("%s: answered %d without a call id", a.Service, said.Status)
	}
	s.calls = append(s.calls, called{said.Call, said.Problem.Code})
	return said, nil
}

// lawful calls and requires data.
func (s *stage) lawful(ctx context.Context, system mconnect.SystemID, a Request) (map[string]any, Response, error) {
	said, err := s.ask(ctx, system, a)
	if err != nil {
		return nil, said, err
	}
	if said.Status != 200 {
		return nil, said, fmt.Errorf("want data, got %d %s: %s", said.Status, said.Problem.Code, said.Problem.Detail)
	}
	var v map[string]any
	if err := json.Unmarshal(said.Body, &v); err != nil {
		return nil, said, fmt.Errorf("answer is no JSON object: %w", err)
	}
	return v, said, nil
}

// refused calls and requires the refusal code with its explanation.
func (s *stage) refused(ctx context.Context, system mconnect.SystemID, a Request, status int, code string) (Response,
	error) {
	said, err := s.ask(ctx, system, a)
	if err != nil {
		return said, err
	}
	p := said.Problem
	switch {
	case said.Status != status || p.Code != code:
		return said, fmt.Errorf("want %d %s, got %d %s: %s", status, code, said.Status, p.Code, p.Detail)
	case p.Detail == "" || p.Remedy == "" || p.Leg == "" || p.Party == "":
		return said, fmt.Errorf("%s does not explain itself: %s", code, said.Body)
	case p.CallID != string(said.Call):
		return said, fmt.Errorf("%s: the document names call %q, the header %q", code, p.CallID, said.Call)
	case status == http.StatusUnauthorized && said.Record >= 0:
		return said, fmt.Errorf("%s: a refusal names record %d, and with it the size of the journal, to an unidentified caller", code,
			said.Record)
	case status != http.StatusUnauthorized && said.Record < 0:
		return said, fmt.Errorf("%s: no record is named", code)
	}
	return said, nil
}

// failed finds the check that a refusal says failed, and that a refusal by decision lists them all.
func (p Problem) failed() (string, error) {
	if len(p.Checks) < 10 {
		return "", fmt.Errorf("%s lists %d checks, want all of them", p.Code, len(p.Checks))
	}
	for _, c := range p.Checks {
		if c.Result == "failed" {
			return c.Name, nil
		}
	}
	return "", errors.New("no check failed")
}

// has demands that the top-level fields of v are exactly names.
func has(v map[string]any, names ...string) error {
	var extra, missing []string
	for name := range v {
		if !slices.Contains(names, name) {
			extra = append(extra, name)
		}
	}
	for _, name := range names {
		if _, ok := v[name]; !ok {
			missing = append(missing, name)
		}
	}
	slices.Sort(extra)
	if len(extra)+len(missing) > 0 {
		return fmt.Errorf("fields that may not be there: [%s]; missing: [%s]", strings.Join(extra, " "),
			strings.Join(missing, " "))
	}
	return nil
}

// each demands that v[list] has n objects, each with exactly names.
func each(v map[string]any, list string, n int, names ...string) error {
	items, ok := v[list].([]any)
	if !ok || len(items) != n {
		return fmt.Errorf("%s: want %d items, got %v", list, n, v[list])
	}
	for i, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("%s[%d] is no object", list, i)
		}
		if err := has(object, names...); err != nil {
			return fmt.Errorf("%s[%d]: %w", list, i, err)
		}
	}
	return nil
}

func equals(v map[string]any, name string, want any) error {
	if v[name] != want {
		return fmt.Errorf("%s is %v, want %v", name, v[name], want)
	}
	return nil
}

// withoutProviderCall requires that play reaches no register.
func (s *stage) withoutProviderCall(play func() error) error {
	count := func() (n int64) {
		for name := range s.registers.Addresses() {
			if name != BankEvents { // it receives events and no calls
				n += s.registers.Requests(name)
			}
		}
		return n
	}
	before := count()
	if err := play(); err != nil {
		return err
	}
	if n := count() - before; n != 0 {
		return fmt.Errorf("refused, and yet a register was asked %d times", n)
	}
	return nil
}

// within repeats try until it succeeds, for at most limit, and returns its last error.
func within(ctx context.Context, limit time.Duration, try func() error) error {
	end := time.Now().Add(limit)
	for {
		err := try()
		if err == nil || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
