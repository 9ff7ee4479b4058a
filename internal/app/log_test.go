package app_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"mconnect/internal/app"
	"mconnect/internal/config"
)

func TestLog_Redact(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"nothing here":                    "nothing here",
		"2999000006393":                   "[number]",
		"IDNP 2999000006393 asked":        "IDNP [number] asked",
		"a2999000006393b 1999900000069":   "a[number]b [number]",
		"12 digits: 299900000639":         "12 digits: 299900000639",
		"14 digits: 29990000063930":       "14 digits: 29990000063930",
		"postgres://u:hunter2@db/x":       "postgres://u:[secret]@db/x",
		"postgres://u@db/x":               "postgres://u@db/x",
		"Authorization: Bearer abc.DEF-1": "Authorization: Bearer [secret]",
		"https://db:5432/x?y=a@b":         "https://db:5432/x?y=a@b",
	} {
		if got := app.Redact(text); got != want {
			t.Errorf("%q became %q; want %q", text, got, want)
		}
	}
}

func TestLog_NothingSecretReachesTheLog(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log := app.NewLogger(&out, config.Log{Level: slog.LevelDebug, Format: format})
		log.Info("asked for 2999000006393",
			"subject", "2999000006393", "number", int64(2999000006393), "cause", errors.New("no row for 2999000006393"),
			"token", "very-secret-token", "url", "postgres://u:very-secret-password@db/x",
			"any", struct{ Who string }{"2999000006393"},
			slog.Group("inner", "idnp", "x2999000006393", "list", []string{"2999000006393"}))
		log.With("who", "2999000006393").WithGroup("g").Debug("again", "password", "very-secret-word")
		for _, never := range []string{"2999000006393", "very-secret"} {
			if strings.Contains(out.String(), never) {
				t.Errorf("%s: %q stands in the log:\n%s", format, never, out.String())
			}
		}
		if !strings.Contains(out.String(), "[number]") || !strings.Contains(out.String(), "[secret]") {
			t.Errorf("%s: nothing shows that something was redacted:\n%s", format, out.String())
		}
	}
}

func TestLog_LevelIsKept(t *testing.T) {
	var out bytes.Buffer
	log := app.NewLogger(&out, config.Log{Level: slog.LevelWarn, Format: "text"})
	log.Info("unimportant")
	log.Warn("important")
	if strings.Contains(out.String(), "unimportant") || !strings.Contains(out.String(), "important") {
		t.Errorf("log:\n%s", out.String())
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("IDNP 2999000006393")
	f.Fuzz(func(t *testing.T, s string) {
		run := 0
		for _, c := range append([]byte(app.Redact(s)), ' ') {
			if c >= '0' && c <= '9' {
				run++
				continue
			}
			if run == 13 {
				t.Fatalf("13 digits left in %q", app.Redact(s))
			}
			run = 0
		}
	})
}
