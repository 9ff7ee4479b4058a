package cli

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mconnect"
)

// TestSentences_TakeTheSameArguments: a sentence has the same verbs in the three languages, so that none of them prints
// %!d(MISSING).
func TestSentences_TakeTheSameArguments(t *testing.T) {
	verb := regexp.MustCompile(`%(?:\[(\d)\])?([a-z])`)
	for _, s := range []mconnect.Text{
		sayUnchanged, sayApplied, sayDryRun, sayAlsoRemoved, askRemove, sayNotChanged, sayBackupWhole, sayRecordsMissing,
		sayConfigUsable, sayManPages, sayDeadCorrected, sayDeadRequeued, sayDeadDropped, sayReplayed, sayWouldReplay,
		sayReplayDetails, sayWebhookAccepts, sayWebhookRefuses, sayWaits, sayJournalWhole, sayStoreDiffers,
		sayJournalBroken, sayProven, sayMoreBefore, sayShown, sayAndMore, sayProvider, sayCause,
		noErasure, noGroup, noSuchEvent, acceptedUnread, noDeadEvent, noEvent, noEventType, noImpact, noAttempt, nothingFound,
		noCertificate, noService, noResource,
	} {
		verbs := func(text string) []string {
			var in []string
			for i, m := range verb.FindAllStringSubmatch(text, -1) {
				place := m[1]
				if place == "" {
					place = string(rune('1' + i))
				}
				in = append(in, place+m[2])
			}
			slices.Sort(in)
			return in
		}
		want := verbs(s.EN)
		for _, other := range []string{s.RO, s.RU} {
			if other == "" || !slices.Equal(verbs(other), want) {
				t.Errorf("%q has %v; %q wants %v", other, verbs(other), s.EN, want)
			}
		}
		if strings.ContainsAny(s.RU, "abcdefghijklmnopqrstuvwxyz") && s.RU == s.EN || s.RO == s.EN {
			t.Errorf("%q is not translated", s.EN)
		}
	}
}

// TestSentences_FollowTheLanguage: results in the language of the command line, yes in every one.
func TestSentences_FollowTheLanguage(t *testing.T) {
	for lang, want := range map[string]string{
		"ro": "Nu există evenimente nelivrate.\n", "en": "No dead event.\n", "ru": "Недоставленных событий нет.\n",
	} {
		var out bytes.Buffer
		s := &session{out: &out, lang: lang, output: "table"}
		if err := s.print(table{head: []string{"id"}, empty: noDeadEvent}); err != nil || out.String() != want {
			t.Errorf("%s: %q %v", lang, out.String(), err)
		}
	}
	for answer, want := range map[string]bool{"y": true, "yes": true, "da": true, "д": true, "": false, "n": false, "nu": false} {
		if agrees(answer) != want {
			t.Errorf("%q: %t", answer, !want)
		}
	}
}
