package form

import (
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mconnect/fault"
)

// The longest texts that a field takes which states no other length, in characters.
const (
	maxText    = 300
	maxRich    = 4000
	maxPattern = 200
)

// value judges the answer of a field that is shown and is no table.
func (e *evaluation) value(v *FieldView, in *scope) {
	switch v.Type {
	case Text, Rich:
		if v.Languages {
			e.languages(v, in)
			return
		}
		text, ok := v.Value.(string)
		if !ok {
			e.add(v.Path, fault.FormBadValue)
			return
		}
		e.text(v, v.Path, text, in)
	case Bool:
		b, ok := v.Value.(bool)
		switch {
		case !ok:
			e.add(v.Path, fault.FormBadValue)
		case v.Validate.True && !b:
			e.add(v.Path, fault.FormMissing)
		}
	case Int:
		n, ok := number(v.Value)
		most := float64(v.Validate.Max)
		if !ok || n != math.Trunc(n) || n < float64(v.Validate.Min) || most > 0 && n > most {
			e.add(v.Path, fault.FormBadValue)
		}
	case Date:
		e.date(v, in)
	case One:
		e.chosen(v, v.Path, v.Value)
	case Many:
		e.many(v, in)
	case Ref, File:
		e.reference(v)
	}
}

// languages judges a text that is written in three languages.
func (e *evaluation) languages(v *FieldView, in *scope) {
	texts, ok := v.Value.(map[string]any)
	if !ok {
		e.add(v.Path, fault.FormBadValue)
		return
	}
	for _, lang := range []string{"ro", "en", "ru"} {
		text, isText := texts[lang].(string)
		switch {
		case texts[lang] != nil && !isText:
			e.add(v.Path+"/"+lang, fault.FormBadValue)
		case strings.TrimSpace(text) == "":
			e.add(v.Path+"/"+lang, fault.FormMissing)
		default:
			e.text(v, v.Path+"/"+lang, text, in)
		}
	}
	for lang := range texts {
		if lang != "ro" && lang != "en" && lang != "ru" {
			e.add(v.Path, fault.FormUnknownField)
		}
	}
}

// identified finds an identification number of a person or an institution in a text.
var identified = regexp.MustCompile(`(^|[^0-9])[0-9]{13}([^0-9]|$)`)

var phone = regexp.MustCompile(`^\+?[0-9 ()/-]{6,30}$`)

func (e *evaluation) text(v *FieldView, path, text string, in *scope) {
	most := v.Validate.Max
	switch {
	case most > 0:
	case v.Type == Rich:
		most = maxRich
	default:
		most = maxText
	}
	length := utf8.RuneCountInString(text)
	control := func(r rune) bool {
		return r < ' ' && (r != '\n' && r != '\r' && r != '\t' || v.Type == Text) || r == 0x7f
	}
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, control):
		e.add(path, fault.FormBadFormat)
	case length > most:
		e.add(path, fault.FormTooLong, "max", strconv.Itoa(most))
	case length < v.Validate.Min, v.Validate.Pattern != "" && !matches(v.Validate.Pattern, text):
		e.add(path, fault.FormBadFormat)
	default:
		if !e.formatted(v.Validate.Format, text, in) {
			e.add(path, fault.FormBadFormat)
		}
	}
}

// formatted reports whether a text has a format.
func (e *evaluation) formatted(format, text string, in *scope) bool {
	switch format {
	case "email":
		a, err := mail.ParseAddress(text)
		return err == nil && a.Address == text && !strings.ContainsAny(text, "\r\n")
	case "url":
		u, err := url.Parse(text)
		return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
	case "phone":
		return phone.MatchString(text)
	case "plain":
		return !identified.MatchString(text)
	case "pattern":
		_, err := regexp.Compile(text)
		return err == nil && utf8.RuneCountInString(text) <= maxPattern
	}
	if id, ok := strings.CutPrefix(format, "example:"); ok {
		pattern, _ := in.get(id).(string)
		return pattern == "" || matches(pattern, text)
	}
	return true
}

// matches reports whether an RE2 pattern matches the whole of a text; one that does not compile matches everything, for
// its own field says so.
func matches(pattern, text string) bool {
	re, err := regexp.Compile(`^(?:` + pattern + `)$`)
	return err != nil || re.MatchString(text)
}

func (e *evaluation) date(v *FieldView, in *scope) {
	text, _ := v.Value.(string)
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		e.add(v.Path, fault.FormBadFormat)
		return
	}
	today := e.facts.At.Truncate(24 * time.Hour)
	if v.Validate.Future && day.Before(today) {
		e.add(v.Path, fault.FormBadValue)
	}
	if v.Validate.After == "" {
		return
	}
	other, _ := in.get(v.Validate.After).(string)
	from, err := time.Parse(time.DateOnly, other)
	if err != nil {
		return
	}
	if !day.After(from) || v.Validate.Years > 0 && day.After(from.AddDate(v.Validate.Years, 0, 0)) {
		e.add(v.Path, fault.FormBadValue)
	}
}

func (e *evaluation) chosen(v *FieldView, path string, value any) {
	is := func(o Option) bool { return o.Value == value }
	switch {
	case slices.ContainsFunc(v.Choices, is):
	case slices.ContainsFunc(v.Options, is):
		e.add(path, fault.FormNotAuthorisedOption)
	default:
		e.add(path, fault.FormBadValue)
	}
}

func (e *evaluation) many(v *FieldView, in *scope) {
	list, ok := v.Value.([]any)
	if !ok {
		e.add(v.Path, fault.FormBadValue)
		return
	}
	within, bounded := in.get(v.Validate.Within).([]any)
	known, checked := e.facts.Known[v.Of]
	seen := map[string]bool{}
	for i, one := range list {
		path := v.Path + "/" + strconv.Itoa(i)
		text, isText := one.(string)
		switch {
		case !isText || seen[text]:
			e.add(path, fault.FormBadValue)
		case v.Of == "":
			e.chosen(v, path, text)
		case checked && !slices.Contains(known, text):
			e.add(path, fault.FormContradictsCatalogue, "value", text)
		case v.Validate.Within != "" && (!bounded || !contains(within, text)):
			e.add(path, fault.FormBadValue)
		}
		seen[text] = true
	}
}

func (e *evaluation) reference(v *FieldView) {
	text, ok := v.Value.(string)
	known, checked := e.facts.Known[v.Of]
	switch {
	case !ok:
		e.add(v.Path, fault.FormBadValue)
	case !checked && utf8.RuneCountInString(text) > maxText:
		e.add(v.Path, fault.FormTooLong, "max", strconv.Itoa(maxText))
	case checked && !slices.Contains(known, text) && v.Type == File:
		e.add(v.Path, fault.FormAttachmentRefused)
	case checked && !slices.Contains(known, text):
		e.add(v.Path, fault.FormContradictsCatalogue, "value", text)
	}
}
