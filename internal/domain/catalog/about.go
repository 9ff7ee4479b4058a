package catalog

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// NoSuccessor is the Successor of a version whose register ends with it.
const NoSuccessor = "none"

// ContactPoint is the office that answers questions about the service. It names no person.
type ContactPoint struct {
	Name  mconnect.Text `json:"name,omitzero" yaml:"name,omitempty"`
	Email string        `json:"email,omitempty" yaml:"email,omitempty"`
	Phone string        `json:"phone,omitempty" yaml:"phone,omitempty"`
	URL   string        `json:"url,omitempty" yaml:"url,omitempty"`
}

// Quality states how far the data can be relied on.
type Quality struct {
	Accuracy  mconnect.Text `json:"accuracy,omitzero" yaml:"accuracy,omitempty"`    // how exact and complete
	Frequency string        `json:"frequency,omitempty" yaml:"frequency,omitempty"` // one of Frequencies
	// when a change in the world reaches the answer
	Updates mconnect.Text `json:"updates,omitzero" yaml:"updates,omitempty"`
	// which register is the truth, or where the data come from
	Source mconnect.Text `json:"source,omitzero" yaml:"source,omitempty"`
}

// Act is a provision of law.
type Act struct {
	Act     string `json:"act" yaml:"act"`
	Article string `json:"article,omitempty" yaml:"article,omitempty"`
	URL     string `json:"url,omitempty" yaml:"url,omitempty"`
}

// Example is a request and the answer to it, as JSON objects. Both are of invented people.
type Example struct {
	Title   mconnect.Text `json:"title,omitzero" yaml:"title,omitempty"`
	Request any           `json:"request" yaml:"request"`
	Answer  any           `json:"answer,omitempty" yaml:"answer,omitempty"` // absent for opaque services
}

// Remark is one entry of a change log.
type Remark struct {
	On   time.Time     `json:"on" yaml:"on"`
	Text mconnect.Text `json:"text" yaml:"text"`
}

// Frequencies are how often a source may be brought up to date.
var Frequencies = []string{"continuous", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "irregular"}

// PersonalCategory is a category of personal data. The special ones may be processed only on the grounds that the law
// names for them.
type PersonalCategory struct {
	Code    string        `json:"code"`
	Special bool          `json:"special,omitempty"`
	Title   mconnect.Text `json:"title"`
}

// PersonalCategories are the codes of Service.PersonalData. The special ones are those of
// Law 195/2024 (cf. GDPR, art. 9).
func PersonalCategories() []PersonalCategory {
	return []PersonalCategory{
		{"identifier", false, mconnect.Text{RO: "numere de identificare", EN: "identification numbers",
			RU: "идентификационные номера"}},
		{"identity", false, mconnect.Text{RO: "date de identitate", EN: "identity", RU: "данные о личности"}},
		{"image", false, mconnect.Text{RO: "imagini și date biometrice", EN: "images and biometric data",
			RU: "изображения и биометрические данные"}},
		{"contact", false, mconnect.Text{RO: "date de contact", EN: "contact", RU: "контактные данные"}},
		{"address", false, mconnect.Text{RO: "domiciliu și reședință", EN: "residence", RU: "место жительства"}},
		{"family", false, mconnect.Text{RO: "familie și stare civilă", EN: "family and civil status",
			RU: "семья и гражданское состояние"}},
		{"education", false, mconnect.Text{RO: "studii", EN: "education", RU: "образование"}},
		{"employment", false, mconnect.Text{RO: "muncă", EN: "employment", RU: "трудовая деятельность"}},
		{"financial", false, mconnect.Text{RO: "venituri, datorii, conturi", EN: "income, debts, accounts",
			RU: "доходы, долги, счета"}},
		{"property", false, mconnect.Text{RO: "bunuri", EN: "property", RU: "имущество"}},
		{"social", false, mconnect.Text{RO: "prestații sociale", EN: "social benefits", RU: "социальные выплаты"}},
		{"ethnic-origin", true, mconnect.Text{RO: "originea rasială sau etnică", EN: "racial or ethnic origin",
			RU: "расовое или этническое происхождение"}},
		{"beliefs", true, mconnect.Text{RO: "convingeri politice, religioase sau filozofice",
			EN: "political, religious or philosophical beliefs",
			RU: "политические, религиозные или философские убеждения"}},
		{"social-affiliation", true, mconnect.Text{RO: "apartenența socială", EN: "social affiliation",
			RU: "социальная принадлежность"}},
		{"health", true, mconnect.Text{RO: "starea de sănătate", EN: "health", RU: "состояние здоровья"}},
		{"sex-life", true, mconnect.Text{RO: "viața sexuală", EN: "sex life", RU: "половая жизнь"}},
		{"convictions", true, mconnect.Text{RO: "condamnări, măsuri de constrângere, sancțiuni",
			EN: "convictions, coercive measures, sanctions", RU: "судимости, меры пресечения, санкции"}},
	}
}

