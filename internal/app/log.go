package app

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"mconnect/internal/config"
)

// NewLogger makes the process's own log. Whatever is logged passes redaction: identification numbers of 13
// digits, passwords in URLs, bearer tokens and the values of secret-sounding keys are replaced (Law
// 195/2024, security of processing; cf. GDPR, art. 32).
func NewLogger(w io.Writer, cfg config.Log) *slog.Logger {
	return NewLeveledLogger(w, cfg.Format, cfg.Level)
}

// NewLeveledLogger is NewLogger with a level that may change while the process runs.
func NewLeveledLogger(w io.Writer, format string, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

var secretKeys = []string{"password", "secret", "token", "authorization", "cookie", "idnp"}

func redactAttr(_ []string, a slog.Attr) slog.Attr {
	if slices.Contains(secretKeys, strings.ToLower(a.Key)) {
		return slog.String(a.Key, "[secret]")
	}
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, Redact(v.String()))
	case slog.KindInt64, slog.KindUint64:
		if text := v.String(); len(text) == 13 {
			return slog.String(a.Key, Redact(text))
		}
	case slog.KindAny:
		switch any := v.Any().(type) {
		case *slog.Source:
			return a
		case error:
			return slog.String(a.Key, Redact(any.Error()))
		default:
			return slog.String(a.Key, Redact(fmt.Sprintf("%+v", any)))
		}
	}
	return a
}

var (
	credentials = regexp.MustCompile(`(://[^:/@\s]*:)[^@/\s]+@`)
	bearer      = regexp.MustCompile(`(?i)\b(bearer|basic) +[A-Za-z0-9+/=._~-]+`)
)

// Redact replaces what must not stand in a log: runs of exactly 13 digits, passwords in URLs, credentials
// of HTTP authorization.
func Redact(s string) string {
	if strings.Contains(s, "://") {
		s = credentials.ReplaceAllString(s, "${1}[secret]@")
	}
	if lower := strings.ToLower(s); strings.Contains(lower, "bearer") || strings.Contains(lower, "basic") {
		s = bearer.ReplaceAllString(s, "$1 [secret]")
	}
	return redactNumbers(s)
}

func redactNumbers(s string) string {
	var b strings.Builder
	kept, run := 0, 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] >= '0' && s[i] <= '9' {
			run++
			continue
		}
		if run == 13 {
			b.WriteString(s[kept : i-13])
			b.WriteString("[number]")
			kept = i
		}
		run = 0
	}
	if kept == 0 {
		return s
	}
	b.WriteString(s[kept:])
	return b.String()
}
