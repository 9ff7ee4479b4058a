package cli

import (
	"fmt"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/civil"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

func (s *session) say(t mconnect.Text) string { return t.In(s.language()) }

func (s *session) printPage(p discovery.Page) error {
	t := table{head: []string{"service", "version", "status", "owner", "personal", "title"}, value: p, empty: noService}
	for _, l := range p.Items {
		t.add(l.Service, l.Version, l.Status, l.Owner, l.Personal, s.say(l.Title))
	}
	if err := s.print(t); err != nil || s.output == "json" || p.Total <= len(p.Items) {
		return err
	}
	return s.printSentence(sayShown, len(p.Items), p.Total)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (s *session) printSheet(sheet discovery.Sheet) error {
	if s.output == "json" {
		return s.printJSON(sheet)
	}
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-14s %s\n", name, value)
		}
	}
	line("service", string(sheet.Service)+"/"+sheet.Version.String()+", "+string(sheet.Status))
	line("title", s.say(sheet.Title))
	line("description", s.say(sheet.Description))
	line("categories", strings.Join(sheet.Categories, ", "))
	line("owner", strings.TrimSpace(string(sheet.Owner)+"  "+s.say(sheet.OwnerName)))
	line("provider", string(sheet.Provider))
	line("contact", strings.TrimSpace(s.say(sheet.Contact.Name)+"  "+sheet.Contact.Email+"  "+sheet.Contact.Phone+"  "+sheet.Contact.URL))
	line("personal data", yesNo(sheet.Personal)+listed(sheet.PersonalData))
	line("accuracy", s.say(sheet.Quality.Accuracy))
	line("updated", strings.TrimPrefix(sheet.Quality.Frequency+"; "+s.say(sheet.Quality.Updates), "; "))
	line("source", s.say(sheet.Quality.Source))
	for _, a := range sheet.LegalBasis {
		line("legal basis", strings.TrimSuffix(a.Act+", "+a.Article, ", "))
	}
	line("deprecated", date(sheet.Deprecation))
	line("sunset", lastDay(sheet.Sunset))
	line("successor", sheet.Successor)
	var shared []string
	for _, u := range sheet.Uses {
		shared = append(shared, u.ID)
	}
	line("made of", strings.Join(shared, ", "))
	line("repeatable", yesNo(sheet.ReadOnly))
	b.WriteString("\nrequest " + sheet.Request.Name + "\n")
	s.fields(&b, sheet.Request.Fields, "  ")
	if sheet.Response != nil {
		b.WriteString("answer " + sheet.Response.Name + "\n")
		s.fields(&b, sheet.Response.Fields, "  ")
	} else {
		b.WriteString("answer " + strings.Join(sheet.MediaTypes, ", ") + "\n")
	}
	for _, r := range sheet.Changelog {
		fmt.Fprintf(&b, "%s  %s\n", date(r.On), s.say(r.Text))
	}
	_, err := s.out.Write([]byte(b.String()))
	return err
}

func listed(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return ": " + strings.Join(codes, ", ")
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return civil.DayOf(t)
}

// lastDay is the last day of a period that ends at a moment.
func lastDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return civil.LastDay(t)
}

// fields writes a line a field; what lies inside is indented.
func (s *session) fields(b *strings.Builder, all []schema.Field, indent string) {
	for _, f := range all {
		kind := string(f.Type)
		inside := f.Fields
		if f.Items != nil {
			kind, inside = "array of "+string(f.Items.Type), f.Items.Fields
		}
		for _, also := range []string{f.Classifier, f.Ref} {
			if also != "" {
				kind += " " + also
			}
		}
		if f.Mandatory {
			kind += ", mandatory"
		}
		if f.Personal {
			kind += ", personal"
		}
		fmt.Fprintf(b, "%-30s %-40s %s\n", indent+f.Name, kind, s.say(f.Description))
		s.fields(b, inside, indent+"  ")
	}
}

func (s *session) printPast(past []discovery.Past) error {
	if s.output == "json" {
		return s.printJSON(past)
	}
	var b strings.Builder
	for _, p := range past {
		fmt.Fprintf(&b, "%s  %s", p.Version, p.Status)
		if !p.Sunset.IsZero() {
			fmt.Fprintf(&b, ", sunset %s, successor %s", lastDay(p.Sunset), p.Successor)
		}
		b.WriteByte('\n')
		for _, r := range p.Changelog {
			fmt.Fprintf(&b, "  %s  %s\n", date(r.On), s.say(r.Text))
		}
		for _, c := range p.Changes {
			fmt.Fprintf(&b, "  since %s: %s\n", p.After, c)
		}
	}
	_, err := s.out.Write([]byte(b.String()))
	return err
}

func (s *session) printImpact(i catalog.Impact) error {
	if s.output == "json" {
		return s.printJSON(i)
	}
	_, err := s.out.Write([]byte(impactText(i)))
	return err
}

// impactText describes what a change breaks, and for which consumers.
func impactText(i catalog.Impact) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s: the changes demand a step of %s, the version takes one of %s\n", i.Old, i.New, i.Demands,
		i.States)
	for _, c := range i.Changes {
		fmt.Fprintf(&b, "  %s\n", c)
	}
	for _, h := range i.Consumers {
		fmt.Fprintf(&b, "  %s (%s, %s): %s", h.System, h.Agreement, h.Status, h.Broken)
		if len(h.Lost) > 0 {
			b.WriteString(", loses " + strings.Join(h.Lost, ", "))
		}
		if len(h.Judged) > 0 {
			b.WriteString(", granted what is now personal: " + strings.Join(h.Judged, ", "))
		}
		if i.Days > 0 {
			fmt.Fprintf(&b, "; %d calls in %d days", h.Calls, i.Days)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
