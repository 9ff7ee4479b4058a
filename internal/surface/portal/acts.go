package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/surface/portal/text"
)

// Acts is the register of legal acts; *legalact.Register is one.
type Acts interface {
	All() []*legalact.Act
	Act(id legalact.ID) (*legalact.Act, bool)
	State(c legalact.Citation, at time.Time) legalact.State
	Changed(c legalact.Citation, at time.Time) bool
}

// actRoutes registers the pages of legal acts, where there is a register.
func (s *Surface) actRoutes() {
	if s.cfg.Acts != nil {
		s.page("GET /acts", s.acts)
		s.page("GET /acts/{id}", s.act)
	}
}

// actList is a page of the register.
type actList struct {
	words        string
	total        int64
	page         []*legalact.Act
	newer, older templ.SafeURL // "" where there is none
}

// acts lists the register, the newest act first.
func (s *Surface) acts(w http.ResponseWriter, r *http.Request, v *view) error {
	l := actList{words: v.query.Get("q")}
	if len(l.words) > 200 {
		return fault.New(fault.QueryInvalid, "what", "q")
	}
	from := 0
	if text := v.query.Get("from"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 1e6 {
			return fault.New(fault.QueryInvalid, "what", "from")
		}
		from = n
	}
	words := strings.Fields(search.Fold(l.words))
	var found []*legalact.Act
	for _, a := range s.cfg.Acts.All() {
		said := search.Fold(a.Citation + " " + a.Title.RO + " " + a.Title.EN + " " + a.Title.RU + " " + a.Number + " " +
			string(a.ID))
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(said, word) }) {
			found = append(found, a)
		}
	}
	l.total = int64(len(found))
	l.page = found[min(from, len(found)):min(from+pageSize, len(found))]
	if from > 0 {
		l.newer = v.from(max(from-pageSize, 0))
	}
	if from+pageSize < len(found) {
		l.older = v.from(from + pageSize)
	}
	return s.render(w, r, v, http.StatusOK, actsPage(v, l))
}

// maxActUses is how many purposes the page of an act lists.
const maxActUses = 100

// actSheet is the page of one act.
type actSheet struct {
	*legalact.Act
	versions []actVersion // newest first
	uses     []actUse
	more     bool
}

type actVersion struct {
	*legalact.Version
	tone, sentence string
	current        bool
	changes        []legalact.Change
}

type actUse struct {
	contract
	purpose        agreement.Purpose
	tone, sentence string
}

// act is the page of one act: its versions, what each changed, and which purposes rest on it.
func (s *Surface) act(w http.ResponseWriter, r *http.Request, v *view) error {
	a, ok := s.cfg.Acts.Act(legalact.ID(r.PathValue("id")))
	if !ok {
		return fault.New(fault.PathUnknown)
	}
	sheet := actSheet{Act: a}
	now, _ := a.At(civil.DayOf(v.now))
	for i := len(a.Versions) - 1; i >= 0; i-- {
		one := actVersion{Version: &a.Versions[i], current: now == &a.Versions[i]}
		one.tone, one.sentence = versionState(v, a, i)
		if i > 0 {
			one.changes = legalact.Changes(&a.Versions[i-1], &a.Versions[i])
		}
		sheet.versions = append(sheet.versions, one)
	}
	for _, c := range s.contractList() {
		if c.Status == agreement.Terminated {
			continue
		}
		for _, p := range c.Purposes {
			if p.LegalBasis.Ref.Act != a.ID {
				continue
			}
			if sheet.more = len(sheet.uses) == maxActUses; sheet.more {
				break
			}
			use := actUse{contract: c, purpose: p}
			use.tone, use.sentence = s.citedState(v, p.LegalBasis.Ref)
			sheet.uses = append(sheet.uses, use)
		}
	}
	return s.render(w, r, v, http.StatusOK, actPage(v, sheet))
}

// lastDay is the last day in force of a version; "" without end.
func lastDay(a *legalact.Act, i int) string {
	if to := a.Versions[i].To; to != "" || i == len(a.Versions)-1 {
		return to
	}
	next, _, err := civil.Day(a.Versions[i+1].From)
	if err != nil {
		return ""
	}
	return civil.LastDay(next)
}

// versionState is the state of one version as a tone and a sentence.
func versionState(v *view, a *legalact.Act, i int) (tone, sentence string) {
	today, version, to := civil.DayOf(v.now), a.Versions[i], lastDay(a, i)
	switch {
	case today < version.From:
		return "wait", v.say(text.ActComing(version.From))
	case to != "" && to < today:
		return "none", v.say(text.ActWas(version.From, to))
	}
	return "ok", v.say(text.ActInForce(version.From, to))
}

// actState is the state of a whole act as a tone and a sentence.
func actState(v *view, a *legalact.Act) (tone, sentence string) {
	last := len(a.Versions) - 1
	switch a.StateAt(v.now) {
	case legalact.Coming:
		return "wait", v.say(text.ActComing(a.Versions[0].From))
	case legalact.InForce:
		return "ok", v.say(text.ActInForce(a.Versions[0].From, a.Versions[last].To))
	}
	return "bad", v.say(text.ActRepealed(a.Versions[last].To))
}

// citedState is how a cited place is now.
func (s *Surface) citedState(v *view, c legalact.Citation) (tone, sentence string) {
	tone, said := "ok", text.ActPlaceInForce
	switch s.cfg.Acts.State(c, v.now) {
	case legalact.Coming:
		tone, said = "wait", text.ActPlaceComing
	case legalact.Repealed:
		tone, said = "bad", text.ActPlaceEnded
	case legalact.Unknown:
		tone, said = "bad", text.ActPlaceUnknown
	case legalact.InForce:
		if s.cfg.Acts.Changed(c, v.now) {
			tone, said = "warn", text.ActTextModified
		}
	}
	return tone, v.say(said)
}

// actLink is the page of the act that a basis cites; "" where it is not registered.
func (v *view) actLink(b agreement.LegalBasis) templ.SafeURL {
	if v.cfg.Acts == nil || b.Ref.Act == "" {
		return ""
	}
	if _, ok := v.cfg.Acts.Act(b.Ref.Act); !ok {
		return ""
	}
	return templ.SafeURL("/acts/" + string(b.Ref.Act))
}
