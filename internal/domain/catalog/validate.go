package catalog

import (
	"fmt"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/schema"
	"mconnect/internal/media"
)

// Limits, in items, characters, bytes or time.
const (
	maxCategories = 20
	maxMessage    = 64 << 20
	maxStream     = 4 << 30
	maxTimeout    = 5 * time.Minute
	maxKeep       = 10 * 366 * 24 * time.Hour
	maxMapping    = 20_000
	noticeMonths  = 6 // between deprecation and sunset
)

// Validate says everything that is wrong with the service by itself; whether its provider exists, its
// mappings compile and its database answers is for others to say.
func (s Service) Validate() []fault.FieldError { return s.validate(true) }

// validate is Validate for a service whose references are open, or written out already.
func (s Service) validate(open bool) fault.Findings {
	var f fault.Findings
	_, err := mconnect.ParseServiceName(string(s.Name))
	f.Parsed("/name", string(s.Name), err)
	schema.CheckVersion(&f, s.Version)
	f.Text("/title", s.Title, true, schema.MaxTitle)
	f.Text("/description", s.Description, false, schema.MaxDescription)
	_, err = mconnect.ParseSystemID(string(s.Provider))
	f.Parsed("/provider", string(s.Provider), err)
	s.validateCategories(&f)
	s.validateLife(&f)
	s.validateTypes(&f, open)
	s.validateSubject(&f)
	s.validateLimits(&f)
	s.validateAbout(&f)
	s.Endpoint.validate(&f, s)
	return f
}

func (s Service) validateCategories(f *fault.Findings) {
	if len(s.Categories) > maxCategories {
		f.Add("/categories", fault.InputLength, "min", "0", "max", fmt.Sprint(maxCategories))
	}
	for i, c := range s.Categories {
		schema.CheckCategory(f, fmt.Sprintf("/categories/%d", i), c)
	}
}

func (s Service) validateLife(f *fault.Findings) {
	f.OneOf("/status", string(s.Status), string(Draft), string(Published), string(Deprecated), string(Retired))
	if s.Successor != "" && s.Successor != NoSuccessor {
		name, version, _ := strings.Cut(s.Successor, "/")
		_, badName := mconnect.ParseServiceName(name)
		_, badVersion := mconnect.ParseVersion(version)
		if badName != nil || badVersion != nil || s.Successor == s.ID() {
			f.Add("/successor", fault.InputFormat, "want", "another service as Name/1.0.0")
		}
	}
	if s.Status == Deprecated {
		if s.Deprecation.IsZero() {
			f.Add("/deprecation", fault.InputMissing)
		}
		if s.Sunset.IsZero() {
			f.Add("/sunset", fault.InputMissing)
		}
	}
	if !s.Sunset.IsZero() && !s.Deprecation.IsZero() {
		if earliest := s.Deprecation.AddDate(0, noticeMonths, 0); s.Sunset.Before(earliest) {
			f.Add("/sunset", fault.InputRange, "min", civil.DayOf(earliest), "max", "…")
		}
	}
}

func (s Service) validateTypes(f *fault.Findings, open bool) {
	s.Request.Validate(f, "/request", open)
	switch {
	case s.Opaque == nil && len(s.Response.Fields) == 0:
		f.Add("/response", fault.InputMissing)
	case s.Opaque == nil:
		s.Response.Validate(f, "/response", open)
	case s.Response.Name != "" || len(s.Response.Fields) > 0:
		f.Add("/response", fault.InputUnknownField)
	}
	if s.Opaque == nil {
		return
	}
	if len(s.Opaque.MediaTypes) == 0 {
		f.Add("/opaque/media_types", fault.InputMissing)
	}
	for i, m := range s.Opaque.MediaTypes {
		if t, ok := media.Parse(m); !ok || t.Name != m || strings.Contains(m, "*") {
			f.Add(fmt.Sprintf("/opaque/media_types/%d", i), fault.InputFormat, "want",
				"an exact media type such as application/pdf")
		}
	}
}

// validateSubject: the data subject is named by one scalar field of the request.
func (s Service) validateSubject(f *fault.Findings) {
	if s.Subject == "" {
		return
	}
	field := s.Request.Lookup(s.Subject)
	if field == nil {
		if !s.Request.Unresolved(s.Subject) {
			f.Add("/subject", fault.InputUnknownField)
		}
		return
	}
	switch field.Type {
	case schema.IDNP, schema.IDNO, schema.IDNV, schema.String:
	default:
		f.Add("/subject", fault.InputType, "want", "idnp, idno, idnv, string")
	}
}

func (s Service) validateLimits(f *fault.Findings) {
	bound := func(path string, n, most int64) {
		if n < 0 || n > most {
			f.Add(path, fault.InputRange, "min", "0", "max", fmt.Sprint(most))
		}
	}
	answer := int64(maxMessage)
	if s.Opaque != nil {
		answer = maxStream
	}
	bound("/limits/request_bytes", s.Limits.Request, maxMessage)
	bound("/limits/answer_bytes", s.Limits.Answer, answer)
	if d := time.Duration(s.Limits.Timeout); d < 0 || d > maxTimeout {
		f.Add("/limits/timeout", fault.InputRange, "min", "0s", "max", maxTimeout.String())
	}
	if d := time.Duration(s.KeepBodies); d < 0 || d > maxKeep {
		f.Add("/keep_bodies", fault.InputRange, "min", "0s", "max", maxKeep.String())
	}
}
