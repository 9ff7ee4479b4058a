package civil_test

import (
	"testing"
	"time"

	"mconnect/internal/civil"
)

func TestParseInstant(t *testing.T) {
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
		at, err := civil.ParseInstant([]byte(text))
		got := ""
		if err == nil {
			got = at.UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]bool{"2018-04-05T17:31:00Z": true, "2018-04-05t17:31:00Z": false, "2018-04-05T17:31:00z": false, "2016-12-31T23:59:60Z": false} {
		if ok, plain := civil.IsInstant([]byte(text)); !ok || plain != want {
			t.Errorf("%q: %v, plain %v", text, ok, plain)
		}
	}
}

// FuzzParse: what is plain, Go reads too, and as the same time.
func FuzzParseInstant(f *testing.F) {
	for _, text := range []string{"2018-04-05T17:31:00Z", "2018-04-05T17:31:00.5+02:00", "2016-12-31T23:59:60Z"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		at, err := civil.ParseInstant(text)
		if ok, plain := civil.IsInstant(text); err == nil && ok && plain {
			want, err := time.Parse(time.RFC3339Nano, string(text))
			if err != nil || !want.Equal(at) {
				t.Errorf("%q is %v, Go says %v, %v", text, at, want, err)
			}
		}
	})
}

// TestBoundaries: for each field its first and last value and what lies beyond them; a date of which one letter differs
// is none.
func TestParseInstant_Boundaries(t *testing.T) {
	const text = "2024-06-15T12:30:30.5+02:00"
	field := func(at int, value string) string { return text[:at] + value + text[at+len(value):] }
	for name, c := range map[string]struct {
		at           int
		good, beyond []string
	}{
		"year":    {0, []string{"0001", "1582", "1969", "9999"}, []string{"0000", "-001", "+999", "20x4"}},
		"month":   {5, []string{"01", "12"}, []string{"00", "13", " 1", "1 "}},
		"day":     {8, []string{"01", "30"}, []string{"00", "31", "-1"}},
		"hour":    {11, []string{"00", "23"}, []string{"24", "99", "+1"}},
		"minute":  {14, []string{"00", "59"}, []string{"60", "0x"}},
		"second":  {17, []string{"00", "59"}, []string{"60", "61"}}, // 60 only where a day ends
		"zone":    {21, []string{"+00:00", "-00:00", "+23:59", "-23:59"}, []string{"+24:00", "-00:60", " 02:00", "+02.00", "+2:000"}},
		"divider": {10, []string{"T", "t"}, []string{" ", "_", "\n"}},
		"dash":    {4, []string{"-"}, []string{"/", ":", "+"}},
		"colon":   {13, []string{":"}, []string{".", "-", "h"}},
		"point":   {19, []string{"."}, []string{",", ":", " "}},
	} {
		for _, value := range c.good {
			if _, err := civil.ParseInstant([]byte(field(c.at, value))); err != nil {
				t.Errorf("%s %q: %v", name, value, err)
			}
		}
		for _, value := range c.beyond {
			if at, err := civil.ParseInstant([]byte(field(c.at, value))); err == nil {
				t.Errorf("%s %q is read as %s", name, value, at)
			}
		}
	}
	for day, want := range map[string]bool{
		"2024-02-29": true, "2023-02-28": true, "2000-02-29": true, "1900-02-28": true, "2024-04-30": true, "2024-12-31": true,
		"2024-02-30": false, "2023-02-29": false, "1900-02-29": false, "2100-02-29": false, "2024-04-31": false, "2024-11-31": false, "2024-01-32": false,
	} {
		if ok, plain := civil.IsInstant([]byte(day + "T00:00:00Z")); ok != want || plain != want {
			t.Errorf("%s: %v, plain %v", day, ok, plain)
		}
	}
	for leap, want := range map[string]string{
		"2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z", "2016-12-31T22:59:60.25-01:00": "2017-01-01T00:00:00.25Z",
		"2017-01-01T05:44:60+05:45": "2017-01-01T00:00:00Z", "2016-12-31T23:59:60+01:00": "", "2016-12-31T00:00:60Z": "", "9999-12-31T23:59:60Z": "",
	} {
		at, err := civil.ParseInstant([]byte(leap))
		if (err == nil) != (want != "") || err == nil && at.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("%s is %v, %v, want %q", leap, at, err, want)
		}
	}
}
