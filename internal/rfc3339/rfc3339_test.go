package rfc3339_test

import (
	"testing"
	"time"

	"mconnect/internal/rfc3339"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"2018-04-05T17:31:00Z":            "2018-04-05T17:31:00Z",
		"2018-04-05t17:31:00z":            "2018-04-05T17:31:00Z",
		"2018-04-05T17:31:00.5+02:00":     "2018-04-05T15:31:00.5Z",
		"2018-04-05T17:31:00-23:59":       "2018-04-06T17:30:00Z",
		"2016-12-31T23:59:60Z":            "2017-01-01T00:00:00Z",
		"2017-01-01T01:59:60+02:00":       "2017-01-01T00:00:00Z",
		"0001-01-01T00:00:00Z":            "0001-01-01T00:00:00Z",
		"2024-02-29T00:00:00.123456789Z":  "2024-02-29T00:00:00.123456789Z",
		"2018-04-05T17:31:00+24:00":       "",
		"2018-04-05T17:31:00+00:60":       "",
		"2018-04-05T17:31:00,5Z":          "",
		"2018-04-05T7:31:00Z":             "",
		"2018-04-05 17:31:00Z":            "",
		"2018-04-05T17:31Z":               "",
		"2018-04-05T17:31:00":             "",
		"2018-04-05T17:31:00.Z":           "",
		"2018-04-05T17:31:00.1234567890Z": "",
		"2018-04-05T24:00:00Z":            "",
		"2018-04-05T17:31:60Z":            "",
		"2018-04-05T23:59:61Z":            "",
		"2023-02-29T00:00:00Z":            "",
		"2018-13-01T00:00:00Z":            "",
		"2018-00-01T00:00:00Z":            "",
		"0001-01-01T00:00:00+00:01":       "",
		"0000-12-31T23:59:59Z":            "",
		"9999-12-31T23:59:59-00:01":       "",
		"+018-04-05T17:31:00Z":            "",
		"":                                "",
	} {
		at, err := rfc3339.Parse([]byte(text))
		got := ""
		if err == nil {
			got = at.UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]bool{"2018-04-05T17:31:00Z": true, "2018-04-05t17:31:00Z": false, "2018-04-05T17:31:00z": false, "2016-12-31T23:59:60Z": false} {
		if ok, plain := rfc3339.Valid([]byte(text)); !ok || plain != want {
			t.Errorf("%q: %v, plain %v", text, ok, plain)
		}
	}
}

// FuzzParse: what is plain, Go reads too, and as the same time.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"2018-04-05T17:31:00Z", "2018-04-05T17:31:00.5+02:00", "2016-12-31T23:59:60Z"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		at, err := rfc3339.Parse(text)
		if ok, plain := rfc3339.Valid(text); err == nil && ok && plain {
			want, err := time.Parse(time.RFC3339Nano, string(text))
			if err != nil || !want.Equal(at) {
				t.Errorf("%q is %v, Go says %v, %v", text, at, want, err)
			}
		}
	})
}