// OwnerID is the participant who answers for the data.
func (s Service) OwnerID() mconnect.ParticipantID {
	if s.Owner != "" {
		return s.Owner
	}
	return s.Provider.Participant()
}

// Next is the version to go to, "Name/1.0.0"; "" when none is stated or there is none.
func (s Service) Next() string {
	if s.Successor == NoSuccessor {
		return ""
	}
	return s.Successor
}

// Limits of what is said about a service.
const (
	maxActs     = 20
	maxExamples = 20
	maxRemarks  = 200
)

// validateAbout checks the words around the types. Examples are held to the types once these are resolved.
func (s Service) validateAbout(f *fault.Findings) {
	if s.Owner != "" {
		_, err := mconnect.ParseParticipantID(string(s.Owner))
		f.Parsed("/owner", string(s.Owner), err)
	}
	s.Contact.validate(f)
	f.Text("/quality/accuracy", s.Quality.Accuracy, false, schema.MaxDescription)
	f.Text("/quality/updates", s.Quality.Updates, false, schema.MaxDescription)
	f.Text("/quality/source", s.Quality.Source, false, schema.MaxDescription)
	if s.Quality.Frequency != "" {
		f.OneOf("/quality/frequency", s.Quality.Frequency, Frequencies...)
	}
	for i, code := range s.PersonalData {
		f.OneOf(fmt.Sprintf("/personal_data/%d", i), code, personalCodes()...)
	}
	f.AtMost("/legal_basis", len(s.LegalBasis), maxActs)
	for i, a := range s.LegalBasis {
		at := fmt.Sprintf("/legal_basis/%d", i)
		f.Length(at+"/act", a.Act, 1, schema.MaxTitle)
		f.Length(at+"/article", a.Article, 0, schema.MaxTitle)
		validURL(f, at+"/url", a.URL)
	}
	f.AtMost("/examples", len(s.Examples), maxExamples)
	f.AtMost("/changelog", len(s.Changelog), maxRemarks)
	for i, r := range s.Changelog {
		at := fmt.Sprintf("/changelog/%d", i)
		if r.On.IsZero() {
			f.Add(at+"/on", fault.InputMissing)
		}
		f.Text(at+"/text", r.Text, true, schema.MaxDescription)
	}
}

func (c ContactPoint) validate(f *fault.Findings) {
	f.Text("/contact/name", c.Name, false, schema.MaxTitle)
	local, domain, found := strings.Cut(c.Email, "@")
	if c.Email != "" && (!found || local == "" || domain == "" || strings.ContainsAny(c.Email, " \t\r\n<>,;") ||
		len(c.Email) > 254) {
		f.Add("/contact/email", fault.InputFormat, "want", "office@authority.example")
	}
	f.Length("/contact/phone", c.Phone, 0, 40)
	validURL(f, "/contact/url", c.URL)
}

func validURL(f *fault.Findings, at, text string) {
	if text == "" {
		return
	}
	if u, err := url.Parse(text); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") ||
		len(text) > 500 {
		f.Add(at, fault.InputFormat, "want", "https://host/path")
	}
}

func personalCodes() []string {
	all := PersonalCategories()
	codes := make([]string, len(all))
	for i, c := range all {
		codes[i] = c.Code
	}
	return slices.Clip(codes)
}
