// Package paper makes the PDF of a document that the platform issued: what its signed JSON states, in the language of
// the reader, with the code and the address by which it is verified.
//
// It decides nothing and adds no data of persons: it reads the content of the document, and the names of participants
// and services.
//
// Flow: an access.Document → its content, if it has the digest that was signed → pdf.
package paper

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/civil"
	"mconnect/internal/domain/access"
	"mconnect/internal/pdf"
	"mconnect/internal/surface/portal/text"
)

// Names are what a document names by identifiers only.
type Names struct {
	Participant func(mconnect.ParticipantID) mconnect.Text // the zero text: the identifier alone is shown
	Portal      string                                     // address of the portal; "": it is left out
}

// content is what documents state.
type content struct {
	Number    string                 `json:"number"`
	Code      string                 `json:"code"`
	Issued    time.Time              `json:"issued"`
	Request   string                 `json:"request"`
	Asks      string                 `json:"asks"`
	Consumer  mconnect.ParticipantID `json:"consumer"`
	Provider  mconnect.ParticipantID `json:"provider"`
	Service   string                 `json:"service"`
	Agreement string                 `json:"agreement"`
	Version   int                    `json:"version"`
	Digest    string                 `json:"digest"`
	Verdict   *access.Verdict        `json:"verdict"`
	Checks    []access.Check         `json:"checks"`
	Refusal   *access.Refusal        `json:"refusal"`
	Test      *access.TestReport     `json:"test"`
}

// sheet is one document that is being set.
type sheet struct {
	content
	*pdf.Document
	names Names
	lang  mconnect.Lang
}

// PDF sets a document. The same document gives the same bytes in one language. A content that does not have the digest
// of the document is not set.
func PDF(d access.Document, names Names, lang mconnect.Lang) ([]byte, error) {
	sum := sha256.Sum256(d.Content)
	if hex.EncodeToString(sum[:]) != d.Digest {
		return nil, errors.New("paper: " + d.Number + ": the content does not have the digest of the document")
	}
	s := &sheet{names: names, lang: lang}
	if err := json.Unmarshal(d.Content, &s.content); err != nil {
		return nil, err
	}
	title := s.say(text.DocumentOf(string(d.Kind)))
	s.Document = pdf.New(pdf.Config{Title: title + " " + d.Number, Lang: string(lang), Foot: d.Number + " · " + d.Code,
		Created: d.At})
	s.Heading(1, title+" "+d.Number)
	s.Paragraph(s.say(text.PaperLead))
	s.parties(d)
	s.refusal()
	s.verdict()
	s.checks()
	s.tests()
	s.Heading(2, s.say(text.PaperVerify))
	s.Paragraph(s.say(text.PaperVerifyHow))
	s.Paragraph(d.Digest)
	return s.Bytes(), nil
}

func (s *sheet) say(t mconnect.Text) string { return t.In(s.lang) }

// facts adds the facts that have a value.
func (s *sheet) facts(rows ...[2]string) {
	var known [][2]string
	for _, r := range rows {
		if strings.TrimSpace(r[1]) != "" {
			known = append(known, r)
		}
	}
	s.Facts(known)
}

func (s *sheet) parties(d access.Document) {
	where, version := "", ""
	if s.names.Portal != "" {
		where = strings.TrimSuffix(s.names.Portal, "/") + "/verify?code=" + d.Code
	}
	if s.Version > 0 {
		version = strconv.Itoa(s.Version)
	}
	s.facts([2]string{s.say(text.PaperNumber), d.Number}, [2]string{s.say(text.VerificationCode), d.Code},
		[2]string{s.say(text.PaperWhere), where}, [2]string{s.say(text.PaperDate), civil.Moment(d.At)},
		[2]string{s.say(text.OfRequest), d.Request}, [2]string{s.say(text.PaperAsks), s.say(text.KindOf(s.Asks))},
		[2]string{s.say(text.PaperConsumer), s.participant(s.Consumer)},
		[2]string{s.say(text.PaperProvider), s.participant(s.Provider)},
		[2]string{s.say(text.PaperService), s.Service}, [2]string{s.say(text.PaperAgreement), s.Agreement},
		[2]string{s.say(text.PaperVersion), version}, [2]string{s.say(text.PaperDigest), s.Digest})
}

