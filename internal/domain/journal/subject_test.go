package journal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

const (
	ana = "2009876543219"
	ion = "2001112223334"

	wantPseudonym = "2f04f2608df7749fa5342e250a8888df"
)

func TestSubject_LeavesOnlyAsPseudonymAndSealed(t *testing.T) {
	engines.Each(t, subjectLeavesOnlyAsPseudonymAndSealed)
}

func subjectLeavesOnlyAsPseudonymAndSealed(t *testing.T) {
	j, _, keys := newJournal(t)
	r := callRecord()
	r.Kind, r.Subject = Refusal, ana
	r.Context.User, r.Context.Reason = ana, "cererea persoanei "+ana+", dosar "+ana
	r.Note = "a=" + ana
	r.Checks = []fault.Check{{Name: "a", Params: map[string]string{"x": "1"}}, {Name: "b", Params: map[string]string{"user": ana, "y": "2"}}}
	params := maps.Clone(r.Checks[1].Params)
	entry := must.Get(j.Seal(r))(t)
	if bytes.Contains(entry.Data, []byte(ana)) || bytes.Contains(entry.Aside, []byte(ana)) {
		t.Fatalf("the identifier stands in clear: %s", entry.Data)
	}
	if !maps.Equal(params, r.Checks[1].Params) {
		t.Error("the caller's own check was changed")
	}
	e := must.Get(Decode(entry.Data))(t)
	if e.Context.User != Masked || e.Context.Reason != "cererea persoanei "+Masked+", dosar "+Masked || e.Note != "a="+Masked ||
		e.Checks[1].Params["user"] != Masked || e.Checks[0].Params["x"] != "1" || e.Context.Entity != r.Context.Entity {
		t.Errorf("texts read %+v %q %+v", e.Context, e.Note, e.Checks)
	}
	if got, err := j.Open(e, entry.Aside); err != nil || got != ana {
		t.Errorf("opened %q, %v", got, err)
	}
	if !bytes.Equal(e.Pseudonym, j.Pseudonym(ana)) || bytes.Equal(e.Pseudonym, j.Pseudonym(ion)) || len(e.Pseudonym) != 16 {
		t.Errorf("pseudonym %x", e.Pseudonym)
	}
	other := keys
	other.Pseudonym[0] ^= 1
	if s, err := newSubjects(other); err != nil || bytes.Equal(s.pseudonym(ana), e.Pseudonym) {
		t.Error("the pseudonym does not depend on the key")
	}
	again, err := j.Seal(r)
	if err != nil || bytes.Equal(again.Aside, entry.Aside) || bytes.Equal(again.Data, entry.Data) {
		t.Error("two records share a key")
	}
}

func TestOpen_NeedsTheRightKeyAndAside(t *testing.T) { engines.Each(t, openNeedsTheRightKeyAndAside) }

