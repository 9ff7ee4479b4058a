package fault_test

import (
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
)

func TestNearest(t *testing.T) {
	all := []string{"provider", "producers", "name", "purposes", "services", "systems", "ro", "Participant"}
	for word, want := range map[string]string{
		"provdier": "provider", "providr": "provider", "nmae": "name", "name": "", "system": "systems", "xyz": "", "": "", "or": "ro",
		"Participnt": "Participant", "participant": "Participant", "serviceses": "services", "purpose": "purposes", "qq": "",
	} {
		if got := fault.Nearest(word, all); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got := fault.Nearest("name", nil); got != "" {
		t.Error(got)
	}
}

// TestDidYouMean: a sentence asks for what was perhaps meant, in its language, and only where something was.
func TestDidYouMean(t *testing.T) {
	var found fault.Findings
	found.Add("/nmae", fault.ManifestField, "name", "nmae", fault.Near, "name")
	found.Add("/colour", fault.ManifestField, "name", "colour", fault.Near, "")
	for lang, want := range map[string]string{
		"ro": "Câmpul „nmae” nu este cunoscut aici. Ați vrut să scrieți „name”?", "en": "The field “nmae” is not known here. Did you mean “name”?",
		"ru": "Поле «nmae» здесь не предусмотрено. Возможно, имелось в виду «name»?",
	} {
		if got := found[0].Sentence(mconnect.Lang(lang)); got != want {
			t.Errorf("%s: %s", lang, got)
		}
		if got := found[1].Sentence(mconnect.Lang(lang)); strings.HasSuffix(got, "?") {
			t.Errorf("%s: %s", lang, got)
		}
	}
}

// TestBounded: the first so many are carried, and the rest is counted.
func TestBounded(t *testing.T) {
	var found fault.Findings
	for range 250 {
		found.Add("/x", fault.InputMissing)
	}
	for most, want := range map[int]int{100: 150, 250: 0, 300: 0} {
		if e := fault.From(found.Bounded(most, fault.ResourceInvalid)); len(e.Fields) != 250-want || e.More != want {
			t.Errorf("%d: %d and %d more", most, len(e.Fields), e.More)
		}
	}
	if e := fault.From(found.Err(fault.InputInvalid)); len(e.Fields) != fault.MaxFields || e.More != 230 {
		t.Errorf("%d and %d more", len(e.Fields), e.More)
	}
	if fault.Findings(nil).Bounded(1, fault.InputInvalid) != nil {
		t.Error("nothing is a fault")
	}
}
