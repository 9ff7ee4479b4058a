package mconnect

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is a semantic version MAJOR.MINOR.PATCH (semver 2.0, without pre-release or build parts).
// The zero Version means "not stated"; a service's first version is 1.0.0.
type Version struct{ Major, Minor, Patch int }

// ParseVersion reads "1", "1.2" or "1.2.3"; missing parts are zero. No part has leading zeros or more
// than 4 digits.
func ParseVersion(s string) (Version, error) {
	bad := &ParseError{"version", "MAJOR, MAJOR.MINOR or MAJOR.MINOR.PATCH, each 0 to 9999"}
	parts := strings.Split(s, ".")
	if len(parts) > 3 {
		return Version{}, bad
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || v > 9999 || strconv.Itoa(v) != p {
			return Version{}, bad
		}
		n[i] = v
	}
	return Version{n[0], n[1], n[2]}, nil
}

// String writes all three parts: "1.2.0".
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// IsZero reports that no version is stated.
func (v Version) IsZero() bool { return v == Version{} }

// Compare orders versions: negative when v is older than w, 0 when equal.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// MarshalText implements encoding.TextMarshaler.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (v *Version) UnmarshalText(b []byte) error {
	parsed, err := ParseVersion(string(b))
	if err == nil {
		*v = parsed
	}
	return err
}
