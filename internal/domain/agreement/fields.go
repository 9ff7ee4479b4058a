package agreement

import "strings"

// Everything is the granted path that represents the whole answer.
const Everything = "*"

// Covers reports whether granting the path granted also grants path: they are equal, granted is a parent
// of path, or granted is Everything.
func Covers(granted, path string) bool {
	if granted == Everything || granted == path {
		return true
	}
	return len(path) > len(granted) && path[len(granted)] == '.' && strings.HasPrefix(path, granted)
}

// narrow returns asked ∩ granted, in the order of asking. A parent asked for yields those of its
// children that are granted. When something asked for is granted not even in part, it is returned as
// missing and the intersection is nil. Nothing asked for means all that is granted.
func narrow(granted, asked []string) (grant []string, missing string) {
	if len(asked) == 0 {
		return granted, ""
	}
	grant = make([]string, 0, len(asked))
	for _, a := range asked {
		before := len(grant)
		grant = narrowOne(grant, granted, a)
		if len(grant) == before {
			return nil, a
		}
	}
	return grant, ""
}

func narrowOne(grant, granted []string, asked string) []string {
	for _, g := range granted {
		if Covers(g, asked) {
			return append(grant, asked)
		}
	}
	for _, g := range granted {
		if Covers(asked, g) {
			grant = append(grant, g)
		}
	}
	return grant
}