func openNeedsTheRightKeyAndAside(t *testing.T) {
	j, _, _ := newJournal(t)
	foreign, _, _ := newJournal(t)
	seal := func(subject string) (Entry, []byte) {
		r := callRecord()
		r.Subject = subject
		entry := must.Get(j.Seal(r))(t)
		e := must.Get(Decode(entry.Data))(t)
		return e, entry.Aside
	}
	one, asideOne := seal(ana)
	_, asideTwo := seal(ana) // the same person, another key
	none, noAside := seal("")
	for name, c := range map[string]struct {
		j     *Journal
		e     Entry
		aside []byte
		want  error
	}{
		"swapped": {j, one, asideTwo, ErrAside}, "missing": {j, one, nil, ErrAside}, "erased": {j, one, []byte{0}, ErrErased},
		"no subject": {j, none, noAside, ErrNoSubject}, "other installation": {foreign, one, asideOne, ErrAside},
		"other form": {j, one, append([]byte{2}, asideOne[1:]...), ErrAside},
	} {
		if got, err := c.j.Open(c.e, c.aside); !errors.Is(err, c.want) || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for at := range asideOne {
		bad := bytes.Clone(asideOne)
		bad[at] ^= 1
		if _, err := j.Open(one, bad); err == nil {
			t.Errorf("byte %d of the aside flipped: opened", at)
		}
	}
	one.Sealed[3] ^= 1
	if _, err := j.Open(one, asideOne); !errors.Is(err, ErrAside) {
		t.Errorf("sealed text altered: %v", err)
	}
}

func TestErase_LeavesProofsWhole(t *testing.T) { engines.Each(t, eraseLeavesProofsWhole) }

func eraseLeavesProofsWhole(t *testing.T) {
	j, log, _ := newJournal(t)
	ctx := context.Background()
	for _, subject := range []string{ana, ion, ana, "", ana} {
		r := callRecord()
		r.Subject = subject
		must.Get(j.Record(ctx, r))(t)
	}
	before := must.Get(j.Evidence(ctx, 2))(t)
	if n, err := j.Erase(ctx, "ops.duty", ana, "cerere nr. 5"); err != nil || n != 3 {
		t.Fatalf("erased %d, %v", n, err)
	}
	for index, want := range []error{ErrErased, nil, ErrErased, ErrNoSubject, ErrErased} {
		e, aside, err := j.Entry(ctx, int64(index))
		must.OK(t, err)
		if subject, err := j.Open(e, aside); !errors.Is(err, want) || (want == nil && subject != ion) {
			t.Errorf("record %d: opened %q, %v", index, subject, err)
		}
	}
	if report, err := verify.Journal(ctx, NewSource(log), j.Key(), verify.Options{}); err != nil || report.Kinds["erasure"] != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	if after, err := j.Evidence(ctx, 2); err != nil || !bytes.Equal(before, after) {
		t.Error("the evidence changed")
	}
	e, aside, err := j.Entry(ctx, 5)
	if err != nil || e.Kind != Erasure || e.Actor != "ops.duty" || e.Note != "cerere nr. 5" || e.Reading.Count != 3 ||
		!bytes.Equal(e.Pseudonym, j.Pseudonym(ana)) || len(e.Sealed)+len(aside) != 0 {
		t.Errorf("recorded %+v %x, %v", e, aside, err)
	}
	if n, err := j.Erase(ctx, "ops.duty", ana, "again"); err != nil || n != 0 {
		t.Errorf("erased %d once more, %v", n, err)
	}
	for _, c := range [][2]string{{"", ana}, {"ops.duty", ""}} {
		if _, err := j.Erase(ctx, c[0], c[1], ""); fault.From(err).Code != fault.QueryInvalid {
			t.Errorf("erase %q by %q: %v", c[1], c[0], err)
		}
	}
	if _, _, err := j.Entry(ctx, 99); fault.From(err).Code != fault.RecordUnknown {
		t.Errorf("record 99: %v", err)
	}
}

func TestBodies_AreKept(t *testing.T) {
	keys, others := testKeys(t), testKeys(t)
	const call = mconnect.CallID("0195e6a2-9c1e-7b4a-8e55-0123456789ab")
	for _, body := range []string{"", `{"IDNP":"` + ana + `"}`, strings.Repeat("x", 1<<20)} {
		sealed, err := keys.SealBody(call, "request", []byte(body))
		if err != nil || len(sealed) != len(body)+28 || (body != "" && bytes.Contains(sealed, []byte(body))) {
			t.Fatalf("%d bytes sealed, %v", len(sealed), err)
		}
		got, err := keys.OpenBody(call, "request", sealed)
		if err != nil || string(got) != body {
			t.Errorf("opened %d bytes, %v", len(got), err)
		}
		again, _ := keys.SealBody(call, "request", []byte(body))
		if bytes.Equal(again, sealed) {
			t.Error("sealed alike twice")
		}
		sealed[len(sealed)-1] ^= 1
		if _, err := keys.OpenBody(call, "request", sealed); err == nil {
			t.Error("opened an altered body")
		}
		for name, open := range map[string]func() ([]byte, error){
			"another call": func() ([]byte, error) { return keys.OpenBody(call[:35]+"c", "request", again) },
			"another part": func() ([]byte, error) { return keys.OpenBody(call, "answer", again) },
			"another key":  func() ([]byte, error) { return others.OpenBody(call, "request", again) },
			"cut":          func() ([]byte, error) { return keys.OpenBody(call, "request", again[:11]) },
		} {
			if _, err := open(); err == nil {
				t.Errorf("%s: opened", name)
			}
		}
	}
}

func TestPseudonym_IsStable(t *testing.T) {
	s := must.Get(newSubjects(Keys{}))(t)
	// HMAC-SHA256 under a key of 32 zero bytes, cut to 16: as `openssl dgst -mac HMAC` computes it.
	if got := hex.EncodeToString(s.pseudonym(ana)); got != wantPseudonym {
		t.Errorf("pseudonym %s", got)
	}
}
