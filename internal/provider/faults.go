package provider

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mconnect/fault"
	"mconnect/internal/media"
	"mconnect/internal/provider/httpclient"
)

// TransportFault reports what a failed connection or a passed deadline means for the caller.
func (pl *Plan) TransportFault(ctx context.Context, err error) error {
	var failed *httpclient.Error
	isWire := errors.As(err, &failed)
	switch {
	case errors.Is(err, httpclient.ErrTooLarge):
		return pl.TooLarge()
	case isWire && failed.Certificate == httpclient.Unwilling && failed.Stage != httpclient.Receiving:
		return fault.Wrap(err, fault.ProviderWantsCert)
	case isWire && failed.Certificate == httpclient.Late:
		return fault.Wrap(err, fault.ProviderCertLate)
	case errors.Is(ctx.Err(), context.Canceled):
		return callerGone(err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded), isWire && failed.Timeout():
		return fault.Wrap(err, fault.ProviderTimeout, "limit", pl.Timeout.String())
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return fault.Wrap(err, fault.ProviderUntrusted)
	case errors.As(err, new(*httpclient.ProtocolError)), errors.As(err, new(tls.RecordHeaderError)):
		e := Malformed(fault.AnswerHTTP)
		e.Cause = err
		return e
	case errors.Is(err, httpclient.ErrClosed):
		return fault.Wrap(err, fault.Draining)
	case isWire && failed.Stage != httpclient.Connecting && !rejected(err):
		return fault.Wrap(err, fault.ProviderInterrupted)
	}
	return fault.Wrap(err, fault.ProviderDown)
}

// rejected reports a TLS alert: the provider will not talk to us. In TLS 1.3 that comes after the handshake,
// when it has seen our certificate.
func rejected(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error"
}

// callerGone is the end of a delivery that nobody waits for any more: the leg is the caller's.
func callerGone(err error) error {
	e := fault.Wrap(err, fault.ProviderInterrupted)
	e.Leg = fault.Caller
	return e
}

// Malformed is an answer that cannot be read, with the reason as a code of its own among Fields.
func Malformed(reason fault.Code, params ...string) *fault.Error {
	e := fault.New(fault.ProviderMalformed)
	e.Fields = []fault.FieldError{{Code: reason, Params: fault.New(reason, params...).Params}}
	return e
}

// Unreadable is Malformed for what a reader found. Of its parameters only those pass that are the reader's own words or
// numbers: never names and texts of the answer.
func Unreadable(cause error) *fault.Error {
	e := fault.Wrap(cause, fault.ProviderMalformed)
	var encoding *media.EncodingError
	var found *fault.Error
	switch {
	case errors.As(cause, &encoding) && encoding.Unknown:
		e.Fields = Malformed(fault.AnswerCharset, "encoding", shortName(encoding.Stated)).Fields
	case errors.As(cause, &encoding):
		e.Fields = Malformed(fault.AnswerEncoding, "encoding", encoding.Stated).Fields
	case errors.As(cause, &found) && found.Code != fault.InternalError:
		one := fault.FieldError{Code: found.Code}
		switch found.Code {
		case fault.XMLMalformed, fault.XMLTooLarge, fault.XMLTooDeep, fault.MessageMalformed, fault.MessageTooDeep:
			one.Params = found.Params
		default:
			one.Params = withheld(found.Params)
		}
		e.Fields = []fault.FieldError{one}
	}
	return e
}

// withheld are parameters whose values the provider chose: a sentence shows that there is one.
func withheld(params map[string]string) map[string]string {
	hidden := map[string]string{}
	for name := range params {
		if !strings.Contains(name, ".") { // the wordings of other languages
			hidden[name] = "…"
		}
	}
	return hidden
}

// shortName shows what may be the name of an encoding, and nothing else.
func shortName(s string) string {
	const inNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
	if strings.Trim(s, inNames) != "" || len(s) > 30 {
		return "—"
	}
	return s
}

// MappingFault is a mapping that does not fit.
func MappingFault(err error) error { return fault.Wrap(err, fault.ProviderMapping) }

// StatusFault reports what any status but success means. What the provider wrote is shown only when it is
// meant for reading: problem+json, or plain text with a status of 4xx.
func StatusFault(a *httpclient.Answer, notFound []int) error {
	status := strconv.Itoa(a.Status)
	if slices.Contains(notFound, a.Status) {
		return fault.New(fault.ProviderNoRecord)
	}
	code := fault.ProviderStatus
	if a.Status/100 == 4 && !ourMistake(a.Status) {
		code = fault.ProviderRefused
	}
	e := fault.New(code, "status", status)
	e.Provider = sentence(a)
	if a.Status == 429 || a.Status == 503 {
		e.RetryAfter = RetryAfter(a.RetryAfter)
	}
	return e
}

// ourMistake reports a 4xx that speaks of the declared endpoint or of HTTP, not of the request's content.
func ourMistake(status int) bool {
	switch status {
	case 404, 405, 406, 407, 408, 411, 413, 414, 415, 417, 421, 425, 426, 428, 429, 431:
		return true
	}
	return false
}

const maxWait = time.Hour

// RetryAfter reads a Retry-After header (RFC 9110, 10.2.3), in seconds or as a date, up to an hour.
func RetryAfter(header string) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(min(max(seconds, 0), 3600)) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = time.Until(at)
	}
	return min(max(wait, 0), maxWait)
}

// MaxProblem bounds what is read of an error in search of a sentence.
const MaxProblem = 16 << 10

const maxSentence = 300 // characters

// sentence returns the provider's own words about an error, bounded and on one line, or "".
func sentence(a *httpclient.Answer) string {
	kind, _ := media.Parse(a.MediaType)
	problem, plain := kind.Name == "application/problem+json", kind.Name == "text/plain" && a.Status/100 == 4
	if a.Encoding != "" || !problem && !plain {
		return ""
	}
	text, err := a.ReadAll(MaxProblem)
	if err == nil {
		text, err = media.JSON(text, kind.Charset(), media.UTF8) // of plain text the same rules hold
	}
	if err != nil {
		return ""
	}
	if problem {
		return problemText(text)
	}
	return OneLine(string(text))
}

// problemText returns the detail, else the title, of a problem document (RFC 9457).
func problemText(document []byte) string {
	for _, member := range []string{"detail", "title"} {
		if value, present, err := Lookup(document, member); err == nil && present && value != "" {
			return OneLine(value)
		}
	}
	return ""
}

// OneLine makes a text of a provider fit for a sentence: one line, bounded, printable; "" when it is not UTF-8.
func OneLine(s string) string {
	if !utf8.ValidString(s) {
		return ""
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxSentence {
		s = string([]rune(s)[:maxSentence-1]) + "…"
	}
	return s
}
