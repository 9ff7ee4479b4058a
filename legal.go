package mconnect

// Limits of the four values of the call context, in characters, as live client systems know them.
const (
	MaxCallingUser   = 13
	MaxCallingEntity = 13
	MaxCallBasis     = 256
	MaxCallReason    = 512
)

// LegalContext is what the caller states about the lawfulness of one call, exactly as received after
// decoding. It is a claim: agreement.Decide judges it.
type LegalContext struct {
	User   string // CallingUser: IDNP of the official, or id of the system
	Entity string // CallingEntity: IDNO of the legal entity on whose behalf
	Basis  string // CallBasis: legal basis
	Reason string // CallReason: concrete reason, e.g. a case number
}

// IsZero reports that nothing was stated.
func (c LegalContext) IsZero() bool { return c == LegalContext{} }

// Lang is a language the platform speaks to people.
type Lang string

// The three languages; Romanian is the first and the default.
const (
	Romanian Lang = "ro"
	English  Lang = "en"
	Russian  Lang = "ru"
)

// ParseLang reads "ro", "en" or "ru".
func ParseLang(s string) (Lang, error) {
	switch l := Lang(s); l {
	case Romanian, English, Russian:
		return l, nil
	}
	return "", &ParseError{"language", "ro, en or ru"}
}

func (l Lang) String() string { return string(l) }

// Text is one sentence or name in the three languages. Romanian is mandatory wherever a Text is.
type Text struct {
	RO string `json:"ro" yaml:"ro"`
	EN string `json:"en,omitempty" yaml:"en,omitempty"`
	RU string `json:"ru,omitempty" yaml:"ru,omitempty"`
}

// In returns the text in l, else in Romanian, else in whichever language is there.
func (t Text) In(l Lang) string {
	switch {
	case l == English && t.EN != "":
		return t.EN
	case l == Russian && t.RU != "":
		return t.RU
	case t.RO != "":
		return t.RO
	case t.EN != "":
		return t.EN
	}
	return t.RU
}