// participant is the name of a participant with its identifier.
func (s *sheet) participant(id mconnect.ParticipantID) string {
	if s.names.Participant == nil || id == "" {
		return string(id)
	}
	name := s.say(s.names.Participant(id))
	if name == "" {
		return string(id)
	}
	return name + " (" + string(id) + ")"
}

func (s *sheet) refusal() {
	r := s.Refusal
	if r == nil {
		return
	}
	s.Heading(2, s.say(text.PaperGrounds))
	s.facts([2]string{s.say(text.PaperReason), s.say(text.RefusalName(string(r.Code)))},
		[2]string{s.say(text.PaperFacts), r.Facts}, [2]string{s.say(text.PaperLaw), r.Law},
		[2]string{s.say(text.PaperRemedy), r.Remedy}, [2]string{s.say(text.PaperAppeal), r.Appeal})
}

func (s *sheet) outcome(granted bool) mconnect.Text {
	if granted {
		return text.PaperGranted
	}
	return text.PaperDenied
}

// reason is why something was refused: the code in words, and what was written.
func (s *sheet) reason(code access.RefusalCode, written string) string {
	switch {
	case code == "":
		return written
	case written == "":
		return s.say(text.RefusalName(string(code)))
	}
	return s.say(text.RefusalName(string(code))) + ": " + written
}

func (s *sheet) verdict() {
	v := s.Verdict
	if v == nil {
		return
	}
	s.Heading(2, s.say(text.PaperDecision))
	for _, p := range v.Purposes {
		s.Heading(3, s.say(text.PaperPurpose(string(p.Code), s.outcome(p.Granted))))
		if why := s.reason(p.Refused, p.Reason); why != "" {
			s.Paragraph(s.say(text.PaperReason) + ": " + why)
		}
		var rows [][]string
		for _, f := range p.Fields {
			rows = append(rows, []string{f.Path, s.say(s.outcome(p.Granted && f.Granted)), s.reason(f.Code, f.Reason)})
		}
		s.Table([]string{s.say(text.PaperField), s.say(text.PaperOutcome), s.say(text.PaperReason)}, rows)
	}
	if len(v.Conditions) > 0 {
		s.Heading(3, s.say(text.PaperConditions))
		s.List(v.Conditions)
	}
}

func (s *sheet) checks() {
	if len(s.Checks) == 0 {
		return
	}
	s.Heading(2, s.say(text.PaperChecks))
	var rows [][]string
	for _, c := range s.Checks {
		result := text.PaperNot
		if c.OK {
			result = text.PaperFulfilled
		}
		rows = append(rows, []string{s.say(text.CheckName(c.ID)), s.say(result), c.Note})
	}
	s.Table([]string{s.say(text.PaperCheck), s.say(text.PaperResult), s.say(text.PaperNote)}, rows)
}

func (s *sheet) tests() {
	r := s.Test
	if r == nil {
		return
	}
	s.Heading(2, s.say(text.PaperTests))
	green, certificate := text.PaperNotGreen, text.PaperNoCertificate
	if r.Green {
		green = text.PaperAllGreen
	}
	if r.Certificate {
		certificate = text.PaperCertificate
	}
	s.Paragraph(s.say(green) + " " + s.say(certificate))
	var rows [][]string
	for _, c := range r.Cases {
		result := text.PaperFailed
		if c.Passed {
			result = text.PaperPassed
		}
		rows = append(rows, []string{strings.TrimSpace(c.Name + " " + c.Purpose), s.say(result), c.Detail})
	}
	s.Table([]string{s.say(text.PaperTest), s.say(text.PaperResult), s.say(text.PaperNote)}, rows)
}
