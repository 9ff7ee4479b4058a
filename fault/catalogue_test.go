package fault_test

import (
	"bytes"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/must"
)

var update = flag.Bool("update", false, "write docs/ERRORS.md anew")

var languages = []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian}

// declared reads every Code constant out of codes.go.
func declared(t *testing.T) []fault.Code {
	t.Helper()
	file := must.Get(parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0))(t)
	var codes []fault.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, value := range spec.Values {
			text := must.Get(strconv.Unquote(value.(*ast.BasicLit).Value))(t)
			codes = append(codes, fault.Code(text))
		}
		return true
	})
	if len(codes) < 70 {
		t.Fatalf("found %d codes only", len(codes))
	}
	return codes
}

func TestCatalogue_HasEveryCodeOnce(t *testing.T) {
	want := declared(t)
	slices.Sort(want)
	if twice := slices.Compact(slices.Clone(want)); len(twice) != len(want) {
		t.Error("a code is declared twice")
	}
	if got := fault.Codes(); !slices.Equal(got, want) {
		t.Errorf("catalogue and codes.go differ:\n%v\n%v", got, want)
	}
}

var (
	codeForm    = regexp.MustCompile(`^[a-z]+(\.[a-z][A-Za-z]*)?$`)
	placeholder = regexp.MustCompile(`\{[a-z]+\}`)
)

func TestCatalogue_EveryEntryIsWhole(t *testing.T) {
	legs := []fault.Leg{fault.Caller, fault.Platform, fault.Provider}
	parties := []fault.Party{fault.ByConsumer, fault.ByProvider, fault.ByOperator, fault.ByBoth, fault.ByNobodyWait}
	for _, code := range fault.Codes() {
		e := code.Entry()
		if !codeForm.MatchString(string(code)) {
			t.Errorf("%s: not of the form noun.fact", code)
		}
		if !slices.Contains(legs, e.Leg) || !slices.Contains(parties, e.Party) {
			t.Errorf("%s: leg %q, party %q", code, e.Leg, e.Party)
		}
		for _, text := range []mconnect.Text{e.Says, e.Remedy} {
			checkText(t, code, text)
		}
		if placeholder.MatchString(e.Remedy.RO) {
			t.Errorf("%s: a remedy must read whole without values", code)
		}
	}
}

func checkText(t *testing.T, code fault.Code, text mconnect.Text) {
	t.Helper()
	names := placeholder.FindAllString(text.RO, -1)
	slices.Sort(names)
	for lang, sentence := range map[mconnect.Lang]string{"ro": text.RO, "en": text.EN, "ru": text.RU} {
		if !strings.HasSuffix(sentence, ".") || len([]rune(sentence)) < 12 {
			t.Errorf("%s %s: not a sentence: %q", code, lang, sentence)
		}
		if strings.ContainsAny(sentence, "şţŞŢ") {
			t.Errorf("%s %s: cedilla where a comma below belongs: %q", code, lang, sentence)
		}
		own := placeholder.FindAllString(sentence, -1)
		slices.Sort(own)
		if !slices.Equal(own, names) {
			t.Errorf("%s %s: says %v where Romanian says %v", code, lang, own, names)
		}
		cyrillic := strings.ContainsFunc(sentence, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
		if cyrillic != (lang == "ru") {
			t.Errorf("%s %s: wrong script: %q", code, lang, sentence)
		}
	}
}

// A refusal and a failure must not blame the wrong leg.
func TestCatalogue_KindsFitLegs(t *testing.T) {
	for _, code := range fault.Codes() {
		e := code.Entry()
		switch e.Kind {
		case fault.ProviderWrong, fault.ProviderLate:
			if e.Leg == fault.Caller {
				t.Errorf("%s: a provider's failure on the caller's leg", code)
			}
		case fault.Malformed, fault.Unidentified, fault.Refused, fault.TooLarge, fault.Unsupported, fault.Throttled:
			if e.Leg != fault.Caller {
				t.Errorf("%s: %s on leg %s", code, e.Kind, e.Leg)
			}
		case fault.Internal, fault.Unavailable:
			if e.Leg == fault.Caller {
				t.Errorf("%s: %s blamed on the caller", code, e.Kind)
			}
		}
	}
}

func TestSentence(t *testing.T) {
	e := fault.New(fault.AgreementNone, "system", "a.b", "service", "{system}")
	if got, want := e.Sentence(mconnect.Romanian), "Sistemul a.b nu are un acord pentru serviciul {system}."; got != want {
		t.Errorf("got %q, want %q (a value is never read as a name)", got, want)
	}
	if got := fault.New(fault.AgreementNone).Sentence(mconnect.English); got != "The system — has no agreement for the service —." {
		t.Errorf("missing values: %q", got)
	}
	for _, lang := range languages {
		if e.Remedy(lang) == "" || e.Sentence(lang) == "" {
			t.Errorf("%s: nothing said", lang)
		}
	}
	if fault.Code("no.such").Known() || !fault.AgreementNone.Known() {
		t.Error("Known is wrong")
	}
	if got := fault.Code("no.such").Entry().Kind; got != fault.Internal {
		t.Errorf("an unknown code is of kind %s", got)
	}
}

func TestSentence_OfChecksAndFields(t *testing.T) {
	passed := fault.Check{Name: "rate", Result: fault.Passed}
	if passed.Sentence(mconnect.Romanian) != "" {
		t.Error("a passed check has nothing to explain")
	}
	failed := fault.Check{Name: "rate", Result: fault.Failed, Code: fault.RateExceeded, Params: map[string]string{"limit": "5"}}
	if got := failed.Sentence(mconnect.Romanian); got != "Ritmul convenit de apeluri pe secundă (5) este depășit." {
		t.Errorf("got %q", got)
	}
	f := fault.FieldError{Path: "/a", Code: fault.InputType, Params: map[string]string{"want": "idnp"}}
	if got := f.Sentence(mconnect.Russian); !strings.Contains(got, "idnp") {
		t.Errorf("got %q", got)
	}
	form := map[string]string{"purpose": "x", "form": "numărul", "form.en": "the number"}
	if got := fault.PurposeReason.Sentence(mconnect.English, form); !strings.HasSuffix(got, "the number.") {
		t.Errorf("a value in the language of the sentence comes first: %q", got)
	}
	if got := fault.PurposeReason.Sentence(mconnect.Russian, form); !strings.HasSuffix(got, "numărul.") {
		t.Errorf("else the value as it is: %q", got)
	}
	if fault.CheckTitle("rate", mconnect.English) != "The agreed rate is kept" || fault.CheckTitle("x.y", "ro") != "x.y" {
		t.Error("CheckTitle is wrong")
	}
}

func TestErrorsDoc(t *testing.T) {
	const path = "../docs/ERRORS.md"
	var want bytes.Buffer
	must.OK(t, fault.WriteDocs(&want))
	if *update {
		must.OK(t, os.WriteFile(path, want.Bytes(), 0o644))
	}
	got := must.Get(os.ReadFile(path))(t)
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("docs/ERRORS.md differs from the catalogue: go test ./fault -update")
	}
}

func TestFromAndWrap(t *testing.T) {
	cause := errors.New("disk full")
	e := fault.Wrap(cause, fault.StoreUnavailable)
	if !errors.Is(e, cause) || e.Leg != fault.Platform || e.Kind() != fault.Unavailable {
		t.Errorf("Wrap lost something: %+v", e)
	}
	if fault.From(e) != e || fault.From(nil) != nil || fault.From(cause).Code != fault.InternalError {
		t.Error("From is wrong")
	}
	for _, lang := range languages {
		if strings.Contains(fault.From(cause).Sentence(lang), "disk") {
			t.Error("a cause reaches a person")
		}
	}
}
